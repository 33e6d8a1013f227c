"""Turns the results of the steps into fields of a response."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from realtime.postprocess.base import Point, Processed, StepError, Steps, TranscriptAnswer
from realtime.types import Transcript

REASONS: dict[str, tuple[str, str]] = {
    "not_configured": (
        "언어 모델이 설정되지 않았습니다. STT_LLM_URL과 STT_LLM_MODEL을 설정하세요.",
        "No language model is configured: set STT_LLM_URL and STT_LLM_MODEL.",
    ),
    "timeout": (
        "언어 모델이 제때 응답하지 않았습니다. 다시 시도하거나 STT_LLM_TIMEOUT_S를 늘리세요.",
        "The language model did not answer in time: try again, or raise STT_LLM_TIMEOUT_S.",
    ),
    "unreachable": (
        "언어 모델을 사용할 수 없습니다. STT_LLM_URL, STT_LLM_MODEL, STT_LLM_API_KEY를 확인하세요.",
        "The language model cannot be used: check STT_LLM_URL, STT_LLM_MODEL, STT_LLM_API_KEY.",
    ),
    "bad_answer": (
        "언어 모델이 올바르지 않은 응답을 보냈습니다. 다시 시도하거나 다른 모델을 설정하세요.",
        "The language model gave an answer that cannot be used: try again, or set another model.",
    ),
}
"""Code of a step's error → message in Korean and English."""


def response_fields(
    processed: Processed, steps: Steps, language: Literal["ko", "en"] = "ko"
) -> dict[str, Any]:
    """The fields that the steps add to a response.

    `privacy_removal`, `classification`, `ai_agent` and `summary` are present only if selected, and
    None if the step has no result; `step_errors` (step → code) and `step_messages` (step → message
    in `language`) only if a step failed. The transcript itself is `processed.transcript`.
    """
    fields: dict[str, Any] = {}
    if steps.privacy_removal:
        fields["privacy_removal"] = privacy_field(processed)
    if steps.classification:
        fields["classification"] = _classification(processed)
    if steps.ai_agent:
        fields["ai_agent"] = _agent(processed)
    if steps.summary:
        fields["summary"] = _summary(processed)
    order = ("privacy_removal", "classification", "ai_agent")
    # Clients expect these three always; newer steps are present only if selected.
    done = {name: name in processed.completed for name in dict.fromkeys((*order, *steps.names))}
    fields["processing_steps"] = {"stt": True, **done}
    if processed.errors:
        fields["step_errors"] = {name: error.code for name, error in processed.errors}
        fields["step_messages"] = {
            name: _sentence(error, language) for name, error in processed.errors
        }
    return fields


def privacy_field(processed: Processed) -> dict[str, Any] | None:
    """The field `privacy_removal`; None if the step has no result."""
    found = processed.privacy
    if found is None:
        return None
    return {
        "privacy_exist": "Y" if found.exists else "N",
        "exist_reason": found.reason,
        "text": found.transcript.text,
        "privacy_types": list(found.types),
    }


def _classification(processed: Processed) -> dict[str, Any] | None:
    found = processed.classification
    if found is None:
        return None
    return {
        "code": found.code,
        "category": found.category,
        "confidence": round(found.confidence, 1),
        "reason": found.reason,
    }


def _agent(processed: Processed) -> dict[str, Any] | None:
    found = processed.agent
    if found is None:
        return None
    return {
        "summary": found.summary,
        "intent": found.intent,
        "next_actions": list(found.next_actions),
        "suggested_reply": found.suggested_reply,
    }


def _summary(processed: Processed) -> dict[str, Any] | None:
    """The field `summary`, with all that links need: start times, and the text of chapters."""
    found, segments = processed.summary, processed.transcript.segments
    if found is None:
        return None
    return {
        "points": _points(found.points, processed.transcript),
        "chapters": [
            {
                "title": chapter.title,
                "segment": chapter.segment,
                "start": segments[chapter.segment].start_s,
                "text": segments[chapter.segment].text,
            }
            for chapter in found.chapters
        ],
        "dropped": found.dropped,
        "left_out": found.left_out,
    }


def _points(points: Iterable[Point], transcript: Transcript) -> list[dict[str, Any]]:
    segments = transcript.segments
    return [
        {
            "text": point.text,
            "segments": list(point.segments),
            "starts": [segments[number].start_s for number in point.segments],
        }
        for point in points
    ]


def answer_fields(
    answer: TranscriptAnswer | StepError, transcript: Transcript, language: Literal["ko", "en"]
) -> dict[str, Any]:
    """`answer`, sentence by sentence like the points of a summary, with what was left out; or None
    and the reason, as for steps."""
    if isinstance(answer, StepError):
        return {"answer": None, **failure_fields("ask", answer, language)}
    return {
        "answer": _points(answer.sentences, transcript),
        "dropped": answer.dropped,
        "left_out": answer.left_out,
    }


def failure_fields(step: str, error: StepError, language: Literal["ko", "en"]) -> dict[str, Any]:
    """Why a single step failed."""
    return {
        "step_errors": {step: error.code},
        "step_messages": {step: _sentence(error, language)},
    }


def _sentence(error: StepError, language: Literal["ko", "en"]) -> str:
    both = REASONS.get(error.code)
    return error.message if both is None else both[language == "en"]
