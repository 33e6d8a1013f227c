"""Words of long files against what was said (row c), cuts included.

Held-out voices, all sessions of a language in one file. *Apart*: a pause after every sentence that
would end an utterance. *Flowing*: pauses of 0.15 to 0.4 s, too short for that, so that windows end
inside. *Joined*: 0.1 s, less than any pause at which a clean cut is made. Compared with every
sentence in a window of its own: what the model can do when it is told where to cut.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.accuracy import by_sentence
from benchmarks.micro_whisper.corpus import SpokenSession
from benchmarks.micro_whisper.grammar import LANGUAGES, Language
from benchmarks.support import Row, WordErrors, machine, parser, show
from benchmarks.virtual import bundled_backend
from benchmarks.voices import SEED, corpus, flowing, respaced
from realtime.app.detectors import make_detector
from realtime.backends.base import Backend
from realtime.engine.engine import Engine
from realtime.files.transcriber import FileOptions, FileTranscriber
from realtime.types import Transcript

JOINED_PAUSE_S = 0.1


def joined(language: Language, seconds: float, seed: int = SEED) -> list[SpokenSession]:
    """Sentences with hardly anything between them."""
    return [
        respaced(session, session.sentences, lambda: JOINED_PAUSE_S)
        for session in corpus(language, seconds, seed)
    ]


KINDS: tuple[tuple[str, Callable[[Language, float], list[SpokenSession]], float], ...] = (
    ("apart", corpus, 0.5),
    ("flowing", flowing, 1.0),
    ("joined", joined, 1.0),
)
"""Name, speech, points of WER that cutting may cost."""


def as_file(heard: Sequence[SpokenSession], backend: Backend) -> tuple[WordErrors, Transcript]:
    """All sessions, one after the other, in one file."""
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
    """`seconds`: speech a language and kind."""
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


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--seconds", type=float, default=3600.0)
    given = arguments.parse_args()
    print(machine())
    show(measure(given.seconds))


if __name__ == "__main__":
    main()
