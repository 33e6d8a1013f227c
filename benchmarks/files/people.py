"""Files of people's speech with stock weights: this project and faster-whisper's two ways (row i).

The recordings of `--speech`, a second apart and repeated for `--seconds`, form one file. Ours:
everything from samples to segments. *Sequential*: `WhisperModel.transcribe`; *batched*:
`BatchedInferencePipeline`, eight windows per call; both with a beam of 1. They take turns, and the
fastest round of each counts. Ours keeps large blocks between calls, as every process of it does;
the other two run with the allocator as it is by itself. Word errors do not depend on the machine;
processor time depends less on other load than throughput does. Required: 1.6 times the throughput
of the batched way, and no more errors than the sequential way.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from faster_whisper import BatchedInferencePipeline, WhisperModel

from benchmarks.files.speed import Timing
from benchmarks.shared.recordings import Recording, apart, recordings
from benchmarks.shared.rows import Row, parser, show
from realtime.app.detectors import make_detector
from realtime.app.process.memory import keep_blocks, share_arena, trim
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
Way = Callable[[Samples], str]
"""Audio → text."""


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
        keep_blocks(engine.backend.workers, available_bytes())
        try:
            return (await files.transcribe(audio, FileOptions(language=language))).text
        finally:
            files.close()
            keep_blocks(1, available=0)
            trim()

    return lambda audio: asyncio.run(transcribe(audio))


def peers(folder: Path, language: str) -> dict[str, Way]:
    """faster-whisper on the same weights and both cores."""
    whisper = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=2)
    batched = BatchedInferencePipeline(whisper)

    def sequentially(audio: Samples) -> str:
        segments, _ = whisper.transcribe(audio, language=language, beam_size=1, vad_filter=True)
        return "".join(segment.text for segment in segments)

    def in_batches(audio: Samples) -> str:
        segments, _ = batched.transcribe(audio, language=language, beam_size=1, batch_size=8)
        return "".join(segment.text for segment in segments)

    return {SEQUENTIAL: sequentially, BATCHED: in_batches}


def measure(file: Recording, ways: dict[str, Way], rounds: int) -> Iterator[Row]:
    """Throughput and errors of each way, and ours compared with the others."""
    timings = {name: Timing() for name in ways}
    errors: dict[str, Errors] = {}
    for _ in range(rounds):
        for name, way in ways.items():
            heard: list[str] = []
            timings[name].add(partial(_transcribe, way, file.samples, heard))
            judged = judge(file.reference, heard[0], file.language)
            errors[name] = judged.score.of(judged.counted)
    what = f"{file.language}, {file.duration_s:.0f} s of people"
    for name, timing in timings.items():
        yield Row(
            "i",
            f"{what}: {name}",
            f"RTFx {file.duration_s / timing.wall_s:.1f}, "
            f"{1000 * timing.cpu_s / file.duration_s:.0f} ms of processor a second, "
            f"{errors[name].rate or 0.0:.1f} % wrong",
        )
    if BATCHED in ways:
        times = timings[BATCHED].wall_s / timings[OURS].wall_s
        by_cpu = timings[BATCHED].cpu_s / timings[OURS].cpu_s
        figure = f"{times:.2f} times ({by_cpu:.2f} by processor time)"
        met = times >= ASKED_TIMES
        yield Row("i", f"{what}: against {BATCHED}", figure, f">= {ASKED_TIMES:g}", met)
        points = (errors[OURS].rate or 0.0) - (errors[SEQUENTIAL].rate or 0.0)
        figure = f"{points:+.1f} points"
        yield Row("i", f"{what}: errors against {SEQUENTIAL}", figure, "<= 0", points <= 0)


def _transcribe(way: Way, audio: Samples, heard: list[str]) -> None:
    heard.append(way(audio))


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
    engine.start()
    rows: list[Row] = []
    for language in given.languages:
        found = apart(recordings(given.speech, language))
        ways = {} if given.alone else peers(given.model, language)
        ways[OURS] = ours(engine, language)
        rows += measure(one_file(found, given.seconds), ways, given.rounds)
    engine.stop()
    show(rows)


if __name__ == "__main__":
    main()
