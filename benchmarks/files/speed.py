"""Throughput of files (rows a and b): ours, the ceiling, and faster-whisper's two ways, in one run.

The ceiling: the audio in pieces of exactly 30 s, cut beforehand; features, `encode` and `generate`
are called directly, greedy, without timestamps, with the batch size and threads that suit this
machine best; nothing is detected, cut, merged or checked. Ours: everything from samples to
segments, once with the model's own traits and once with stock Whisper's, where every window costs
30 s and long silences are left out, as in faster-whisper's batched way. The candidates take turns,
and the fastest round of each counts; its processor time is the figure that other programs on the
same cores change least.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import ctranslate2
import numpy as np
from faster_whisper import BatchedInferencePipeline, WhisperModel

from benchmarks.shared.rows import Row, parser, show
from benchmarks.shared.voices import SEED, corpus
from benchmarks.streams.capacity import model
from realtime.app.detectors import make_detector
from realtime.backends.whisper.features import LogMel
from realtime.backends.whisper.runtimes.faster_whisper import FasterWhisperBackend
from realtime.backends.whisper.traits import WhisperTraits
from realtime.engine.engine import Engine
from realtime.files.transcriber import FileOptions, FileTranscriber
from realtime.load_test.machine import machine
from realtime.types import SAMPLE_RATE, Samples, Transcript

THREADS_AND_BATCH = ((2, 1, 1), (2, 1, 2), (2, 1, 4), (1, 2, 4))
"""Candidates for the ceiling: workers, threads per worker, windows per batch."""
PROMPT = [50258, 50259, 50359, 50363]
"""Token ids in every multilingual Whisper: transcript, English, transcribe, no time stamps."""
MAX_LENGTH = 448  # 224 tokens: CTranslate2 halves it


@dataclass(slots=True)
class Timing:
    wall_s: float = float("inf")
    cpu_s: float = float("inf")

    def add(self, action: Callable[[], object]) -> None:
        """Run once more; the least wall time and the least processor time count."""
        wall, cpu = time.perf_counter(), time.process_time()
        action()
        self.wall_s = min(self.wall_s, time.perf_counter() - wall)
        self.cpu_s = min(self.cpu_s, time.process_time() - cpu)


def ceiling(folder: str, audio: Samples, workers: int, threads: int, batch: int) -> None:
    """Encode the audio in pieces of 30 s and generate their text, without anything else."""
    whisper = WhisperModel(
        folder, device="cpu", compute_type="int8", cpu_threads=threads, num_workers=workers
    ).model
    log_mel, size = LogMel(int(whisper.n_mels)), 30 * SAMPLE_RATE
    pieces = [audio[at : at + size] for at in range(0, len(audio), size)]
    waiting: queue.SimpleQueue[Sequence[Samples]] = queue.SimpleQueue()
    for at in range(0, len(pieces), batch):
        waiting.put(pieces[at : at + batch])

    def work() -> None:
        while True:
            try:
                windows = waiting.get_nowait()
            except queue.Empty:
                return
            features = np.stack([log_mel(window, 3000) for window in windows])
            encoded = whisper.encode(ctranslate2.StorageView.from_array(features))
            whisper.generate(encoded, [PROMPT] * len(windows), beam_size=1, max_length=MAX_LENGTH)

    crew = [threading.Thread(target=work) for _ in range(workers)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()


class Ours:
    """The file transcriber on a loaded model."""

    def __init__(self, folder: str, traits: WhisperTraits | None) -> None:
        backend = FasterWhisperBackend(Path(folder), device="cpu", traits=traits)
        self.engine = Engine(lambda: backend)
        self.engine.start()

        self.windows = 0
        """Windows of the latest file."""

    def __call__(self, audio: Samples) -> None:
        self.windows = asyncio.run(self._transcribe(audio)).windows

    async def _transcribe(self, audio: Samples) -> Transcript:
        files = FileTranscriber(self.engine, lambda: make_detector("silero"))
        try:
            return await files.transcribe(audio, FileOptions(language="en"))
        finally:
            files.close()


def measure(seconds: float = 300.0, rounds: int = 3, shape: str = "base") -> list[Row]:
    """`seconds`: length of the held-out English speech, including its pauses."""
    audio = np.concatenate([session.samples for session in corpus("en", seconds, SEED)])
    length_s = len(audio) / SAMPLE_RATE
    with model(shape) as folder:
        stock, own = Ours(folder, WhisperTraits()), Ours(folder, None)
        whisper = WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=2)
        batched = BatchedInferencePipeline(whisper)
        candidates: dict[str, Callable[[], object]] = {
            f"ceiling, {w} workers x {t} threads, batches of {b}": partial(
                ceiling, folder, audio, w, t, b
            )
            for w, t, b in THREADS_AND_BATCH
        }
        candidates["ours, windows of 30 s"] = lambda: stock(audio)
        candidates["ours, the model's own windows"] = lambda: own(audio)
        plain = {"language": "en", "beam_size": 1}
        candidates["WhisperModel.transcribe"] = lambda: list(whisper.transcribe(audio, **plain)[0])
        candidates["BatchedInferencePipeline"] = lambda: list(
            batched.transcribe(audio, batch_size=8, **plain)[0]
        )
        timings = {name: Timing() for name in candidates}
        for _ in range(rounds):
            for name, action in candidates.items():
                timings[name].add(action)
        stock.engine.stop()
        own.engine.stop()
    windows = {
        "ours, windows of 30 s": f" ({stock.windows} windows)",
        "ours, the model's own windows": f" ({own.windows} windows)",
    }
    rows = [
        Row(
            "a",
            f"{shape}, {length_s:.0f} s: {name}{windows.get(name, '')}",
            f"RTFx {length_s / timing.wall_s:.1f}, "
            f"{1000 * timing.cpu_s / length_s:.0f} ms of processor a second",
        )
        for name, timing in timings.items()
    ]
    best = min((t for n, t in timings.items() if n.startswith("ceiling")), key=lambda t: t.wall_s)
    for name in ("ours, windows of 30 s", "ours, the model's own windows"):
        rows += _ratios(f"{shape}: {name}", timings[name], best, timings)
    return rows


def _ratios(name: str, ours: Timing, best: Timing, timings: dict[str, Timing]) -> list[Row]:
    of_ceiling = 100 * best.wall_s / ours.wall_s
    rows = [
        Row(
            "a",
            f"{name} against the ceiling",
            f"{of_ceiling:.0f} % ({100 * best.cpu_s / ours.cpu_s:.0f} % by processor time)",
            ">= 85 %",
            of_ceiling >= 85,
        )
    ]
    for other, asked in (("WhisperModel.transcribe", 2.0), ("BatchedInferencePipeline", 1.1)):
        times = timings[other].wall_s / ours.wall_s
        by_cpu = timings[other].cpu_s / ours.cpu_s
        figure = f"{times:.1f} times ({by_cpu:.1f} by processor time)"
        rows.append(Row("b", f"{name} against {other}", figure, f">= {asked:g}", times >= asked))
    return rows


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--seconds", type=float, default=300.0)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--shape", default="base")
    given = arguments.parse_args()
    print(machine())
    show(measure(given.seconds, given.rounds, given.shape))


if __name__ == "__main__":
    main()
