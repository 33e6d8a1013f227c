"""Words of streamed finals compared with the same audio transcribed offline by the same model.

Held-out voices (see `realtime/load_test/synthetic/corpus.py`), or people (`--speech`), each in a
session of many sentences: *apart*, with pauses that end an utterance, and *flowing*, with pauses
that do not, so that `chunk_duration` has to cut. Streamed: the real session, detector and model in
virtual time, with partials. Offline: the whole session in one call of
`faster_whisper.WhisperModel.transcribe` without previous text, with its `vad_filter` and without;
and, for comparison, every sentence in a window of its own. `--beam-size` applies to finals and to
offline transcripts. `--real-pace` also plays sessions through the real server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from faster_whisper import WhisperModel

from benchmarks.shared.rows import Row, parser, show
from benchmarks.shared.serving import served
from benchmarks.shared.source import BUNDLED, Source, add_source
from benchmarks.shared.virtual import session_options, stream
from benchmarks.shared.voices import SEED
from realtime.backends.base import Backend
from realtime.evaluation.word_errors import WordErrors, word_error_rate
from realtime.load_test.machine import machine
from realtime.load_test.player import play_all
from realtime.load_test.synthetic.corpus import SpokenSession
from realtime.scripts import join_texts
from realtime.session.chunker import samples
from realtime.types import DecodeOptions, Window

CHUNKS_S = (5.0, 10.0, 15.0, 28.0, 2.0)
BEFORE_S, BEHIND_S = 0.1, 0.1
"""Audio kept before and after a sentence; less than half the shortest pause."""
ALLOWED = {2.0: 3.0}
"""Chunk duration → points of WER that it may cost; 1 for all others."""


def offline(
    source: Source, heard: Sequence[SpokenSession], beam_size: int, *, vad_filter: bool
) -> WordErrors:
    """Transcribe each session in one call of faster-whisper."""
    model = WhisperModel(str(source.weights), device="cpu", compute_type="int8", cpu_threads=1)
    errors = WordErrors()
    for session in heard:
        segments, _ = model.transcribe(
            session.samples,
            language=session.language,
            beam_size=beam_size,
            temperature=0.0,
            condition_on_previous_text=False,
            vad_filter=vad_filter,
        )
        errors.add(session.text, join_texts(segment.text for segment in segments))
    return errors


def by_sentence(heard: Sequence[SpokenSession], backend: Backend, beam_size: int = 1) -> WordErrors:
    """Transcribe each sentence alone at its true boundaries: the best the model can do."""
    errors = WordErrors()
    for session in heard:
        for sentence in session.sentences:
            first = max(0, samples(sentence.start_s - BEFORE_S))
            audio = session.samples[first : samples(sentence.end_s + BEHIND_S)]
            options = DecodeOptions(language=session.language, beam_size=beam_size)
            window = Window(audio, first, True, options)
            errors.add(sentence.text, backend.decode([window])[0].text)
    return errors


def streamed(
    heard: Sequence[SpokenSession], backend: Backend, chunk_s: float, beam_size: int
) -> WordErrors:
    """Play each session as a stream of its own, in virtual time."""
    errors = WordErrors()
    for session in heard:
        options = session_options(backend, session.language, chunk_s)
        options = replace(options, decode=replace(options.decode, beam_size=beam_size))
        errors.add(session.text, stream(session.samples, backend, options).text)
    return errors


def through_server(source: Source, heard: Sequence[SpokenSession], chunk_s: float) -> WordErrors:
    """Play all sessions at once through the real server, in real time."""
    with served(model=source.served) as server:
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
    beam_size: int = 1,
    source: Source = BUNDLED,
) -> list[Row]:
    """`seconds`: audio per language; `real_pace_s`: the part of it that is also played through
    the server in real time, with the server's own beam."""
    backend, rows = source.backend(), []
    for language in source.languages:
        for kind, voices in (("apart", source.corpus), ("flowing", source.flowing)):
            heard = voices(language, seconds, seed)
            name = f"{language}, {sum(s.duration_s for s in heard) / 60:.1f} min, {kind}"
            rows += _compare(name, heard, source, backend, chunks_s, beam_size)
        if real_pace_s:
            short = source.corpus(language, real_pace_s, seed)
            errors = through_server(source, short, 15.0)
            plain = offline(source, short, beam_size, vad_filter=False)
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


def _compare(
    name: str,
    heard: Sequence[SpokenSession],
    source: Source,
    backend: Backend,
    chunks_s: Sequence[float],
    beam_size: int,
) -> list[Row]:
    plain, filtered = (offline(source, heard, beam_size, vad_filter=vad) for vad in (False, True))
    rows = [
        Row("b", f"{name}: offline, in one go", str(plain)),
        Row("b", f"{name}: offline, in one go, with vad_filter", str(filtered)),
        Row("b", f"{name}: every sentence alone", str(by_sentence(heard, backend, beam_size))),
    ]
    for chunk_s in chunks_s:
        errors = streamed(heard, backend, chunk_s, beam_size)
        allowed = ALLOWED.get(chunk_s, 1.0)
        points = errors.rate - plain.rate
        rows.append(
            Row(
                "b",
                f"{name}: streamed, chunk_duration {chunk_s:g} s",
                f"{errors}, {points:+.1f} points ({errors.rate - filtered.rate:+.1f} against "
                "vad_filter)",
                f"<= +{allowed:g}",
                points <= allowed,
            )
        )
    return rows


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--seconds", type=float, default=600, help="audio a language")
    arguments.add_argument("--chunks", type=float, nargs="+", default=CHUNKS_S)
    arguments.add_argument("--real-pace", type=float, default=0, help="s through the real server")
    arguments.add_argument("--seed", type=int, default=SEED)
    arguments.add_argument("--beam-size", type=int, default=1, help="5 on a GPU")
    add_source(arguments)
    given = arguments.parse_args()
    print(machine())
    source = Source.of(given)
    show(measure(given.seconds, given.chunks, given.real_pace, given.seed, given.beam_size, source))


if __name__ == "__main__":
    main()
