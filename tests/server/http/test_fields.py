"""Fields of forms and the resulting options."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from realtime.server.http.fields import invalid_field
from realtime.server.jobs.bodies import AsyncFields
from realtime.transcribe.fields import FileDefaults, FileFields
from realtime.wire.texts import sentence

DEFAULTS = FileDefaults(language="ko")


@pytest.mark.parametrize(
    ("said", "language", "languages"),
    [
        ({}, "ko", ()),
        ({"language": "English"}, "en", ()),
        ({"language": "auto"}, None, ()),
        # several languages: the model detects which
        ({"languages": "ko,English"}, None, ("ko", "en")),
        ({"languages": ["ko", "en-US"]}, None, ("ko", "en")),
        ({"languages": ""}, "ko", ()),
        ({"languages": "ko,en", "language": "en"}, "en", ("ko", "en")),
    ],
)
def test_one_language_or_several(
    said: dict[str, Any], language: str | None, languages: tuple[str, ...]
) -> None:
    fields = FileFields.model_validate(said)
    options = fields.options(DEFAULTS)
    assert (options.language, options.languages) == (language, languages)
    assert (options.decode.language, options.decode.candidates) == (language, languages)
    # round trip through a job's stored fields
    again = FileFields.model_validate(fields.model_dump(mode="json"))
    assert again.options(DEFAULTS) == options


@pytest.mark.parametrize(
    ("body", "field", "why"),
    [
        ({"language": "en"}, "file_id", "is missing"),
        ({"file_id": 5}, "file_id", "it must be text"),
        ({"file_id": "a.wav", "is_stream": "maybe"}, "is_stream", "it must be true or false"),
        ({"file_id": "a.wav", "multichannel": True, "diarize": True}, "diarize", "otherwise diar"),
        (["a.wav"], "body", "JSON object"),
    ],
)
def test_a_field_is_named_with_what_is_wrong(body: object, field: str, why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(AsyncFields).validate_python(body)
    first = refused.value.errors()[0]
    error = invalid_field({**first, "loc": ("body", *first["loc"])})  # where FastAPI found it
    assert error.details == {"field": field}
    assert why in error.message


def test_korean_names_the_choices_and_what_is_missing() -> None:
    with pytest.raises(ValidationError) as refused:
        AsyncFields.model_validate({"task": "sing"})
    missing, task = (invalid_field(first) for first in refused.value.errors())
    if missing.details["field"] == "task":
        missing, task = task, missing
    assert sentence(missing, "ko").startswith("'file_id' 값이 없습니다.")
    assert sentence(task, "ko") == "'task'에는 다음 중 하나를 쓰세요: transcribe, translate."


@pytest.mark.parametrize(
    ("first", "field", "why"),
    [
        # as FastAPI reports them
        (
            {"type": "json_invalid", "loc": ("body", 0), "msg": "JSON decode error"},
            "body",
            "must be a JSON object",
        ),
        (
            {
                "type": "string_too_long",
                "loc": ("header", "idempotency-key"),
                "msg": "String should have at most 200 characters",
                "ctx": {"max_length": 200},
            },
            "idempotency-key",
            "at most 200 characters",
        ),
    ],
)
def test_parts_of_a_request_are_named(first: dict[str, Any], field: str, why: str) -> None:
    error = invalid_field(first)
    assert error.details == {"field": field}
    assert why in error.message
