"""Texts split into words and joined again, in scripts with and without spaces between words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.files.cues import Cue
from realtime.scripts import hurried, join_texts, joint, length, placed, split_words
from realtime.types import Segment, Transcript

JOINTS: dict[str, list[list[str]]] = json.loads(
    (Path(__file__).parent / "web" / "js" / "joints.json").read_text(encoding="utf-8")
)
"""The page's tests use the same cases."""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        (" Hello, how are you?", [" Hello,", " how", " are", " you?"]),
        ("안녕하세요, 제품 구매 문의입니다.", ["안녕하세요,", " 제품", " 구매", " 문의입니다."]),
        ("我想买书。", ["我", "想", "买", "书。"]),
        ("これはテストです", ["こ", "れ", "は", "テ", "ス", "ト", "で", "す"]),
        ("Whisper は 音声", ["Whisper", " は", " 音", "声"]),
        ("สวัสดี", ["ส", "วั", "ส", "ดี"]),
    ],
)
def test_words_of_a_text(text: str, words: list[str]) -> None:
    assert split_words(text) == words


@given(st.text())
def test_words_give_the_text_back(text: str) -> None:
    assert "".join(split_words(text)) == text.rstrip()
    assert all(word.strip() for word in split_words(text))


@pytest.mark.parametrize("texts", JOINTS["none"])
def test_no_spaces_in_scripts_without_them(texts: list[str]) -> None:
    assert join_texts(texts) == "".join(texts)


@pytest.mark.parametrize("texts", JOINTS["blank"])
def test_spaces_in_all_other_scripts(texts: list[str]) -> None:
    """Next to Hangul always, and between two sentences of which one is in another spaced script."""
    assert join_texts(texts) == " ".join(texts)


def test_a_transcript_and_its_subtitles_are_joined_alike() -> None:
    said = (Segment(0.0, 1.0, "お"), Segment(1.0, 2.0, "腹。"), Segment(3.0, 4.0, "네."))
    assert Transcript(said, "ja", 5.0).text == "お腹。 네."
    assert Cue(0.0, 1.0, ("お", "腹")).text == "お腹"


def test_white_space_and_empty_texts_add_no_spaces() -> None:
    assert join_texts([" Hello ", "", "  ", "there "]) == "Hello there"
    assert join_texts([]) == ""
    assert joint("Hello ", "there") == joint("Hello", " there") == ""


@given(st.lists(st.text(alphabet="aB1 .,。お腹ก한\n", max_size=5), max_size=6))
def test_every_text_is_at_its_reported_position(texts: list[str]) -> None:
    whole, places = placed(texts)
    assert len(places) == len(texts)
    for text, place in zip(texts, places, strict=True):
        assert whole[place : place + len(text)] == text
    assert "".join(whole.split()) == "".join("".join(texts).split())
    kept = join_texts(texts)
    assert kept == join_texts([kept])
    assert "  " not in join_texts(["".join(text.split()) for text in texts])


def test_combining_marks_take_no_time() -> None:
    tamil = "சூர்ந்துக்கொள்ளுங்கள்"
    assert length(tamil) == sum(letter.isalpha() for letter in tamil) < 0.65 * len(tamil)
    assert length("é") == length("é") == 1.0


def test_impossibly_fast_text_is_recognised() -> None:
    assert hurried("a" * 600, 10.0)
    assert not hurried("안녕하세요, 무엇을 도와드릴까요?", 2.0)
    assert not hurried("yes", 0.0)
    assert not hurried("1,000,000", 0.6)
