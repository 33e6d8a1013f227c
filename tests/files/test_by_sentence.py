"""Files for a model that works best with one sentence at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from realtime.backends.scripted import Hearing, Script, ScriptedBackend
from realtime.types import SAMPLE_RATE, Hypothesis, Window
from tests.files.test_transcriber import ENGLISH, noise, transcribing

SCRIPT = Script.evenly(" ".join(f"word{i}{'.' * (i % 5 == 4)}" for i in range(200)), 0.0, 0.5)
"""A word every 0.6 s, a sentence every 3 s."""


class OneAtATime(ScriptedBackend):
    """A model that works best with one sentence at a time."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.traits = replace(self.traits, file_sentences=True, file_window_s=10.0)


async def last_of_a_row(backend: OneAtATime) -> int:
    """The number of the last word in 100 s; from the beginning, each word occurs once."""
    async with transcribing(backend) as files:
        transcript = await files.transcribe(noise((100.0, True)), ENGLISH)
    numbers = [int(word.strip("word.")) for word in transcript.text.split()]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert numbers[0] <= 1
    return numbers[-1]


@pytest.mark.parametrize("jitter_s", [0.0, 0.15])
async def test_sentences_without_a_pause_are_decoded_one_by_one(jitter_s: float) -> None:
    """Windows of 10 s, then each sentence in them."""
    heard_by_itself: list[Window] = []

    def note(windows: Sequence[Window]) -> None:
        heard_by_itself.extend(window for window in windows if window.duration_s < 4.0)

    assert await last_of_a_row(OneAtATime(SCRIPT, Hearing(jitter_s=jitter_s), note)) >= 165
    for window in heard_by_itself:
        assert (window.start / SAMPLE_RATE + 0.2 + jitter_s) % 3.0 < 0.4 + 2 * jitter_s
    assert len(heard_by_itself) >= 30


class Circling(OneAtATime):
    """Repeats the first sentence of a long window."""

    def decode(self, windows: Sequence[Window]) -> list[Hypothesis]:
        return [
            self._circled(window, hypothesis) if window.duration_s > 8.0 else hypothesis
            for window, hypothesis in zip(windows, super().decode(windows), strict=True)
        ]

    def _circled(self, window: Window, heard: Hypothesis) -> Hypothesis:
        closed = next(i for i, word in enumerate(heard.words) if word.text.endswith(".")) + 1
        first, end_s = heard.words[:closed], heard.words[closed - 1].end_s
        again = [
            replace(word, start_s=end_s + 0.01 * i, end_s=end_s + 0.01 * (i + 1))
            for i, word in enumerate(first * 3)
        ]
        return replace(heard, words=(*first, *again))


async def test_a_model_that_repeats_itself_gets_shorter_windows() -> None:
    assert await last_of_a_row(Circling(SCRIPT)) >= 160
