"""What can be asked of a file's transcription, checked: fields of every door that takes files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from realtime.errors import BadOption
from realtime.files.options import FileOptions
from realtime.files.subtitles import TIMED, Format
from realtime.languages import ALLOWED, AUTO, SEVERAL_ALLOWED, language_code, language_codes
from realtime.postprocess.base import Steps
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
    summary: Annotated[
        bool, Field(description="Points and chapters by a language model, with their segments.")
    ] = False
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
        return Steps(self.privacy_removal, self.classification, self.ai_agent, self.summary)

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
