"""Normalising texts before they are compared."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.errors import SetupError
from realtime.evaluation.normalisation import (
    by_characters,
    characters,
    normaliser,
    spelled,
    words,
)


@pytest.mark.parametrize(
    ("language", "said", "heard"),
    [
        ("en", "Twenty-five dollars, please!", "$25 please"),
        ("en", "The colour isn't, uh, right.", "the color is not right"),
        ("ko", "25명이 왔습니다.", "이십오명이 왔습니다"),
        ("ko", "1,200원", "천이백원"),
        ("ko", "번호는 010-1234", "번호는 공일공 천이백삼십사"),
        ("de", "Zum Beispiel: Ja!", "zum beispiel ja"),
        ("", "Hello, World", "hello world"),
    ],
)
def test_different_spellings_of_the_same_words_are_equal(
    language: str, said: str, heard: str
) -> None:
    rule = normaliser(language).numerals
    assert rule(said) == rule(heard)


def test_numbers_as_written_differ() -> None:
    english, korean = normaliser("en"), normaliser("ko")
    assert english.written("twenty dogs") != english.written("20 dogs")
    assert english.written("It's 5%.") == english.written("it is 5%")
    assert korean.written("3번") != korean.written("삼번")


def test_combining_vowels_are_kept() -> None:
    assert normaliser("hi").written("हिन्दी।") == "हिन्दी"


@pytest.mark.parametrize("missing", ["num2words", "whisper_normalizer.basic"])
def test_a_missing_library_names_the_extra(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    normaliser.cache_clear()
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(SetupError, match=r"pip install 'realtime-whisper\[evaluate\]'"):
        normaliser("en")


def test_korean_and_unspaced_scripts_are_judged_by_characters() -> None:
    assert by_characters("안녕하세요 OK")
    assert by_characters("今日は")
    assert not by_characters("Seoul is 서울")
    assert not by_characters("123")


def test_words_and_characters_keep_their_positions() -> None:
    assert [(u.text, u.blank) for u in words("two words")] == [("two", True), ("words", True)]
    assert [(u.text, u.blank) for u in words("今日 ok")] == [
        ("今", True),
        ("日", False),
        ("ok", True),
    ]
    assert [(u.text, u.blank) for u in characters("길 옆")] == [("길", True), ("옆", True)]


@given(st.text(alphabet="ab길今 ").map(lambda text: " ".join(text.split())))
def test_units_rebuild_the_text(text: str) -> None:
    assert spelled(words(text)) == text
    assert spelled(characters(text)) == text
