"""Speech cut wherever a chunk ends: no word may be doubled or lost.

Sentences of held-out voices, or of people (`--speech`), that last longer than the chunk and have no
pause, so that a cut in mid-speech is forced. `chunk_duration` increases in steps of 0.1 s, so that
cuts fall on every part of a word. The words of the streams are compared with those of the same
model on the uncut audio. A word is *doubled* if it was inserted beside an equal one, and *lost* if
it was deleted, with correct words on both sides; beside words that differ, neither can be decided.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.recognition.borders import Difference, decided, in_stream
from benchmarks.shared.rows import Row, parser, show
from benchmarks.shared.source import BUNDLED, Source, add_source
from benchmarks.shared.virtual import session_options, stream
from benchmarks.shared.voices import respaced
from realtime.backends.base import Backend
from realtime.evaluation.differences import compare
from realtime.evaluation.normalisation import words
from realtime.evaluation.word_errors import WordErrors, normalise
from realtime.load_test.machine import machine
from realtime.load_test.synthetic.corpus import SpokenSession
from realtime.load_test.synthetic.grammar import Language

CHUNKS_S = tuple(round(2.0 + 0.1 * step, 1) for step in range(13))
LONG_S = 2.8
"""Minimum length of a sentence; most chunk durations cut sentences of this length."""
PAUSE_S = 1.0


def long_sentences(
    source: Source, language: Language, seconds: float, seed: int
) -> list[SpokenSession]:
    """Sessions of sentences of at least `LONG_S`, chosen from `seconds` s of speech."""
    chosen = []
    for session in source.corpus(language, seconds, seed):
        sentences = [s for s in session.sentences if s.end_s - s.start_s >= LONG_S]
        if sentences:
            chosen.append(respaced(session, sentences, lambda: PAUSE_S))
    return chosen


def seams(reference: str, hypothesis: str) -> Counter[str]:
    """Count the differences between two transcripts: `doubled`, `lost` and `other` words."""
    pieces, found = compare(words(reference), words(hypothesis)), Counter[str]()
    found["words"] = sum(len(piece.reference) for piece in pieces)
    for piece, kind, _, _ in decided(pieces):
        found[kind] += max(len(piece.reference), len(piece.hypothesis))
    return found


@dataclass(slots=True)
class Swept:
    """Sums over all chunk durations."""

    seams: Counter[str] = field(default_factory=Counter)
    found: list[Difference] = field(default_factory=list)
    uncut: WordErrors = field(default_factory=WordErrors)
    cut: WordErrors = field(default_factory=WordErrors)
    cuts: int = 0


def sweep(
    sessions: Sequence[SpokenSession],
    backend: Backend,
    chunks_s: Sequence[float],
    overlap_s: float,
) -> Swept:
    swept = Swept()
    for session in sessions:
        options = session_options(backend, session.language, 28.0)
        uncut = stream(session.samples, backend, options)
        swept.uncut.add(session.text, uncut.text)
        for chunk_s in chunks_s:
            options = session_options(backend, session.language, chunk_s, overlap_s)
            played = stream(session.samples, backend, options)
            swept.seams += seams(normalise(uncut.text), normalise(played.text))
            swept.found += in_stream(uncut.text, uncut.spoken, played)
            swept.cut.add(session.text, played.text)
            swept.cuts += sum(not final.endpoint for final in played.finals)
    return swept


def measure(
    seconds: float = 300.0,
    chunks_s: Sequence[float] = CHUNKS_S,
    seed: int = 5,
    source: Source = BUNDLED,
    overlap_s: float = 1.0,
) -> list[Row]:
    """`seconds`: speech per language from which the long sentences are chosen."""
    backend, rows = source.backend(), []
    for language in source.languages:
        sessions = long_sentences(source, language, seconds, seed)
        swept = sweep(sessions, backend, chunks_s, overlap_s)
        found, count = swept.seams, sum(len(session.sentences) for session in sessions)
        at_cut = Counter(one.kind for one in swept.found if one.at_cut)
        rows.append(
            Row(
                "d",
                f"{language}: {count} sentences, chunk_duration {chunks_s[0]:g} … "
                f"{chunks_s[-1]:g} s, overlap {overlap_s:g} s, {swept.cuts} cuts",
                f"{found['doubled']} words doubled, {found['lost']} lost, at cuts "
                f"{at_cut['doubled']} and {at_cut['lost']}, {found['other']} heard "
                f"otherwise, of {found['words']}; true WER cut {swept.cut.rate:.1f} %, "
                f"uncut {swept.uncut.rate:.1f} %",
                "0 doubled, 0 lost",
                swept.cuts > 0 and not found["doubled"] and not found["lost"],
            )
        )
        rows += [Row("d", language, str(one)) for one in swept.found]
    return rows


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--seconds", type=float, default=300, help="speech a language")
    arguments.add_argument("--chunks", type=float, nargs="+", default=CHUNKS_S)
    arguments.add_argument("--overlap", type=float, default=1.0)
    arguments.add_argument("--seed", type=int, default=5)
    add_source(arguments)
    given = arguments.parse_args()
    print(machine())
    show(measure(given.seconds, given.chunks, given.seed, Source.of(given), given.overlap))


if __name__ == "__main__":
    main()
