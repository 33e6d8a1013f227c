"""Points and chapters by a language model behind a real server: every citation must exist."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from realtime.app.steps import make_postprocessor
from realtime.postprocess.base import Processed, Steps
from realtime.postprocess.shape import response_fields
from realtime.postprocess.summary import MOST_PIECES, parted
from realtime.settings import Settings
from realtime.types import Segment, Transcript
from tests.postprocess.chat_server import Model, Reply, Request, chatting

SUMMARY = Steps(summary=True)
SAID = Transcript(
    (
        Segment(0.5, 2.0, "Hello, I want my money back."),
        Segment(2.0, 3.0, "", speaker=1),
        Segment(62.5, 70.0, "You can reach me at\n9 010-1234-5678.", speaker=0),
        Segment(70.0, 80.0, "It is paid on Monday.", speaker=1),
    ),
    "en",
    80.0,
)
GOOD: dict[str, Any] = {
    "points": [{"text": "The customer wants a refund.", "lines": [1, 4]}],
    "chapters": [{"title": "Refund", "line": 1}, {"title": "Contact", "line": 3}],
}


async def process(
    model: Model, steps: Steps = SUMMARY, said: Transcript = SAID, masked: bool = False
) -> tuple[Processed, list[Request]]:
    with chatting(model) as server:
        settings = Settings(
            llm_url=server.url,
            llm_model="test-model",
            llm_api_key=SecretStr("sk-test"),
            llm_timeout_s=20.0,
            llm_masked=masked,
        )
        return await make_postprocessor(settings).process(said, steps), server.requests


def always(content: object) -> Model:
    return lambda request: Reply(json.dumps(content))


def shown(request: Request) -> str:
    return next(str(m["content"]) for m in request["messages"] if m["role"] == "user")


async def test_points_and_chapters_cite_lines() -> None:
    processed, (request,) = await process(always(GOOD))
    lines = shown(request).splitlines()[1:-1]
    assert lines == [
        "1 [0:00] Hello, I want my money back.",
        "3 [1:02] Speaker 1: You can reach me at 9 010-1234-5678.",
        "4 [1:10] Speaker 2: It is paid on Monday.",
    ]
    fields = response_fields(processed, SUMMARY)
    assert fields["processing_steps"]["summary"] is True
    assert fields["summary"] == {
        "points": [
            {"text": "The customer wants a refund.", "segments": [0, 3], "starts": [0.5, 70.0]}
        ],
        "chapters": [
            {"title": "Refund", "segment": 0, "start": 0.5, "text": SAID.segments[0].text},
            {"title": "Contact", "segment": 2, "start": 62.5, "text": SAID.segments[2].text},
        ],
        "dropped": 0,
        "left_out": 0,
    }


async def test_citations_of_missing_lines_are_dropped_and_counted() -> None:
    answer = {
        "points": [
            {"text": "A refund.", "lines": [4, 99, 1]},
            {"text": "Nobody said this.", "lines": [2]},
            {"text": "Nor this.", "lines": []},
        ],
        "chapters": [
            {"title": "End", "line": 4},
            {"title": "Start", "line": 1},
            {"title": "Start again", "line": 1},
            {"title": "Later", "line": 5},
        ],
    }
    processed, _ = await process(always(answer))
    found = processed.summary
    assert found is not None
    assert [(p.text, p.segments) for p in found.points] == [("A refund.", (0, 3))]
    assert [(c.title, c.segment) for c in found.chapters] == [("Start", 0), ("End", 3)]
    assert found.dropped == 5


async def test_an_answer_without_any_existing_line_is_an_error() -> None:
    invented = {"points": [{"text": "A lie.", "lines": [7]}], "chapters": []}
    processed, requests = await process(always(invented))
    assert processed.summary is None
    assert [(name, error.code) for name, error in processed.errors] == [("summary", "bad_answer")]
    assert "none of its line numbers" in requests[-1]["messages"][-1]["content"]
    fields = response_fields(processed, SUMMARY, "en")
    assert fields["summary"] is None
    assert fields["processing_steps"]["summary"] is False
    assert "cannot be used" in fields["step_messages"]["summary"]


async def test_an_answer_in_another_language_is_requested_again() -> None:
    korean = {"points": [{"text": "환불을 요청함", "lines": [1]}], "chapters": []}
    replies = iter([korean, GOOD])
    processed, _ = await process(lambda request: Reply(json.dumps(next(replies))))
    assert processed.summary is not None


async def test_without_a_language_model_there_is_no_summary() -> None:
    processed = await make_postprocessor(Settings()).process(SAID, SUMMARY)
    assert processed.errors[0][1].code == "not_configured"
    assert processed.summary is None


async def test_an_empty_transcript_is_not_sent_to_the_model() -> None:
    processed, requests = await process(always(GOOD), said=Transcript((), "en", 4.0))
    assert requests == []
    assert processed.summary is not None
    assert processed.summary.points == ()


async def test_the_model_sees_masked_words_where_the_request_says_so() -> None:
    processed, requests = await process(always(GOOD), Steps(privacy_removal=True, summary=True))
    assert "1234" not in shown(requests[0])
    assert "1234" not in processed.transcript.text


async def test_the_model_sees_masked_words_where_the_operator_says_so() -> None:
    """The transcript itself is not masked: the request does not ask for it."""
    steps = Steps(ai_agent=True, summary=True)
    processed, requests = await process(always(GOOD), steps, masked=True)
    assert not any("1234" in shown(request) for request in requests)
    assert "1234" in processed.transcript.text
    assert processed.privacy is None


def long(lines: int) -> Transcript:
    words = "word " * 150
    return Transcript(
        tuple(Segment(float(at), at + 1.0, words) for at in range(lines)), "en", float(lines)
    )


async def test_a_long_recording_is_summarised_in_parts_then_as_a_whole() -> None:
    def model(request: Request) -> Reply:
        if request["response_format"]["json_schema"]["name"] == "Points":
            return Reply(json.dumps({"points": [{"text": "All of it.", "lines": [1, 14, 999]}]}))
        first = int(shown(request).splitlines()[1].split()[0])
        points = [{"text": f"Of {first + n}.", "lines": [first + n]} for n in range(7)]
        return Reply(
            json.dumps({"points": points, "chapters": [{"title": f"At {first}", "line": first}]})
        )

    processed, requests = await process(model, said=long(30))
    found = processed.summary
    assert found is not None
    assert len(requests) == 3
    assert [(chapter.title, chapter.segment) for chapter in found.chapters] == [
        ("At 1", 0),
        ("At 16", 15),
    ]
    assert [(point.text, point.segments) for point in found.points] == [("All of it.", (0, 21))]
    assert (found.dropped, found.left_out) == (1, 0)


async def test_the_middle_of_a_very_long_recording_is_left_out_and_reported() -> None:
    def model(request: Request) -> Reply:
        first = int(shown(request).splitlines()[1].split()[0])
        return Reply(json.dumps({"points": [], "chapters": [{"title": "Part", "line": first}]}))

    processed, requests = await process(model, said=long(15 * (MOST_PIECES + 2)))
    assert len(requests) == MOST_PIECES
    assert processed.summary is not None
    assert processed.summary.left_out == 30
    assert len(processed.summary.chapters) == MOST_PIECES


@given(st.lists(st.text("ab \n", max_size=60), max_size=40), st.integers(8, 90), st.integers(2, 9))
def test_parts_are_short_and_few_and_no_line_is_in_two(
    texts: list[str], limit: int, most: int
) -> None:
    said = [Segment(float(at), at + 1.0, text) for at, text in enumerate(texts)]
    parts, left_out = parted(said, limit, most)
    assert len(parts) <= most
    assert all(len("\n".join(part.values())) <= limit for part in parts)
    numbers = [number for part in parts for number in part]
    assert numbers == sorted(set(numbers))
    assert len(numbers) + left_out == sum(bool(text.strip()) for text in texts)
