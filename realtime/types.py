"""Values that cross layers. Frozen, with their units.

All times inside a session are on its *sample clock*: samples of 16 kHz mono audio received so far.
`*_s` is seconds, `*_ms` is milliseconds, everything that is a plain `int` position is a sample
index.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from realtime.scripts import join_texts

SAMPLE_RATE = 16_000  # Hz, as speech models need it
SAMPLES_PER_MS = SAMPLE_RATE // 1000

Samples: TypeAlias = npt.NDArray[np.float32]
"""Mono audio at `SAMPLE_RATE`, float32 in -1 … 1, shape (n,)."""

Task = Literal["transcribe", "translate"]


class Urgency(IntEnum):
    """The engine's classes of requests, most urgent first."""

    FINAL = 0
    EARLY_FINAL = 1
    """A final that is not due yet. If the speaker continues it was in vain, so it waits for those
    that are due; but it is decoded sooner than any partial, which the final that follows replaces
    at once."""
    FIRST_PARTIAL = 2
    PARTIAL = 3
    FILE = 4


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a hypothesis or of a final."""

    text: str
    """As the model wrote it, *with* its leading space where the script has one."""
    start_s: float
    """On the session's clock."""
    end_s: float
    probability: float = 1.0
    """Mean probability of its tokens, 0 … 1."""
    speaker: int | None = None
    """0 …, where speakers are told apart and this one is known."""

    @property
    def middle_s(self) -> float:
        return (self.start_s + self.end_s) / 2


@dataclass(frozen=True, slots=True)
class DecodeOptions:
    """Everything that varies by stream. It travels with the window: no model is ever mutated."""

    language: str | None = None
    """ISO code; None: the model detects it."""
    candidates: tuple[str, ...] = ()
    """Where the model detects the language: the allowed ones; empty: all that the model knows."""
    expected: tuple[tuple[str, float], ...] = ()
    """Where the model detects the language: (ISO code, weight) of languages spoken before; `""`
    stands for all others. Empty: nothing is known."""
    task: Task = "transcribe"
    beam_size: int = 1
    prompt: str = ""
    """The user's own context text."""
    hotwords: str = ""
    previous_text: str = ""
    """Earlier finals of the stream. The model's policy decides whether it is used."""
    previous_language: str = ""
    """Language of `previous_text`; a model that detects another one must drop the text."""
    word_times: bool = False
    """Fill `Hypothesis.words`, where the model reports times; it may cost another pass."""


@dataclass(frozen=True, slots=True)
class WindowShape:
    """What a batcher must know about a window before its audio is copied."""

    samples: int
    final: bool
    options: DecodeOptions


@dataclass(frozen=True, slots=True, eq=False)
class Earlier:
    """The audio of a stream just before a window, and its words."""

    samples: Samples
    """The audio, which ends where the window begins."""
    words: tuple[Word, ...]
    """Words that are in finals already."""
    language: str
    """ISO code of the words' language."""


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """The span of audio for one decode."""

    samples: Samples
    start: int
    """Sample index of `samples[0]` on the session's clock."""
    final: bool
    """Decode with final settings (beam, full context); otherwise as a greedy partial."""
    options: DecodeOptions = field(default_factory=DecodeOptions)
    speech: tuple[tuple[int, int], ...] | None = None
    """Where somebody speaks: ranges of samples on the session's clock, in order; they may reach
    beyond the window. None where it was not determined."""
    voice: float | None = None
    """How sure the detector is of the speech, 0 … 1 (`vad.voice`); None where it is not known."""
    earlier: Earlier | None = None
    """May be decoded again with the window, where the model is not sure of the window alone."""
    state: object | None = None
    """For a model that keeps state: the state that it returned for the audio just before; None at
    the beginning. With a state, the window holds new audio only."""

    @property
    def end(self) -> int:
        """Sample index just after the last sample."""
        return self.start + len(self.samples)

    @property
    def duration_s(self) -> float:
        return len(self.samples) / SAMPLE_RATE

    @property
    def shape(self) -> WindowShape:
        return WindowShape(len(self.samples), self.final, self.options)


@dataclass(frozen=True, slots=True)
class SpeakerTurn:
    """A span in which one person speaks; times on the session's clock, or in the file."""

    start_s: float
    end_s: float
    speaker: int | None
    """0 …, in order of first appearance; None where there is too little speech to decide."""
    sure: bool = True
    """Whether there is enough speech to be sure."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """The result of one decode of one window."""

    text: str
    """Stripped at both ends; empty where nothing was said."""
    words: tuple[Word, ...] = ()
    """With `DecodeOptions.word_times`; times on the session's clock."""
    language: str = ""
    language_probability: float = 0.0
    languages: tuple[tuple[str, float], ...] = ()
    """Where the model detected the language: (ISO code, probability by this audio alone) of the
    likeliest and the expected ones."""
    avg_logprob: float = 0.0
    """Mean natural-log probability of the tokens, end token included; 0.0 where text is empty."""
    no_speech_probability: float = 0.0
    unspoken: bool = False
    """The model judged that nobody spoke: there is no text, and none is missing."""
    compression_ratio: float = 1.0
    """len(utf-8) ÷ len(zlib(utf-8)), as openai/whisper defines it."""
    tokens: int = 0
    passes: int = 1
    """Encoder passes that this window cost, retries included."""
    repaired: bool = False
    """The model repeated itself, copied its context, or wrote more than anybody could say."""
    doubtful: bool = False
    """Not reliable, even after all remedies: never used as context for later windows."""
    coverage: float = 1.0
    """Share of the window's speech for which there are words."""
    remedies: tuple[str, ...] = ()
    """The ways in which the window was decoded again."""
    cost_usd: float = 0.0
    """The price that a cloud charges for it."""
    unsettled: tuple[Word, ...] = ()
    """For a model that keeps state: words after `words` that, unlike those, may still change."""
    state: object | None = None
    """For such a model: the state to pass with the audio that follows. Never mutated, so that a
    call can be repeated."""
    turns: tuple[SpeakerTurn, ...] | None = None
    """Who speaks when, in order; None where it was not requested."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A sentence or a part of one in the transcript of a file."""

    start_s: float
    """In the file."""
    end_s: float
    text: str
    words: tuple[Word, ...] = ()
    """With `DecodeOptions.word_times`; times in the file."""
    channel: int | None = None
    """0 …, where channels were transcribed separately."""
    avg_logprob: float = 0.0
    no_speech_probability: float = 0.0
    compression_ratio: float = 1.0
    speaker: int | None = None
    """0 …, where speakers were told apart and this one is known."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A reader's note on a segment of a transcript."""

    start_s: float
    """Start of the segment."""
    text: str
    name: str = ""
    """Of the writer; empty if not given."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """The transcript of a whole file."""

    segments: tuple[Segment, ...]
    """Ordered by start time."""
    language: str
    duration_s: float
    """Duration of the audio, pauses included."""
    windows: int = 0
    """How many windows the model decoded."""
    cost_usd: float = 0.0
    """The price that a cloud charged for it."""
    warnings: tuple[str, ...] = ()
    """Codes of oddities of the audio (`sides_cancel`, `cut_off`), and of requests that the model
    could not fulfil."""
    speakers: tuple[tuple[float, ...], ...] = ()
    """Where speakers are told apart: the data on each voice (`speakers.clustering`)."""

    @property
    def text(self) -> str:
        """All segments, joined as their scripts are written."""
        return join_texts(segment.text for segment in self.segments)
