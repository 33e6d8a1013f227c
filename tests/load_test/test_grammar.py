"""Sentences: their written and spoken forms correspond word by word."""

from __future__ import annotations

import random
import re

from hypothesis import given
from hypothesis import strategies as st

from realtime.load_test.synthetic.grammar import (
    LANGUAGES,
    Language,
    draw_number,
    draw_sentence,
    sentence_of,
)

_languages = st.sampled_from(LANGUAGES)
_seeds = st.integers(0, 10**6)


@given(_languages, _seeds)
def test_every_slot_is_filled_and_every_sentence_ends(language: Language, seed: int) -> None:
    sentence = draw_sentence(language, random.Random(seed))
    for text in (sentence.written, sentence.spoken, sentence.translation or "A."):
        assert not set("{}|") & set(text)
        assert text == " ".join(text.split())
        assert text[-1] in ".?"
    assert sentence.written[0].isupper() or language == "ko"


@given(_languages, _seeds)
def test_digits_are_written_and_their_names_are_spoken(language: Language, seed: int) -> None:
    sentence = draw_sentence(language, random.Random(seed))
    assert not re.search(r"\d", sentence.spoken)
    for word in sentence.words:
        digits = len(re.findall(r"\d", word.written))
        if not digits:
            assert word.spoken == word.written
        elif language == "en":
            assert len(word.spoken.split()) == digits
        else:
            assert len(re.findall(r"[공일이삼사오육칠팔구]", word.spoken)) == digits


@given(_languages, _seeds)
def test_a_drawn_sentence_can_be_found_by_its_text(language: Language, seed: int) -> None:
    sentence = draw_sentence(language, random.Random(seed))
    assert sentence_of(language, sentence.written, sentence.translation) == sentence


@given(_languages, _seeds)
def test_a_drill_has_a_number(language: Language, seed: int) -> None:
    sentence = draw_number(language, random.Random(seed))
    assert re.search(r"\d{4}", sentence.written)
    assert sentence_of(language, sentence.written) == sentence


def test_digits_of_drills_repeat_more_often() -> None:
    rng = random.Random(1)
    drills = " ".join(draw_number("ko", rng).written for _ in range(300))
    pairs = re.findall(r"\d(?=(\d))", drills)
    repeats = re.findall(r"(\d)(?=\1)", drills)
    assert 0.25 < len(repeats) / len(pairs) < 0.45  # a tenth at random, and a quarter


@given(_seeds)
def test_only_korean_is_translated(seed: int) -> None:
    assert draw_sentence("en", random.Random(seed)).translation is None
    translation = draw_sentence("ko", random.Random(seed)).translation
    assert translation is None or not re.search(r"[가-힣]", translation)


def test_numbers_are_spelt_group_by_group() -> None:
    english = sentence_of("en", "Please call 555-0142.")
    assert english.spoken == "Please call five five five zero one four two."
    korean = sentence_of("ko", "연락처는 010-2468-1357 입니다.")
    assert korean.spoken == "연락처는 공일공 이사육팔 일삼오칠 입니다."
