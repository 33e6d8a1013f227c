"""The fields of forms, checked. Unknown ones are ignored, empty ones count as left out."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, TypeVar

import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from realtime.errors import BadOption, BadRequest
from realtime.files.options import FileOptions
from realtime.files.subtitles import TIMED, Format
from realtime.languages import ALLOWED, AUTO, SEVERAL_ALLOWED, language_code, language_codes
from realtime.postprocess.base import Steps
from realtime.server.http.forms import Form
from realtime.types import Task
from realtime.wire.config import refuse_two_ways
from realtime.wire.values import MAX_TEXT


@dataclass(frozen=True, slots=True)
class FileDefaults:
    """What a file gets for which nothing is said."""

    language: str = "ko"
    """ISO code or `auto`."""
    beam_size: int = 1
    overlap_s: float = 5.0


def _checked_language(value: str) -> str:
    try:
        return language_code(value) or AUTO
    except ValueError:
        raise ValueError(f"not {ALLOWED}") from None


def _checked_languages(value: object) -> tuple[str, ...]:
    try:
        return language_codes(value) if value else ()
    except ValueError:
        raise ValueError(f"not {SEVERAL_ALLOWED}") from None


LanguagesField = Annotated[
    tuple[str, ...],
    BeforeValidator(_checked_languages),
    Field(description="What the model may tell where `language` is not given, or is `auto`."),
]
LanguageField = Annotated[str, AfterValidator(_checked_language)]
TextField = Annotated[str, Field(max_length=MAX_TEXT)]
DiarizeField = Annotated[
    bool, Field(description="Tell voices apart: segments carry `speaker`. Not with multichannel.")
]


class FileFields(BaseModel):
    """How files are transcribed: fields of `/transcribe` and of batches alike."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    language: Annotated[
        LanguageField | None,
        Field(
            description="A language of Whisper by code, locale or English name, or `auto`. "
            "Default: `ko`, or the server's setting."
        ),
    ] = None
    languages: LanguagesField = ()
    is_stream: Annotated[
        bool, Field(description="Bounded memory, any size: decode, cut, transcribe by pieces.")
    ] = False
    privacy_removal: Annotated[bool, Field(description="Mask personal data.")] = False
    classification: Annotated[bool, Field(description="Say what the call is about.")] = False
    ai_agent: Annotated[bool, Field(description="Summary, intent, next actions, reply.")] = False
    backend: Annotated[
        str | None,
        Field(description="Ignored: use /backend/reload.", json_schema_extra={"deprecated": True}),
    ] = None
    task: Task = "transcribe"
    prompt: TextField = ""
    hotwords: TextField = ""
    word_timestamps: bool = False
    multichannel: Annotated[bool, Field(description="Every channel on its own.")] = False
    diarize: DiarizeField = False

    @field_validator("diarize")
    @classmethod
    def _one_way(cls, value: bool, others: ValidationInfo) -> bool:
        try:
            refuse_two_ways(multichannel=others.data.get("multichannel", False), diarize=value)
        except BadOption as error:
            raise ValueError(error.message) from error
        return value

    @property
    def steps(self) -> Steps:
        return Steps(self.privacy_removal, self.classification, self.ai_agent)

    def options(self, defaults: FileDefaults) -> FileOptions:
        """For the transcriber."""
        language = self.language or (AUTO if self.languages else defaults.language)
        return FileOptions(
            language=None if language == AUTO else language,
            languages=self.languages,
            task=self.task,
            prompt=self.prompt,
            hotwords=self.hotwords,
            beam_size=defaults.beam_size,
            word_times=self.word_timestamps,
            overlap_s=defaults.overlap_s,
            multichannel=self.multichannel,
            diarize=self.diarize,
            bounded=self.is_stream,
        )


class TranscribeFields(FileFields):
    """Of `/transcribe` and `/transcribe_by_upload`."""

    file_path: Annotated[
        str | None, Field(description="A file on the server, inside the allowed directory.")
    ] = None
    output: Annotated[Format, Field(description="What is answered with.")] = "json"

    def options(self, defaults: FileDefaults) -> FileOptions:
        made = super().options(defaults)
        return replace(made, word_times=made.word_times or self.output in TIMED)


class BatchFields(FileFields):
    """Of `/transcribe_batch`."""

    file_paths: Annotated[
        tuple[str, ...], Field(description="Files on the server, inside the allowed directory.")
    ] = ()
    wait: Annotated[bool, Field(description="false: answer at once (202).")] = True


class OpenAIFields(BaseModel):
    """Of `/v1/audio/transcriptions` and `/v1/audio/translations`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    model: Annotated[str, Field(description="Any name: the loaded model answers.")] = ""
    language: LanguageField | None = None
    languages: LanguagesField = ()
    prompt: TextField = ""
    response_format: Literal["json", "text", "srt", "verbose_json", "vtt", "diarized_json"] = "json"
    temperature: Annotated[float, Field(ge=0, le=1, description="Accepted, not used.")] = 0.0
    stream: bool = False
    timestamp_granularities: tuple[Literal["word", "segment"], ...] = ()
    include: tuple[Literal["logprobs"], ...] = ()
    keywords: Annotated[tuple[str, ...], Field(max_length=200)] = ()
    diarize: DiarizeField = False


Fields = TypeVar("Fields", bound=BaseModel)

LISTS = frozenset({"file_paths", "languages", "timestamp_granularities", "include", "keywords"})
WORD_LISTS = frozenset({"timestamp_granularities", "include", "languages"})
"""Of a few known words: commas part them."""


def checked(kind: type[Fields], form: Form) -> Fields:
    """The fields of a form. Raises BadRequest (`field`) for the first that cannot be used."""
    values: dict[str, object] = {}
    for name, given in form.fields.items():
        if name in LISTS:
            given = [item for value in given for item in _items(name, value)]
        filled = [value for value in given if value != ""]
        if filled:
            values[name] = filled if name in LISTS else filled[-1]
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name, why = str(first["loc"][0]) if first["loc"] else "", first["msg"]
        why = why.removeprefix("Value error, ")
        raise BadRequest(
            f"The field {name} cannot be used ({why}): correct it and send it again.", field=name
        ) from error


def _items(name: str, value: str) -> list[str]:
    """One value of a list's field: an item, or several in one of the ways that clients write them:
    `["word", "segment"]` or `word,segment`."""
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
