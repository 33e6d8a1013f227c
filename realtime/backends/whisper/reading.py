"""One call of the model: its windows, and the text that it wrote for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from realtime.backends.whisper.checks.guards import Loop
from realtime.backends.whisper.checks.remedies import DecodeMode
from realtime.backends.whisper.grouping import CallKey
from realtime.types import Window, Word


@dataclass(slots=True)
class DecodedText:
    """One window's text as decoded, completed by the alignment."""

    tokens: list[int]
    avg_logprob: float
    no_speech_probability: float
    loops: list[Loop]
    repaired: bool
    """True if rounds of a loop were cut, or the text was longer than any speech."""
    words: tuple[Word, ...] = ()
    starts_s: list[float] = field(default_factory=list)
    """Seconds from the window's start at which each token begins, and the last one ends."""


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """Windows that are decoded together."""

    windows: Sequence[Window]
    languages: Sequence[str]
    key: CallKey
    mode: DecodeMode
    encoding: Any
    known: Sequence[Sequence[int]]
    """Tokens with which each window's text is known to begin."""
