from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.backends.whisper.words import (
    TokenGroup,
    fit_to_sound,
    group_tokens,
    time_words,
    token_starts,
)
from realtime.types import SAMPLE_RATE, Word


def texts(pieces: list[bytes]) -> list[str]:
    return [group.text for group in group_tokens(pieces)]


def test_words_begin_at_spaces() -> None:
    pieces = [b" It", b"'s", b" micro", b"phone", b",", b" yes", b"."]
    assert texts(pieces) == [" It's", " microphone,", " yes."]


def test_korean_words_begin_at_spaces_although_characters_are_split() -> None:
    data = " 제품 구매".encode()
    assert texts([data[:2], data[2:5], data[5:7], data[7:9], data[9:]]) == [" 제품", " 구매"]


def test_without_spaces_every_whole_character_is_a_word() -> None:
    data = "你好。世".encode()
    pieces = [data[:3], data[3:4], data[4:6], data[6:9], data[9:]]
    assert texts(pieces) == ["你", "好。", "世"]


def test_each_script_of_a_text_is_cut_by_its_own_rule() -> None:
    pieces = [
        piece.encode() for piece in ("私", "の", "i", "Phone", "は", " 새", "로", "운", "ខ", "្ញុំ")
    ]
    assert texts(pieces) == ["私", "の", "iPhone", "は", " 새로운", "ខ្ញុំ"]


def test_opening_marks_join_the_next_word_and_others_the_previous_one() -> None:
    assert texts([b" say", b" -", b" now"]) == [" say", " -", " now"]
    assert texts([b" say", b" (", b"now", b")"]) == [" say", " (now)"]
    assert texts(["他说".encode(), "「".encode(), "好".encode(), "」".encode()]) == [
        "他说",
        "「好」",
    ]
    assert texts([b" wait", b" ...", b" now"]) == [" wait ...", " now"]


def test_a_separate_space_joins_the_next_word() -> None:
    assert texts([b" call", b" ", b"0", b"1", b"-", b"2"]) == [" call", " 01-2"]
    assert texts([b" call", b" "]) == [" call", " "]


def test_bytes_that_are_no_text_stay_visible() -> None:
    assert texts([b" a", b"\xff", b" b", b"\xec"]) == [" a\ufffd", " b\ufffd"]


@given(
    text=st.text(alphabet="ab ,.'안녕하세요世界é😀", max_size=30),
    cuts=st.lists(st.integers(0, 120), max_size=20),
)
def test_groups_cover_all_tokens_and_spell_the_text(text: str, cuts: list[int]) -> None:
    data = text.encode()
    edges = sorted({0, len(data), *(c for c in cuts if c < len(data))})
    pieces = [data[a:b] for a, b in pairwise(edges)]
    groups = group_tokens(pieces)
    assert "".join(group.text for group in groups) == text
    covered = [i for group in groups for i in range(group.first, group.last)]
    assert covered == list(range(len(pieces)))


def test_tokens_start_where_the_path_first_reaches_them() -> None:
    path = [(0, 0), (0, 1), (1, 2), (3, 3), (3, 4), (4, 9)]
    assert token_starts(path, 4) == pytest.approx([0.0, 0.04, 0.06, 0.06, 0.18])
    assert token_starts([(0, 0), (0, 1)], 1) == pytest.approx([0.0, 0.04])
    assert token_starts([], 1) == [0.0, 0.0]


@given(
    starts=st.lists(st.floats(-1, 5), min_size=5, max_size=5),
    window=st.tuples(st.floats(0, 100), st.floats(0, 4)),
)
def test_times_ascend_inside_the_window(starts: list[float], window: tuple[float, float]) -> None:
    groups = [TokenGroup(" a", 0, 2), TokenGroup(" b", 2, 3), TokenGroup(" c", 3, 4)]
    start_s, end_s = window[0], window[0] + window[1]
    words = time_words(groups, starts, [0.5, 1.5, -1.0, 0.25], start_s, end_s)
    times = [t for word in words for t in (word.start_s, word.end_s)]
    assert times == sorted(times)
    assert all(start_s <= t <= end_s for t in times)
    assert [word.probability for word in words] == [1.0, 0.0, 0.25]


def tone(*spans: tuple[float, float], noise: float = 0.0) -> np.ndarray:
    """2 s with a tone in each span."""
    time_s = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    audio = np.random.default_rng(0).normal(0, noise, len(time_s)) if noise else 0.0 * time_s
    for start_s, end_s in spans:
        audio += 0.3 * np.sin(2 * np.pi * 300 * time_s) * (start_s <= time_s) * (time_s < end_s)
    return audio.astype(np.float32)


@pytest.mark.parametrize("noise", [0.0, 0.003, 0.02])
def test_words_do_not_include_the_silence_around_them(noise: float) -> None:
    audio = tone((0.5, 0.9), (0.9, 1.4), noise=noise)
    words = (Word(" a", 10.0, 10.9), Word(" b", 10.9, 12.0))
    first, second = fit_to_sound(words, audio, 10.0)
    assert (first.start_s, first.end_s) == pytest.approx((10.48, 10.9), abs=0.011)
    assert (second.start_s, second.end_s) == pytest.approx((10.9, 11.42), abs=0.011)


def test_a_word_in_silence_and_empty_audio_are_unchanged() -> None:
    words = (Word(" a", 0.0, 0.4),)
    assert fit_to_sound(words, tone((1.0, 1.5)), 0.0) == words
    assert fit_to_sound(words, np.zeros(10, np.float32), 0.0) == words
    assert fit_to_sound((), tone((1.0, 1.5)), 0.0) == ()


@given(
    edges=st.lists(st.floats(0, 2), min_size=2, max_size=8),
    sound=st.tuples(st.floats(0, 2), st.floats(0, 2)),
    start_s=st.floats(0, 1000),
)
def test_fitting_only_shortens_words(
    edges: list[float], sound: tuple[float, float], start_s: float
) -> None:
    edges = sorted(start_s + edge for edge in edges)
    words = tuple(Word(" w", a, b) for a, b in pairwise(edges))
    fitted = fit_to_sound(words, tone(sound, noise=0.001), start_s)
    for before, after in zip(words, fitted, strict=True):
        assert before.start_s <= after.start_s <= after.end_s <= before.end_s
