"""Finds which words of a hypothesis are new, and which of those will not change any more.

Two windows over the same speech give the same words with slightly different times and spellings.
`count_known` finds how many words at the head of a hypothesis were known before, by an edit
distance over the words and their times together: n-grams alone fail where a word repeats ("five
five five"), times alone fail because a model's word times are off by a tenth of a second or two.

`LocalAgreement` then makes words stable if two successive hypotheses agree on them
(LocalAgreement-2, Liu et al. 2020, as in arXiv 2307.14743) and they end early enough before the end
of the audio: a model completes a sentence of which it has heard only half, and may do so twice in
the same way. So the last words wait, and words of which the model is not sure wait for more
agreement, or until those behind them are certain (`session.readings`). How much a probability is
worth depends on the model: `Trust`. The numbers are measured:
`benchmarks/figures/people.md`, "stable words".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile

from realtime.session.readings import Settled, settle
from realtime.session.words import bare
from realtime.types import Word

TAIL = 12
"""Last known words that are compared; earlier ones cannot change where the known part ends."""
EDGE_S = 0.3
"""Words that begin less than this after a window's start may be wrong or missing."""
TIME_WEIGHT = 0.75
"""Cost of a word wholly on the wrong side of a split; a missing or extra word costs 1."""
AGREED = 2
"""The least number of successive hypotheses with the same words that counts as agreement."""
REMEMBERED = 6
"""Earlier hypotheses that are compared. With 4 or 10 the stable words are nearly the same."""
FAR_S = 0.5
"""Heard words that end this long before the compared tail are certain to be known."""


@dataclass(frozen=True, slots=True)
class Trust:
    """When words become stable, depending on how reliable a model's probabilities are."""

    doubt: float = 0.01
    """Words are believed if all hypotheses that agree on them are wrong with this probability at
    most, taken as independent: the product of 1 - probability. 0.01: two of 0.9 or four of 0.7."""
    hold_s: float = 0.6
    """Words that end less than this before the end of the audio stay unstable."""
    hold_words: int = 2
    """This many last words of a hypothesis stay unstable too, however early they seem to end."""


def count_known(known: Sequence[Word], words: Sequence[Word], window_start_s: float) -> int:
    """How many words at the head of `words` repeat the end of `known`.

    `known`: words already sent, in order; `words`: a hypothesis of a window that begins at
    `window_start_s`. All times are on the session's clock.
    """
    inside = [word for word in known if word.end_s > window_start_s]
    if not inside or not words:
        return 0
    keys = [bare(word.text) for word in words]
    same = keys[: len(inside)] == [bare(word.text) for word in inside]
    # The usual case. The times are checked too, because a word that the window's start cuts may be
    # missing and the same word may follow it.
    if same and _part_before(words[len(inside) - 1], inside[-1].end_s) > 0.5:
        return len(inside)
    tail = inside[-TAIL:]
    first = far_before(tail, words)
    return first + _best_split(tail, words[first:], keys[first:], window_start_s)


def far_before(known: Sequence[Word], words: Sequence[Word]) -> int:
    """How many words at the head of `words` end so long before those of `known` that they cannot
    follow them."""
    horizon_s = known[0].start_s - FAR_S
    return next((i for i, word in enumerate(words) if word.end_s >= horizon_s), len(words))


def _best_split(
    known: Sequence[Word], words: Sequence[Word], keys: Sequence[str], window_start_s: float
) -> int:
    """Length of the head of `words` that is cheapest to explain as `known`.

    The cost of the text is the edit distance from `known` to the head, in which fragments of words
    cut by the window's start are cheap to skip. The cost of the times: heard words should lie
    before the end of `known` if they belong to the head, and after it if they do not.
    """
    extra = [0.4 if word.start_s < window_start_s + EDGE_S else 1.0 for word in words]
    row = [0.0, *accumulate(extra)]
    for word in known:
        key, skip = bare(word.text), _skip_cost(word, window_start_s)
        above, row = row, [row[0] + skip]
        for j, other in enumerate(keys):
            swap = above[j] + _difference(key, other)
            row.append(min(swap, above[j + 1] + skip, row[j] + extra[j]))
    before = [_part_before(word, known[-1].end_s) for word in words]
    wrong_side = sum(before)
    best, best_cost = 0, float("inf")
    for j in range(len(words) + 1):
        if j:
            wrong_side += 1 - 2 * before[j - 1]
        cost = row[j] + TIME_WEIGHT * wrong_side
        if cost < best_cost - 1e-9:
            best, best_cost = j, cost
    return best


def _skip_cost(word: Word, window_start_s: float) -> float:
    """Cost of a known word that was not heard again: low where the window's start cuts it."""
    if word.start_s < window_start_s:
        return 0.1
    return 0.4 if word.start_s < window_start_s + EDGE_S else 1.0


def _part_before(word: Word, at_s: float) -> float:
    """How much of a word, 0 … 1, lies before `at_s`."""
    length = word.end_s - word.start_s
    if length <= 0:
        return float(word.start_s < at_s)
    return min(1.0, max(0.0, (at_s - word.start_s) / length))


def _difference(a: str, b: str) -> float:
    """0 for the same word, 0.5 where one is the cut-off beginning or end of the other, else 1."""
    if a == b:
        return 0.0
    short, long = sorted((a, b), key=len)
    return 0.5 if short and (long.startswith(short) or long.endswith(short)) else 1.0


@dataclass(frozen=True, slots=True)
class Agreed:
    """What successive hypotheses agree on."""

    words: list[Word]
    """Those that have become stable."""
    count: int
    """How many words at the head of the newest hypothesis they are, or replace."""
    common: int
    """How many words after those the two newest hypotheses have in common."""


class LocalAgreement:
    """Tracks the words after the stable ones from hypothesis to hypothesis."""

    def __init__(self, trust: Trust | None = None) -> None:
        self._trust = trust or Trust()
        self._past: list[Sequence[Word]] = []
        """The words after the stable ones in earlier hypotheses, oldest first."""

    def agree(self, fresh: Sequence[Word], audio_end_s: float, *, settled: bool = False) -> Agreed:
        """Which words have become stable.

        `fresh`: the words after the stable ones in the newest hypothesis, whose window ended at
        `audio_end_s`; `settled`: an early final, whose window ends in silence, so the last words
        need not wait, and one earlier hypothesis with the same words is enough for all of them:
        they change only if speech goes on and the model then hears them otherwise.
        """
        whole = len(fresh) if settled else self._whole(fresh, audio_end_s)
        stable: list[Word] = []
        count = 0
        while (found := self._next(fresh[count:], whole - count, settled)) is not None:
            stable += found.words
            count += found.count
            self._past = [one[count_known(found.words, one, -math.inf) :] for one in self._past]
        rest = fresh[count:]
        common = _common(self._past[-1], rest) if self._past else 0
        self._past = [*self._past, rest][-REMEMBERED:]
        return Agreed(stable, count, common)

    def reset(self) -> None:
        self._past = []

    def _whole(self, fresh: Sequence[Word], audio_end_s: float) -> int:
        """How many words were certainly heard whole, at the head of a window that may end within
        one."""
        latest_s = audio_end_s - self._trust.hold_s
        ended = sum(word.end_s <= latest_s for word in fresh)
        return max(0, min(ended, len(fresh) - self._trust.hold_words))

    def _next(self, fresh: Sequence[Word], whole: int, settled: bool) -> Settled | None:
        """The next words that become stable: those that were heard alike several times, or else
        the likeliest reading of a place that was not."""
        alike = self._alike(fresh, whole, settled)
        if alike:
            return Settled(list(fresh[:alike]), alike)
        return settle(self._past, fresh, whole, self._trust.doubt)

    def _alike(self, fresh: Sequence[Word], whole: int, settled: bool) -> int:
        """How many words at the head were the same often enough, one hypothesis after another."""
        doubts = [1.0 - word.probability for word in fresh[:whole]]
        heard, same = [1] * len(doubts), len(doubts)
        for one in reversed(self._past):
            same = min(same, _common(one, fresh))
            for index in range(same):
                doubts[index] *= 1.0 - one[index].probability
                heard[index] += 1
        enough = (
            times >= AGREED and (settled or doubt <= self._trust.doubt)
            for times, doubt in zip(heard, doubts, strict=True)
        )
        return sum(takewhile(bool, enough))


def _common(one: Sequence[Word], other: Sequence[Word]) -> int:
    """How many words two hypotheses have in common at their head."""
    pairs = zip(one, other, strict=False)
    return sum(takewhile(bool, (bare(a.text) == bare(b.text) for a, b in pairs)))
