"""Holes of soft voices, of which the detector misses much: two manners that agree fill them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from realtime.backends.whisper.checks.remedies import DecodeMode
from realtime.backends.whisper.grouping import CallKey
from realtime.types import Hypothesis, Window, Word
from tests.backends.whisper.checks.test_second_pass import HALF, Ear, heard, judged


class Turns(Ear):
    """Answers with the next of several texts each time that a hole is decoded by itself."""

    def __init__(self, first: Hypothesis, fills: Sequence[Hypothesis]) -> None:
        super().__init__(first, {})
        self.fills = list(fills)

    def hear(
        self, windows: Sequence[Window], key: CallKey, mode: DecodeMode, encoding: Any = None
    ) -> tuple[list[Hypothesis], Any]:
        if mode.name == "fill":
            self.answers = {"fill": self.fills.pop(0)}
        return super().hear(windows, key, mode, encoding)


SOFT = "six seven eight nine ten eleven twelve and so on it goes"
"""Too long for the speech that the detector finds of it."""


SOFT_SPEECH = ((0, 40000), (60000, 78000))


def hurried(text: str, **more: float) -> Hypothesis:
    """A text behind `HALF` that is in doubt for its speed."""
    words = text.split()
    timed = [Word(f" {word}", 2.7 + 0.15 * i, 2.85 + 0.15 * i) for i, word in enumerate(words)]
    return replace(heard(text, repaired=True, **more), words=tuple(timed))


@pytest.mark.parametrize(
    ("again", "kept"),
    [
        (SOFT, True),
        (SOFT.replace("eight", "ate"), True),
        ("quite another text that somebody made up of nothing", False),
        (None, False),
    ],
)
def test_what_seems_too_long_for_a_hole_fills_it_if_two_manners_agree(
    again: str | None, kept: bool
) -> None:
    second = hurried(again) if again else heard("")
    result = judged(Turns(HALF, [hurried(SOFT), second]), speech=SOFT_SPEECH)
    assert result.text == (f"{HALF.text} {second.text}" if kept else HALF.text)


@pytest.mark.parametrize("more", [{"logprob": -1.2}, {"voice": 0.8}])
def test_guesses_and_babble_fill_no_hole_by_agreement(more: dict[str, float]) -> None:
    voice = more.pop("voice", None)
    fills = [hurried(SOFT, **more)] * 2
    assert judged(Turns(HALF, fills), speech=SOFT_SPEECH, voice=voice).text == HALF.text
