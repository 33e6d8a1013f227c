"""Finds the words of an utterance's next window that follow a cut. Pure.

The window that was cut heard words on both sides of the cut; those before it are final. The next
window begins before the cut, word times are off by some tenths of a second in both, and at the very
start of the next window a word may be garbled or missing. So the border is found in the *text*,
between the last word before the cut and the first one after it that both windows contain, and words
in between that only one of them heard are kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from realtime.session.agreement import EDGE_S, TAIL, count_known
from realtime.session.matching import SAME_WORD_S, sameness
from realtime.session.words import bare
from realtime.types import Word

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
    left, heard_left = max((pair for pair in pairs if pair[0] < border), default=(-1, -1))
    right, heard_right = min(
        (pair for pair in pairs if pair[0] >= border), default=(-1, len(words))
    )
    # What lies between the two: words that were respelled, or that one of the windows missed.
    rest = words[heard_left + 1 : heard_right]
    fresh = rest[_respelled(compared[left + 1 : border], rest, window_start_s) :]
    missed = compared[border:right] if right >= 0 else []
    if missed and _garbled(fresh, window_start_s):
        fresh = missed
    return [*fresh, *words[heard_right:]]


def _pairs(known: Sequence[Word], words: Sequence[Word], inside_s: float) -> list[tuple[int, int]]:
    """Index pairs of matching words, by the alignment with the fewest words left over.

    Two kinds of words cost nothing: those of `known` before `inside_s`, which need not occur
    again, and those of `words` after the last one of `known`, which are new.
    """
    rows, columns = len(known), len(words)
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        skip = LEFT_OVER if known[i].start_s >= inside_s else 0.0
        best[i][columns] = best[i + 1][columns] - skip
        for j in range(columns - 1, -1, -1):
            best[i][j] = max(best[i + 1][j] - skip, best[i][j + 1] - LEFT_OVER)
            gain = sameness(known[i], words[j])
            if gain:
                best[i][j] = max(best[i][j], gain + best[i + 1][j + 1])
    pairs, i, j = [], 0, 0
    while i < rows and j < columns:
        skip = LEFT_OVER if known[i].start_s >= inside_s else 0.0
        gain = sameness(known[i], words[j])
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
    said, letters = "".join(bare(word.text) for word in known), ""
    for count, word in enumerate(words, 1):
        letters += bare(word.text)
        if letters == said:  # blockbooks, block books
            return count
    return count_known(known, words, window_start_s)


def _garbled(fresh: Sequence[Word], window_start_s: float) -> bool:
    """Whether all of these words lie at the window's start, which may have cut them."""
    return all(word.start_s < window_start_s + EDGE_S for word in fresh)
