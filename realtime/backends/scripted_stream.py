"""A scripted streaming model, which keeps state and returns words as audio arrives.

It returns the words of its script a while after they were spoken, and notices missing or repeated
audio: the state of a stream knows where its next window must begin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from realtime.backends.scripted import ScriptedBackend
from realtime.types import SAMPLE_RATE, Hypothesis, Window, Word

DELAY_S = 0.4
"""Audio that must follow a word before the model is certain of the word."""


@dataclass(frozen=True, slots=True)
class StreamState:
    """The model's state for one stream. Sample indexes are on the stream's clock."""

    begun: int
    position: int
    """Where the next window must begin."""
    stable_s: float
    """Words that end at or before this time were returned already."""


class ScriptedStream(ScriptedBackend):
    """A `Backend` whose traits say `streaming`."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Takes the arguments of `ScriptedBackend`, but ignores `hearing`."""
        super().__init__(*args, **options)
        self.traits = replace(self.traits, streaming=True, earlier_s=0.0)

    def decode(self, windows: Sequence[Window]) -> list[Hypothesis]:
        """Raises the errors of `ScriptedBackend`, and ValueError for audio that does not follow."""
        for window in windows:
            if isinstance(window.state, StreamState) and window.state.position != window.start:
                raise ValueError(f"audio from {window.start} on does not follow {window.state}")
        return super().decode(windows)

    def _decode_window(self, window: Window) -> Hypothesis:
        state = window.state
        if not isinstance(state, StreamState):
            state = StreamState(window.start, window.start, window.start / SAMPLE_RATE)
        end_s = window.end / SAMPLE_RATE
        sure_s = end_s if window.final else max(state.stable_s, end_s - DELAY_S)
        script = self.script_of(window.options)
        recognised = [
            Word(f" {word.text}" if script.spaces else word.text, word.start_s, word.end_s, 0.9)
            for word in script.words
            if word.start_s >= state.begun / SAMPLE_RATE and state.stable_s < word.end_s <= end_s
        ]
        words = tuple(word for word in recognised if word.end_s <= sure_s)
        return Hypothesis(
            text="".join(word.text for word in words).strip(),
            words=words,
            unsettled=tuple(recognised[len(words) :]),
            state=StreamState(state.begun, window.end, sure_s),
            language=window.options.language or script.language,
            language_probability=1.0,
            avg_logprob=-0.1 if words else 0.0,
            tokens=len(words),
        )
