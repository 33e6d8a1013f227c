"""Real speech that never pauses, cut wherever the chunk ends: no word twice, none lost.

Sentences are joined without a gap, so that a cut in mid-speech is forced, and `chunk_duration`
sweeps in steps of 0.1 s, so that cuts fall on every part of a word. What the streams write is
compared, word for word, with the same audio heard in one uncut window by the same model. A word is
*doubled* if it was inserted beside an equal one, and *lost* if it was deleted, next to right words
on both sides; next to words that were heard differently nobody can say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import jiwer
import numpy as np

from benchmarks.accuracy import SPEAKERS
from benchmarks.micro_whisper.corpus import sessions
from benchmarks.micro_whisper.grammar import LANGUAGES, Language
from benchmarks.support import Row, WordErrors, machine, normalise, parser, show, silence
from benchmarks.virtual import bundled_backend, session_options, stream
from realtime.backends.base import Backend
from realtime.types import SAMPLE_RATE, Samples

CHUNKS_S = tuple(round(2.0 + 0.1 * step, 1) for step in range(21))
PIECE_S = 14.0
"""Of joined speech: the bundled model hears up to 16 s at half of the longest context."""
TRIM_DB = -45.0
"""Quieter than this below the loudest is no speech: trimmed at the ends of a sentence."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Sentences without a gap between them."""

    language: Language
    samples: Samples
    text: str


def joined(language: Language, seed: int, count: int) -> list[Piece]:
    """`count` pieces of about `PIECE_S`, the held-out voices in turn."""
    pieces = []
    for session in sessions(language, 1.7 * PIECE_S, seed, count=count):
        parts, texts, length = [silence(0.5)], [], 0
        for sentence in session.sentences:
            first, last = (round(t * SAMPLE_RATE) for t in (sentence.start_s, sentence.end_s))
            spoken = trimmed(session.samples[first:last])
            if length + len(spoken) > PIECE_S * SAMPLE_RATE:
                break
            parts.append(spoken)
            texts.append(sentence.text)
            length += len(spoken)
        parts.append(silence(1.0))
        pieces.append(Piece(language, np.concatenate(parts), " ".join(texts)))
    return pieces


def trimmed(spoken: Samples) -> Samples:
    """Without the quiet at both ends."""
    loud = np.flatnonzero(np.abs(spoken) > np.abs(spoken).max() * 10 ** (TRIM_DB / 20))
    return spoken[loud[0] : loud[-1] + 1]


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


def sweep(
    pieces: Sequence[Piece], backend: Backend, chunks_s: Sequence[float]
) -> tuple[Counter[str], WordErrors, WordErrors]:
    """→ (seams against the uncut text, true errors uncut, true errors cut)."""
    total, whole, cut = Counter[str](), WordErrors(), WordErrors()
    for piece in pieces:
        uncut = stream(piece.samples, backend, session_options(backend, piece.language, 28.0)).text
        whole.add(piece.text, uncut)
        for chunk_s in chunks_s:
            options = session_options(backend, piece.language, chunk_s)
            text = stream(piece.samples, backend, options).text
            total += seams(normalise(uncut), normalise(text))
            cut.add(piece.text, text)
    return total, whole, cut


def measure(count: int = 8, chunks_s: Sequence[float] = CHUNKS_S, seed: int = 5) -> list[Row]:
    backend, rows = bundled_backend(), []
    for language in LANGUAGES:
        pieces = joined(language, seed, max(count, 1))
        found, whole, cut = sweep(pieces, backend, chunks_s)
        cuts = sum(int(len(p.samples) / SAMPLE_RATE / c) for p in pieces for c in chunks_s)
        rows.append(
            Row(
                "d",
                f"{language}: {len(pieces)} pieces of {SPEAKERS[language]} voices that never "
                f"pause, chunk_duration {chunks_s[0]:g} … {chunks_s[-1]:g} s, about {cuts} cuts",
                f"{found['doubled']} words doubled, {found['lost']} lost, {found['other']} heard "
                f"otherwise, of {found['words']}; true WER cut {cut.rate:.1f} %, "
                f"uncut {whole.rate:.1f} %",
                "0 doubled, 0 lost",
                not found["doubled"] and not found["lost"],
            )
        )
    return rows


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--pieces", type=int, default=8, help="a language")
    arguments.add_argument("--chunks", type=float, nargs="+", default=CHUNKS_S)
    arguments.add_argument("--seed", type=int, default=5)
    given = arguments.parse_args()
    print(machine())
    show(measure(given.pieces, given.chunks, given.seed))


if __name__ == "__main__":
    main()
