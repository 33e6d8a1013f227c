"""Splits a window into sentences, for a model that does best with one at a time. Pure.

All times are on the window's own clock, like those of `Hypothesis.words`: the silence that was left
out of its audio does not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from realtime.files.borders import Border
from realtime.scripts import closes, hurried
from realtime.session.matching import same_words
from realtime.session.words import bare
from realtime.types import SAMPLE_RATE, Hypothesis, Samples, Window, Word

BORDER_S = 0.2
"""If two sentences both contain the word on their border, its middles differ by less than this."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a window."""

    words: tuple[Word, ...]
    """As they were heard in the whole window; at least one."""
    start: int
    """Sample of the window's clock at which it begins."""
    samples: Samples
    """Its audio."""


def sentences(window: Window, words: Sequence[Word]) -> list[Sentence]:
    """The sentences that were heard in a window, separated in the pauses between them.

    Together they cover all of the window's audio. Empty where nothing was heard, or where a
    sentence would have no audio, as the word times are then useless.
    """
    groups: list[list[Word]] = []
    for word in words:
        if not groups or closes(groups[-1][-1].text):
            groups.append([])
        groups[-1].append(word)
    borders = [
        Border(before[-1], after[0]).sample(window.samples, window.start) - window.start
        for before, after in pairwise(groups)
    ]
    edges = [0, *borders, len(window.samples)]
    if not groups or any(end <= start for start, end in pairwise(edges)):
        return []
    return [
        Sentence(tuple(group), window.start + start, window.samples[start:end])
        for group, (start, end) in zip(groups, pairwise(edges), strict=True)
    ]


def invented(parts: Sequence[Sentence]) -> bool:
    """Whether a sentence is faster than anybody can speak: the model then wrote more sentences than
    it heard, mostly one over and over. The last one may be cut off and is not checked."""
    return any(
        hurried("".join(word.text for word in one.words), len(one.samples) / SAMPLE_RATE)
        for one in parts[:-1]
    )


def together(
    first: Hypothesis, parts: Sequence[Sentence], again: Sequence[Hypothesis]
) -> Hypothesis:
    """One hypothesis of the whole window, from its sentences decoded one by one.

    `first`: the window decoded as a whole. A sentence that has no words by itself, or was not
    decoded again, stays as it was in `parts`: `again` may end before it, but has at least one.
    """
    words: list[Word] = []
    for number, sentence in enumerate(parts):
        alone = again[number].words if number < len(again) else ()
        words_of_part = _completed(sentence.words, alone)
        twice = words and words_of_part and _is_same(words[-1], words_of_part[0])
        words += words_of_part[1:] if twice else words_of_part
    tokens = sum(alone.tokens for alone in again)
    logprob = sum(alone.avg_logprob * alone.tokens for alone in again) / max(1, tokens)
    return replace(
        first,
        text="".join(word.text for word in words).strip(),
        words=tuple(words),
        avg_logprob=logprob if tokens else first.avg_logprob,
        compression_ratio=max(alone.compression_ratio for alone in again),
        tokens=tokens,
        passes=first.passes + sum(alone.passes for alone in again),
        repaired=any(alone.repaired for alone in again),
        doubtful=any(alone.doubtful for alone in again),
        cost_usd=first.cost_usd + sum(alone.cost_usd for alone in again),
    )


def _completed(before: Sequence[Word], alone: Sequence[Word]) -> Sequence[Word]:
    """A sentence decoded by itself, with one word at each end added if only the whole window had
    it: times are inexact, and the border of the sentence's audio may lie in that word.

    Where most words differ, one of the two was made up: the one that is less sure.
    """
    if not alone:
        return before
    same = same_words(before, alone)
    if 2 * len(same) < min(len(before), len(alone)) and _sureness(alone) < _sureness(before):
        return before
    lacks_first = (1, 0) in same
    lacks_last = (len(before) - 2, len(alone) - 1) in same
    return [*before[:lacks_first], *alone, *before[len(before) - lacks_last :]]


def _sureness(words: Sequence[Word]) -> float:
    return sum(word.probability for word in words) / len(words)


def _is_same(one: Word, other: Word) -> bool:
    """Whether both are the same word, on the border of two sentences."""
    return bare(one.text) == bare(other.text) and abs(one.middle_s - other.middle_s) < BORDER_S
