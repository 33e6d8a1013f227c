"""The order of the steps, the effect of a step that fails, and the keys of the response."""

from __future__ import annotations

import pytest

from realtime.postprocess.base import (
    AgentAnswer,
    Classification,
    PrivacyIncomplete,
    PrivacyResult,
    Processed,
    StepError,
    Steps,
)
from realtime.postprocess.by_rules import RulePrivacy
from realtime.postprocess.classification.rules import RuleClassifier
from realtime.postprocess.classification.taxonomy import load_taxonomy
from realtime.postprocess.pipeline import Pipeline
from realtime.postprocess.shape import REASONS, response_fields
from realtime.types import Segment, Transcript

CALL = Transcript((Segment(0.0, 1.0, "환불해 주세요 010-1234-5678"),), "ko", 1.0)
ALL = Steps(privacy_removal=True, classification=True, ai_agent=True)


class Reader:
    """An agent and a classifier that record their input and raise `fault` if there is one."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.seen: list[str] = []
        self.fault = fault

    async def answer(self, transcript: Transcript) -> AgentAnswer:
        self._read(transcript)
        return AgentAnswer("요약", "환불", ("접수",), "네")

    async def classify(self, transcript: Transcript) -> Classification:
        self._read(transcript)
        return Classification("CLASS_REFUND", "환불/교환", 91.26, "단서: 환불")

    def _read(self, transcript: Transcript) -> None:
        self.seen.append(transcript.text)
        if self.fault:
            raise self.fault


class Incomplete:
    """Privacy removal by rules whose helper has failed; with `broken`, it fails altogether."""

    def __init__(self, broken: bool) -> None:
        self.broken = broken

    async def remove(self, transcript: Transcript) -> PrivacyResult:
        if self.broken:
            raise RuntimeError("a fault in a rule")
        result = await RulePrivacy().remove(transcript)
        raise PrivacyIncomplete(StepError("timeout", "Try again."), result)


async def test_privacy_runs_first_and_other_steps_get_masked_text() -> None:
    reader = Reader()
    processed = await Pipeline(RulePrivacy(), reader, reader).process(CALL, ALL)
    assert reader.seen == ["환불해 주세요 010-****-5678"] * 2
    assert processed.completed == ALL.names
    assert response_fields(processed, ALL) == {
        "privacy_removal": {
            "privacy_exist": "Y",
            "exist_reason": "전화번호 1건",
            "text": "환불해 주세요 010-****-5678",
            "privacy_types": ["PHONE"],
        },
        "classification": {
            "code": "CLASS_REFUND",
            "category": "환불/교환",
            "confidence": 91.3,
            "reason": "단서: 환불",
        },
        "ai_agent": {
            "summary": "요약",
            "intent": "환불",
            "next_actions": ["접수"],
            "suggested_reply": "네",
        },
        "processing_steps": {
            "stt": True,
            "privacy_removal": True,
            "classification": True,
            "ai_agent": True,
        },
    }


async def test_only_requested_steps_run() -> None:
    reader = Reader()
    processed = await Pipeline(RulePrivacy(), reader, reader).process(CALL, Steps())
    assert (reader.seen, processed) == ([], Processed(CALL))
    steps = {"stt": True, "privacy_removal": False, "classification": False, "ai_agent": False}
    assert response_fields(processed, Steps()) == {"processing_steps": steps}


async def test_a_failing_step_does_not_affect_the_others() -> None:
    reader, broken = Reader(), Reader(RuntimeError("secret words"))
    processed = await Pipeline(RulePrivacy(), broken, reader).process(CALL, ALL)
    assert processed.completed == ("privacy_removal", "ai_agent")
    ((name, error),) = processed.errors
    assert (name, error.code) == ("classification", "internal")
    assert "secret" not in error.message
    fields = response_fields(processed, ALL, "en")
    assert fields["classification"] is None
    assert fields["step_errors"] == {"classification": "internal"}
    assert fields["step_messages"] == {"classification": error.message}


async def test_without_an_agent_the_error_says_what_to_set() -> None:
    pipeline = Pipeline(RulePrivacy(), RuleClassifier(load_taxonomy(None)), None)
    processed = await pipeline.process(CALL, Steps(ai_agent=True))
    fields = response_fields(processed, Steps(ai_agent=True))
    assert fields["step_errors"] == {"ai_agent": "not_configured"}
    assert fields["step_messages"]["ai_agent"] == REASONS["not_configured"][0]
    assert fields["processing_steps"]["ai_agent"] is False


async def test_privacy_without_its_helper_masks_by_rules_and_reports_it() -> None:
    steps = Steps(privacy_removal=True)
    processed = await Pipeline(Incomplete(broken=False), Reader(), None).process(CALL, steps)
    assert "1234" not in processed.transcript.text
    fields = response_fields(processed, steps)
    assert fields["privacy_removal"]["privacy_exist"] == "Y"
    assert fields["processing_steps"]["privacy_removal"] is False
    assert fields["step_errors"] == {"privacy_removal": "timeout"}


async def test_a_transcript_that_cannot_be_masked_is_withheld() -> None:
    pipeline = Pipeline(Incomplete(broken=True), Reader(), None)
    with pytest.raises(RuntimeError):
        await pipeline.process(CALL, Steps(privacy_removal=True))


def test_a_step_without_a_result_has_empty_fields() -> None:
    fields = response_fields(Processed(CALL), ALL)
    assert (fields["privacy_removal"], fields["classification"], fields["ai_agent"]) == (None,) * 3
