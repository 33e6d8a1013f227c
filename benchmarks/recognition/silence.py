"""The cost of silence, noise and music, and the text recognised in them.

The real session, detector (silero behind its gate) and model in virtual time. Without `--model`:
the bundled model on ten minutes of each sound, followed by a recording. Required: no text in the
sound, less than one model pass a minute for silence and six for anything else, and all words of the
recording.

With `--model` (weights in CTranslate2's format): each sound, and each recording of `--speech` in
which nobody speaks (see `recordings.py`; looped to `--minutes`), live and as a file, once for each
of `--languages`, with `--prompt` and `--hotwords` if given. Required in total: no word, and at most
six passes a minute.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.shared.recordings import unspoken
from benchmarks.shared.rows import Row, parser, show
from benchmarks.shared.sounds import SOUNDS
from benchmarks.shared.virtual import VirtualStream, bundled_backend, session_options, stream
from realtime.app.detectors import make_detector
from realtime.audio.samples import silence
from realtime.backends.base import Backend
from realtime.backends.whisper.runtimes.faster_whisper import FasterWhisperBackend
from realtime.engine.engine import Engine
from realtime.engine.options import PATIENT
from realtime.evaluation.word_errors import normalise
from realtime.files.transcriber import FileOptions, FileTranscriber
from realtime.load_test.machine import machine
from realtime.session.session import Session
from realtime.types import SAMPLE_RATE, DecodeOptions, Samples
from realtime.weights.bundled import Sample, samples

MINUTES = 10.0
GAP_S = 0.7
"""Silence between the noise and the sentence: longer than the hangover."""
MOST_PASSES = 6.0
"""Allowed passes per minute; 1 for digital silence."""
LANGUAGES = ("ko", "en", "auto")


def listen(signal: Samples, sample: Sample, backend: Backend) -> tuple[int, str, str]:
    """→ (passes on the signal, text recognised in it, text of the sample after it)."""
    options = session_options(backend, sample.language)
    played = VirtualStream(Session(options, make_detector("silero")), backend)
    played.play(signal)
    played.play(silence(GAP_S))
    passes, text = played.passes, " | ".join(final.text for final in played.finals)
    before = len(played.finals)
    played.play(sample.read())
    played.end()
    after = " ".join(final.text for final in played.finals[before:] if final.text)
    return passes, text, after


def bundled(minutes: float) -> list[Row]:
    """Measure the bundled model, with a sentence after each sound."""
    backend, rows = bundled_backend(), []
    sample = next(s for s in samples() if s.name == "en-call")
    for name, make in SOUNDS.items():
        allowed = 1.0 if name == "digital silence" else MOST_PASSES
        passes, text, after = listen(make(round(minutes * 60 * SAMPLE_RATE)), sample, backend)
        whole = normalise(after) == normalise(sample.text)
        said = repr(text) if text else "no text"
        then = "the sentences after it whole" if whole else f"after it {after!r}"
        rows.append(
            Row(
                "f",
                f"{minutes:g} min of {name}",
                f"{said}, {passes / minutes:.2f} passes/min, {then}",
                f"no text, < {allowed:g}/min, whole",
                not text and passes / minutes < allowed and whole,
            )
        )
    return rows


@dataclass(slots=True)
class Heard:
    """What the model recognised in sounds."""

    minutes: float = 0.0
    texts: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    """Partials that have text."""
    passes: int = 0

    def __add__(self, other: Heard) -> Heard:
        return Heard(
            self.minutes + other.minutes,
            self.texts + other.texts,
            self.shown + other.shown,
            self.passes + other.passes,
        )

    @property
    def words(self) -> int:
        return sum(len(text.split()) for text in self.texts)

    @property
    def figure(self) -> str:
        per_minute = self.passes / self.minutes
        return f"{self.words} words, {len(self.shown)} partials, {per_minute:.1f} passes/min"

    @property
    def told(self) -> str:
        """The figure, with the text of finals or of files."""
        return ": ".join([self.figure, *filter(None, [" | ".join(self.texts)])])


class Recogniser:
    """One model for streams and files. `asked`: prompt and hotwords for each of them."""

    def __init__(self, folder: Path, asked: DecodeOptions) -> None:
        self.backend = FasterWhisperBackend(folder, device="cpu", workers=1)
        self._asked = asked
        self._engine = Engine(lambda: self.backend, PATIENT)
        self._engine.start()

    def live(self, signal: Samples, language: str) -> Heard:
        options = session_options(self.backend, language)
        decode = replace(self._asked, language=None if language == "auto" else language)
        played = stream(signal, self.backend, replace(options, decode=decode))
        texts = tuple(final.text for final in played.finals if final.text)
        shown = tuple(partial.text for partial in played.partials if partial.text)
        return Heard(len(signal) / SAMPLE_RATE / 60, texts, shown, played.passes)

    def file(self, signal: Samples, language: str) -> Heard:
        text, windows = asyncio.run(self._transcribe(signal, language))
        return Heard(len(signal) / SAMPLE_RATE / 60, (text,) if text else (), (), windows)

    async def _transcribe(self, signal: Samples, language: str) -> tuple[str, int]:
        files = FileTranscriber(self._engine, lambda: make_detector("silero"))
        options = FileOptions(
            language=None if language == "auto" else language,
            prompt=self._asked.prompt,
            hotwords=self._asked.hotwords,
        )
        try:
            transcript = await files.transcribe(signal, options)
        finally:
            files.close()
        return transcript.text, transcript.windows

    def close(self) -> None:
        self._engine.stop()


def sounds(
    speech: Path | None, minutes: float, named: Sequence[str]
) -> Iterator[tuple[str, Samples]]:
    """Sounds whose names contain one of `named` (all if it is empty), and looped recordings."""
    count = round(minutes * 60 * SAMPLE_RATE)

    def wanted(name: str) -> bool:
        return not named or any(part in name for part in named)

    for name, make in SOUNDS.items():
        if wanted(name):
            yield name, make(count)
    for one in unspoken(speech) if speech else ():
        if wanted(one.name):
            yield one.name, np.resize(one.samples, max(count, len(one.samples)))


def people(
    listener: Recogniser, heard: Sequence[tuple[str, Samples]], languages: Sequence[str]
) -> Iterator[Row]:
    """Row g: streams and files with real weights."""
    for language in languages:
        for way, hear in (("live", listener.live), ("file", listener.file)):
            total = Heard()
            for name, signal in heard:
                one = hear(signal, language)
                total += one
                if one.texts or one.shown:
                    yield Row("g", f"{language}, {way}: {name}", one.told)
            met = not total.words and total.passes <= MOST_PASSES * total.minutes
            what = f"{language}, {way}: {len(heard)} sounds, {total.minutes:.1f} min"
            yield Row("g", what, total.figure, "0 words, <= 6/min", met)


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--minutes", type=float, default=MINUTES, help="of each sound")
    arguments.add_argument("--model", type=Path, help="directory of weights; else the bundled ones")
    arguments.add_argument("--speech", type=Path, help="folder with manifest.json")
    arguments.add_argument("--languages", nargs="+", default=LANGUAGES)
    arguments.add_argument("--sounds", nargs="*", default=[], help="parts of names; else all")
    arguments.add_argument("--prompt", default="")
    arguments.add_argument("--hotwords", default="")
    given = arguments.parse_args()
    print(machine())
    if given.model is None:
        show(bundled(given.minutes))
        return
    listener = Recogniser(given.model, DecodeOptions(prompt=given.prompt, hotwords=given.hotwords))
    heard = list(sounds(given.speech, given.minutes, given.sounds))
    show(people(listener, heard, given.languages))
    listener.close()


if __name__ == "__main__":
    main()
