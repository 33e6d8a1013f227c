"""Questions about a transcript: what the model is shown, and which part of its answer is kept."""

from __future__ import annotations

import json

from realtime.app.steps import make_postprocessor
from realtime.postprocess.base import StepError, TranscriptAnswer
from realtime.postprocess.pipeline import NOT_CONFIGURED, Pipeline
from realtime.postprocess.questions import NEIGHBOURS, chosen
from realtime.postprocess.shape import answer_fields
from realtime.settings import Settings
from realtime.types import Segment, Transcript
from tests.postprocess.chat_server import Model, Reply, chatting

SAID = Transcript(
    (
        Segment(0.0, 2.0, "My number is 010-1234-5678."),
        Segment(2.0, 3.0, " "),
        Segment(62.0, 64.0, "The invoice is paid on Monday."),
    ),
    "en",
    64.0,
)
GOOD = {"answer": [{"text": "On Monday.", "lines": [3, 99]}, {"text": "Surely.", "lines": [7]}]}


def steps(url: str, *, masked: bool = False) -> Pipeline:
    return make_postprocessor(Settings(llm_url=url, llm_model="m", llm_masked=masked))


async def ask(
    model: Model, question: str, masked: bool = False
) -> tuple[TranscriptAnswer | StepError, str]:
    with chatting(model) as server:
        answer = await steps(server.url, masked=masked).ask(SAID, question)
        return answer, server.said()


async def test_an_answer_cites_existing_lines() -> None:
    answer, said = await ask(lambda request: Reply(json.dumps(GOOD)), "When is it paid?")
    assert said.splitlines()[1:-1] == [
        "1 [0:00] My number is 010-1234-5678.",
        "3 [1:02] The invoice is paid on Monday.",
    ]
    assert answer_fields(answer, SAID, "en") == {
        "answer": [{"text": "On Monday.", "segments": [2], "starts": [62.0]}],
        "dropped": 2,
        "left_out": 0,
    }


async def test_the_question_is_not_in_the_transcript_and_masking_comes_first() -> None:
    seen: list[str] = []

    def model(request: dict[str, list[dict[str, str]]]) -> Reply:
        seen.append(request["messages"][0]["content"])
        return Reply('{"answer": []}')

    answer, said = await ask(model, 'Whose "number"?', masked=True)
    assert answer == TranscriptAnswer((), 0, 0)
    assert "1234" not in said
    assert json.dumps('Whose "number"?') in seen[0]


async def test_errors_are_explained_in_both_languages() -> None:
    answer, _ = await ask(lambda request: Reply("Monday, I think."), "When?")
    fields = answer_fields(answer, SAID, "ko")
    assert fields["answer"] is None
    assert fields["step_errors"] == {"ask": "bad_answer"}
    assert "언어 모델" in fields["step_messages"]["ask"]
    answer, _ = await ask(lambda request: Reply(json.dumps(GOOD)), "언제 냅니까?")
    assert isinstance(answer, StepError), "a Korean question has a Korean answer"
    invented = {"answer": [{"text": "On Monday.", "lines": [5]}]}
    answer, _ = await ask(lambda request: Reply(json.dumps(invented)), "When?")
    assert isinstance(answer, StepError), "an answer from nowhere is none"
    away = await steps("http://127.0.0.1:1/v1").ask(SAID, "When?")
    assert isinstance(away, StepError)
    assert away.code == "unreachable"
    assert await make_postprocessor(Settings()).ask(SAID, "When?") == NOT_CONFIGURED
    nothing = Transcript((), "en", 0.0)
    assert await steps("http://127.0.0.1:1/v1").ask(nothing, "When?") == TranscriptAnswer((), 0, 0)


def test_a_long_recording_is_reduced_to_matching_lines_and_neighbours() -> None:
    said = [Segment(at, at + 1, f"Nothing of interest in number {at}.") for at in range(2000)]
    said[1200] = Segment(1200, 1201, "The invoices were sent to Busan.")
    said[1700] = Segment(1700, 1701, "부산으로 송장을 보냈습니다.")
    shown, left_out = chosen(said, "Where was the invoice sent?")
    assert {1201, 1201 - NEIGHBOURS, 1201 + NEIGHBOURS} <= shown.keys()
    assert list(shown) == sorted(shown)
    assert sum(len(line) + 1 for line in shown.values()) <= 12_000
    assert left_out == 2000 - len(shown) > 0
    assert 1701 in chosen(said, "송장은 어디로 갔나요?")[0]
    assert 1 in shown, "the rest is the beginning"
