"""Real speech cut wherever the chunk ends: no word twice, none lost.

Sentences of held-out voices that last longer than the chunk and have no pause, so that a cut in
mid-speech is forced, and `chunk_duration` sweeps in steps of 0.1 s, so that cuts fall on every part
of a word. What the streams write is compared, word for word, with the same audio uncut, heard by
the same model. A word is *doubled* if it was inserted beside an equal one, and *lost* if it was
deleted, next to right words on both sides; next to words that were heard differently nobody can
say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import jiwer

from benchmarks.micro_whisper.corpus import SpokenSession
from benchmarks.micro_whisper.grammar import LANGUAGES, Language
from benchmarks.support import Row, WordErrors, machine, normalise, parser, show
from benchmarks.virtual import bundled_backend, session_options, stream
from benchmarks.voices import corpus, respaced
from realtime.backends.base import Backend

CHUNKS_S = tuple(round(2.0 + 0.1 * step, 1) for step in range(13))
LONG_S = 2.8
"""Sentences at least so long are cut by most of the chunks."""
PAUSE_S = 1.0


def long_sentences(language: Language, seconds: float, seed: int) -> list[SpokenSession]:
    """Sessions of sentences of at least `LONG_S`, the held-out voices in turn; `seconds` s of
    speech to choose from."""
    chosen = []
    for session in corpus(language, seconds, seed):
        sentences = [s for s in session.sentences if s.end_s - s.start_s >= LONG_S]
        if sentences:
            chosen.append(respaced(session, sentences, lambda: PAUSE_S))
    return chosen


def seams(reference: str, hypothesis: str) -> Counter[str]:
    """Differences of two transcripts: `doubled`, `lost`, `other` words."""
    result = jiwer.process_words(reference, hypothesis)
    said, heard = result.references[0], result.hypotheses[0]
    chunks, found = result.alignments[0], Counter[str]()
    for index, chunk in enumerate(chunks):
        if chunk.type == "equal":
            continue
        beside = chunks[max(0, index - 1) : index] + chunks[index + 1 : index + 2]
        alone = all(other.type == "equal" for other in beside)
        if chunk.type == "delete":
            found["lost" if alone else "other"] += chunk.ref_end_idx - chunk.ref_start_idx
        elif chunk.type == "insert":
            first, last = chunk.hyp_start_idx, chunk.hyp_end_idx
            words = heard[first:last]
            size = len(words)
            twice = words in (heard[max(0, first - size) : first], heard[last : last + size])
            found["doubled" if alone and twice else "other"] += size
        else:
            found["other"] += chunk.ref_end_idx - chunk.ref_start_idx
    found["words"] = len(said)
    return found


@dataclass(slots=True)
class Swept:
    """Of all chunk durations together."""

    seams: Counter[str]
    uncut: WordErrors
    cut: WordErrors
    cuts: int


def sweep(sessions: Sequence[SpokenSession], backend: Backend, chunks_s: Sequence[float]) -> Swept:
    swept = Swept(Counter(), WordErrors(), WordErrors(), 0)
    for session in sessions:
        options = session_options(backend, session.language, 28.0)
        uncut = stream(session.samples, backend, options).text
        swept.uncut.add(session.text, uncut)
        for chunk_s in chunks_s:
            options = session_options(backend, session.language, chunk_s)
            played = stream(session.samples, backend, options)
            swept.seams += seams(normalise(uncut), normalise(played.text))
            swept.cut.add(session.text, played.text)
            swept.cuts += sum(not final.endpoint for final in played.finals)
    return swept


def measure(
    seconds: float = 300.0, chunks_s: Sequence[float] = CHUNKS_S, seed: int = 5
) -> list[Row]:
    """`seconds`: speech a language from which the long sentences are taken."""
    backend, rows = bundled_backend(), []
    for language in LANGUAGES:
        sessions = long_sentences(language, seconds, seed)
        swept = sweep(sessions, backend, chunks_s)
        found, count = swept.seams, sum(len(session.sentences) for session in sessions)
        rows.append(
            Row(
                "d",
                f"{language}: {count} sentences, chunk_duration {chunks_s[0]:g} … "
                f"{chunks_s[-1]:g} s, {swept.cuts} cuts",
                f"{found['doubled']} words doubled, {found['lost']} lost, {found['other']} heard "
                f"otherwise, of {found['words']}; true WER cut {swept.cut.rate:.1f} %, "
                f"uncut {swept.uncut.rate:.1f} %",
                "0 doubled, 0 lost",
                swept.cuts > 0 and not found["doubled"] and not found["lost"],
            )
        )
    return rows


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--seconds", type=float, default=300, help="speech a language")
    arguments.add_argument("--chunks", type=float, nargs="+", default=CHUNKS_S)
    arguments.add_argument("--seed", type=int, default=5)
    given = arguments.parse_args()
    print(machine())
    show(measure(given.seconds, given.chunks, given.seed))


if __name__ == "__main__":
    main()
