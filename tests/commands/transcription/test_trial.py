"""Measuring the speed of a batch: with recordings like those of the batch, as many at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from realtime.app.library.local import audio_length_s
from realtime.commands.transcription.inputs import Input
from realtime.commands.transcription.recogniser import Answer, OnProgress, TranscriptionOptions
from realtime.commands.transcription.trial import (
    LONGEST_STAND_IN_S,
    measure_speed,
    shuffled,
    stand_ins,
)
from realtime.errors import NotAudio, Unauthorized

ALL_AT_ONCE = 4


class Scripted:
    """A recogniser of 10 s recordings that finishes calls only when four run at once."""

    def __init__(self) -> None:
        self.tried: list[str] = []
        self._together = asyncio.Barrier(ALL_AT_ONCE)

    async def transcribe(
        self, path: Path, fields: Mapping[str, object], on_progress: OnProgress
    ) -> Answer:
        self.tried.append(path.name)
        on_progress(5.0, 10.0)
        async with asyncio.timeout(10):
            await self._together.wait()
        if path.name == "broken":
            raise NotAudio("This is not an audio file.")
        if path.name == "forbidden":
            raise Unauthorized("Give a key.")
        on_progress(10.0, 10.0)
        return {}

    async def backend(self) -> str:
        return "scripted"


async def speed(*names: str) -> tuple[float | None, list[str]]:
    recogniser = Scripted()
    rtfx = await measure_speed(recogniser, TranscriptionOptions(), map(Path, names), ALL_AT_ONCE)
    return rtfx, recogniser.tried


async def test_the_recordings_themselves_are_tried_as_many_at_once_as_in_the_run() -> None:
    rtfx, tried = await speed("a", "b", "broken", "c")
    assert rtfx is not None
    assert rtfx > 0
    assert sorted(tried) == ["a", "b", "broken", "c"]


async def test_the_speed_is_unknown_where_all_fail() -> None:
    rtfx, _ = await speed(*["broken"] * ALL_AT_ONCE)
    assert rtfx is None


async def test_a_wrong_key_is_reported() -> None:
    with pytest.raises(Unauthorized):
        await speed("a", "b", "forbidden", "c")


def test_substitutes_are_as_long_as_the_recordings(tmp_path: Path) -> None:
    paths = list(stand_ins([1.5, 20.0, 3600.0], "en", tmp_path))
    lengths = [audio_length_s(path) for path in paths]
    assert lengths == pytest.approx([1.5, 20.0, LONGEST_STAND_IN_S])


def test_the_order_is_random_and_always_the_same() -> None:
    lengths = {Input(Path(str(number)), Path(str(number))): 1.0 for number in range(50)}
    chosen = shuffled(lengths)
    assert chosen == shuffled(lengths) != list(lengths)
    assert set(chosen) == set(lengths)
