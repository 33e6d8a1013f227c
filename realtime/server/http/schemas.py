"""Responses as the OpenAPI document describes them. Other modules build the responses; tests check
that both agree."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from realtime.server.http.batches import BatchStatus, FileStatus
from realtime.types import Task


class Answer(BaseModel):
    model_config = ConfigDict(extra="allow")


class WordBody(Answer):
    word: str
    start: Annotated[float, Field(description="In seconds.")]
    end: float
    probability: float


class SegmentBody(Answer):
    start: Annotated[float, Field(description="In seconds.")]
    end: float
    text: str
    channel: int | None = None
    speaker: Annotated[
        int | None,
        Field(description="With `diarize`: 0 … in order of appearance; missing if unknown."),
    ] = None
    words: list[WordBody] | None = None


class PrivacyBody(Answer):
    privacy_exist: Literal["Y", "N"]
    exist_reason: str
    text: str
    privacy_types: list[str]


class ClassificationBody(Answer):
    code: str
    category: str
    confidence: float
    reason: str


class AgentBody(Answer):
    summary: str
    intent: str
    next_actions: list[str]
    suggested_reply: str


class PointBody(Answer):
    text: str
    segments: Annotated[
        list[int], Field(description="Indexes of the segments that this point is from.")
    ]
    starts: Annotated[list[float], Field(description="Where these segments begin, in seconds.")]


class ChapterBody(Answer):
    title: str
    segment: Annotated[int, Field(description="Index of the chapter's first segment.")]
    start: float
    text: Annotated[str, Field(description="Text of that segment.")]


class SummaryBody(Answer):
    points: list[PointBody]
    chapters: list[ChapterBody]
    dropped: Annotated[
        int,
        Field(description="Points and chapters dropped, as they cite segments that do not exist."),
    ]
    left_out: Annotated[
        int,
        Field(description="Segments in the middle of a very long transcript that were not read."),
    ]


class ProcessingSteps(Answer):
    stt: bool
    privacy_removal: bool
    classification: bool
    ai_agent: bool
    summary: Annotated[bool | None, Field(description="Present only if it was requested.")] = None


class MemoryInfo(Answer):
    available_mb: int | None
    used_percent: float | None


class WarningBody(Answer):
    """A warning about the audio or the options."""

    code: Annotated[
        str,
        Field(
            description="Stable code: `sides_cancel`, `cut_off`, `context_off`, "
            "`word_times_estimated`."
        ),
    ]
    message: str


class TranscriptBody(Answer):
    """A transcript."""

    success: bool
    text: str
    language: str
    duration: Annotated[float, Field(description="Length of the audio, in seconds.")]
    backend: str
    model: Annotated[str, Field(description="The model that made the transcript.")] = ""
    file_path: str
    file_size_mb: float
    privacy_removal: PrivacyBody | None = None
    classification: ClassificationBody | None = None
    ai_agent: AgentBody | None = None
    summary: SummaryBody | None = None
    processing_steps: ProcessingSteps
    step_errors: dict[str, str] | None = None
    processing_time_seconds: float
    processing_mode: Literal["normal", "streaming"]
    segments_processed: int
    cost_usd: Annotated[
        float | None,
        Field(description="What the cloud provider charged; missing for local models."),
    ] = None
    warnings: list[WarningBody] | None = None
    speakers: Annotated[
        dict[str, str] | None,
        Field(description="With `known_voices`: names of speakers by their numbers."),
    ] = None
    segments: list[SegmentBody]
    memory_info: MemoryInfo


class ErrorDetail(Answer):
    code: Annotated[str, Field(description="Stable code of the error.")]
    error: Annotated[
        str, Field(description="The message in Korean or English, as Accept-Language says.")
    ]
    message: Annotated[str, Field(description="One sentence that says what to do.")]


class ErrorBody(Answer):
    """An error."""

    detail: ErrorDetail


class OpenAIErrorDetail(Answer):
    message: str
    type: str
    param: str | None
    code: str | None


class OpenAIErrorBody(Answer):
    """An error in OpenAI's format."""

    error: OpenAIErrorDetail


class BatchFileBody(Answer):
    filename: str
    filepath: str
    status: FileStatus
    result: TranscriptBody | None
    error: ErrorDetail | None
    processing_time_seconds: float


class BatchProgress(Answer):
    total: int
    completed: int
    failed: int
    in_progress: int
    pending: int
    progress_percent: float


class BatchBody(Answer):
    """The state of a batch."""

    batch_id: str
    status: BatchStatus
    files: list[BatchFileBody]
    progress: BatchProgress
    created_at: str
    started_at: str | None
    completed_at: str | None
    total_processing_time_seconds: float


class TraitsBody(Answer):
    """Abilities of the model."""

    window_s: Annotated[
        float, Field(description="Longest audio that it decodes at once, in seconds.")
    ]
    languages: Annotated[list[str], Field(description="Codes of the languages that it knows.")]
    detects_language: Annotated[bool, Field(description="It accepts `auto` as the language.")]
    tasks: list[Task]
    context_text: Annotated[bool, Field(description="It uses `prompt` and `hotwords`.")]
    word_times: Annotated[bool, Field(description="It returns the times of words.")]
    partials: Annotated[bool, Field(description="Live streams get partials.")]


class BackendBody(Answer):
    """The backend in use."""

    current_backend: str | None
    backend_type: str
    device: str
    compute_type: str
    model_path: str
    multilingual: Annotated[
        bool | None, Field(description="false: it knows only one language.")
    ] = None
    traits: Annotated[TraitsBody | None, Field(description="null while the model is loading.")] = (
        None
    )
    available_backends: dict[str, bool]
    loaded: bool
    previous_backend: str | None = None


class ReloadRequest(BaseModel):
    """The backend to load."""

    model_config = ConfigDict(extra="ignore")

    backend: Annotated[
        str | None,
        Field(
            max_length=200, description="Name or alias of a backend. null: the configured order."
        ),
    ] = None


class MemoryBody(Answer):
    available_mb: int | None = None
    total_mb: int | None = None
    used_percent: float | None = None
    status: Literal["ok", "warning", "critical"]
    message: str


class HealthBody(Answer):
    """State of the server."""

    status: str
    version: str
    backend: str | None = None
    backend_type: str | None = None
    model: str | None = None
    device: str | None = None
    compute_type: str | None = None
    language_model: Annotated[
        bool,
        Field(description="A language model is configured for the steps after the transcript."),
    ]
    memory: MemoryBody


class ReadyBody(Answer):
    ready: bool
    last_inference_s: float | None


class LiveBody(Answer):
    live: bool


class ModelBody(Answer):
    """A model in OpenAI's format."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class ModelsBody(Answer):
    object: Literal["list"]
    data: list[ModelBody]


class OpenAITranscript(Answer):
    """`json`, or `verbose_json` with more keys."""

    text: str
    usage: dict[str, Any]


ERROR_TEXTS: dict[int, str] = {
    400: "The request cannot be understood.",
    401: "A key is needed.",
    403: "Not allowed: a path outside the allowed directory, or a page of another site.",
    404: "Not found.",
    405: "Another method is needed: see Allow.",
    408: "The upload was too slow.",
    409: "It runs already.",
    413: "Too large.",
    415: "Not audio.",
    422: "A field is missing or cannot be used.",
    429: "Too many requests: see Retry-After.",
    500: "It failed.",
    502: "The provider of the model refused, or cannot be reached.",
    503: "Not ready, or shutting down: see Retry-After.",
    507: "Not enough memory or disk.",
}


def error_answers(*statuses: int, openai: bool = False) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI description of errors, always with those that the gate raises."""
    model = OpenAIErrorBody if openai else ErrorBody
    every = sorted({401, 403, 405, 429, 503, *statuses})
    return {status: {"model": model, "description": ERROR_TEXTS[status]} for status in every}
