"""Classification by cues: which class wins, with which confidence, and the reason given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.postprocess.classification import CALLS, measure
from realtime.postprocess.classification.rules import NO_CUE, RuleClassifier
from realtime.postprocess.classification.taxonomy import Taxonomy, load_taxonomy
from realtime.types import Segment, Transcript

CLASSIFIER = RuleClassifier(load_taxonomy(None))


def test_the_example_of_the_interface() -> None:
    found = CLASSIFIER.decide("이 제품 구매하고 싶은데 가격이 얼마예요", "ko")
    assert (found.code, found.category) == ("CLASS_PRE_SALES", "사전판매")
    assert found.confidence > 60
    assert found.reason == "단서: 구매하고 싶, 가격이 얼마"


async def test_a_transcript_in_english() -> None:
    call = Transcript((Segment(0, 1, "I want my MONEY"), Segment(1, 2, "back please")), "en", 2.0)
    found = await CLASSIFIER.classify(call)
    assert (found.category, found.reason) == ("Refund or exchange", "cues: money back")


def test_without_a_cue_it_is_none_of_the_classes() -> None:
    for text, language in (("안녕하세요", "ko"), ("", "en"), ("recancelled borders", "en")):
        found = CLASSIFIER.decide(text, language)
        assert (found.code, found.confidence) == ("CLASS_OTHER", NO_CUE)
    assert CLASSIFIER.decide("", "en").reason == "no cue was said"


def test_a_tie_is_none_of_the_classes_and_says_why() -> None:
    found = CLASSIFIER.decide("환불 아니면 고장", "ko")
    assert found.code == "CLASS_OTHER"
    assert found.reason == "단서: 환불, 고장"


def test_more_evidence_raises_the_confidence_and_doubt_lowers_it() -> None:
    one = CLASSIFIER.decide("환불", "ko").confidence
    more = CLASSIFIER.decide("환불 반품 교환", "ko").confidence
    doubt = CLASSIFIER.decide("환불 반품 교환 배송", "ko").confidence
    assert one < doubt < more < 100
    assert CLASSIFIER.decide("환불 " * 99, "ko").confidence < more


def test_a_taxonomy_without_cues_decides_nothing() -> None:
    bare = Taxonomy.model_validate(
        {"other": "B", "category": [{"code": c, "ko": c, "en": c} for c in "AB"]}
    )
    assert RuleClassifier(bare).decide("환불", "ko").code == "B"


@given(st.text(max_size=200), st.sampled_from(["ko", "en", "fr"]))
def test_any_text_has_a_class(text: str, language: str) -> None:
    found = CLASSIFIER.decide(text, language)
    assert load_taxonomy(None).by_code(found.code)
    assert 0 <= found.confidence <= 100


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_labelled_calls(language: str) -> None:
    right, total = measure(CALLS[language])
    assert right / total >= 0.85
