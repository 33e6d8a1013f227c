"""Measures the speed of transcription on a few of the recordings."""

from __future__ import annotations

import asyncio
import random
import time
import wave
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from realtime.commands.transcription.inputs import Input
from realtime.commands.transcription.recogniser import (
    FileRecogniser,
    OnProgress,
    TranscriptionOptions,
)
from realtime.errors import RealtimeError, Unauthorized
from realtime.types import SAMPLE_RATE
from realtime.weights.bundled import samples

TRIAL_S = 8.0
"""A trial starts recordings for this long; running ones then get as long again to end."""
LONGEST_STAND_IN_S = 60.0
"""A server reports no progress, so stand-ins for longer recordings would only take longer."""
INT16_MAX = 32767
_ORDER_SEED = 0


@dataclass(frozen=True, slots=True)
class Speed:
    """The result of a trial."""

    rtfx: float
    """Seconds of audio that are transcribed per second."""
    of: str
    """The recordings that were used, for people."""


async def measure_speed(
    recogniser: FileRecogniser, options: TranscriptionOptions, paths: Iterable[Path], at_once: int
) -> float | None:
    """Seconds of audio per second of work, measured by transcribing some of `paths` as a run does.

    None where nothing could be transcribed. Raises Unauthorized.
    """
    waiting, heard_s, begun = iter(paths), dict[Path, float](), time.monotonic()

    def noted(path: Path) -> OnProgress:
        return lambda done_s, _total_s: heard_s.update({path: done_s})

    async def slot() -> None:
        while time.monotonic() - begun < TRIAL_S and (path := next(waiting, None)) is not None:
            try:
                await recogniser.transcribe(path, options.fields(), noted(path))
            except Unauthorized:
                raise
            except (RealtimeError, OSError):
                heard_s.pop(path, None)

    slots = {asyncio.create_task(slot()) for _ in range(at_once)}
    running = slots
    try:
        while running and (time.monotonic() - begun < 2 * TRIAL_S or not any(heard_s.values())):
            _, running = await asyncio.wait(running, timeout=TRIAL_S / 4)
        took_s = time.monotonic() - begun
    finally:
        for task in running:
            task.cancel()
        ended = await asyncio.gather(*slots, return_exceptions=True)
    for failure in ended:
        if isinstance(failure, Unauthorized):
            raise failure
    return sum(heard_s.values()) / took_s if any(heard_s.values()) else None


def shuffled(lengths: Mapping[Input, float]) -> list[Input]:
    """The recordings in a random order, which is always the same."""
    return random.Random(_ORDER_SEED).sample(list(lengths), len(lengths))


def stand_ins(lengths_s: Iterable[float], language: str, folder: Path) -> Iterator[Path]:
    """Files of bundled speech of the same lengths, made one by one: no recording of the user's is
    sent.

    The speech is in `language` if there are bundled recordings of it.
    """
    every = samples()
    chosen = [item for item in every if item.language == language] or every
    speech = np.concatenate([item.read() for item in chosen])
    pcm = (speech * INT16_MAX).astype("<i2")
    for number, length_s in enumerate(lengths_s):
        count = round(min(length_s, LONGEST_STAND_IN_S) * SAMPLE_RATE)
        path = folder / f"{number}.wav"
        with wave.open(str(path), "wb") as out:
            out.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
            out.writeframes(np.resize(pcm, count).tobytes())
        yield path
