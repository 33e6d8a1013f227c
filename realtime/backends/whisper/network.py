"""What differs between the libraries that run a Whisper: its encoder and decoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from realtime.backends.whisper.features import FloatArray


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a call writes."""

    beam_size: int
    most: int
    """Tokens that a window may bring."""
    suppressed: Sequence[int]
    """Tokens never written; a blank is never the first."""
    timestamps: bool = False
    """The prompts let the model tell times, by its rules for them."""
    unrepeated: int = 0
    """So many tokens in a row are never written twice; 0: they may be."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """What the decoder wrote for one window."""

    tokens: list[int]
    """Without the end token; others that are no text may be among them."""
    avg_logprob: float
    """Mean natural-log probability of the tokens, end token included."""
    no_speech_probability: float


@dataclass(frozen=True, slots=True)
class Alignment:
    """Where the tokens of a text were heard."""

    path: Sequence[tuple[int, int]]
    """Pairs (token, encoder position), ascending in both."""
    probabilities: Sequence[float]
    """Of each token of the text."""


class Network(Protocol):
    """Encoder and decoder with their weights. What `encode` gives is opaque to others."""

    @property
    def n_mels(self) -> int:
        """80, or 128 for large-v3 and turbo."""
        ...

    @property
    def multilingual(self) -> bool:
        """Whether it knows more than English."""
        ...

    @property
    def timestamps(self) -> bool:
        """Whether it keeps to Whisper's rules for timestamps."""
        ...

    def encode(self, features: FloatArray) -> Any:
        """Features of shape (windows, n_mels, frames); any even number of frames up to 3000."""
        ...

    def pick(self, encoding: Any, rows: Sequence[int]) -> Any:
        """The encoding of some of its windows."""
        ...

    def languages(self, encoding: Any) -> list[dict[str, float]]:
        """ISO code → probability, of every language that it knows, for each window."""
        ...

    def generate(
        self,
        encoding: Any,
        prompts: Sequence[Sequence[int]],
        sampling: Sampling,
        known: Sequence[Sequence[int]],
    ) -> list[Sampled]:
        """`prompts`: equally long, one a window. `known`: tokens, none or more, with which each
        text begins; what follows them is told."""
        ...

    def align(
        self,
        encoding: Any,
        start: Sequence[int],
        texts: Sequence[Sequence[int]],
        frames: Sequence[int],
    ) -> list[Alignment]:
        """`start`: the start sequence without `<|notimestamps|>`, one for all. `texts`: not empty.
        `frames`: how many mel frames of each window hold audio."""
        ...

    def close(self) -> None:
        """Give the memory back."""
        ...
