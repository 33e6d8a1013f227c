"""Files of people's speech with stock weights: this project and faster-whisper's two ways (row i).

The recordings of `--speech`, a second apart and repeated for `--seconds`, form one file. Ours:
everything from samples to segments. *Sequential*: `WhisperModel.transcribe`; *batched*:
`BatchedInferencePipeline`, eight windows per call; both with a beam of 1, in a process of their
own, where nothing of ours changes the allocator. They take turns, and the fastest round of each
counts. Word errors do not depend on the machine; processor time depends less on other load than
throughput does. Required: 1.6 times the throughput of the batched way, and no more errors than the
sequential way.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from faster_whisper import BatchedInferencePipeline, WhisperModel

from benchmarks.shared.recordings import Recording, apart, recordings
from benchmarks.shared.rows import Row, parser, show
from realtime.app.detectors import make_detector
from realtime.app.process.memory import keep_blocks, share_arena
from realtime.backends.whisper.runtimes.faster_whisper import FasterWhisperBackend
from realtime.engine.engine import Engine
from realtime.evaluation.differences import Errors
from realtime.evaluation.score import judge
from realtime.files.transcriber import FileOptions, FileTranscriber
from realtime.load_test.machine import machine
from realtime.transcribe.memory import available_bytes
from realtime.types import Samples

BATCHED = "BatchedInferencePipeline, batch 8"
SEQUENTIAL = "WhisperModel.transcribe"
OURS = "ours"
ASKED_TIMES = 1.6


@dataclass(frozen=True, slots=True)
class Timed:
    """A text, and the time that it took in its process."""

    text: str
    wall_s: float
    cpu_s: float


Way = Callable[[Samples], Timed]


def timed(transcribe: Callable[[Samples], str], audio: Samples) -> Timed:
    """The text of the audio, and what it cost."""
    wall, cpu = time.perf_counter(), time.process_time()
    text = transcribe(audio)
    return Timed(text, time.perf_counter() - wall, time.process_time() - cpu)


def one_file(found: Sequence[Recording], seconds: float) -> Recording:
    """The joined recordings, repeated until they last `seconds`."""
    parts: list[Recording] = []
    while sum(part.duration_s for part in parts) < seconds:
        parts.append(found[len(parts) % len(found)])
    return Recording(
        "one file",
        parts[0].language,
        np.concatenate([part.samples for part in parts]),
        " ".join(part.reference for part in parts),
    )


def ours(engine: Engine, language: str) -> Way:
    """The file transcriber on a loaded model."""

    async def transcribe(audio: Samples) -> str:
        files = FileTranscriber(engine, lambda: make_detector("silero"))
        try:
            return (await files.transcribe(audio, FileOptions(language=language))).text
        finally:
            files.close()

    return partial(timed, lambda audio: asyncio.run(transcribe(audio)))


class Peers:
    """faster-whisper on the same weights and both cores. Made in the process that runs it."""

    def __init__(self, folder: Path) -> None:
        self.whisper = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=2)
        self.batched = BatchedInferencePipeline(self.whisper)

    def sequentially(self, language: str, audio: Samples) -> str:
        segments, _ = self.whisper.transcribe(
            audio, language=language, beam_size=1, vad_filter=True
        )
        return "".join(segment.text for segment in segments)

    def in_batches(self, language: str, audio: Samples) -> str:
        segments, _ = self.batched.transcribe(audio, language=language, beam_size=1, batch_size=8)
        return "".join(segment.text for segment in segments)


_peers: list[Peers] = []
"""In the process of the peers: these."""


def _load_peers(folder: Path) -> None:
    _peers.append(Peers(folder))


def _run_peer(name: str, language: str, audio: Samples) -> Timed:
    way = {SEQUENTIAL: _peers[0].sequentially, BATCHED: _peers[0].in_batches}[name]
    return timed(partial(way, language), audio)


def peers(pool: ProcessPoolExecutor, language: str) -> dict[str, Way]:
    """faster-whisper's two ways, in the pool's process."""

    def run(name: str, audio: Samples) -> Timed:
        return pool.submit(_run_peer, name, language, audio).result()

    return {name: partial(run, name) for name in (SEQUENTIAL, BATCHED)}


def measure(file: Recording, ways: dict[str, Way], rounds: int) -> Iterator[Row]:
    """Throughput and errors of each way, and ours compared with the others."""
    runs: dict[str, list[Timed]] = {name: [] for name in ways}
    errors: dict[str, Errors] = {}
    for _ in range(rounds):
        for name, way in ways.items():
            runs[name].append(way(file.samples))
            judged = judge(file.reference, runs[name][-1].text, file.language)
            errors[name] = judged.score.of(judged.counted)
    wall_s = {name: min(run.wall_s for run in done) for name, done in runs.items()}
    cpu_s = {name: min(run.cpu_s for run in done) for name, done in runs.items()}
    what = f"{file.language}, {file.duration_s:.0f} s of people"
    for name in ways:
        yield Row(
            "i",
            f"{what}: {name}",
            f"RTFx {file.duration_s / wall_s[name]:.1f}, "
            f"{1000 * cpu_s[name] / file.duration_s:.0f} ms of processor a second, "
            f"{errors[name].rate or 0.0:.1f} % wrong",
        )
    if BATCHED in ways:
        times = wall_s[BATCHED] / wall_s[OURS]
        by_cpu = cpu_s[BATCHED] / cpu_s[OURS]
        figure = f"{times:.2f} times ({by_cpu:.2f} by processor time)"
        met = times >= ASKED_TIMES
        yield Row("i", f"{what}: against {BATCHED}", figure, f">= {ASKED_TIMES:g}", met)
        points = (errors[OURS].rate or 0.0) - (errors[SEQUENTIAL].rate or 0.0)
        figure = f"{points:+.1f} points"
        yield Row("i", f"{what}: errors against {SEQUENTIAL}", figure, "<= 0", points <= 0)


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--model", type=Path, required=True, help="directory of the weights")
    arguments.add_argument("--speech", type=Path, required=True, help="folder of recordings")
    arguments.add_argument("--languages", nargs="+", default=["en", "ko"])
    arguments.add_argument("--seconds", type=float, default=900.0, help="length of the file")
    arguments.add_argument("--rounds", type=int, default=2)
    arguments.add_argument("--alone", action="store_true", help="only ours")
    given = arguments.parse_args()
    share_arena(os.cpu_count() or 1)
    print(machine())
    engine = Engine(lambda: FasterWhisperBackend(given.model, device="cpu"))
    rows: list[Row] = []
    with ExitStack() as stack:
        engine.start()
        stack.callback(engine.stop)
        keep_blocks(engine.backend.workers, available_bytes())
        spawn = get_context("spawn")
        pool = stack.enter_context(
            ProcessPoolExecutor(1, spawn, initializer=_load_peers, initargs=(given.model,))
        )
        for language in given.languages:
            found = apart(recordings(given.speech, language))
            ways = {} if given.alone else peers(pool, language)
            ways[OURS] = ours(engine, language)
            rows += measure(one_file(found, given.seconds), ways, given.rounds)
    show(rows)


if __name__ == "__main__":
    main()
