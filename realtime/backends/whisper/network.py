"""The interface to the libraries that run a Whisper: its encoder and decoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from realtime.backends.whisper.features import FloatArray


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a call generates text."""

    beam_size: int
    most: int
    """Most tokens per window."""
    suppressed: Sequence[int]
    """Tokens that are never written; blanks may not come first either."""
    timestamps: bool = False
    """The prompts let the model write timestamps, by its rules for them."""
    unrepeated: int = 0
    """No sequence of this many tokens is written twice; 0: no such rule."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """What the decoder wrote for one window."""

    tokens: list[int]
    """Without the end token; other tokens that are not text may be among them."""
    avg_logprob: float
    """Mean natural-log probability of the tokens, end token included."""
    no_speech_probability: float


@dataclass(frozen=True, slots=True)
class Alignment:
    """Where in the audio the tokens of a text were spoken."""

    path: Sequence[tuple[int, int]]
    """Pairs (token, encoder position), ascending in both."""
    probabilities: Sequence[float]
    """Probability of each token of the text."""


class WhisperNetwork(Protocol):
    """Encoder and decoder with their weights. Encodings are opaque to callers."""

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
        """Whether it follows Whisper's rules for timestamps."""
        ...

    def encode(self, features: FloatArray) -> Any:
        """Encode features (windows, n_mels, frames); frames: any even number up to 3000."""
        ...

    def pick(self, encoding: Any, rows: Sequence[int]) -> Any:
        """The encoding of some of its windows."""
        ...

    def languages(self, encoding: Any) -> list[dict[str, float]]:
        """ISO code → probability, for each window, of every language that the model knows."""
        ...

    def generate(
        self,
        encoding: Any,
        prompts: Sequence[Sequence[int]],
        sampling: Sampling,
        known: Sequence[Sequence[int]],
    ) -> list[Sampled]:
        """`prompts`: one per window, equally long. `known`: tokens, none or more, with which each
        text begins; only what follows them is returned."""
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
        """Free the memory."""
        ...
