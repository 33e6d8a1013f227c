"""Validates form fields. Unknown fields are ignored; empty ones count as missing."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from realtime.errors import BadRequest, broken_rule
from realtime.server.http.forms import Form
from realtime.transcribe.fields import (
    DiarizeField,
    LanguageField,
    LanguagesField,
    PromptField,
    form_field,
)
from realtime.wire import options as table


class OpenAIFields(BaseModel):
    """Fields of `/v1/audio/transcriptions` and `/v1/audio/translations`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    model: Annotated[str, Field(description="Any name is accepted; the loaded model is used.")] = ""
    language: Annotated[LanguageField | None, form_field(table.LANGUAGE, "auto")] = None
    languages: LanguagesField = ()
    prompt: PromptField = table.PROMPT.default
    response_format: Literal["json", "text", "srt", "verbose_json", "vtt", "diarized_json"] = "json"
    temperature: Annotated[float, Field(ge=0, le=1, description="Accepted but not used.")] = 0.0
    stream: bool = False
    timestamp_granularities: tuple[Literal["word", "segment"], ...] = ()
    include: tuple[Literal["logprobs"], ...] = ()
    keywords: Annotated[tuple[str, ...], Field(max_length=200)] = ()
    diarize: DiarizeField = table.DIARIZE.default
    known_speaker_names: Annotated[
        tuple[str, ...], Field(description="Not used: `warnings` says `known_speakers_off`.")
    ] = ()


Fields = TypeVar("Fields", bound=BaseModel)

LISTS = frozenset(
    {
        "file_paths",
        "languages",
        "timestamp_granularities",
        "include",
        "keywords",
        "known_speaker_names",
    }
)
WORD_LISTS = frozenset({"timestamp_granularities", "include", "languages"})
"""Lists of known words, which commas may separate."""
_PARTS_OF_REQUESTS = frozenset({"body", "path", "query", "header"})
"""Where FastAPI found a field; the name alone stands for the whole of it."""


def checked(kind: type[Fields], form: Form) -> Fields:
    """The validated fields of a form. Raises BadRequest (`field`) for the first invalid one."""
    values: dict[str, object] = {}
    for name, entries in form.fields.items():
        if name in LISTS:
            entries = [item for value in entries for item in _items(name, value)]
        filled = [value for value in entries if value != ""]
        if filled:
            values[name] = filled if name in LISTS else filled[-1]
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise invalid_field(error.errors(include_url=False, include_input=False)[0]) from error


def invalid_field(first: Mapping[str, Any]) -> BadRequest:
    """The error for the first entry of a pydantic error's list. Its place is `("field", …)`, or for
    requests that FastAPI reads `("body" or "query", "field", …)`."""
    place = [str(part) for part in first["loc"]]
    name = place[1] if len(place) > 1 and place[0] in _PARTS_OF_REQUESTS else "".join(place[:1])
    if first["type"] == "missing":
        missing = BadRequest(f"The field {name} is missing: add it and send it again.", field=name)
        missing.hints = {"missing": name}
        return missing
    if name in _PARTS_OF_REQUESTS or first["type"] == "json_invalid":
        name = place[0]
        return BadRequest(f"The {name} must be a JSON object of fields.", field=name)
    wrong = BadRequest(
        f"The field {name} cannot be used ({broken_rule(first)}): correct it and send it again.",
        field=name,
    )
    if "expected" in first.get("ctx", {}):
        wrong.hints = {"choices": first["ctx"]["expected"].replace(" or ", ", ").replace("'", "")}
    return wrong


def _items(name: str, value: str) -> list[str]:
    """The items in one value of a list field: one item, or several in the ways that clients write
    them: `["word", "segment"]` or `word,segment`."""
    if value.startswith("["):
        with contextlib.suppress(orjson.JSONDecodeError):
            items = orjson.loads(value)
            if all(isinstance(item, str) for item in items):
                return list(items)
    return [item.strip() for item in value.split(",")] if name in WORD_LISTS else [value]


def form_schema(
    kind: type[BaseModel], files: Mapping[str, str], *, several: bool = False
) -> dict[str, Any]:
    """The OpenAPI description of a form's body. `files`: names of file fields → description;
    `several`: they may be repeated."""
    text = kind.model_json_schema()
    one = {"type": "string", "format": "binary"}
    parts = {
        name: {**({"type": "array", "items": one} if several else one), "description": description}
        for name, description in files.items()
    }
    multipart = {**text, "properties": {**text["properties"], **parts}}
    content = {"multipart/form-data": {"schema": multipart}}
    if {"file_path", "file_paths"} & set(text["properties"]):
        content["application/x-www-form-urlencoded"] = {"schema": text}
    return {"requestBody": {"required": True, "content": content}}
