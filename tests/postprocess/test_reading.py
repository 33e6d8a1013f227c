"""Transcripts made easier to read: only unambiguous changes are made, and times stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.postprocess.reading.changes import Change, apart, changed
from realtime.postprocess.reading.numbers_ko import parsed
from realtime.postprocess.reading.view import Reading, read_as
from realtime.types import Segment, Transcript, Word


def shown(text: str, language: str, **reading: bool) -> str:
    said = Transcript((Segment(0.0, 1.0, text),), language, 1.0)
    return " / ".join(one.text for one in read_as(said, Reading(**reading)).segments)


@pytest.mark.parametrize(
    ("language", "said", "seen"),
    [
        ("en", "Um, I think so.", "I think so."),
        ("en", "I, uh, mean it.", "I, mean it."),
        ("en", "Uhm so we go. Uh, they stay.", "So we go. They stay."),
        ("en", "Hmm.", ""),
        ("en", "The umbrella, uh-huh, is Uma's.", "The umbrella, uh-huh, is Uma's."),
        ("en", "You know, I like it, I mean.", "You know, I like it, I mean."),
        ("ko", "음, 그… 주문을 취소하려고요.", "주문을 취소하려고요."),
        ("ko", "어, 저는 그 음식이 좋아요.", "저는 그 음식이 좋아요."),
        ("ko", "어.", "어."),
        ("ko", "그 사람 음악이 어때요?", "그 사람 음악이 어때요?"),
        ("ja", "えーと、はい。", "えーと、はい。"),
    ],
)
def test_only_fillers_are_removed(language: str, said: str, seen: str) -> None:
    assert shown(said, language, hide_fillers=True) == seen


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("What the fuck, this shitty thing.", "What the f***, this s***** thing."),
        ("Scunthorpe, a shiitake, hell and sex.", "Scunthorpe, a shiitake, hell and sex."),
        ("야 이 개새끼야, 씨발!", "야 이 개**야, 씨*!"),
        ("시발점과 시발역에서", "시발점과 시발역에서"),
    ],
)
def test_swear_words_are_starred(said: str, seen: str) -> None:
    assert shown(said, "ko", hide_profanity=True) == seen


@pytest.mark.parametrize(
    ("language", "said", "seen"),
    [
        ("en", "I have twenty-five apples and one pear.", "I have 25 apples and one pear."),
        ("en", "It costs three hundred and forty two dollars.", "It costs $342."),
        ("en", "Five percent of one hundred thousand", "5% of 100,000"),
        ("en", "Call five five five one two three four.", "Call 555-1234."),
        ("en", "two zero two five five five oh one two three", "202-555-0123"),
        ("en", "the twenty first of May", "the 21st of May"),
        ("en", "three point five percent", "3.5%"),
        ("en", "nineteen eighty four, seven thirty", "nineteen eighty four, seven thirty"),
        ("en", "One of two; the second one, tenfold.", "One of two; the second one, tenfold."),
        ("ko", "이천이십육년 삼월 오일에 만나요.", "2026년 3월 5일에 만나요."),
        ("ko", "시월 삼십일 일까지", "10월 31일까지"),
        ("ko", "삼만 오천 원입니다.", "35,000원입니다."),
        ("ko", "오 퍼센트, 이십오 프로", "5%, 25%"),
        ("ko", "번호는 공일공 일이삼사 오육칠팔입니다.", "번호는 010-1234-5678입니다."),
        ("ko", "이 분은 사원이고 이 일을 오일로 해요.", "이 분은 사원이고 이 일을 오일로 해요."),
        ("ko", "만원 버스와 천 원", "만원 버스와 천 원"),
        ("ko", "십삼월 사십일", "십삼월 사십일"),
        ("fr", "vingt-cinq", "vingt-cinq"),
    ],
)  # fmt: skip
def test_numbers_that_can_be_written_in_one_way(language: str, said: str, seen: str) -> None:
    assert shown(said, language, format_numbers=True) == seen


@given(st.integers(1, 10**9))
def test_every_korean_number_is_read_back(value: int) -> None:
    assert parsed(spoken(value)) == value


def spoken(value: int) -> str:
    """The number in Korean words: 23456 → 이만 삼천사백오십육."""
    names, said = "영일이삼사오육칠팔구", ""
    for large, size in (("억", 10**8), ("만", 10**4), ("", 1)):
        part, value = divmod(value, size)
        for small, step in (("천", 1000), ("백", 100), ("십", 10), ("", 1)):
            digit, part = divmod(part, step)
            if digit:
                said += ("" if digit == 1 and small else names[digit]) + small
        said += large if said and said[-1] not in "억만" else ""
    return said


@pytest.mark.parametrize("words", ["일이", "십백", "만억", "영십", "영만"])
def test_words_that_are_not_a_number_are_not_parsed(words: str) -> None:
    assert parsed(words) is None


def test_words_joined_in_writing_have_their_combined_time() -> None:
    words = ("It", "costs", "twenty", "five", "dollars.", "Um,", "yes.")
    said = Segment(
        0.0, 7.0, " ".join(words),
        tuple(Word(f" {word}", at, at + 0.9, 0.9) for at, word in enumerate(words)),
    )  # fmt: skip
    reading = Reading(format_numbers=True, hide_fillers=True)
    (seen,) = read_as(Transcript((said,), "en", 7.0), reading).segments
    assert seen.text == "It costs $25. Yes."
    assert [(word.text, word.start_s, word.end_s) for word in seen.words][:3] == [
        (" It", 0, 0.9), (" costs", 1, 1.9), (" $25.", 2, 4.9),
    ]  # fmt: skip
    assert seen.words[-1].start_s in (5, 6)


TEXTS = st.text("ab ,.um어음일이십원 fuck", max_size=40)


@given(TEXTS, st.sampled_from(["en", "ko"]), st.booleans(), st.booleans(), st.booleans())
def test_words_spell_the_text_with_any_options(
    text: str, language: str, one: bool, two: bool, three: bool
) -> None:
    words = tuple(
        Word(f" {word}", float(at), at + 1.0, 1.0) for at, word in enumerate(text.split())
    )
    said = Segment(0.0, 9.0, " ".join(text.split()), words)
    reading = Reading(one, two, three)
    for seen in read_as(Transcript((said,), language, 9.0), reading).segments:
        if seen.words:
            assert "".join(word.text for word in seen.words).split() == seen.text.split()
        times = [time for word in seen.words for time in (word.start_s, word.end_s)]
        assert times == sorted(times)
        twice = read_as(Transcript((seen,), language, 9.0), reading)
        assert len(twice.segments) <= 1


def test_only_one_of_overlapping_changes_is_made() -> None:
    assert apart([Change(3, 5, "b"), Change(0, 2, "a"), Change(0, 4, "c")]) == [Change(0, 4, "c")]
    lost = Segment(0, 1, "one two", (Word(" three", 0, 1, 1.0),))
    assert changed(lost, [Change(0, 3, "1")]).words == ()
