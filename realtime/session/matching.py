"""Finds the words that two hypotheses for the same speech have in common. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from realtime.session.words import bare
from realtime.types import Word

SAME_WORD_S = 0.8
"""Two windows differ by at most this much in the time of the same word. Of its start, middle and
end the nearest counts, since the aligner stretches the first word of a window from the window's
start on, and the last one up to its end."""


def same_words(
    before: Sequence[Word],
    after: Sequence[Word],
    start_s: float = -math.inf,
    end_s: float = math.inf,
) -> list[tuple[int, int]]:
    """Index pairs of the words that both hypotheses contain: the longest common subsequence in
    `start_s` … `end_s`, where only words at nearly the same time match; nearer times win among
    equals."""
    rows = [i for i, word in enumerate(before) if word.end_s > start_s - SAME_WORD_S]
    columns = [j for j, word in enumerate(after) if word.start_s < end_s + SAME_WORD_S]
    left, right = [bare(before[i].text) for i in rows], [bare(after[j].text) for j in columns]
    best = [[0.0] * (len(columns) + 1) for _ in range(len(rows) + 1)]
    for a in range(len(rows) - 1, -1, -1):
        for b in range(len(columns) - 1, -1, -1):
            best[a][b] = max(best[a + 1][b], best[a][b + 1])
            gain = _nearness(before[rows[a]], after[columns[b]]) if left[a] == right[b] else 0.0
            if gain:
                best[a][b] = max(best[a][b], gain + best[a + 1][b + 1])
    pairs, a, b = [], 0, 0
    while a < len(rows) and b < len(columns):
        if best[a][b] == best[a + 1][b]:
            a += 1
        elif best[a][b] == best[a][b + 1]:
            b += 1
        else:
            pairs.append((rows[a], columns[b]))
            a, b = a + 1, b + 1
    return pairs


def surer(
    before: Sequence[Word],
    after: Sequence[Word],
    pairs: Sequence[tuple[int, int]],
    *,
    keep: bool = False,
) -> list[Word]:
    """`after`; but where the two hypotheses differ between two words that both contain, the words
    of the surer one. More words of the later one stay.

    `pairs`: as of `same_words`; (-1, -1) before them where both begin at the same place. `keep`:
    words that only the earlier one has stay too. Models leave out more than they invent, above all
    at the start of a window; where both heard all, they pay less often than not.
    """
    chosen = list(after)
    for (i, j), (k, m) in reversed(list(pairwise(pairs))):
        earlier, later = before[max(i, 0) : k + 1], after[max(j, 0) : m + 1]
        better = len(earlier) >= len(later) and mean_probability(earlier) > mean_probability(later)
        left_out = keep and m == j + 1 and not repeats(earlier)
        if k > i + 1 and (better or left_out):
            chosen[j + 1 : m] = before[i + 1 : k]
    return chosen


def repeats(words: Sequence[Word]) -> bool:
    """Whether a word occurs twice in a row, as models also write where it was said once."""
    return any(bare(one.text) == bare(other.text) for one, other in pairwise(words))


def mean_probability(words: Sequence[Word]) -> float:
    """The mean probability of at least one word."""
    return sum(word.probability for word in words) / len(words)


def sameness(one: Word, other: Word) -> float:
    """Score for matching two words: 0 if they differ, else 0.5 … 1 by how near they are."""
    return _nearness(one, other) if bare(one.text) == bare(other.text) else 0.0


def _nearness(one: Word, other: Word) -> float:
    apart_s = min(
        abs(one.middle_s - other.middle_s),
        abs(one.start_s - other.start_s),
        abs(one.end_s - other.end_s),
    )
    return 1.0 - 0.5 * apart_s / SAME_WORD_S if apart_s <= SAME_WORD_S else 0.0
