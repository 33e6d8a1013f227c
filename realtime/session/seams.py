"""Finds the words of an utterance's next window that follow a cut. Pure.

The window that was cut heard words on both sides of the cut; those before it are final. The next
window begins before the cut, word times are off by some tenths of a second in both, and at the very
start of the next window a word may be garbled or missing. So the border is found in the *text*,
between the last word before the cut and the first one after it that both windows contain, and words
that only one of them heard are kept. Where they differ after the cut, the surer counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from realtime.scripts import length
from realtime.session.agreement import EDGE_S, TAIL, count_known
from realtime.session.matching import SAME_WORD_S, sameness, surer
from realtime.session.words import bare
from realtime.types import Word

SPELLED = 5.0
"""Letters that a digit counts for: "seven"."""
SHORTEST_S = 0.2
"""Usual time of the shortest words."""
STRETCHED = 2.0
"""A word this many times as long as others with as many letters was stretched by the aligner."""
MISPLACED_WORDS = 4
MISPLACED_S = 2.0
"""This many words at a window's start, within this time, may stand too early."""
LEFT_OVER = 0.2
"""Cost of a word that only one hypothesis has; one that both have scores 0.5 … 1."""


def behind_cut(
    known: Sequence[Word],
    ahead: Sequence[Word],
    words: Sequence[Word],
    window_start_s: float,
    *,
    shared: bool = True,
) -> list[Word]:
    """The words that follow `known`.

    `known`: words already in finals, in order; `ahead`: those that the window that was cut had
    after them; `words`: a hypothesis of a window that begins at `window_start_s`. `shared`: this
    window hears words before the cut again; otherwise it begins in a pause. All times are on the
    session's clock.
    """
    since_s = window_start_s - SAME_WORD_S * shared
    inside = [word for word in known if word.end_s > since_s][-TAIL:]
    compared, border = [*inside, *ahead], len(inside)
    pairs = _pairs(compared, words, window_start_s + EDGE_S)
    left, word_left = max((pair for pair in pairs if pair[0] < border), default=(-1, -1))
    right, word_right = min((pair for pair in pairs if pair[0] >= border), default=(-1, len(words)))
    # What lies between the two: words that were respelled, or that one of the windows missed.
    rest = words[word_left + 1 : word_right]
    fresh = rest[_respelled(compared[left + 1 : border], rest, window_start_s) :]
    missed = compared[border:right] if right >= 0 else []
    if missed and _garbled(fresh, window_start_s):
        fresh = missed
    behind = [pair for pair in pairs if pair[0] >= border]
    return [*fresh, *surer(compared, words, behind, keep=True)[word_right:]]


def timed_by(known: Sequence[Word], words: Sequence[Word], window_start_s: float) -> Sequence[Word]:
    """The words of a window that begins in mid-speech, the first ones with better times.

    There the aligner places the first words too early, by a second and more, and stretches the one
    after them until its times are right again. Those that are among `known`, which the window
    before heard, get their times from there; others follow the word before them.
    """
    count = _misplaced(words, known)
    if not count:
        return words
    compared = [word for word in known if word.end_s > window_start_s - SAME_WORD_S]
    pairs = _pairs(compared, words, window_start_s + EDGE_S, count)
    same = {heard: compared[index] for index, heard in pairs}
    placed, at_s = list(words), 0.0
    for index, word in enumerate(words[:count]):
        timed = same.get(index, word)
        start_s = max(timed.start_s, at_s)
        at_s = max(timed.end_s, start_s)
        placed[index] = replace(word, start_s=start_s, end_s=at_s)
    return placed


def _misplaced(words: Sequence[Word], known: Sequence[Word]) -> int:
    """How many of the first words have wrong times, the stretched one included."""
    rest = [*known[-TAIL:], *words[MISPLACED_WORDS:]]
    letter_s = median(_length_s(word) / _letters(word) for word in rest)
    stretched = [
        index
        for index, word in enumerate(words[:MISPLACED_WORDS])
        if word.start_s < words[0].start_s + MISPLACED_S
        and _length_s(word) > STRETCHED * max(SHORTEST_S, letter_s * _letters(word))
    ]
    return stretched[-1] + 1 if stretched else 0


def _letters(word: Word) -> float:
    return max(1.0, length(word.text, SPELLED))


def _length_s(word: Word) -> float:
    return word.end_s - word.start_s


def _pairs(
    known: Sequence[Word], words: Sequence[Word], inside_s: float, misplaced: int = 0
) -> list[tuple[int, int]]:
    """Index pairs of matching words, by the alignment with the fewest words left over.

    The first `misplaced` ones of `words` may lie anywhere in the time of all these. Two kinds of
    words cost nothing: those of `known` before `inside_s`, which need not occur again, and those of
    `words` after the last one of `known`, which are new.
    """
    until_s = words[misplaced - 1].end_s if misplaced else 0.0

    def score(i: int, j: int) -> float:
        word = words[j]
        if j < misplaced:
            at_s = min(max(known[i].start_s, words[0].start_s), until_s)
            word = replace(word, start_s=at_s, end_s=at_s)
        return sameness(known[i], word)

    rows, columns = len(known), len(words)
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        skip = LEFT_OVER if known[i].start_s >= inside_s else 0.0
        best[i][columns] = best[i + 1][columns] - skip
        for j in range(columns - 1, -1, -1):
            best[i][j] = max(best[i + 1][j] - skip, best[i][j + 1] - LEFT_OVER)
            gain = score(i, j)
            if gain:
                best[i][j] = max(best[i][j], gain + best[i + 1][j + 1])
    pairs, i, j = [], 0, 0
    while i < rows and j < columns:
        skip = LEFT_OVER if known[i].start_s >= inside_s else 0.0
        gain = score(i, j)
        if gain and best[i][j] == gain + best[i + 1][j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j] - skip:
            i += 1
        else:
            j += 1
    return pairs


def _respelled(known: Sequence[Word], words: Sequence[Word], window_start_s: float) -> int:
    """How many words at the head of `words` are those of `known` in another spelling."""
    spelling, letters = "".join(bare(word.text) for word in known), ""
    for count, word in enumerate(words, 1):
        letters += bare(word.text)
        if letters == spelling:  # blockbooks, block books
            return count
    return count_known(known, words, window_start_s)


def _garbled(fresh: Sequence[Word], window_start_s: float) -> bool:
    """Whether all of these words lie at the window's start, which may have cut them."""
    return all(word.start_s < window_start_s + EDGE_S for word in fresh)
