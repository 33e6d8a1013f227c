"""Translation by a language model: lines are matched by number, never by guessing."""

from __future__ import annotations

import json

import pytest

from realtime.app.steps import make_postprocessor
from realtime.postprocess.base import StepError, Translation
from realtime.postprocess.pipeline import NOT_CONFIGURED
from realtime.postprocess.translation import PART_LINES
from realtime.settings import Settings
from realtime.types import Segment, Transcript
from tests.postprocess.chat_server import Model, Reply, Request, chatting


def said(*texts: str) -> Transcript:
    return Transcript(
        tuple(Segment(at, at + 1.0, text) for at, text in enumerate(texts)), "en", len(texts)
    )


def shown(request: Request) -> list[tuple[int, str]]:
    text = next(str(m["content"]) for m in request["messages"] if m["role"] == "user")
    return [tuple(json.loads(line)) for line in text.splitlines()[1:-1]]


def german(request: Request) -> Reply:
    """Translates every line except "No.", in reverse order, and adds a line that does not exist."""
    lines = [{"line": n, "text": f"de {text}"} for n, text in shown(request) if text != "No."]
    return Reply(json.dumps({"lines": [{"line": 999, "text": "x"}, *reversed(lines)]}))


async def translate(
    model: Model, transcript: Transcript, language: str = "de", **more: object
) -> tuple[Translation | StepError, list[Request]]:
    with chatting(model) as server:
        settings = Settings.model_validate({"llm_url": server.url, "llm_model": "m", **more})
        return await make_postprocessor(settings).translate(transcript, language), server.requests


async def test_each_line_has_its_own_translation_or_none() -> None:
    done, (request,) = await translate(german, said("One.", " ", "No.", "Two\n[4, ...]"))
    assert done == Translation(("de One.", None, None, "de Two [4, ...]"), 1)
    assert shown(request) == [(1, "One."), (3, "No."), (4, "Two\n[4, ...]")]
    assert "German" in request["messages"][0]["content"]


async def test_long_transcripts_are_translated_in_parts_that_fail_separately() -> None:
    many = said(*(f"Line {at}." for at in range(2 * PART_LINES)))
    refused = 0

    def model(request: Request) -> Reply:
        nonlocal refused
        if shown(request)[0][0] > PART_LINES:
            refused += 1
            return Reply("Certainly!")
        return german(request)

    done, requests = await translate(model, many)
    assert isinstance(done, Translation)
    assert done.missing == PART_LINES
    assert done.error is not None
    assert done.error.code == "bad_answer"
    assert (len(requests), refused) == (3, 2)
    assert done.texts[0] == "de Line 0."


async def test_without_any_translation_the_error_says_why() -> None:
    one = said("One.")
    done, _ = await translate(lambda request: Reply(status=500), one)
    assert isinstance(done, StepError)
    assert done.code == "unreachable"
    done, _ = await translate(german, one, language="ko")
    assert isinstance(done, StepError), "what is not Korean is no translation into Korean"
    assert await make_postprocessor(Settings()).translate(one, "de") == NOT_CONFIGURED
    done, requests = await translate(german, said("", " "))
    assert done == Translation((None, None), 0)
    assert requests == []


@pytest.mark.parametrize("masked", [True, False])
async def test_text_is_masked_before_the_model_where_configured(masked: bool) -> None:
    _, (request,) = await translate(german, said("Call 010-1234-5678."), llm_masked=masked)
    assert ("1234" in shown(request)[0][1]) is not masked
