"""Whether somebody said what the model wrote. Pure.

Three witnesses: the detector (speech under the words), the model's no-speech probability, and the
probability of the text. Each errs: laughter and music are speech to the detector, a voice in a
language that the model hardly knows is silence to the model, and what it knows by rote is likely
anywhere. So none of them decides alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from realtime.backends.whisper.checks import guards
from realtime.backends.whisper.checks.coverage import SecondsRange
from realtime.backends.whisper.checks.formulas import MOST_WORDS, is_formula, is_laughter
from realtime.backends.whisper.checks.remedies import COPIED_LETTERS, given, speech_of, was_said
from realtime.backends.whisper.traits import WhisperTraits
from realtime.scripts import split_words
from realtime.types import SAMPLE_RATE, Hypothesis, Window, Word

LONG_VOICE_S = 3.0
"""A voice so long says words: coughs, laughs and barks are shorter."""
VOICED_MARGIN = 0.5
"""By so much, in natural-log probability of a token, the text may then be less likely. Stock `base`
takes clear synthetic Hungarian and Telugu for silence (0.79, 0.78 and 0.85) and writes most of it
(-1.10, -1.09 and -1.14); laughter is at -1.2 to -2.6."""
ROTE_NO_SPEECH = 0.4
"""More, and what is known by rote was not said. Stock `base`: synthetic voices that say thank you
in Korean and English 0.14 at most, "고맙습니다." written into babble 0.67 to 0.91."""
GUESS_NO_SPEECH = 0.2
"""The same of a text that is a guess by its probability: people who thank hastily may be one."""
ROTE_PROBABILITY = 0.25
"""Mean probability of a formula's words, at least: of those voices 0.37 to 0.89."""


def nobody_spoke(
    no_speech: float, logprob: float, speech: Sequence[SecondsRange], traits: WhisperTraits
) -> bool:
    """Whether a text was made up, as openai/whisper judges it, but for a voice that goes on."""
    long = sum(end - start for start, end in speech) >= LONG_VOICE_S
    limit = traits.silence_logprob - VOICED_MARGIN * long
    return no_speech > traits.no_speech_limit and logprob < limit


def unlikely(no_speech: float, logprob: float) -> bool:
    """Whether what is known by rote was rather not said."""
    guess = logprob < guards.LOGPROB_LIMIT
    return no_speech > (GUESS_NO_SPEECH if guess else ROTE_NO_SPEECH)


def said(hypothesis: Hypothesis, window: Window, traits: WhisperTraits) -> Hypothesis:
    """A hypothesis without what was written by rote: circles in what the model itself takes for
    silence, laughter, formulas without evidence, and a text that is nothing but formulas and the
    context that the model was given."""
    if not hypothesis.text:
        return hypothesis
    if hypothesis.repaired and hypothesis.no_speech_probability > traits.no_speech_limit:
        return replace(hypothesis, text="", words=())
    speech, span_s = speech_of(window), (window.start / SAMPLE_RATE, window.end / SAMPLE_RATE)
    context = given(window.options) if traits.context_text else ""
    timed = hypothesis.words or tuple(
        Word(text, *span_s, probability=1.0) for text in split_words(hypothesis.text)
    )
    kept = _without(timed, is_laughter, lambda run: True)
    kept = _without(kept, is_formula, lambda run: not _has_evidence(run, speech))
    if unlikely(hypothesis.no_speech_probability, hypothesis.avg_logprob) and _copied(
        _without(kept, is_formula, lambda run: True), context
    ):
        kept = []
    if len(kept) == len(timed):
        return hypothesis
    text = _text(kept).strip()
    if not guards.letters(text):
        kept, text = [], ""
    return replace(hypothesis, text=text, words=tuple(kept) if hypothesis.words else ())


def _has_evidence(words: Sequence[Word], speech: Sequence[SecondsRange]) -> bool:
    """Whether there was time for these words, a voice, and enough probability."""
    text = _text(words)
    sure = sum(word.probability for word in words) / len(words)
    voiced = was_said(text, words[0].start_s, words[-1].end_s, speech)
    return voiced and sure >= ROTE_PROBABILITY


def _copied(words: Sequence[Word], context: str) -> bool:
    """Whether each of these words stands in the context; of none it is true."""
    told, known = [guards.letters(word.text) for word in words], guards.letters(context)
    enough = not words or sum(map(len, told)) >= COPIED_LETTERS
    return enough and all(letters in known for letters in told)


def _without(
    words: Sequence[Word],
    known: Callable[[str], bool],
    dropped: Callable[[Sequence[Word]], bool],
) -> list[Word]:
    """`words` without the runs whose text is `known`, the longest first, and that are `dropped`."""
    kept: list[Word] = []
    at = 0
    while at < len(words):
        ends = range(min(at + MOST_WORDS, len(words)), at, -1)
        end = next((end for end in ends if known(_text(words[at:end]))), at)
        run = words[at : max(end, at + 1)]
        if end == at or not dropped(run):
            kept += run
        at += len(run)
    return kept


def _text(words: Sequence[Word]) -> str:
    return "".join(word.text for word in words)
