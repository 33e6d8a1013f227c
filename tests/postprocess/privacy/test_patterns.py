"""The patterns optimised for speed find the same matches as the plain ones."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from realtime.postprocess.privacy.patterns import (
    alternatives,
    by_first_letter,
    korean_word,
    lower,
    syllable_of,
    word_in_any_case,
)

CHOICES = r"card|call(?:\s+(?:me|us))?|co|카드|카(?:카오)?"
TEXTS = st.lists(
    st.sampled_from(["card", "CALL", "call me", "co", "카드", "카카오", " ", "a", "_", "é", "1"])
).map("".join)


def found(pattern: str, text: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(pattern, text)]


def test_alternatives_are_split_only_outside_brackets() -> None:
    assert alternatives(CHOICES) == ["card", r"call(?:\s+(?:me|us))?", "co", "카드", "카(?:카오)?"]


@given(TEXTS)
def test_optimised_patterns_find_the_same(text: str) -> None:
    english = "|".join(alternatives(CHOICES)[:3])
    assert found(by_first_letter(alternatives(CHOICES)), text) == found(CHOICES, text)
    words = (rf"\b{choice}" for choice in alternatives(english))
    assert found(by_first_letter(words), text) == found(rf"\b(?:{english})", text)
    assert found(word_in_any_case(english), text) == found(rf"\b(?i:{english})", text)
    assert found(korean_word("카드", "카"), text) == found("(?<![가-힣])(?:카드|카)", text)
    assert found(syllable_of("카드"), text) == found("(?<![가-힣])[카드]", text)


@given(st.text())
def test_small_letters_stay_where_they_were(text: str) -> None:
    small = lower(text + "İİ")
    assert len(small) == len(text) + 2
    assert "İ" not in small
