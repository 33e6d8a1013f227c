"""Compares words with the speech that they should cover. Pure.

Stock Whisper often ends its text at a pause although speech goes on, or leaves out what stands
between two sentences. The aligned words show it: they leave speech uncovered. All times are seconds
on the session's clock; speech is what the detector found, as ranges in order.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from realtime.backends.whisper.checks.guards import letters
from realtime.scripts import LEAST_WORD_S, closes, length
from realtime.types import Word

SPOKEN_S = 1.0
"""This much speech without a word is decoded again. People say three words or more in it; half of
it may be due to inexact word times, a cough, or a door."""
PAD_S = 0.2
"""Tolerance of word times (stock weights: half of them are off by more than 0.1 s)."""
SLOWEST_S_PER_LETTER = 0.14
"""Longest time of a word per letter: twice what people take on average. The aligner stretched a
longer word over following speech that has no words."""
SPELLED = 5.0
"""Letters that a digit counts for, since a number may be spoken digit by digit ("seven")."""

SecondsRange = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Hole:
    """Speech without words."""

    start_s: float
    """Where the word before it ends, or the speech begins."""
    end_s: float
    """Where the word after it begins, or the speech ends."""
    spoken_s: float
    """Seconds of speech in it that no word accounts for."""
    first: int
    """Number of words before it."""
    last: int
    """Words `first` … `last - 1` lie somewhere in it, stretched over it."""


def gaps(words: Sequence[Word], speech: Sequence[SecondsRange]) -> list[Hole]:
    """All places between two words, and at both ends, that hold speech."""
    if not speech:
        return []
    found: list[Hole] = []
    at_s, first, known_s = speech[0][0], 0, 0.0
    for index, word in enumerate(words):
        longest_s = _longest_s(word)
        if word.end_s - word.start_s > longest_s:
            known_s += longest_s / 2
            continue
        found += _gap(speech, at_s, word.start_s - PAD_S, first, index, known_s)
        at_s, first, known_s = max(at_s, word.end_s + PAD_S), index + 1, 0.0
    return found + _gap(speech, at_s, speech[-1][1], first, len(words), known_s)


def _gap(
    speech: Sequence[SecondsRange],
    start_s: float,
    end_s: float,
    first: int,
    last: int,
    known_s: float,
) -> list[Hole]:
    """The hole between two words with plausible times; empty if no speech is left in it.

    `known_s`: seconds that the words somewhere in it take at a usual pace.
    """
    left_s = spoken_s(speech, start_s, end_s) - known_s
    return [Hole(start_s, end_s, left_s, first, last)] if left_s > 0 else []


def holes(words: Sequence[Word], speech: Sequence[SecondsRange]) -> list[Hole]:
    """The gaps that are worth decoding again, in order."""
    return [gap for gap in gaps(words, speech) if gap.spoken_s >= SPOKEN_S]


def coverage(words: Sequence[Word], speech: Sequence[SecondsRange]) -> float:
    """The share of the speech for which there are words; 1.0 if there is no speech."""
    all_s = sum(end - start for start, end in speech)
    if all_s <= 0:
        return 1.0
    return 1.0 - sum(gap.spoken_s for gap in gaps(words, speech)) / all_s


def filled(words: Sequence[Word], hole: Hole, decoded: Sequence[Word]) -> tuple[Word, ...]:
    """`words` with those of `decoded` that lie in the hole; `decoded` may extend beyond it.

    The model leaves out what it leaves out in one piece: a word that is stretched over the hole is
    among `decoded` only as the first or the last one. Elsewhere it is another word ("the")."""
    begin_s, end_s = hole.start_s - 2 * PAD_S, hole.end_s + PAD_S  # times are off on both sides
    inside = [word for word in decoded if begin_s <= word.middle_s <= end_s]
    before, after = words[: hole.first], words[hole.last :]
    while inside and before and _same(before[-1], inside[0]):
        del inside[0]
    if inside and before and _ends(before[-1], inside[0]):
        del inside[0]
    while inside and after and _same(inside[-1], after[0]):
        del inside[-1]
    if not inside:
        return tuple(words)
    stretched = words[hole.first : hole.last]
    if before and stretched and closes(stretched[-1].text) != closes(before[-1].text):
        # They end the sentence before the hole, or begin the one behind it.
        ahead = closes(stretched[-1].text)
    else:  # the new words leave more room on one side
        ahead = inside[0].start_s - hole.start_s > hole.end_s - inside[-1].end_s
    remaining = [_shortened(w, ahead) for w in _unmatched(stretched, inside)]
    between = [*remaining, *inside] if ahead else [*inside, *remaining]
    return (*before, *_ascending(between, before, after), *after)


def _unmatched(stretched: Sequence[Word], decoded: Sequence[Word]) -> Sequence[Word]:
    """The stretched words but for those with which `decoded` begins or ends."""
    texts, others = ([letters(word.text) for word in them] for them in (stretched, decoded))
    count = len(texts)
    head = next(n for n in range(count, -1, -1) if texts[:n] == others[:n])
    tail = next(n for n in range(count - head, -1, -1) if texts[count - n :] == others[-n:][:n])
    return stretched[head : count - tail]


def _ascending(
    words: Sequence[Word], before: Sequence[Word], after: Sequence[Word]
) -> Iterable[Word]:
    """Limit the words' times so that they ascend between those of their neighbours."""
    at_s = before[-1].end_s if before else 0.0
    last_s = after[0].start_s if after else math.inf
    for word in words:
        start_s = min(max(word.start_s, at_s), last_s)
        at_s = min(max(word.end_s, start_s), last_s)
        yield replace(word, start_s=start_s, end_s=at_s)


def _shortened(word: Word, ahead: bool) -> Word:
    """The word with at most its longest time, at its beginning or (not `ahead`) at its end."""
    if ahead:
        return replace(word, end_s=word.start_s + _longest_s(word))
    return replace(word, start_s=word.end_s - _longest_s(word))


def _longest_s(word: Word) -> float:
    """The longest time that a word takes, with a margin for the aligner's error."""
    return max(LEAST_WORD_S, SLOWEST_S_PER_LETTER * length(word.text, SPELLED)) + PAD_S


def spoken_s(speech: Sequence[SecondsRange], start_s: float, end_s: float) -> float:
    """Seconds of speech between two times."""
    return sum(max(0.0, min(b, end_s) - max(a, start_s)) for a, b in speech)


def _ends(word: Word, other: Word) -> bool:
    """Whether `other`, heard alone, is the end of a word."""
    return other.start_s < word.end_s and letters(word.text).endswith(letters(other.text))


def _same(one: Word, other: Word) -> bool:
    """Whether two decodings returned the same word at about the same time."""
    texts = (letters(one.text), letters(other.text))
    apart_s = max(one.start_s, other.start_s) - min(one.end_s, other.end_s)
    return texts[0] == texts[1] and apart_s <= 2 * PAD_S
