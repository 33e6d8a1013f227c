"""Every local backend on the same file: speed, words, time to load, memory.

All of them run through `WhisperSTT`, as users call it, with the same cuts, windows and batches. The
model is the bundled one, or that model inflated to a stock shape; all backends have the same
weights.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil  # type: ignore[import-untyped]

from benchmarks.shared.rows import parser
from benchmarks.streams.reload import memory_mb, speech
from realtime import WhisperSTT
from realtime.evaluation.word_errors import normalise
from realtime.load_test.machine import machine
from realtime.load_test.statistics import percentile
from realtime.types import SAMPLE_RATE, Samples
from realtime.weights.bundled import bundled_dir
from realtime.weights.inflate import STOCK_SHAPES, inflate

LOCAL = ("faster-whisper", "transformers", "openai-whisper")


@dataclass(frozen=True, slots=True)
class Figure:
    """The figures of one backend."""

    backend: str
    device: str
    compute_type: str
    load_s: float
    memory_mb: float
    rtfx: Sequence[float]
    """Seconds of audio per second of work, one figure per run."""
    same_words: bool
    """Whether the transcript has the words that were spoken."""

    def row(self, first: float) -> str:
        middle = percentile(self.rtfx, 50)
        spread = f"{middle:.0f} ({min(self.rtfx):.0f} to {max(self.rtfx):.0f})"
        words = "yes" if self.same_words else "no"
        return (
            f"| {self.backend} | {self.device}, {self.compute_type} | {spread} "
            f"| {middle / first:.2f} | {words} | {self.load_s:.1f} s | {self.memory_mb:.0f} MB |"
        )


def measure(model: Path, backend: str, audio: Samples, said: str, runs: int) -> Figure:
    """Load the model, transcribe once to warm up, then measure `runs` times."""
    idle_mb = memory_mb(psutil.Process())
    started = time.perf_counter()
    with WhisperSTT(model, backend=backend) as stt:
        load_s = time.perf_counter() - started
        info = stt.get_backend_info()
        text = str(stt.transcribe(audio, "en")["text"])
        taken: list[float] = []
        for _ in range(runs):
            started = time.perf_counter()
            stt.transcribe(audio, "en")
            taken.append(time.perf_counter() - started)
        used_mb = memory_mb(psutil.Process()) - idle_mb
    length_s = len(audio) / SAMPLE_RATE
    return Figure(
        backend,
        str(info["device"]),
        str(info["compute_type"]),
        load_s,
        used_mb,
        [length_s / seconds for seconds in taken],
        normalise(text) == normalise(said),
    )


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--seconds", type=float, default=60.0)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--shapes", default="micro,base", help="micro, or stock shapes")
    chosen = arguments.parse_args()
    print(machine())
    audio, said, _ = speech(0, chosen.seconds)
    audio = np.ascontiguousarray(audio)
    with tempfile.TemporaryDirectory() as folder:
        for shape in chosen.shapes.split(","):
            model = bundled_dir()
            if shape in STOCK_SHAPES:
                model = inflate(bundled_dir(), shape, Path(folder, shape))
            print(f"\n{shape}, {len(audio) / SAMPLE_RATE:.0f} s of speech and pauses\n")
            print("| backend | device | RTFx | ÷ first | same words | load | memory |")
            print("|---|---|---|---|---|---|---|")
            first: float | None = None
            for backend in LOCAL:
                figure = measure(model, backend, audio, said, chosen.runs)
                first = first or percentile(figure.rtfx, 50)
                print(figure.row(first), flush=True)


if __name__ == "__main__":
    main()
