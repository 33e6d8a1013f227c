"""Audio that is generated ahead of time."""

from __future__ import annotations

from pathlib import Path

import pytest

from realtime.errors import SetupError
from realtime.load_test.speech import Noise, SpeechFolder
from realtime.load_test.supply import Supply


async def test_recordings_come_in_order_and_once() -> None:
    made: list[int] = []
    async with Supply(Noise(0.1, 0), 5, 1000.0, first=7) as supply:
        assert supply.depth == 2, "so long ones are not all made ahead"
        await supply.fill(made.append)
        numbers = [(await supply.next()).number for _ in range(5)]
        with pytest.raises(IndexError):
            await supply.next()
    assert made == [1, 2]
    assert numbers == [7, 8, 9, 10, 11]


async def test_errors_of_the_source_are_raised(tmp_path: Path) -> None:
    async with Supply(SpeechFolder(tmp_path, 1.0, 0), 3, 1.0) as supply:
        with pytest.raises(SetupError, match="holds no recording"):
            await supply.fill(lambda _: None)
