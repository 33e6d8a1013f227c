"""Decides whether the text that the model wrote was spoken. Pure.

There are three kinds of evidence: the detector (speech under the words), the model's no-speech
probability, and the probability of the text. Each errs: the detector takes laughter and music for
speech, the model takes a voice in a language that it hardly knows for silence, and phrases that it
memorised are likely anywhere. So none of them decides alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from realtime.backends.whisper.checks import guards
from realtime.backends.whisper.checks.coverage import SecondsRange
from realtime.backends.whisper.checks.formulas import MOST_WORDS, is_formula, is_laughter
from realtime.backends.whisper.checks.remedies import (
    COPIED_LETTERS,
    context_text,
    speech_of,
    was_said,
)
from realtime.backends.whisper.traits import WhisperTraits
from realtime.scripts import split_words
from realtime.types import SAMPLE_RATE, Hypothesis, Window, Word

LONG_VOICE_S = 3.0
"""A voice that lasts this long says words: coughs, laughs and barks are shorter."""
VOICED_MARGIN = 0.5
"""With such a long voice the text may be less likely by this much, in natural-log probability per
token. Stock `base` takes clear synthetic Hungarian and Telugu for silence (0.79, 0.78 and 0.85) and
writes most of it (-1.10, -1.09 and -1.14); laughter is at -1.2 to -2.6."""
ROTE_NO_SPEECH = 0.4
"""No-speech probability above which memorised phrases count as not spoken. Stock `base`: 0.14 at
most for synthetic voices that say thank you in Korean and English, 0.67 to 0.91 for "고맙습니다."
written into babble."""
GUESS_NO_SPEECH = 0.2
"""The same for a text that is a guess by its probability: a hasty thank-you may be one."""
CIRCLES_NO_SPEECH = 0.08
"""The same for a text that circles where the detector is never sure of a voice. Stock `base`: 0.12
to 0.79 for babble of twelve in windows of up to 29 s, 0.04 at most for people."""
SURE_VOICE = 0.9
"""How sure the detector has to be of a voice (`Window.voice`); else the model has to be. Stock
`base`: windows of soft, noisy or old recordings below this limit have log-probabilities of -0.07 to
-0.79 and no-speech probabilities of 0.01 to 0.47 (0.04 at most where a text circles). Babble of
twelve as a file: 0.46, at -2.52 in English and in circles in Korean; live 0.64 to 0.81. Laughter:
0.56 to 0.77, at -1.7 to -2.4."""
ROTE_PROBABILITY = 0.25
"""Least mean probability of a formula's words; of those voices it is 0.37 to 0.89."""


def nobody_spoke(
    no_speech: float, logprob: float, speech: Sequence[SecondsRange], traits: WhisperTraits
) -> bool:
    """Whether a text was made up, by openai/whisper's rule; a long voice lowers the limit."""
    long = sum(end - start for start, end in speech) >= LONG_VOICE_S
    limit = traits.silence_logprob - VOICED_MARGIN * long
    return no_speech > traits.no_speech_limit and logprob < limit


def no_voice(
    window: Window, no_speech: float, logprob: float, traits: WhisperTraits, *, circles: bool
) -> bool:
    """Whether a text was made up of babble, laughter or noise: the detector is never sure that it
    hears a voice, and the model takes it for silence, half does so and guesses, or does so a little
    and `circles`. A text that is too long for its speech counts as neither: of a soft voice the
    detector misses much."""
    if window.voice is None or window.voice >= SURE_VOICE:
        return False
    if circles:
        return no_speech > CIRCLES_NO_SPEECH
    guess = logprob < guards.LOGPROB_LIMIT
    return no_speech > (GUESS_NO_SPEECH if guess else traits.no_speech_limit)


def unlikely(no_speech: float, logprob: float) -> bool:
    """Whether a memorised phrase was probably not spoken."""
    guess = logprob < guards.LOGPROB_LIMIT
    return no_speech > (GUESS_NO_SPEECH if guess else ROTE_NO_SPEECH)


def remove_rote(hypothesis: Hypothesis, window: Window, traits: WhisperTraits) -> Hypothesis:
    """Remove what the model wrote from memory: a loop where the model itself finds silence,
    laughter, formulas without evidence, and a text that is nothing but formulas and the model's
    context."""
    if not hypothesis.text:
        return hypothesis
    if hypothesis.repaired and hypothesis.no_speech_probability > traits.no_speech_limit:
        return replace(hypothesis, text="", words=())
    speech, span_s = speech_of(window), (window.start / SAMPLE_RATE, window.end / SAMPLE_RATE)
    context = context_text(window.options) if traits.context_text else ""
    timed = hypothesis.words or tuple(
        Word(text, *span_s, probability=1.0) for text in split_words(hypothesis.text)
    )
    words = _without(timed, is_laughter, lambda run: True)
    words = _without(words, is_formula, lambda run: not _has_evidence(run, speech))
    if unlikely(hypothesis.no_speech_probability, hypothesis.avg_logprob) and _copied(
        _without(words, is_formula, lambda run: True), context
    ):
        words = []
    if len(words) == len(timed):
        return hypothesis
    text = _text(words).strip()
    if not guards.letters(text):
        words, text = [], ""
    return replace(hypothesis, text=text, words=tuple(words) if hypothesis.words else ())


def _has_evidence(words: Sequence[Word], speech: Sequence[SecondsRange]) -> bool:
    """Whether there was enough time, voice and probability for these words."""
    text = _text(words)
    sure = sum(word.probability for word in words) / len(words)
    voiced = was_said(text, words[0].start_s, words[-1].end_s, speech)
    return voiced and sure >= ROTE_PROBABILITY


def _copied(words: Sequence[Word], context: str) -> bool:
    """Whether each of these words occurs in the context; true if there are no words."""
    spellings, known = [guards.letters(word.text) for word in words], guards.letters(context)
    enough = not words or sum(map(len, spellings)) >= COPIED_LETTERS
    return enough and all(letters in known for letters in spellings)


def _without(
    words: Sequence[Word],
    known: Callable[[str], bool],
    dropped: Callable[[Sequence[Word]], bool],
) -> list[Word]:
    """`words` without the runs for which `known` and `dropped` are true, the longest first."""
    remaining: list[Word] = []
    at = 0
    while at < len(words):
        ends = range(min(at + MOST_WORDS, len(words)), at, -1)
        end = next((end for end in ends if known(_text(words[at:end]))), at)
        run = words[at : max(end, at + 1)]
        if end == at or not dropped(run):
            remaining += run
        at += len(run)
    return remaining


def _text(words: Sequence[Word]) -> str:
    return "".join(word.text for word in words)
