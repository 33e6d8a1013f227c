"""Estimates hours of audio, time and cost of a batch before it sends anything."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.console import Console

from realtime.commands.transcription.inputs import Input
from realtime.commands.transcription.order import Order
from realtime.commands.transcription.recogniser import FileRecogniser
from realtime.commands.transcription.trial import Speed, measure_speed, shuffled, stand_ins
from realtime.errors import RealtimeError

FAILED = 1
CLOUD = "openai-api"
READERS = 4


@dataclass(frozen=True, slots=True)
class Estimate:
    """Audio, time and cost of a batch."""

    files: int
    audio_s: float
    speed: Speed | None = None
    """None: not measured."""
    load_s: float = 0.0
    """Seconds to load the model."""
    backend: str = ""
    usd_per_minute: float = 0.0

    @property
    def cloud_usd(self) -> float:
        """Price of the audio in the cloud."""
        return self.audio_s / 60 * self.usd_per_minute

    def lines(self) -> list[str]:
        """The estimate as lines for people."""
        hours = f"{self.audio_s / 3600:.2f} hours of audio ({self.audio_s / 60:.1f} minutes)"
        if self.speed is not None:
            expected = f"about {duration(self.load_s + self.audio_s / self.speed.rtfx)}"
            loading = f"{duration(self.load_s)} to load the model, then " if self.load_s else ""
            how = f"{self.speed.rtfx:.1f} times as fast as speech, measured with {self.speed.of}"
            expected += f" with {self.backend} ({loading}{how})"
        elif self.backend == CLOUD:
            expected = f"not measured with {self.backend}: that would cost money"
        else:
            expected = "not known: none of the recordings could be transcribed"
        price = f"${self.cloud_usd:.2f} at ${self.usd_per_minute:g} a minute"
        cost = price if self.backend == CLOUD else f"none; with {CLOUD} {price}"
        return [f"{self.files} files, {hours}", f"expected time: {expected}", f"cost: {cost}"]


def measure_audio(
    items: Sequence[Input], length_s: Callable[[Path], float]
) -> tuple[dict[Input, float], list[tuple[Input, str]]]:
    """Seconds of audio of each input, and unreadable ones. `length_s` may raise RealtimeError."""

    def one(item: Input) -> float | str:
        try:
            return length_s(item.path)
        except RealtimeError as error:
            return error.message

    with ThreadPoolExecutor(READERS) as pool:
        found = list(zip(items, pool.map(one, items), strict=True))
    lengths = {item: length for item, length in found if isinstance(length, float)}
    return lengths, [(item, why) for item, why in found if isinstance(why, str)]


def duration(seconds: float) -> str:
    """`40 s`, `12 min`, `3.5 h`."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def estimated(order: Order, items: Sequence[Input], console: Console) -> int:
    """Print the estimate; → exit code. Raises the errors of `Order.recogniser`."""
    from realtime.app.backends import canonical
    from realtime.app.library.local import audio_length_s

    lengths, broken = measure_audio(items, audio_length_s)
    begun, backend, speed, load_s = time.monotonic(), CLOUD, None, 0.0
    if order.url is not None or canonical(order.settings.backend[0]) != CLOUD:
        # For the cloud, neither a trial nor its API key is needed.
        with order.recogniser(console) as opened:
            load_s = 0.0 if order.url else time.monotonic() - begun
            with console.status("measuring the speed …") if console.is_terminal else nullcontext():
                backend, speed = asyncio.run(_speed(order, opened, lengths))
    found = Estimate(
        files=len(lengths),
        audio_s=sum(lengths.values()),
        speed=speed,
        load_s=load_s,
        backend=backend,
        usd_per_minute=order.settings.openai_usd_per_minute,
    )
    for line in found.lines():
        typer.echo(line)
    for item, why in broken:
        typer.echo(f"realtime: {item.shown_path}: {why}", err=True)
    return FAILED if broken else 0


async def _speed(
    order: Order,
    opened: AbstractAsyncContextManager[FileRecogniser],
    lengths: Mapping[Input, float],
) -> tuple[str, Speed | None]:
    """The backend's name and speed: measured with the user's recordings here, and with the bundled
    ones on a server."""
    chosen = shuffled(lengths)
    paths: Iterable[Path] = (item.path for item in chosen)
    of = "your recordings"
    async with opened as recogniser:
        backend = await recogniser.backend()
        if backend == CLOUD or not lengths:
            return backend, None
        with tempfile.TemporaryDirectory(prefix="realtime-") as folder:
            if order.url is not None:
                seconds = (lengths[item] for item in chosen)
                paths = stand_ins(seconds, order.options.language, Path(folder))
                of = "bundled recordings of the same lengths"
            rtfx = await measure_speed(recogniser, order.options, paths, order.jobs)
    return backend, None if rtfx is None else Speed(rtfx, of)
