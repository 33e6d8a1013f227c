"""The checked fields of all requests that transcribe files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

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
from realtime.files.formats import TIMED, Format
from realtime.files.options import FileOptions
from realtime.languages import ALLOWED, AUTO, SEVERAL_ALLOWED, language_code, language_codes
from realtime.postprocess.base import Steps
from realtime.types import Task
from realtime.wire import options as table
from realtime.wire.config import refuse_two_ways
from realtime.wire.option import Option, Texts


@dataclass(frozen=True, slots=True)
class FileDefaults:
    """Options of a file where its request does not set them."""

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


def form_field(option: Option[Any], default: str = "") -> Any:
    """A form's field for a stream's option, with its bounds and meaning. `default`: describes the
    default, where the value alone would not."""
    meaning = option.meaning[0] + (f" Default: {default}." if default else "")
    return Field(**option.bounds, description=meaning)


OWN_FIELDS: Final[Mapping[str, Texts]] = {
    "is_stream": (
        "Decode and transcribe the file piece by piece, in little memory whatever its length.",
        "파일 길이와 상관없이 적은 메모리로, 조각별로 디코딩하고 전사합니다.",
    ),
    "classification": (
        "Classify what the call is about.",
        "무엇에 대한 통화인지 분류합니다.",
    ),
    "ai_agent": (
        "Add a summary, the intent, next actions and a suggested reply by a language model.",
        "언어 모델이 요약, 의도, 다음에 할 일, 추천 답변을 만듭니다.",
    ),
    "summary": (
        "Add points and chapters by a language model, with the segments that they cite.",
        "언어 모델이 요점과 장을 만들고, 근거가 된 구간을 표시합니다.",
    ),
    "known_voices": (
        "With `diarize`: name the speakers whose voices are stored for the owner of the key.",
        "`diarize`와 함께: 키 주인이 저장해 둔 목소리의 화자에 이름을 표시합니다.",
    ),
    "file_path": (
        "Path of a file on the server, inside the allowed directory.",
        "서버의 허용된 폴더 안에 있는 파일의 경로.",
    ),
    "output": ("Format of the response.", "응답의 형식."),
    "file_paths": (
        "Paths of files on the server, inside the allowed directory.",
        "서버의 허용된 폴더 안에 있는 파일들의 경로.",
    ),
    "wait": (
        "With false the response comes at once (202), and the batch runs on.",
        "false이면 바로 응답하고(202) 처리는 계속합니다.",
    ),
}
"""Fields of a form that no live stream has → their meaning in English and Korean."""


def own_field(name: str) -> Any:
    """A form's field that is not an option of a stream."""
    return Field(description=OWN_FIELDS[name][0])


LanguagesField = Annotated[
    tuple[str, ...], BeforeValidator(_checked_languages), form_field(table.LANGUAGES)
]
LanguageField = Annotated[str, AfterValidator(_checked_language)]
PromptField = Annotated[str, form_field(table.PROMPT)]
DiarizeField = Annotated[bool, form_field(table.DIARIZE)]


class FileFields(BaseModel):
    """Fields that say how a file is transcribed; `/transcribe` and batches share them."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    language: Annotated[
        LanguageField | None, form_field(table.LANGUAGE, "the server's setting, `ko`")
    ] = None
    languages: LanguagesField = ()
    is_stream: Annotated[bool, own_field("is_stream")] = False
    privacy_removal: Annotated[bool, form_field(table.PRIVACY)] = table.PRIVACY.default
    classification: Annotated[bool, own_field("classification")] = False
    ai_agent: Annotated[bool, own_field("ai_agent")] = False
    summary: Annotated[bool, own_field("summary")] = False
    backend: Annotated[
        str | None,
        Field(description="Ignored: use /backend/reload.", json_schema_extra={"deprecated": True}),
    ] = None
    task: Annotated[Task, form_field(table.TASK)] = table.TASK.default
    prompt: PromptField = table.PROMPT.default
    hotwords: Annotated[str, form_field(table.HOTWORDS)] = table.HOTWORDS.default
    word_timestamps: Annotated[bool, form_field(table.WORDS)] = table.WORDS.default
    multichannel: Annotated[bool, form_field(table.MULTICHANNEL)] = table.MULTICHANNEL.default
    diarize: DiarizeField = table.DIARIZE.default
    known_voices: Annotated[bool, own_field("known_voices")] = False

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
        """The options for the transcriber."""
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
    """Fields of `/transcribe` and `/transcribe_by_upload`."""

    file_path: Annotated[str | None, own_field("file_path")] = None
    output: Annotated[Format, own_field("output")] = "json"

    def options(self, defaults: FileDefaults) -> FileOptions:
        made = super().options(defaults)
        return replace(made, word_times=made.word_times or self.output in TIMED)


class BatchFields(FileFields):
    """Fields of `/transcribe_batch`."""

    file_paths: Annotated[tuple[str, ...], own_field("file_paths")] = ()
    wait: Annotated[bool, own_field("wait")] = True
