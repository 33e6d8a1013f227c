"""When a window is heard again, in which ways, and which hearing is the better one. Pure."""

from __future__ import annotations

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
from realtime.types import SAMPLE_RATE, DecodeOptions, Hypothesis, Samples, Window

SURE_LOGPROB = -0.2
"""Below it a window is heard behind earlier audio too, and the surer of both hearings stays: one
final of six in English. At -0.1 it is one of three, for another 0.3 points fewer of words wrong."""
COPIED_LETTERS = 6
"""A text so long that stands in its own context is a copy of it. People repeat shorter ones."""
COVERED = 2.0
"""What it is worth to cover all speech, in natural-log probability of a token: a text with half the
words must be e times likelier, token by token, to be believed."""
CIRCLES = 2.0
"""What it costs, in the same unit, to go round in circles, or to copy."""
WORST_LOGPROB = -2.0
"""Below it all are equally bad."""
VOICED = 0.3
"""The share of a phrase's time in which the detector hears a voice, at least."""
LEAD_S = 0.3
"""Audio before a hole that is heard with it. With the words before it too, 2 s, the model writes
those, and stops where it stopped before."""
BEHIND_S = 0.5
"""And behind one that nothing follows. The beginning of the next word makes a model forget what
comes before it, above all where a loud voice follows a soft one."""


UNREPEATED = 6
"""Tokens: two or three words of English, a longer one of Hindi or Tamil. On six seconds of each,
where small models go round in circles in every other way, texts end by themselves and where the
speech does; with 10 and 16 they go on in circles, with a penalty for repeated tokens they stray."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a window is heard."""

    name: str
    timestamps: bool = False
    """The model tells times too: it then goes on behind a pause, at which it stops without them."""
    context: bool = True
    """Give it earlier text."""
    beam_size: int = 0
    """0: as the stream wishes."""
    unrepeated: int = 0
    """So many tokens in a row may not be written twice; 0: they may be."""
    longest: bool = False
    """In the longest context, instead of the shortest that holds the window."""
    earlier: bool = False
    """Behind earlier audio, whose words the text goes on from."""


FIRST = Manner("first")
EARLIER = Manner("earlier", context=False, earlier=True)
FILL = Manner("fill", context=False)
FILL_TIMED = Manner("fill", timestamps=True, context=False)
REMEDIES = (
    Manner("timestamps", timestamps=True, context=False),
    Manner("longest", context=False, longest=True),
    Manner("beam", context=False, beam_size=5),
    Manner("straight", context=False, unrepeated=UNREPEATED),
)
"""In this order, until the window is no longer in doubt; all but `longest` encode nothing.
Temperatures, openai/whisper's way, come out differently each time: the same bytes have to give the
same words."""


def speech_of(window: Window) -> list[SecondsRange]:
    """Where somebody speaks in a window, in seconds; empty where nobody judged."""
    return [
        (max(start, window.start) / SAMPLE_RATE, min(end, window.end) / SAMPLE_RATE)
        for start, end in window.speech or ()
        if start < window.end and end > window.start
    ]


def given(options: DecodeOptions) -> str:
    """All text that a model may be given as context."""
    return f"{options.hotwords} {options.prompt} {options.previous_text}"


def unsure(window: Window, hypothesis: Hypothesis) -> bool:
    """Whether a window should be heard again behind the audio before it."""
    return (
        window.earlier is not None
        and window.options.task == "transcribe"
        and window.earlier.language == hypothesis.language
        and bool(hypothesis.text)
        and hypothesis.avg_logprob < SURE_LOGPROB
    )


def continued(window: Window, language: str) -> Window:
    """A window that has something before it, in one piece with that."""
    earlier = window.earlier
    assert earlier is not None
    return replace(
        window,
        samples=np.concatenate([earlier.samples, window.samples]),
        start=window.start - len(earlier.samples),
        options=replace(window.options, language=language),
    )


def copied(text: str, context: str) -> bool:
    """Whether a text was written off its own context."""
    letters = guards.letters(text)
    return len(letters) >= COPIED_LETTERS and letters in guards.letters(context)


def open_holes(hypothesis: Hypothesis, speech: Sequence[SecondsRange]) -> list[Hole]:
    """Speech that the model should have written something for."""
    if hypothesis.unspoken:
        return []  # the detector may be wrong too
    if hypothesis.text and not hypothesis.words:
        return []  # a translation's words have no times
    return holes(hypothesis.words, speech)


def in_doubt(hypothesis: Hypothesis, speech: Sequence[SecondsRange]) -> bool:
    """Whether a final should be heard again."""
    return hypothesis.doubtful or bool(open_holes(hypothesis, speech))


def merit(hypothesis: Hypothesis, speech: Sequence[SecondsRange]) -> float:
    """Of two hearings of a window the one with more is the better one."""
    if not guards.letters(hypothesis.text):  # nothing, or marks alone
        return WORST_LOGPROB
    likely = max(hypothesis.avg_logprob, WORST_LOGPROB)
    return likely + COVERED * coverage(hypothesis.words, speech) - CIRCLES * hypothesis.repaired


def too_fast(text: str, speech: Sequence[SecondsRange], duration_s: float) -> bool:
    """Whether there is more text than anybody says in the time."""
    return hurried(text, sum(end - start for start, end in speech) if speech else duration_s)


def was_said(text: str, start_s: float, end_s: float, speech: Sequence[SecondsRange]) -> bool:
    """Whether there was time for a text between two times, and a voice."""
    if length(text) > FASTEST_LETTERS_PER_S * (end_s - start_s):
        return False
    return not speech or spoken_s(speech, start_s, end_s) >= VOICED * (end_s - start_s)


def around(window: Window, hole: Hole, words: int) -> Window:
    """The audio of a hole with a little around it. `words`: how many the window has."""
    behind_s = BEHIND_S if hole.last == words else 0.0
    first = max(round((hole.start_s - LEAD_S) * SAMPLE_RATE), window.start)
    last = min(round((hole.end_s + behind_s) * SAMPLE_RATE), window.end)
    samples: Samples = window.samples[first - window.start : last - window.start]
    return Window(samples, first, True, window.options, window.speech)
