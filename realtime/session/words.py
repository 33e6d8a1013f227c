"""Text ⇄ words, in scripts with and without spaces.

A word keeps its leading space, as models write it, so that `"".join` gives the text back. Where
a script writes no spaces (`realtime.scripts`) every character is a word of its own: agreement and
merging then work by characters.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from realtime.scripts import split_words
from realtime.types import SAMPLE_RATE, Hypothesis, Window, Word


def join_words(words: Iterable[Word]) -> str:
    """The text of words, stripped at both ends."""
    return "".join(word.text for word in words).strip()


@lru_cache(maxsize=8192)  # successive windows contain the same words
def bare(text: str) -> str:
    """A word in the form for comparison: NFKC, without case and outer punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return folded.strip().strip(_punctuation(folded))


def _punctuation(text: str) -> str:
    return "".join({c for c in text if unicodedata.category(c)[0] in "PSZC"})


def without_final_punctuation(text: str) -> str:
    """The text without the punctuation at its end, which the next word may still change."""
    end = len(text)
    while end and unicodedata.category(text[end - 1])[0] in "PZ":
        end -= 1
    return text[:end]


def timed_words(hypothesis: Hypothesis, window: Window) -> list[Word]:
    """The hypothesis as words with times: the model's own, else spread over the window by
    length."""
    if hypothesis.words:
        return list(hypothesis.words)
    return spread(split_words(hypothesis.text), window.start / SAMPLE_RATE, window.duration_s)


def spread(texts: Sequence[str], start_s: float, duration_s: float) -> list[Word]:
    """Give words times in proportion to their lengths: a last resort for models without times."""
    total = sum(len(text) for text in texts) or 1
    words, done = [], 0
    for text in texts:
        begin = start_s + duration_s * done / total
        done += len(text)
        words.append(Word(text, begin, start_s + duration_s * done / total))
    return words
