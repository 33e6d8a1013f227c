"""100 files (row f): one by one in the library, one by one over HTTP, and ten at once over HTTP.

Required: one by one over HTTP takes at most 1.1 times the library's time, ten at once takes less
time than one by one, and memory does not grow. The three ways take turns in one run, on the same
model and machine.
"""

from __future__ import annotations

import asyncio
import io
import random
import statistics
import tempfile
import time
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx2
import numpy as np

from benchmarks.shared.rows import Row, parser, show
from benchmarks.shared.serving import Served, served
from benchmarks.streams.capacity import model
from realtime import WhisperSTT
from realtime.audio.samples import silence, to_s16
from realtime.load_test.machine import machine
from realtime.load_test.statistics import theil_sen
from realtime.types import SAMPLE_RATE
from realtime.weights.bundled import samples

FILES, AT_ONCE, ROUNDS = 100, 10, 3
SEED = 4


def recordings(count: int) -> list[tuple[bytes, str]]:
    """WAV files and their languages: the bundled recordings, each with different silence around
    it, so that no two files are equal."""
    rng, spoken = random.Random(SEED), samples()
    made = []
    for number in range(count):
        sample = spoken[number % len(spoken)]
        parts = [silence(rng.uniform(0, 0.5)), sample.read(), silence(rng.uniform(0, 0.5))]
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            file.writeframes(to_s16(np.concatenate(parts)).tobytes())
        made.append((buffer.getvalue(), sample.language))
    return made


Files = Sequence[tuple[bytes, str]]


def by_library(stt: WhisperSTT, files: Files) -> list[str]:
    return [str(stt.transcribe(audio, language)["text"]) for audio, language in files]


def by_api(server: Served, files: Files, at_once: int) -> list[str]:
    """Upload to `/transcribe`, `at_once` requests at a time, over persistent connections."""

    async def all_of_them() -> list[str]:
        turn = asyncio.Semaphore(at_once)
        async with httpx2.AsyncClient(base_url=server.api, timeout=600, trust_env=False) as http:

            async def one(audio: bytes, language: str) -> str:
                async with turn:
                    answer = await http.post(
                        "/transcribe",
                        files={"file": ("a.wav", audio)},
                        data={"language": language},
                    )
                answer.raise_for_status()
                return str(answer.json()["text"])

            return list(await asyncio.gather(*(one(*file) for file in files)))

    return asyncio.run(all_of_them())


def measure(shape: str = "base", count: int = FILES, rounds: int = ROUNDS) -> list[Row]:
    """Medians of `rounds` runs of each way, taken in turn. `shape`: see `streams.capacity`."""
    files = recordings(count)
    seconds = sum((len(audio) - 44) / 2 / SAMPLE_RATE for audio, _ in files)
    took: dict[str, list[float]] = {}
    texts: dict[str, list[str]] = {}
    rss_mb: list[float] = []
    with tempfile.TemporaryDirectory() as place, model(shape) as name:
        own: dict[str, Any] = {"allowed_dir": Path(place), "data_dir": Path(place)}
        with served(model=name, api_port=0, **own) as server, WhisperSTT(name) as stt:
            ways: dict[str, Callable[[Files], list[str]]] = {
                "library": lambda some: by_library(stt, some),
                "API": lambda some: by_api(server, some, 1),
                "API, 10 at once": lambda some: by_api(server, some, AT_ONCE),
            }
            for way in ways.values():  # warm up caches, pools and decoder processes
                way(files[: 2 * AT_ONCE])
            for _ in range(rounds):
                texts = {what: [] for what in ways}
                sums = dict.fromkeys(ways, 0.0)
                # Alternate every few files, so that other load on the machine hits all ways alike.
                for first in range(0, count, AT_ONCE):
                    for what, way in ways.items():
                        began = time.perf_counter()
                        texts[what] += way(files[first : first + AT_ONCE])
                        sums[what] += time.perf_counter() - began
                for what, seconds_taken in sums.items():
                    took.setdefault(what, []).append(seconds_taken)
                rss_mb.append(server.rss_bytes() / 2**20)
    median = {what: statistics.median(times) for what, times in took.items()}
    alone, one, ten = (median[what] for what in ways)
    slope = theil_sen(range(len(rss_mb)), rss_mb) * len(rss_mb)
    size = f"{count} files, {seconds / 60:.0f} min of audio, {shape}"
    shown = {what: ", ".join(f"{t:.1f}" for t in times) for what, times in took.items()}
    same = texts["library"] == texts["API"]
    return [
        Row("f", f"{size}: library, one by one", f"{alone:.1f} s ({shown['library']})"),
        Row("f", "API, one by one", f"{one:.1f} s ({shown['API']})"),
        Row("f", "API, 10 at once", f"{ten:.1f} s ({shown['API, 10 at once']})"),
        Row("f", "API ÷ library", f"{one / alone:.2f}", "<= 1.1", one <= 1.1 * alone),
        Row("f", "10 at once ÷ one by one", f"{ten / one:.2f}", "< 1", ten < one),
        Row("f", "API's words are the library's", "yes" if same else "no", "yes", same),
        Row(
            "f",
            f"server's memory after each round of {2 * count} files; trend in all",
            f"{', '.join(f'{mb:.0f}' for mb in rss_mb)} MB; {slope:+.0f} MB",
            "flat",
        ),
    ]


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--shape", default="base", help="micro, tiny, base, small …")
    arguments.add_argument("--files", type=int, default=FILES)
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    given = arguments.parse_args()
    print(machine())
    show(measure(given.shape, given.files, given.rounds))


if __name__ == "__main__":
    main()
