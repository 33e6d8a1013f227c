"""Finds the words of an utterance's next window that follow a cut. Pure.

The window that was cut heard words on both sides of the cut; those before it are final. The next
window begins before the cut, word times are off by some tenths of a second in both, and at the very
start of the next window a word may be garbled or missing. So the border is found in the *text*,
between the last word before the cut and the first one after it that both windows contain, and words
that only one of them heard are kept. Where they differ after the cut, the surer counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import takewhile
from statistics import median

from realtime.scripts import length
from realtime.session.agreement import EDGE_S, TAIL, count_known, far_before
from realtime.session.matching import SAME_WORD_S, mean_probability, repeats, sameness, surer
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
SURE = 0.6
"""Least mean probability of words before the later window's that only the earlier one has: less
likely ones are often what that one wrote, misheard."""
LEAST_TIME = 0.3
"""Share of their usual time that they take at least: a model that goes round in circles at a
window's end writes words without time."""
OTHERWISE = 3
"""So many known words of which the later window has none are written otherwise there, and in more
words or fewer ("90210", "nine o two one o"): times decide."""
LEFT_OVER = 0.2
"""Cost of a word that only one hypothesis has; one that both have scores 0.5 … 1."""
SENT_LEFT_OVER = 0.4
"""The same for a word that is in a final: it stays, even if the word was said once less."""


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
    if not words:
        return []
    since_s = window_start_s - SAME_WORD_S * shared
    inside = [word for word in known if word.end_s > since_s][-TAIL:]
    if inside:
        words = words[far_before(inside, words) :]
    compared, border = [*inside, *ahead], len(inside)
    pairs = _pairs(compared, words, window_start_s + EDGE_S, sent=border)
    behind = [pair for pair in pairs if pair[0] >= border]
    left, word_left = max((pair for pair in pairs if pair[0] < border), default=(-1, -1))
    right, word_right = behind[0] if behind else (len(compared), len(words))
    # What lies between the two: words that were respelled, or that one of the windows missed.
    rest = words[word_left + 1 : word_right]
    fresh = rest[_respelled(compared[left + 1 : border], rest, window_start_s) :]
    usual_s = _usual_s([*inside, *words])
    missed = compared[border:right]
    if behind and _garbled(fresh, window_start_s):
        around = compared[max(left, border - 1, 0) : right + 1]
        fresh = missed if missed and not repeats(around) else fresh
    else:
        fresh = _with_covered(missed, fresh, usual_s)
    if not behind:
        return list(fresh)
    last, word_last = behind[-1]
    both = surer(compared, words[: word_last + 1], behind, keep=True)[word_right:]
    return [*fresh, *both, *_with_covered(compared[last + 1 :], words[word_last + 1 :], usual_s)]


def _with_covered(
    earlier: Sequence[Word], later: Sequence[Word], usual_s: Callable[[Word], float]
) -> list[Word]:
    """The words of the later window, behind those of the earlier one that were said before them.

    The model leaves words out at the start of a window, or where a sentence is said twice; the
    aligner stretches the next word over them. It also stretches the last word of a window, up to
    its end."""
    if len(later) < 2:
        return list(later)
    first = later[0]
    begins_s = first.end_s - usual_s(first) if _stretched(first, usual_s) else first.start_s
    begins_s += SHORTEST_S / 2  # word times are off by a tenth of a second
    covered = [word for word in earlier if _ends_s(word, usual_s) <= begins_s]
    if covered and bare(first.text).startswith(bare(covered[-1].text)):  # its half, at an edge
        del covered[-1]
    likely = bool(covered) and mean_probability(covered) >= SURE
    said = sum(map(_length_s, covered)) >= LEAST_TIME * sum(map(usual_s, covered))
    return [*(covered if likely and said else ()), *later]


def timed_by(known: Sequence[Word], words: Sequence[Word], window_start_s: float) -> Sequence[Word]:
    """The words of a window that begins in mid-speech, the first ones with better times.

    There the aligner places the first words too early, by a second and more, and stretches the one
    after them until its times are right again. Those that are among `known`, which the window
    before heard, get their times from there; others follow the word before them.
    """
    usual_s = _usual_s([*known[-TAIL:], *words[MISPLACED_WORDS:]])
    count = _misplaced(words, usual_s)
    if not count:
        return words
    compared = [word for word in known if word.end_s > window_start_s - SAME_WORD_S]
    pairs = _pairs(compared, words, window_start_s + EDGE_S, count)
    same = {heard: compared[index] for index, heard in pairs}
    placed, at_s = list(words), 0.0
    for index, word in enumerate(words[:count]):
        timed = same.get(index, word)
        if index == count - 1 and index not in same:  # what it is stretched over, others say
            timed = replace(word, start_s=word.end_s - usual_s(word))
        start_s = max(timed.start_s, at_s)
        at_s = max(timed.end_s, start_s)
        placed[index] = replace(word, start_s=start_s, end_s=at_s)
    return placed


def _misplaced(words: Sequence[Word], usual_s: Callable[[Word], float]) -> int:
    """How many of the first words have wrong times, the stretched one included."""
    stretched = [
        index
        for index, word in enumerate(words[:MISPLACED_WORDS])
        if word.start_s < words[0].start_s + MISPLACED_S and _stretched(word, usual_s)
    ]
    return stretched[-1] + 1 if stretched else 0


def _usual_s(words: Sequence[Word]) -> Callable[[Word], float]:
    """How long a word usually lasts where these are said, by its letters."""
    letter_s = median(_length_s(word) / _letters(word) for word in words)
    return lambda word: max(SHORTEST_S, letter_s * _letters(word))


def _stretched(word: Word, usual_s: Callable[[Word], float]) -> bool:
    return _length_s(word) > STRETCHED * usual_s(word)


def _ends_s(word: Word, usual_s: Callable[[Word], float]) -> float:
    """Where a word ends at the latest, if it is not slow: aligners stretch the last one."""
    return min(word.end_s, word.start_s + usual_s(word))


def _letters(word: Word) -> float:
    return max(1.0, length(word.text, SPELLED))


def _length_s(word: Word) -> float:
    return word.end_s - word.start_s


def _pairs(
    known: Sequence[Word],
    words: Sequence[Word],
    inside_s: float,
    misplaced: int = 0,
    sent: int = 0,
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

    def skip_cost(i: int) -> float:
        if known[i].start_s < inside_s:
            return 0.0
        return SENT_LEFT_OVER if i < sent else LEFT_OVER

    rows, columns = len(known), len(words)
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        skip = skip_cost(i)
        best[i][columns] = best[i + 1][columns] - skip
        for j in range(columns - 1, -1, -1):
            best[i][j] = max(best[i + 1][j] - skip, best[i][j + 1] - LEFT_OVER)
            gain = score(i, j)
            if gain:
                best[i][j] = max(best[i][j], gain + best[i + 1][j + 1])
    pairs, i, j = [], 0, 0
    while i < rows and j < columns:
        skip = skip_cost(i)
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
    if len(known) >= OTHERWISE:
        over = list(takewhile(lambda word: word.middle_s < known[-1].end_s, words))
        if not {bare(word.text) for word in known} & {bare(word.text) for word in over}:
            return len(over)
    return count_known(known, words, window_start_s)


def _garbled(fresh: Sequence[Word], window_start_s: float) -> bool:
    """Whether all of these words lie at the window's start, which may have cut them."""
    return all(word.start_s < window_start_s + EDGE_S for word in fresh)
