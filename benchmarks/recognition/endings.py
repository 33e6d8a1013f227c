"""Whether a file's text ends where its speech does, in 30 of FLEURS' languages (row f).

Article 1 of the Universal Declaration of Human Rights (declaration.tsv: language, espeak-ng's
voice, text; Japanese in kana, the only characters that the voice reads) is spoken by espeak-ng and
transcribed by the file transcriber and by faster-whisper's sequential pass on the same weights,
both greedy and with word times. Small models mishear synthetic voices in many languages, so the
comparison is how far the words reach: an ending is lost if ours stops a second before both the
speech and faster-whisper's text. `--paces` instead prints the measurements behind
`realtime/backends/whisper/pace.py`.
"""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from faster_whisper import WhisperModel

from benchmarks.shared.rows import Row, parser, show
from realtime.app.detectors import make_detector
from realtime.backends.whisper.pace import tokens_per_s
from realtime.backends.whisper.runtimes.faster_whisper import FasterWhisperBackend
from realtime.engine.engine import Engine
from realtime.engine.options import PATIENT
from realtime.files.transcriber import FileOptions, FileTranscriber
from realtime.load_test.machine import machine
from realtime.load_test.synthetic.espeak import resampled
from realtime.types import SAMPLE_RATE, Samples, Transcript

TEXTS = Path(__file__).with_name("declaration.tsv")
LOST_S = 1.0
"""Tolerance before an ending counts as lost: word times are off by some tenths of a second."""
SOUND = 0.01
BROKEN = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class Spoken:
    """One sentence or two."""

    language: str
    text: str
    samples: Samples

    @property
    def span_s(self) -> tuple[float, float]:
        """(start, end) of the audible part, in seconds."""
        loud = np.flatnonzero(np.abs(self.samples) > SOUND) / SAMPLE_RATE
        return float(loud[0]), float(loud[-1])


def spoken(languages: list[str]) -> Iterator[Spoken]:
    """The texts of `languages`, or of all languages if the list is empty."""
    for line in TEXTS.read_text(encoding="utf-8").splitlines():
        language, voice, text = line.split("\t")
        if not languages or language in languages:
            yield Spoken(language, text, _said(text, voice))


class Ours:
    """The file transcriber on a loaded model."""

    def __init__(self, folder: str) -> None:
        self.backend = FasterWhisperBackend(Path(folder), device="cpu")
        self._engine = Engine(lambda: self.backend, PATIENT)
        self._engine.start()

    def __call__(self, said: Spoken) -> Transcript:
        return asyncio.run(self._transcribe(said))

    async def _transcribe(self, said: Spoken) -> Transcript:
        files = FileTranscriber(self._engine, lambda: make_detector("silero"))
        options = FileOptions(language=said.language, word_times=True)
        try:
            return await files.transcribe(said.samples, options)
        finally:
            files.close()

    def close(self) -> None:
        self._engine.stop()


def measure(folder: str, languages: list[str]) -> Iterator[Row]:
    """`folder`: weights for CTranslate2."""
    ours, whisper = Ours(folder), WhisperModel(folder, device="cpu", compute_type="int8")
    lost, broken, texts = 0, 0, list(spoken(languages))
    for said in texts:
        heard = ours(said)
        segments = whisper.transcribe(
            said.samples, language=said.language, beam_size=1, word_timestamps=True
        )[0]
        theirs_s = max(
            (word.end for segment in segments for word in segment.words or ()), default=0
        )
        end_s, speech_s = _end_s(heard), said.span_s[1]
        gone = end_s < min(theirs_s, speech_s) - LOST_S
        lost += gone
        broken += BROKEN in heard.text
        figure = f"{end_s:.1f} s, faster-whisper {theirs_s:.1f} s, speech {speech_s:.1f} s"
        yield Row("f", f"{said.language}: ends at", figure, "not sooner", met=not gone)
    ours.close()
    yield Row("f", f"of {len(texts)} languages: endings lost", str(lost), "0", lost == 0)
    yield Row("f", "texts with a broken character", str(broken), "0", broken == 0)


def paces(folder: str, languages: list[str]) -> Iterator[Row]:
    """Tokens per second of speech, next to the rate that the program takes for usual."""
    vocabulary = FasterWhisperBackend(Path(folder), device="cpu").vocabulary
    for said in spoken(languages):
        tokens = len(vocabulary.tokenizer.encode(" " + said.text, add_special_tokens=False).ids)
        start_s, end_s = said.span_s
        figure = f"{tokens / (end_s - start_s):.1f} tokens/s ({tokens} in {end_s - start_s:.1f} s)"
        usual = tokens_per_s(said.language)
        yield Row("f", f"{said.language}: pace", f"{figure}, taken for {usual:g}")


def _said(text: str, voice: str) -> Samples:
    """Speech at espeak-ng's default pace, by its command, which accepts more voice names than its
    library does."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        command = ["espeak-ng", "-v", voice, "-w", file.name]
        subprocess.run(command, input=text, text=True, check=True)
        with wave.open(file.name) as sound:
            pcm = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
            return resampled(pcm, sound.getframerate())


def _end_s(transcript: Transcript) -> float:
    """End of the last word, in seconds."""
    times = [word.end_s for segment in transcript.segments for word in segment.words]
    return max(times, default=0.0)


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--model", required=True, help="a folder of weights for CTranslate2")
    arguments.add_argument("--languages", nargs="*", default=[], help="all where none is named")
    arguments.add_argument("--paces", action="store_true", help="how fast the sentences are")
    given = arguments.parse_args()
    print(machine())
    show((paces if given.paces else measure)(given.model, given.languages))


if __name__ == "__main__":
    main()
