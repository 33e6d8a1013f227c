"""Recordings of people with any weights: live finals compared with the whole file.

`--speech`: a folder of recordings with transcripts (see `realtime/evaluation/folder.py`);
`--model`: weights in CTranslate2's format. Reference: faster-whisper's own pass over the file, beam
1, with its detector. It is compared with this project's pass over the file, and with live streams:
with default options, with each of `--chunks`, and with the presets. *Apart*: the recordings of one
language joined, with a second of silence between them; *alone*: each by itself. Everything runs in
virtual time: words do not depend on other load of the machine, processor times hardly do. Required:
at most 0.5 points more errors live than for the file, for `low-latency` 2 points. Texts are
compared as in `realtime evaluate`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from faster_whisper import WhisperModel

from benchmarks.shared.recordings import Recording, apart, recordings
from benchmarks.shared.rows import Row, parser, show
from realtime.app.evaluation import open_transcribers
from realtime.app.library.settings import library_settings
from realtime.evaluation.figures import Figures, figures, percentile
from realtime.evaluation.folder import SkippedRecording
from realtime.evaluation.run import Run
from realtime.evaluation.setups import Setup, parse_setups
from realtime.evaluation.transcribers import (
    Measurement,
    OnProgress,
    RecordingTranscriber,
    Stopwatch,
)
from realtime.load_test.machine import machine
from realtime.types import Word

PEER = "faster-whisper"
CHUNKS_S = (5.0, 10.0, 15.0, 20.0, 28.0)
PRESETS = ("low-latency", "balanced", "accuracy")
ALLOWED = {"low-latency": 2.0}
"""Setup → points of error rate that it may cost; 0.5 for all others."""


@dataclass(frozen=True, slots=True)
class PeerTranscriber:
    """faster-whisper's own loop over a whole file."""

    model: WhisperModel
    vad_filter: bool = True

    @classmethod
    def loaded(cls, folder: Path, *, vad_filter: bool = True) -> PeerTranscriber:
        """Load the weights for one thread, as each worker of this project has."""
        model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)
        return cls(model, vad_filter)

    def measure(self, recording: Recording, on_progress: OnProgress | None = None) -> Measurement:
        """Transcribe with word times."""
        clock = Stopwatch()
        found, _ = self.model.transcribe(
            recording.samples,
            language=recording.language or None,
            beam_size=1,
            vad_filter=self.vad_filter,
            word_timestamps=not self.vad_filter,
        )
        segments = list(found)
        cpu_s, wall_s = clock.read()
        words = [word for segment in segments for word in segment.words or ()]
        return Measurement(
            "".join(segment.text for segment in segments).strip(),
            cpu_s,
            wall_s,
            0,
            words=tuple(Word(word.word, word.start, word.end) for word in words),
        )


class Quiet:
    """A `Display` that prints its progress on standard error."""

    def begin(self, recording: Recording) -> None:
        print(f"{recording.name} …", file=sys.stderr, flush=True)

    def progress(self, setup: str, done_s: float) -> None: ...
    def end(self, recording: Recording) -> None: ...
    def warn(self, left_out: SkippedRecording) -> None:
        print(f"{left_out.name}: {left_out.why}", file=sys.stderr, flush=True)


def setups(chunks_s: Iterable[float], presets: Iterable[str]) -> tuple[Setup, ...]:
    """Setups for the file, the default stream, each chunk duration and each preset."""
    chunks = (f"chunk_duration={chunk_s:g}" for chunk_s in chunks_s)
    return parse_setups(",".join(["file", "live", *chunks, *presets]))


def heard(
    transcribers: dict[str, RecordingTranscriber],
    found: Sequence[Recording],
    order: Sequence[Setup],
) -> list[Figures]:
    """Transcribe all recordings; figures over all of them together."""
    run = Run(transcribers, Quiet())
    run.measure(found)
    return figures(run.results, order)


def rows(name: str, found: Sequence[Figures]) -> Iterator[Row]:
    """One row per setup, compared with the reference."""
    (peer,) = (one for one in found if one.setup == PEER)
    for one in found:
        rate, errors = one.errors.rate or 0.0, one.errors
        points = rate - (peer.errors.rate or 0.0)
        allowed = ALLOWED.get(one.setup, 0.5)
        final = percentile(one.final_s, 95)
        figure = (
            f"{rate:.1f} % ({points:+.1f}; numbers as written {one.as_written.rate or 0.0:.1f} %), "
            f"{errors.lost} lost, {errors.doubled} doubled, {errors.invented} invented of "
            f"{errors.said}; {one.cpu_s or 0.0:.1f} CPU s"
            + (f"; final p95 {final:.2f} s" if final is not None else "")
        )
        what = f"{name}, {one.audio_s:.0f} s: {one.setup}"
        if one.setup == PEER:
            yield Row("a", what, figure, "reference")
        else:
            yield Row("a", what, figure, f"<= +{allowed:g}", points <= allowed)


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--model", type=Path, required=True, help="directory of the weights")
    arguments.add_argument("--speech", type=Path, required=True, help="folder of recordings")
    arguments.add_argument("--languages", nargs="+", default=["en", "ko"])
    arguments.add_argument("--sets", nargs="+", default=["alone", "apart"])
    arguments.add_argument("--chunks", type=float, nargs="*", default=CHUNKS_S)
    arguments.add_argument("--presets", nargs="*", default=PRESETS)
    given = arguments.parse_args()
    print(machine())
    order = setups(given.chunks, given.presets)
    peer = PeerTranscriber.loaded(given.model)
    told: list[Row] = []
    settings = library_settings(given.model, "cpu", "auto", "faster-whisper")
    with open_transcribers(settings, order, partials=False) as loaded:
        transcribers: dict[str, RecordingTranscriber] = {PEER: peer, **loaded.transcribers}
        every = (Setup(PEER, False), *order)
        for language in given.languages:
            found = [r for r in recordings(given.speech, language) if r.reference]
            sets = {"alone": found, "apart": apart(found)}
            for name in given.sets:
                if found:
                    told += rows(f"{language}, {name}", heard(transcribers, sets[name], every))
    show(told)


if __name__ == "__main__":
    main()
