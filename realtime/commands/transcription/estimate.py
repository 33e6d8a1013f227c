"""What a batch would take, before anything is sent: hours of audio, time, money."""

from __future__ import annotations

import tempfile
import time
import wave
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from realtime.commands.transcription.inputs import Input
from realtime.commands.transcription.recogniser import Asked, Recogniser
from realtime.errors import RealtimeError
from realtime.models.bundled import samples

CLOUD = "openai-api"
READERS = 4
PROBE_ROUNDS = 3
"""How often the recordings of the probe follow each other: about a minute of speech."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """How much there is to do."""

    files: int
    audio_s: float
    rtfx: float | None = None
    """Seconds of audio that are transcribed in one; None: not measured."""
    backend: str = ""
    usd_per_minute: float = 0.0

    @property
    def cloud_usd(self) -> float:
        """What the cloud asks for so much audio."""
        return self.audio_s / 60 * self.usd_per_minute

    def lines(self) -> list[str]:
        """For people."""
        hours = f"{self.audio_s / 3600:.2f} hours of audio ({self.audio_s / 60:.1f} minutes)"
        if self.rtfx:
            speed = f"{self.rtfx:.0f} times as fast as speech, measured now"
            expected = f"about {duration(self.audio_s / self.rtfx)} with {self.backend} ({speed})"
        else:
            expected = f"not measured with {self.backend}: that would cost money"
        price = f"${self.cloud_usd:.2f} at ${self.usd_per_minute:g} a minute"
        cost = price if self.backend == CLOUD else f"none; with {CLOUD} {price}"
        return [f"{self.files} files, {hours}", f"expected time: {expected}", f"cost: {cost}"]


def measure_audio(
    items: Sequence[Input], length_s: Callable[[Path], float]
) -> tuple[float, list[tuple[Input, str]]]:
    """Seconds of audio in all, and what cannot be read. `length_s` may raise RealtimeError."""

    def one(item: Input) -> float | str:
        try:
            return length_s(item.path)
        except RealtimeError as error:
            return error.message

    with ThreadPoolExecutor(READERS) as pool:
        found = list(zip(items, pool.map(one, items), strict=True))
    seconds = sum(length for _, length in found if isinstance(length, float))
    return seconds, [(item, why) for item, why in found if isinstance(why, str)]


async def measure_speed(recogniser: Recogniser, asked: Asked) -> float | None:
    """Seconds of audio a second of work, by the bundled recordings: nothing of the user's is sent.

    None with a cloud backend. Raises what the recogniser raises.
    """
    if await recogniser.backend() == CLOUD:
        return None
    with tempfile.TemporaryDirectory(prefix="realtime-") as folder:
        path = Path(folder) / "probe.wav"
        audio_s = _write_probe(path, asked.language)
        begun = time.monotonic()
        await recogniser.transcribe(path, asked.fields(), lambda _done_s, _total_s: None)
        return audio_s / max(1e-6, time.monotonic() - begun)


def duration(seconds: float) -> str:
    """`40 s`, `12 min`, `3.5 h`."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _write_probe(path: Path, language: str) -> float:
    """All bundled recordings of the language, else of all, some times over; → seconds."""
    every = samples()
    chosen = [item for item in every if item.language == language] or every
    frames = 0
    with wave.open(str(path), "wb") as out:
        for item in chosen * PROBE_ROUNDS:
            with wave.open(str(item.path)) as recording:
                if not frames:
                    out.setparams(recording.getparams())
                frames += recording.getnframes()
                out.writeframes(recording.readframes(recording.getnframes()))
        return frames / out.getframerate()
