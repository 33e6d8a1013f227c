"""Text, segments and words are masked consistently, also across their boundaries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.postprocess.by_rules import RulePrivacy
from realtime.postprocess.privacy.kinds import Finding
from realtime.postprocess.privacy.mask import Style
from realtime.postprocess.privacy.remover import mask_transcript
from realtime.postprocess.privacy.rules import find
from realtime.postprocess.privacy.spoken import Normalised
from realtime.types import Segment, Transcript, Word


def segment(*words: str, channel: int | None = None, text: str | None = None) -> Segment:
    made = tuple(Word(word, float(i), i + 1.0) for i, word in enumerate(words))
    return Segment(0.0, 1.0, "".join(words).strip() if text is None else text, made, channel)


def transcript(*segments: Segment, language: str = "ko") -> Transcript:
    return Transcript(segments, language, 9.0)


def words(masked: Transcript) -> list[list[str]]:
    return [[word.text for word in s.words] for s in masked.segments]


async def test_words_and_segments_match_the_masked_text() -> None:
    said = transcript(segment(" 제", " 번호는", " 공일공", " 일이삼사", " 오육칠팔이에요"))
    result = await RulePrivacy().remove(said)
    assert result.transcript.text == "제 번호는 공일공 **** 오육칠팔이에요"
    assert words(result.transcript) == [[" 제", " 번호는", " 공일공", " ****", " 오육칠팔이에요"]]
    assert (result.types, result.reason) == (("PHONE",), "전화번호 1건")
    assert result.exists


def test_the_search_uses_the_text_of_the_transcript() -> None:
    """A language model quotes what it found from the transcript's text; the search must use that
    text."""
    said = transcript(
        segment("我", "的"), segment("电话", text="电话"), segment(" ok"), language="zh"
    )
    searched: list[str] = []

    def finder(text: str) -> tuple[Normalised, tuple[Finding, ...]]:
        searched.append(text)
        return find(text)

    assert mask_transcript(said, finder=finder).transcript == said
    assert searched == [said.text] == ["我的电话ok"]


async def test_without_findings_the_transcript_is_unchanged() -> None:
    said = transcript(segment(" 배송", " 언제", " 되나요"), segment(text="네"))
    result = await RulePrivacy().remove(said)
    assert result.transcript == said
    assert (result.types, result.reason, result.exists) == ((), "", False)


def test_a_number_over_two_segments_is_masked_in_both() -> None:
    said = transcript(segment(" 번호는", " 010", " 1234"), segment(" 5678이에요", " 네"))
    result = mask_transcript(said)
    assert [s.text for s in result.transcript.segments] == ["번호는 010 ****", "5678이에요 네"]
    tagged = mask_transcript(said, "tag").transcript
    assert [s.text for s in tagged.segments] == ["번호는 [PHONE]", "이에요 네"]
    assert words(tagged) == [[" 번호는", " [PHONE]"], [" 이에요", " 네"]]


def test_a_number_over_segments_with_a_double_digit_is_masked() -> None:
    said = transcript(
        segment(" call", " me", " at", " four", " one", " five,", " double"),
        segment(" five", " five,", " oh", " one", " two", " three"),
        language="en",
    )
    result = mask_transcript(said)
    assert "double" not in result.transcript.text
    assert result.transcript.text == "call me at four one five, ** *, oh one two three"
    assert result.reason == "phone number: 1"


def test_the_other_speaker_between_groups_of_digits_hides_nothing() -> None:
    said = transcript(
        segment(" 공일공", channel=0),
        segment(" 말씀하세요", channel=1),
        segment(" 일이삼사", " 오육칠팔", channel=0),
    )
    assert mask_transcript(said).transcript.text == "공일공 말씀하세요 **** 오육칠팔"


def test_words_that_do_not_spell_their_segment_are_searched_on_their_own() -> None:
    said = transcript(segment(" 010", "-1234", "-5678", text="공일공 일이삼사 오육칠팔"))
    result = mask_transcript(said)
    assert result.transcript.text == "공일공 **** 오육칠팔"
    assert words(result.transcript) == [[" 010", "-****", "-5678"]]


@pytest.mark.parametrize("style", ["partial", "tag"])
@given(
    cuts=st.lists(st.integers(0, 30), max_size=4),
    said=st.sampled_from(
        [
            "번호 010-1234-5678 끝",
            "카드 4111 1111 1111 1111",
            "메일 hong@example.com 네",
            "김철수 고객님",
        ]
    ),
)
def test_wherever_segments_are_cut_at_blanks_the_text_is_the_same(
    style: Style, cuts: list[int], said: str
) -> None:
    parts: list[list[str]] = [[]]
    for index, word in enumerate(said.split(" ")):
        if index in cuts and parts[-1]:
            parts.append([])
        parts[-1].append(" " + word)
    whole = mask_transcript(transcript(segment(" " + said)), style)
    cut = mask_transcript(transcript(*(segment(*part) for part in parts)), style)
    assert cut.transcript.text.replace(" ", "") == whole.transcript.text.replace(" ", "")
    assert cut.types == whole.types
    spelled = "".join(word for part in words(cut.transcript) for word in part)
    assert spelled.replace(" ", "") == cut.transcript.text.replace(" ", "")
