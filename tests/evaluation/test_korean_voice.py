"""The Korean voice of the benchmarks says words as they sound, and signs by their names."""

from __future__ import annotations

import pytest

from benchmarks.postprocess.korean_voice import in_hangul, phones

SOUNDS = {
    "먹어": "m V g V",
    "좋다": "ts\\ o t_h a",
    "같이": "k a ts\\_h i",
    "신라": "s\\ i l_} l a",
    "국밥": "k u k_} p_> a p_}",
    "십만": "s\\ i m_} m a n_}",
    "독립": "t o N n i p_}",
    "닭고기": "t a k_} k_> o g i",
    "앉아": "a n_} dz\\ a",
    "공": "k o N",
}


@pytest.mark.parametrize("word", SOUNDS)
def test_sounds_change_where_they_meet(word: str) -> None:
    assert " ".join(phones(word)) == SOUNDS[word]


def test_figures_letters_and_signs_are_said() -> None:
    assert in_hangul("01-2").split() == ["공일,", "이"]
    assert in_hangul("ab@naver.com").split() == [
        *("에이", "비", "골뱅이", "엔", "에이", "브이", "이", "알", "점", "컴"),
    ]
