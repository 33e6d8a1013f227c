"""Ends of sentences in Whisper's text, and the length of the silence required after them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.session.endpoint import EndpointOptions
from realtime.session.sentences import Verdict, silence_ms, verdict
from realtime.types import Hypothesis

ENDS, BREAKS_OFF, OPEN = Verdict.ENDS, Verdict.BREAKS_OFF, Verdict.OPEN
OPTIONS = EndpointOptions(soonest_ms=250, latest_ms=1_000)

VERDICTS = [
    ("en", "I would like to book a table.", ENDS),
    ("en", 'He said "I will come."', ENDS),
    ("en", "What are you listening to?", ENDS),
    ("en", "What?!", ENDS),
    ("en", "Stop!", ENDS),
    ("en", "I would like to", BREAKS_OFF),
    ("en", "I would like to.", BREAKS_OFF),
    ("en", "It was made by the.", BREAKS_OFF),
    ("en", "And so,", BREAKS_OFF),
    ("en", "Well...", BREAKS_OFF),
    ("en", "Well…", BREAKS_OFF),
    ("en", "I thought -", BREAKS_OFF),
    ("en", "I would like", OPEN),
    ("en", "My number is 0 1 0.", OPEN),
    ("ko", "안녕하세요.", ENDS),
    ("ko", "문의드립니다.", ENDS),
    ("ko", "가능합니까?", ENDS),
    ("ko", "어디?", ENDS),
    ("ko", "그렇죠.", ENDS),
    ("ko", "좋네!", ENDS),
    ("ko", "안녕하세요", OPEN),
    ("ko", "제품 구매.", OPEN),
    ("ko", "전화를 했는데", BREAKS_OFF),
    ("ko", "전화를 했는데.", BREAKS_OFF),
    ("ko", "확인하고", BREAKS_OFF),
    ("ko", "바빠서,", BREAKS_OFF),
    ("ko", "괜찮으시면", BREAKS_OFF),
    ("ko", "저는", BREAKS_OFF),
    ("ja", "ありがとうございます。", ENDS),
    ("ja", "それで、", BREAKS_OFF),
    ("ja", "そうですか？」", ENDS),
    ("zh", "你好。", ENDS),
    ("zh", "然后，", BREAKS_OFF),
    ("hi", "मैं ठीक हूँ।", ENDS),
    ("ar", "كيف حالك؟", ENDS),
    ("ar", "نعم،", BREAKS_OFF),
    ("ur", "ٹھیک ہے۔", ENDS),
    ("hy", "Բարեւ։", ENDS),
    ("am", "ሰላም።", ENDS),
    ("my", "ဟုတ်ကဲ့။", ENDS),
    ("km", "បាទ។", ENDS),
    ("de", "Das ist the.", ENDS),
    ("th", "สวัสดีครับ", OPEN),
    ("en", "", OPEN),
    ("en", " ... ", OPEN),
]


@pytest.mark.parametrize(("language", "text", "expected"), VERDICTS)
def test_the_table_of_endings(language: str, text: str, expected: Verdict) -> None:
    assert verdict(text, language) is expected


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        (None, 500),
        (Hypothesis("It is done.", avg_logprob=-0.2), 250),
        (Hypothesis("It is done.", avg_logprob=-0.9), 500),
        (Hypothesis("It is done.", avg_logprob=-0.2, doubtful=True), 500),
        (Hypothesis("It is done.", avg_logprob=-0.2, repaired=True), 500),
        (Hypothesis("It is", language="en", avg_logprob=-0.2), 1_000),
        (Hypothesis("It is,", avg_logprob=-0.9), 1_000),
        (Hypothesis("It is done", avg_logprob=-0.2), 500),
        (Hypothesis(""), 500),
    ],
)
def test_the_silence_depends_on_the_end_of_the_text(
    heard: Hypothesis | None, expected: int
) -> None:
    assert silence_ms(heard, OPTIONS) == expected


@given(st.text(), st.sampled_from(["", "en", "ko"]))
def test_any_text_has_a_verdict(text: str, language: str) -> None:
    assert verdict(text, language) in Verdict
