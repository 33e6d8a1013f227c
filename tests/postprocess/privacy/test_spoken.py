"""Spoken digits become written ones, and positions map back to the original text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.postprocess.privacy.spoken import SYLLABLES, normalise

_PIECES = """공일공|이|오육칠팔이고요|one|double five|oh|o|twenty-three|하나|plus|플러스
    |three hundred    | |, |-    |12|사과|은|gone|010"""
PIECES = st.sampled_from(_PIECES.split("|"))


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("공일공 일이삼사 오육칠팔", "010 1234 5678"),
        ("영일영에 육육팔구에", "010에 6689에"),
        ("공 일 공", "0 1 0"),
        ("오육칠팔이에요", "5678이에요"),
        ("번호공일공일이삼사오육칠팔입니다", "번호01012345678입니다"),
        ("하나 둘 셋", "1 2 3"),
        ("double five oh triple nine", "55 0 999"),
        ("twenty-three, eight hundred, seventeen", "23, 800, 17"),
        ("plus eight two, 플러스 82", "+ 8 2, + 82"),
        ("O five", "0 5"),
        ("이 모델은 3월 5일이고 가격이 일반", "이 모델은 3월 5일이고 가격이 일반"),
        ("O Canada, the phone was gone", "O Canada, the phone was gone"),
    ],
)
def test_spoken_numbers_are_read(said: str, read: str) -> None:
    assert normalise(said).text == read


def test_a_last_syllable_may_be_a_particle() -> None:
    both = normalise("오육칠팔이고요")
    assert both.doubts
    assert both.text == "56782고요"
    assert both.without_doubts().text == "5678이고요"
    assert normalise("12 이고요").without_doubts().doubts == [3]
    assert not normalise("삼사이 오육").doubts
    assert normalise("1234 이 번호로").text == "1234 이 번호로"


@given(st.lists(PIECES).map("".join))
def test_cells_cover_the_original_once_and_in_order(text: str) -> None:
    read = normalise(text)
    cells = list(read.cells(0, len(text)))
    assert [cell.start for cell in cells] == [0, *[cell.end for cell in cells]][: len(cells)]
    assert "".join(cell.read for cell in cells) == read.text
    for position in range(len(read.text)):
        start, end = read.span(position, position + 1)
        assert read.text[position] in next(
            c.read for c in cells if (c.start, c.end) == (start, end)
        )


@given(st.text(alphabet=SYLLABLES, min_size=7, max_size=20))
def test_long_runs_of_syllables_are_numbers(said: str) -> None:
    assert normalise(said).text.isdecimal()
