"""Decides when and how a window is decoded again, and which result is better. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from realtime.backends.whisper.checks import guards
from realtime.backends.whisper.checks.coverage import (
    Hole,
    SecondsRange,
    coverage,
    holes,
    spoken_s,
)
from realtime.scripts import FASTEST_LETTERS_PER_S, hurried, length
from realtime.types import SAMPLE_RATE, DecodeOptions, Hypothesis, Samples, Window, Word

SURE_LOGPROB = -0.25
WRONG_WORDS = 2.0
"""A window is also decoded with earlier audio before it, and the better result is used, if its mean
log-probability is below `SURE_LOGPROB` and at least `WRONG_WORDS` of its words are probably wrong.
A mean of -0.2 alone doubts one English final in three, and the short ones ("Yes.") hardly become
better: of 105 windows of people 41 remain, which mended 43 errors of 50. With -0.3 it is 40."""
ALONE_LOGPROB = -0.4
ALONE_WRONG_WORDS = 3.0
"""The same for a window without audio before it, as the first of a call: it is decoded again with a
beam. Of 398 Korean syllables 66 → 53 are wrong in chunks of 15 s, 66 → 59 in 10 s, 53 → 50 in 5 s;
with -0.25 and 2.0 there is no more to gain, at twice the price."""
COPIED_LETTERS = 6
"""A text of at least this many letters that occurs in its own context is a copy of it. People do
repeat shorter ones."""
AUDIBLE_LOGPROB = -0.5
AUDIBLE_PROBABILITY = 0.2
"""Words are in the audio if the mean of their log-probabilities and each probability is at least
this. Stock `base`, people: a text aligned with its own audio has a mean of -0.22 at the median, one
that was said elsewhere -3.9, a short phrase of every day ("I don't know.") -0.73 at best."""
COVERED = 2.0
"""Value of covering all speech, in natural-log probability per token: a text with half the words
must be e times likelier per token to be preferred."""
CIRCLES = 2.0
"""Penalty, in the same unit, for a text that loops or copies its context."""
WORST_LOGPROB = -2.0
"""Log-probabilities below this count as equally bad."""
VOICED = 0.3
"""Least share of a phrase's time in which the detector must find a voice."""
LEAD_S = 0.3
"""Audio before a hole that is decoded with it. With 2 s, which include the words before it, the
model writes those and stops where it stopped before."""
BEHIND_S = 0.5
"""Audio after a hole that no word follows. The beginning of the next word makes a model forget what
comes before it, above all if a loud voice follows a soft one."""


UNREPEATED = 6
"""Tokens in a sequence that may not repeat: two or three words of English, one longer word of Hindi
or Tamil. On six seconds of each, where small models loop in every other manner, texts then end by
themselves and where the speech does; with 10 and 16 they still loop, with a penalty for repeated
tokens they become wrong."""


@dataclass(frozen=True, slots=True)
class DecodeMode:
    """A way to decode a window."""

    name: str
    timestamps: bool = False
    """The model writes timestamps too: it then goes on after a pause at which it would stop without
    them."""
    context: bool = True
    """Give the model its context: hotwords, prompt and earlier text."""
    beam_size: int = 0
    """0: as the stream requests."""
    unrepeated: int = 0
    """No sequence of this many tokens may be written twice; 0: no such rule."""
    longest: bool = False
    """Encode in the longest context, instead of the shortest that holds the window."""
    earlier: bool = False
    """Decode with earlier audio before the window; the text continues the words of that audio."""


FIRST = DecodeMode("first")
EARLIER = DecodeMode("earlier", context=False, earlier=True)
BEAM = DecodeMode("beam", context=False, beam_size=5)
FILL = DecodeMode("fill", context=False)
FILL_TIMED = DecodeMode("fill", timestamps=True, context=False)
FILL_FOREIGN = DecodeMode("foreign", context=False)
"""In the language that the part itself is in: people change it, in one file or call."""
FOREIGN_S = 3.0
"""Least speech that is decoded in another language: of less the language is often told wrongly."""
FOREIGN_PROBABILITY = 0.9
"""Least probability of that language. English before Korean, decoded as Korean: 0.996."""
REMEDIES = (
    DecodeMode("timestamps", timestamps=True, context=False),
    BEAM,
    DecodeMode("longest", context=False, longest=True),
    DecodeMode("straight", context=False, unrepeated=UNREPEATED),
)
"""Tried in this order until the window is no longer in doubt; all but `longest` reuse the encoding.
It costs four times as much as a beam (stock base on a CPU: 1.3 s), which often settles the matter.
openai/whisper samples with temperatures instead, which gives other words each time: here the same
bytes have to give the same words."""


def speech_of(window: Window) -> list[SecondsRange]:
    """Ranges of speech in a window, in seconds; empty if no detector judged it."""
    return [
        (max(start, window.start) / SAMPLE_RATE, min(end, window.end) / SAMPLE_RATE)
        for start, end in window.speech or ()
        if start < window.end and end > window.start
    ]


def context_text(options: DecodeOptions) -> str:
    """All text that the model may get as context."""
    return f"{options.hotwords} {options.prompt} {options.previous_text}"


def unsure(window: Window, hypothesis: Hypothesis) -> bool:
    """Whether a window should be decoded again with the audio before it."""
    return (
        window.earlier is not None
        and window.options.task == "transcribe"
        and window.earlier.language == hypothesis.language
        and hypothesis.avg_logprob < SURE_LOGPROB
        and wrong_words(hypothesis) >= WRONG_WORDS
    )


def unsure_alone(window: Window, hypothesis: Hypothesis) -> bool:
    """Whether a window without audio before it should be decoded again with a beam. What lacks
    words has its own remedies."""
    return (
        window.earlier is None
        and window.options.task == "transcribe"
        and hypothesis.avg_logprob < ALONE_LOGPROB
        and wrong_words(hypothesis) >= ALONE_WRONG_WORDS
        and not in_doubt(hypothesis, speech_of(window))
    )


def wrong_words(hypothesis: Hypothesis) -> float:
    """How many words are probably wrong."""
    return sum(1.0 - word.probability for word in hypothesis.words)


def continued(window: Window, language: str) -> Window:
    """The window joined with its earlier audio, which it must have."""
    earlier = window.earlier
    assert earlier is not None
    return replace(
        window,
        samples=np.concatenate([earlier.samples, window.samples]),
        start=window.start - len(earlier.samples),
        options=replace(window.options, language=language),
    )


def copied(text: str, context: str) -> bool:
    """Whether a text was copied from its own context."""
    letters = guards.letters(text)
    return len(letters) >= COPIED_LETTERS and letters in guards.letters(context)


def audible(words: Sequence[Word]) -> bool:
    """Whether words are in the audio. Their probabilities are those of the alignment, which knows
    the audio and the words before, but no context."""
    sure = [word.probability for word in words]
    return (
        bool(sure)
        and min(sure) >= AUDIBLE_PROBABILITY
        and sum(map(math.log, sure)) >= AUDIBLE_LOGPROB * len(sure)
    )


def copies(text: str, words: Sequence[Word], options: DecodeOptions, weak: bool) -> bool:
    """Whether a text may be copied from its context. What people say twice is no copy: its `words`
    are likely without the context, too. Hotwords and the contents of a prompt may be said: such a
    copy counts only if the text is unlikely (`weak`), or names would be lost."""
    repeated = copied(text, options.previous_text) and not audible(words)
    return repeated or (weak and copied(text, context_text(options)))


def open_holes(hypothesis: Hypothesis, speech: Sequence[SecondsRange]) -> list[Hole]:
    """Speech for which the model should have written something."""
    if hypothesis.unspoken:
        return []  # the detector may be wrong too
    if hypothesis.text and not hypothesis.words:
        return []  # a translation's words have no times
    return holes(hypothesis.words, speech)


def in_doubt(hypothesis: Hypothesis, speech: Sequence[SecondsRange]) -> bool:
    """Whether a final should be decoded again."""
    return hypothesis.doubtful or bool(open_holes(hypothesis, speech))


def merit(hypothesis: Hypothesis, speech: Sequence[SecondsRange]) -> float:
    """How good a hypothesis is: of two for one window the one with the higher value is better."""
    if not guards.letters(hypothesis.text):  # nothing, or punctuation alone
        return WORST_LOGPROB
    likely = max(hypothesis.avg_logprob, WORST_LOGPROB)
    return likely + COVERED * coverage(hypothesis.words, speech) - CIRCLES * hypothesis.repaired


def too_fast(text: str, speech: Sequence[SecondsRange], duration_s: float) -> bool:
    """Whether a text is longer than anybody can say in the time."""
    return hurried(text, sum(end - start for start, end in speech) if speech else duration_s)


def was_said(text: str, start_s: float, end_s: float, speech: Sequence[SecondsRange]) -> bool:
    """Whether there was enough time for a text between two times, and a voice."""
    if length(text) > FASTEST_LETTERS_PER_S * (end_s - start_s):
        return False
    return not speech or spoken_s(speech, start_s, end_s) >= VOICED * (end_s - start_s)


def around(window: Window, hole: Hole, words: int) -> Window:
    """The audio of a hole with a margin. `words`: number of words in the window."""
    behind_s = BEHIND_S if hole.last == words else 0.0
    first = max(round((hole.start_s - LEAD_S) * SAMPLE_RATE), window.start)
    last = min(round((hole.end_s + behind_s) * SAMPLE_RATE), window.end)
    samples: Samples = window.samples[first - window.start : last - window.start]
    return Window(samples, first, True, window.options, window.speech, window.voice)
