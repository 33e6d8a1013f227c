"""Words of streamed finals against the same audio transcribed offline, by the same model.

Held-out voices (see `benchmarks/micro_whisper/corpus.py`), a session of many sentences for each.
Streamed: the real session, detector and model in virtual time, partials on. Offline: the whole
session in one call of `faster_whisper.WhisperModel.transcribe`, greedy, without previous text; with
its `vad_filter` and without. `--real-pace` also plays sessions through the real server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from faster_whisper import WhisperModel

from benchmarks.micro_whisper.corpus import SpokenSession, sessions
from benchmarks.micro_whisper.grammar import LANGUAGES, Language
from benchmarks.player import play_all
from benchmarks.serving import served
from benchmarks.support import Row, WordErrors, machine, parser, show, word_error_rate
from benchmarks.virtual import bundled_backend, session_options, stream
from realtime.backends.base import Backend
from realtime.models.bundled import bundled_dir

CHUNKS_S = (5.0, 10.0, 15.0, 28.0, 2.0)
SEED = 20
ALLOWED = {2.0: 3.0}
"""Points of WER that a chunk duration may cost; 1 where none is named."""
SPEAKERS: dict[Language, int] = {"en": 5, "ko": 4}
"""Held-out voices: as many sessions hear each once."""


def corpus(language: Language, seconds: float, seed: int = SEED) -> list[SpokenSession]:
    """One session of each held-out voice, together `seconds` s."""
    count = SPEAKERS[language]
    return sessions(language, seconds / count, seed, count=count)


def offline(heard: Sequence[SpokenSession], *, vad_filter: bool) -> WordErrors:
    """Each session in one call."""
    model = WhisperModel(str(bundled_dir()), device="cpu", compute_type="int8", cpu_threads=1)
    errors = WordErrors()
    for session in heard:
        segments, _ = model.transcribe(
            session.samples,
            language=session.language,
            beam_size=1,
            temperature=0.0,
            condition_on_previous_text=False,
            vad_filter=vad_filter,
        )
        errors.add(session.text, " ".join(segment.text.strip() for segment in segments))
    return errors


def streamed(heard: Sequence[SpokenSession], backend: Backend, chunk_s: float) -> WordErrors:
    """Each session as a stream of its own, in virtual time."""
    errors = WordErrors()
    for session in heard:
        options = session_options(backend, session.language, chunk_s)
        errors.add(session.text, stream(session.samples, backend, options).text)
    return errors


def through_server(heard: Sequence[SpokenSession], chunk_s: float) -> WordErrors:
    """All sessions at once through the real server, at the speed of life."""
    with served() as server:
        query = f"language={heard[0].language}&chunk_duration={chunk_s:g}"
        plays = [(session.samples, query) for session in heard]
        played = asyncio.run(play_all(server.url, plays))
    return word_error_rate(
        (session.text, one.text) for session, one in zip(heard, played, strict=True)
    )


def measure(
    seconds: float,
    chunks_s: Sequence[float] = CHUNKS_S,
    real_pace_s: float = 0.0,
    seed: int = SEED,
) -> list[Row]:
    """`seconds`: audio a language; `real_pace_s`: of it also at real pace through the server."""
    backend, rows = bundled_backend(), []
    for language in LANGUAGES:
        heard = corpus(language, seconds, seed)
        plain, filtered = offline(heard, vad_filter=False), offline(heard, vad_filter=True)
        name = f"{language}, {sum(s.duration_s for s in heard) / 60:.1f} min"
        rows.append(Row("b", f"{name}: offline, in one go", str(plain)))
        rows.append(Row("b", f"{name}: offline, with vad_filter", str(filtered)))
        for chunk_s in chunks_s:
            errors, allowed = streamed(heard, backend, chunk_s), ALLOWED.get(chunk_s, 1.0)
            rows.append(
                Row(
                    "b",
                    f"{name}: streamed, chunk_duration {chunk_s:g} s",
                    f"{errors}, {errors.rate - plain.rate:+.1f} points "
                    f"({errors.rate - filtered.rate:+.1f} with vad_filter)",
                    f"<= +{allowed:g}",
                    errors.rate - plain.rate <= allowed,
                )
            )
        if real_pace_s:
            short = corpus(language, real_pace_s, seed)
            errors, plain = through_server(short, 15.0), offline(short, vad_filter=False)
            rows.append(
                Row(
                    "b",
                    f"{language}: real server at real pace, chunk_duration 15 s",
                    f"{errors}, {errors.rate - plain.rate:+.1f} points",
                    "<= +1",
                    errors.rate - plain.rate <= 1.0,
                )
            )
    return rows


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--seconds", type=float, default=600, help="audio a language")
    arguments.add_argument("--chunks", type=float, nargs="+", default=CHUNKS_S)
    arguments.add_argument("--real-pace", type=float, default=0, help="s through the real server")
    arguments.add_argument("--seed", type=int, default=SEED)
    given = arguments.parse_args()
    print(machine())
    show(measure(given.seconds, given.chunks, given.real_pace, given.seed))


if __name__ == "__main__":
    main()
