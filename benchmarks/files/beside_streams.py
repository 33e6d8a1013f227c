"""Live streams beside files (row e): what files cost the streams, and what is left for the files.

The same four streams play twice through one server: alone, and while files are uploaded without a
break, three at a time. The files' share is their throughput meanwhile, divided by their throughput
without streams.
"""

from __future__ import annotations

import io
import threading
import time
import wave

import httpx2
import numpy as np

from benchmarks.shared.rows import Row, parser, show
from benchmarks.shared.serving import Served, served
from benchmarks.streams.capacity import LADDER, model, run, voices
from realtime.audio.samples import to_s16
from realtime.load_test.machine import machine
from realtime.load_test.statistics import percentile
from realtime.types import SAMPLE_RATE, Samples

UPLOADERS = 3
"""Concurrent uploads: enough to keep the model's queue of files filled."""
ALLOWED, SHARE = 1.5, 5.0
STREAMS = LADDER[0]


class Uploads:
    """Uploads files without a break until `stop`, to keep the model busy."""

    def __init__(self, server: Served, audio: Samples, language: str) -> None:
        self._api, self._language = server.api, language
        self._length_s = len(audio) / SAMPLE_RATE
        packed = io.BytesIO()
        with wave.open(packed, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            file.writeframes(to_s16(audio).tobytes())
        self._data = packed.getvalue()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._upload) for _ in range(UPLOADERS)]
        self._started = time.perf_counter()
        self.done = 0
        self.failed = 0
        for thread in self._threads:
            thread.start()

    def stop(self) -> float:
        """Wait for running uploads; return seconds of audio transcribed per second."""
        with self._lock:
            done, taken_s = self.done, time.perf_counter() - self._started
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        return done * self._length_s / taken_s

    def _upload(self) -> None:
        with httpx2.Client(base_url=self._api, timeout=600, trust_env=False) as client:
            while not self._stopping.is_set():
                answer = client.post(
                    "/transcribe_by_upload",
                    files={"file": ("file.wav", self._data)},
                    data={"language": self._language},
                )
                with self._lock:
                    self.done += answer.status_code == 200
                    self.failed += answer.status_code != 200


def measure(shape: str = "micro", count: int = STREAMS, seconds: float = 60.0) -> list[Row]:
    streams = voices(count, seconds)
    file = np.concatenate([stream.samples[: 10 * SAMPLE_RATE] for stream in streams[:2]])
    language = streams[0].language
    with model(shape) as name, served(model=name, api_port=0) as server:
        uploads = Uploads(server, file, language)
        time.sleep(seconds / 3)
        alone_rtfx = uploads.stop()
        before = run(server, streams)
        uploads = Uploads(server, file, language)
        beside = run(server, streams)
        rtfx = uploads.stop()
    times = beside.p95_s / before.p95_s
    share = 100 * rtfx / alone_rtfx
    spread = [
        f"p50 {percentile(load.waits.final_s, 50):.2f} s, p95 {load.p95_s:.2f} s"
        for load in (before, beside)
    ]
    return [
        Row("e", f"{shape}, {count} streams: final latency without files", spread[0]),
        Row(
            "e",
            f"{shape}, {count} streams: final latency while files are transcribed",
            f"{spread[1]}: {times:.2f} times",
            f"<= {ALLOWED:g} times",
            times <= ALLOWED,
        ),
        Row(
            "e",
            f"{shape}: files meanwhile (uploads refused: {uploads.failed})",
            f"RTFx {rtfx:.1f} of {alone_rtfx:.1f}: {share:.0f} %",
            f">= {SHARE:g} %",
            share >= SHARE,
        ),
    ]


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--shape", default="micro", help="micro, tiny, base, small …")
    arguments.add_argument("--streams", type=int, default=STREAMS)
    arguments.add_argument("--seconds", type=float, default=60.0)
    given = arguments.parse_args()
    print(machine())
    show(measure(given.shape, given.streams, given.seconds))


if __name__ == "__main__":
    main()
