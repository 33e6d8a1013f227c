"""Live masking: wherever the text is cut, nothing that is masked in the whole text is shown."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.postprocess.privacy_set import Language, Utterance, utterances
from realtime.postprocess.privacy.ends.unsettled import hidden
from realtime.postprocess.privacy.kinds import IdentifierKind
from realtime.postprocess.privacy.live import LiveMask, final_edits, partial_edits
from realtime.postprocess.privacy.mask import Edit, Style
from realtime.postprocess.privacy.rules import find
from realtime.postprocess.privacy.spoken import normalise
from realtime.types import Word

LOOSE = (IdentifierKind.NAME, IdentifierKind.ADDRESS)
"""Kinds without a fixed structure: a name may be recognised as one long after it was spoken."""
STYLES: tuple[Style, ...] = ("partial", "tag")


@lru_cache
def told(language: Language) -> list[Utterance]:
    return [u for u in utterances(language, "dev", seed=11, count=600) if u.labels]


def spoken() -> st.SearchStrategy[Utterance]:
    languages: tuple[Language, ...] = ("ko", "en")
    return st.sampled_from([u for language in languages for u in told(language)])


def borders(text: str) -> list[int]:
    """Positions where a partial or a final may end."""
    return [place for place, char in enumerate(text) if char == " "] + [len(text)]


def letters(text: str, places: set[int]) -> set[int]:
    return {place for place in places if text[place].isalnum()}


def covered(changes: Sequence[Edit]) -> set[int]:
    return {place for change in changes for place in range(change.start, change.end)}


def structured(text: str, style: Style) -> set[int]:
    """Positions that are masked in the whole text, names and addresses excluded."""
    _, found = find(text)
    loose = {place for f in found if f.kind in LOOSE for place in range(f.start, f.end)}
    return letters(text, set(hidden(text, style)) - loose)


def is_half_a_word(text: str, shown: set[int]) -> bool:
    """Whether `shown` is only the first digit or letter of a number, cut off behind it and without
    a cue. Until more is said, it is a word like any other (`one`, 이)."""
    read = normalise(text[min(shown) : max(shown) + 1]).text
    return len(read) == 1


@settings(max_examples=150, deadline=None)
@given(spoken(), st.data(), st.sampled_from(STYLES))
def test_nothing_masked_in_the_whole_is_in_any_final(
    said: Utterance, data: st.DataObject, style: Style
) -> None:
    text = said.text
    cuts = data.draw(st.sets(st.sampled_from(borders(text)), max_size=4)) | {len(text)}
    whole, start = structured(text, style), 0
    for end in sorted(cuts):
        shown = {p for p in whole if start <= p < end} - covered(final_edits(text[:end], style))
        assert not shown or is_half_a_word(text, shown), text[min(shown) : max(shown) + 1]
        start = end


@settings(max_examples=150, deadline=None)
@given(spoken(), st.data(), st.sampled_from(STYLES))
def test_nothing_masked_in_the_whole_is_in_any_partial(
    said: Utterance, data: st.DataObject, style: Style
) -> None:
    text = said.text
    end = data.draw(st.sampled_from(borders(text)))
    changes, settled = partial_edits(text[:end], 0, style)
    for change in changes:
        if change.start < settled < change.end:
            settled = change.start
    shown = {p for p in structured(text, style) if p < settled} - covered(changes)
    assert not shown, text[min(shown) : max(shown) + 1]


@settings(max_examples=100, deadline=None)
@given(spoken(), st.data(), st.sampled_from(STYLES))
def test_stable_text_stays(said: Utterance, data: st.DataObject, style: Style) -> None:
    """Stable text only grows; partials and the final begin with it, and the final's words spell the
    final."""
    text, mask = said.text, LiveMask(style)
    mask.final(0, data.draw(spoken()).text, None)
    promised, stable_end = "", 0
    for end in sorted(data.draw(st.sets(st.sampled_from(borders(text)), max_size=5))):
        stable_end = data.draw(st.integers(stable_end, end))
        shown, stable = mask.partial(1, text[:end], text[:stable_end])
        assert stable.startswith(promised)
        assert shown.startswith(stable)
        promised = stable
    parts = text.split(" ")
    words = [Word(f" {part}" if at else part, at, at + 1) for at, part in enumerate(parts)]
    final, masked = mask.final(1, text, words)
    assert final.startswith(promised)
    assert masked is not None
    assert "".join(word.text for word in masked).split() == final.split()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=6))
@example(["010", "", "1234 5678"])
def test_any_text_keeps_its_stable_beginning(texts: list[str]) -> None:
    mask = LiveMask()
    for number, text in enumerate(texts):
        text = text.strip()
        shown, stable = mask.partial(number, text, text[: len(text) // 2])
        assert shown.startswith(stable)
        final, _ = mask.final(number, text, None)
        assert final.startswith(stable)


ACROSS = {
    "제 번호는 공일공|일이삼사|오육칠팔이에요": ("공일공", "일이삼사"),
    "my number is five five five|oh one two three|four five six seven": ("five", "oh one"),
    "my name is|John Smith": ("ohn", "mith"),
    "예금주는|김민수이고요": ("민수",),
    "카드번호는 사공일이|공공일일|공공일일 공공일이요": ("사공일이", "공공일일"),
    "email me at john dot smith|at gmail dot com": ("john", "smith"),
    "생년월일은 1990년|5월 3일이에요": ("1990", "5월"),
    "the IP address is 203 dot 193|dot 217 dot 155": ("203", "217"),
    "SSN three double|five six double eight nine one two": ("three", "double five", "nine"),
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("said", ACROSS)
def test_secrets_cut_between_two_finals_are_masked(said: str, style: Style) -> None:
    mask = LiveMask(style)
    finals = [mask.final(n, text, None)[0] for n, text in enumerate(said.split("|"))]
    for secret in ACROSS[said]:
        assert not any(secret in final for final in finals), finals


def test_a_possible_beginning_is_held_back_until_it_is_ruled_out() -> None:
    mask = LiveMask()
    said = "제 방 번호는 공일 호실이에요 그래서 늦었어요"
    shown = [mask.partial(0, said[:end], said[:end]) for end in borders(said)]
    assert shown[2] == ("제 방", "제 방")
    assert "공일" not in shown[3][0]
    assert shown[-1][0] == said.removesuffix(" 늦었어요")
    assert mask.final(0, said, None)[0] == said


def test_ordinary_words_are_not_kept_from_a_final() -> None:
    mask = LiveMask()
    for number, said in enumerate(
        (
            "I would like this one",
            "Gate is 3",
            "이 일이 오늘 끝나야 해요.",
            "It costs 45,000 won.",
            "I am at home.",
            "This is England.",
            "안녕하세요 무엇을 도와드릴까요",
        )
    ):
        assert mask.final(number, said, None)[0] == said


def test_words_that_do_not_spell_their_text_are_blanked() -> None:
    _, words = LiveMask().final(0, "call 010-1234-5678", [Word(" 5678", 0, 1), Word("!", 1, 2)])
    assert words is not None
    assert [word.text for word in words] == [" ****", "!"]


def test_a_final_keeps_stable_text_that_it_reads_differently() -> None:
    """Later words change how the number is read: what was shown stays, and the rest is masked."""
    mask = LiveMask()
    mask.partial(0, "call me on 010 2345 6789 please now", "call me on 010 2345 6789 please")
    final, _ = mask.final(0, "Call me on 010 2345 6789 please now", None)
    assert final.startswith("call me on 010 **** 6789")
    assert final.endswith("now")


def test_finals_are_read_with_those_before_and_remembered_in_bounds() -> None:
    mask = LiveMask()
    for number in range(50):
        mask.final(number, "가" * 30, None)
    mask.final(50, "제 이름은", None)
    assert mask.final(51, "김민수입니다", None)[0] == "김**입니다"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("my social security number 178.564.4 okay", "my social security number ***.***.* okay"),
        (
            "the checking account is 25098 double for 997",
            "the checking account is ***** double for ***",
        ),
        ("my card was charged 45 dollars on the 12th of May", None),
        ("제 카드로 45,000원 결제했어요", None),
        ("call me in 2024 please", None),
    ],
)
def test_unusual_numbers_after_a_cue_are_masked(said: str, shown: str | None) -> None:
    assert LiveMask().final(0, said, None)[0] == (shown or said)


def test_an_amount_behind_a_cue_may_be_a_beginning() -> None:
    shown, _ = LiveMask().partial(0, "social security number is 173.8 then", "")
    assert "173" not in shown
