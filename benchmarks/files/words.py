"""Words of long files compared with what was said (row c), cuts included.

Held-out voices, all sessions of a language in one file. *Apart*: a pause after every sentence that
would end an utterance. *Flowing*: pauses of 0.15 to 0.4 s, too short for that, so that windows end
in mid-utterance. *Joined*: pauses of 0.1 s, shorter than any at which a clean cut is made. The
comparison is every sentence in a window of its own: what the model can do with known boundaries.

With `--windows long` instead: the cost of leaving long silences out of windows, measured on the
*apart* sessions with windows of 10 s and of 29 s. The bundled model is weak in long windows, which
then hold more sentences. They also do if the same sentences have pauses of 0.6 s, which is the row
to compare with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from benchmarks.recognition.accuracy import by_sentence
from benchmarks.shared.rows import Row, parser, show
from benchmarks.shared.virtual import bundled_backend
from benchmarks.shared.voices import SEED, corpus, flowing, respaced
from realtime.app.detectors import make_detector
from realtime.backends.base import Backend
from realtime.backends.whisper.runtimes.faster_whisper import FasterWhisperBackend
from realtime.backends.whisper.traits import WhisperTraits, traits_for
from realtime.engine.engine import Engine
from realtime.evaluation.word_errors import WordErrors
from realtime.files.transcriber import FileOptions, FileTranscriber
from realtime.load_test.machine import machine
from realtime.load_test.synthetic.corpus import SpokenSession
from realtime.load_test.synthetic.grammar import LANGUAGES, Language
from realtime.types import Transcript
from realtime.weights.bundled import bundled_dir

JOINED_PAUSE_S = 0.1
WHOLE_S = 3.0
"""With `--windows long`: this much silence ends a window; shorter silence is decoded in full."""


def joined(language: Language, seconds: float, seed: int = SEED) -> list[SpokenSession]:
    """Sentences with pauses of only `JOINED_PAUSE_S` between them."""
    return [
        respaced(session, session.sentences, lambda: JOINED_PAUSE_S)
        for session in corpus(language, seconds, seed)
    ]


KINDS: tuple[tuple[str, Callable[[Language, float], list[SpokenSession]], float], ...] = (
    ("apart", corpus, 0.5),
    ("flowing", flowing, 1.0),
    ("joined", joined, 1.0),
)
"""Name, speech, and the points of WER that cutting may cost."""


def as_file(heard: Sequence[SpokenSession], backend: Backend) -> tuple[WordErrors, Transcript]:
    """Transcribe all sessions, one after the other, as one file."""
    engine = Engine(lambda: backend)
    engine.start()

    async def transcribe() -> Transcript:
        files = FileTranscriber(engine, lambda: make_detector("silero"))
        audio = np.concatenate([session.samples for session in heard])
        try:
            return await files.transcribe(audio, FileOptions(language=heard[0].language))
        finally:
            files.close()

    transcript = asyncio.run(transcribe())
    engine.stop()
    errors = WordErrors()
    errors.add(" ".join(session.text for session in heard), transcript.text)
    return errors, transcript


def measure(seconds: float = 3600.0) -> list[Row]:
    """`seconds`: length of the speech per language and kind."""
    rows = []
    for language in LANGUAGES:
        for kind, voices, allowed in KINDS:
            heard = voices(language, seconds)
            best = by_sentence(heard, bundled_backend())
            errors, transcript = as_file(heard, bundled_backend())
            rows.append(
                Row(
                    "c",
                    f"{language}, {kind}, {transcript.duration_s / 60:.0f} min in "
                    f"{transcript.windows} windows",
                    f"{errors}, {errors.rate - best.rate:+.1f} points "
                    f"(cut at the true pauses: {best.rate:.1f} %)",
                    f"<= {allowed:+g}",
                    errors.rate - best.rate <= allowed,
                )
            )
    return rows


def measure_long(seconds: float) -> list[Row]:
    """`seconds`: length of the speech per language."""
    own, stock = traits_for(bundled_dir()), WhisperTraits()
    rows = []
    for language in LANGUAGES:
        heard = corpus(language, seconds)
        short = [respaced(one, one.sentences, lambda: stock.file_silence_s) for one in heard]
        for traits in (own, stock):
            squeezed = replace(traits, file_pause_s=stock.file_pause_s)
            whole = replace(traits, file_silence_s=WHOLE_S, file_pause_s=WHOLE_S)
            for what, sessions, way in (
                ("long silences left out", heard, squeezed),
                ("silences whole", heard, whole),
                ("said with pauses of 0.6 s", short, whole),
            ):
                backend = FasterWhisperBackend(bundled_dir(), device="cpu", traits=way)
                errors, transcript = as_file(sessions, backend)
                name = f"{language}, {traits.file_window_s:g} s, {what}"
                rows.append(Row("c", f"{name}: {transcript.windows} windows", str(errors)))
    return rows


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--seconds", type=float, default=3600.0)
    arguments.add_argument("--windows", choices=("own", "long"), default="own")
    given = arguments.parse_args()
    print(machine())
    show(measure(given.seconds) if given.windows == "own" else measure_long(given.seconds))


if __name__ == "__main__":
    main()
