"""Changing the backend under load: lost words, latencies and memory, with 8 live streams and one
file at a time while the backend switches there and back.

The streams repeat the bundled recordings, which all three local backends transcribe alike, so any
difference is due to the reload or the load. Memory is that of the server and its children, idle
before and idle after.
"""

from __future__ import annotations

import asyncio
import io
import socket
import time
import wave
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import numpy as np
import psutil  # type: ignore[import-untyped]

from benchmarks.shared.rows import Row, parser, show
from benchmarks.shared.serving import Served, served
from realtime.audio.samples import silence, to_s16
from realtime.evaluation.word_errors import WordErrors, word_error_rate
from realtime.load_test.machine import machine
from realtime.load_test.player import Playback, play
from realtime.load_test.statistics import percentile
from realtime.types import SAMPLE_RATE, Samples
from realtime.weights.bundled import Sample, samples

PAUSE_S = 1.2
"""Silence after each recording: longer than the endpoint's hangover."""
SETTLE_S = 3.0
"""Time between the last word of the load and the measurement of memory."""


@dataclass(slots=True)
class Files:
    """The file requests of one run."""

    texts: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Switched:
    """Results of one run."""

    played: list[Playback]
    expected: list[str]
    files: Files
    reloads_s: list[float]

    @property
    def errors(self) -> WordErrors:
        """Errors of all streams together, against what was spoken."""
        pairs = zip(self.played, self.expected, strict=True)
        return word_error_rate((expected, played.text) for played, expected in pairs)


def speech(number: int, seconds: float) -> tuple[Samples, str, str]:
    """(audio, text, language) of stream `number`, about `seconds` long."""
    language = "en" if number % 2 == 0 else "ko"
    spoken = [sample for sample in samples() if sample.language == language]
    pieces: list[Samples] = []
    said: list[str] = []
    at = number
    while sum(map(len, pieces)) < seconds * SAMPLE_RATE:
        sample: Sample = spoken[at % len(spoken)]
        pieces += [sample.read(), silence(PAUSE_S)]
        said.append(sample.text)
        at += 1
    return np.concatenate(pieces), " ".join(said), language


def wav(audio: Samples) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        out.writeframes(to_s16(audio).tobytes())
    return file.getvalue()


async def keep_filing(
    api: httpx2.AsyncClient, data: bytes, files: Files, enough: asyncio.Event
) -> None:
    """Send one file after the other, and finish the last one: its decoder process is idle then, and
    so counts in both measurements of memory, unlike that of an aborted request."""
    while not enough.is_set():
        try:
            answer = await api.post(
                "/transcribe_by_upload",
                files={"file": ("a.wav", data)},
                data={"language": "en"},
            )
        except httpx2.HTTPError as error:
            files.failures.append(repr(error))
            await asyncio.sleep(1.0)
            continue
        if answer.status_code == 200:
            files.texts.append(answer.json()["text"])
        else:
            files.failures.append(answer.text)
            await asyncio.sleep(1.0)


async def switch(api: httpx2.AsyncClient, names: Sequence[str], rounds: int) -> list[float]:
    """Switch there and back `rounds` times; → seconds of each reload. Raises where one fails."""
    taken: list[float] = []
    for _ in range(rounds):
        for name in names:
            started = time.monotonic()
            answer = await api.post("/backend/reload", json={"backend": name})
            answer.raise_for_status()
            taken.append(time.monotonic() - started)
            await asyncio.sleep(1.0)
    return taken


async def run(
    server: Served, api_url: str, streams: int, seconds: float, names: Sequence[str], rounds: int
) -> Switched:
    """Run the load of `seconds` and the switches; it lasts until both are over."""
    spoken = [speech(number, seconds) for number in range(streams)]
    file_audio, _, _ = speech(0, 30.0)
    files, enough = Files(), asyncio.Event()
    async with httpx2.AsyncClient(base_url=api_url, timeout=300.0) as api:
        filing = asyncio.create_task(keep_filing(api, wav(file_audio), files, enough))
        playing = [
            play(server.url, audio, f"language={language}", 0.13 * number)
            for number, (audio, _, language) in enumerate(spoken)
        ]
        played, reloads_s = await asyncio.gather(
            asyncio.gather(*playing), switch(api, names, rounds)
        )
        enough.set()
        await filing
    return Switched(played, [text for _, text, _ in spoken], files, reloads_s)


def memory_mb(process: psutil.Process) -> float:
    everyone = [process, *process.children(recursive=True)]
    return float(sum(one.memory_info().rss for one in everyone)) / 1e6


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def latency(played: Sequence[Playback]) -> float:
    """p95 of the seconds between the end of a final in the audio and its arrival."""
    waits = [a.at_s - a.message["end"] for p in played for a in p.finals if a.message["text"]]
    return percentile(waits, 95)


def rows_of(
    calm: Switched, busy: Switched, what: str, names: Sequence[str], memory: tuple[float, float]
) -> list[Row]:
    """`calm`: the run without reloads. `names`: the backends, in the order of the reloads.
    `memory`: MB before and after the reloads."""
    before_mb, after_mb = memory
    growth = 100 * (after_mb / before_mb - 1)
    wrong_files = sum(text != calm.files.texts[0] for text in busy.files.texts)
    finals = sum(len(played.finals) for played in busy.played)
    return [
        Row(
            "",
            f"{what}: words lost ({finals} finals)",
            f"{busy.errors.deleted} of {busy.errors.words}",
            "0",
            busy.errors.deleted == 0,
        ),
        Row(
            "",
            "the same: words heard otherwise, and words too many",
            f"{busy.errors.substituted}, {busy.errors.inserted} "
            f"(before, without reloads: {calm.errors})",
        ),
        Row(
            "",
            f"files: {len(busy.files.texts)} done; with other words, failed",
            f"{wrong_files}, {len(busy.files.failures)}",
            "0, 0",
            wrong_files == 0 and not busy.files.failures,
        ),
        Row(
            "",
            "memory of the server and its children, idle, before and after",
            f"{before_mb:.0f} MB, {after_mb:.0f} MB ({growth:+.1f} %)",
            "<= +5 %",
            growth <= 5.0,
        ),
        Row("", f"a reload to {names[0]}", _span(busy.reloads_s[::2])),
        Row("", f"a reload to {names[1]}", _span(busy.reloads_s[1::2])),
        Row(
            "",
            "p95 of the final latency, with reloads and without",
            f"{latency(busy.played):.2f} s, {latency(calm.played):.2f} s",
        ),
    ]


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--streams", type=int, default=8)
    arguments.add_argument("--rounds", type=int, default=10, help="there and back")
    arguments.add_argument("--seconds", type=float, default=150.0, help="of each stream")
    arguments.add_argument("--other", default="transformers")
    chosen = arguments.parse_args()
    print(machine())
    port = free_port()
    names = (chosen.other, "faster-whisper")
    data = Path("benchmarks/out/reload")
    with served(api_port=port, web_port=-1, max_per_address=64, data_dir=data) as server:
        url = f"http://127.0.0.1:{port}"
        calm = asyncio.run(run(server, url, chosen.streams, 30.0, names, 0))
        time.sleep(SETTLE_S)
        before_mb = memory_mb(server.process)
        busy = asyncio.run(run(server, url, chosen.streams, chosen.seconds, names, chosen.rounds))
        time.sleep(SETTLE_S)
        after_mb = memory_mb(server.process)
    what = f"{chosen.streams} streams, one file at a time, {len(busy.reloads_s)} reloads"
    show(rows_of(calm, busy, what, names, (before_mb, after_mb)))
    for failure in busy.files.failures[:3]:
        print(failure)
    for played, expected in zip(busy.played, busy.expected, strict=True):
        if played.text != expected:
            print(f"said:  {expected}\nheard: {played.text} (closed: {played.close_code})")


def _span(seconds: Sequence[float]) -> str:
    return f"{percentile(seconds, 50):.1f} s (median; {min(seconds):.1f} to {max(seconds):.1f})"


if __name__ == "__main__":
    main()
