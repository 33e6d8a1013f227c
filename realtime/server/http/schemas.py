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
    start: Annotated[float, Field(description="Seconds.")]
    end: float
    probability: float


class SegmentBody(Answer):
    start: Annotated[float, Field(description="Seconds.")]
    end: float
    text: str
    channel: int | None = None
    speaker: Annotated[
        int | None,
        Field(description="With `diarize`: 0 … in order of appearance; missing: not known."),
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
    segments: Annotated[list[int], Field(description="Indexes of the segments that say it.")]
    starts: Annotated[list[float], Field(description="When those begin, in seconds.")]


class ChapterBody(Answer):
    title: str
    segment: Annotated[int, Field(description="Index of its first segment.")]
    start: float
    text: Annotated[str, Field(description="Of that segment.")]


class SummaryBody(Answer):
    points: list[PointBody]
    chapters: list[ChapterBody]
    dropped: Annotated[int, Field(description="What cited segments that do not exist.")]
    left_out: Annotated[int, Field(description="Segments of a very long one, not read.")]


class ProcessingSteps(Answer):
    stt: bool
    privacy_removal: bool
    classification: bool
    ai_agent: bool
    summary: Annotated[bool | None, Field(description="Only where it was asked for.")] = None


class MemoryInfo(Answer):
    available_mb: int | None
    used_percent: float | None


class WarningBody(Answer):
    """Something odd about the audio."""

    code: Annotated[
        str,
        Field(description="Never changes: `sides_cancel`, `context_off`, `word_times_estimated`."),
    ]
    message: str


class TranscriptBody(Answer):
    """A transcript."""

    success: bool
    text: str
    language: str
    duration: Annotated[float, Field(description="Of the audio, in seconds.")]
    backend: str
    model: Annotated[str, Field(description="That was loaded.")] = ""
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
        float | None, Field(description="What a cloud charged; missing where nobody did.")
    ] = None
    warnings: list[WarningBody] | None = None
    speakers: Annotated[
        dict[str, str] | None,
        Field(description="With `known_voices`: names by number of the speaker."),
    ] = None
    segments: list[SegmentBody]
    memory_info: MemoryInfo


class ErrorDetail(Answer):
    code: Annotated[str, Field(description="Never changes.")]
    error: Annotated[str, Field(description="In Korean or English, by Accept-Language.")]
    message: Annotated[str, Field(description="One sentence that says what to do.")]


class ErrorBody(Answer):
    """What went wrong."""

    detail: ErrorDetail


class OpenAIErrorDetail(Answer):
    message: str
    type: str
    param: str | None
    code: str | None


class OpenAIErrorBody(Answer):
    """What went wrong, as OpenAI says it."""

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
    """What the model can do."""

    window_s: Annotated[float, Field(description="The most audio that it hears at once, in s.")]
    languages: Annotated[list[str], Field(description="Codes of those that it knows.")]
    detects_language: Annotated[bool, Field(description="`auto` may be asked for.")]
    tasks: list[Task]
    context_text: Annotated[bool, Field(description="It heeds `prompt` and `hotwords`.")]
    word_times: Annotated[bool, Field(description="It tells when each word was said.")]
    partials: Annotated[bool, Field(description="Live streams get partials.")]


class BackendBody(Answer):
    """Which backend runs."""

    current_backend: str | None
    backend_type: str
    device: str
    compute_type: str
    model_path: str
    multilingual: Annotated[bool | None, Field(description="false: one language alone.")] = None
    traits: Annotated[TraitsBody | None, Field(description="null while it is loading.")] = None
    available_backends: dict[str, bool]
    loaded: bool
    previous_backend: str | None = None


class ReloadRequest(BaseModel):
    """Which backend to load."""

    model_config = ConfigDict(extra="ignore")

    backend: Annotated[
        str | None,
        Field(max_length=200, description="A name or alias. None: the configured order."),
    ] = None


class MemoryBody(Answer):
    available_mb: int | None = None
    total_mb: int | None = None
    used_percent: float | None = None
    status: Literal["ok", "warning", "critical"]
    message: str


class HealthBody(Answer):
    """What runs here."""

    status: str
    version: str
    backend: str | None = None
    backend_type: str | None = None
    model: str | None = None
    device: str | None = None
    compute_type: str | None = None
    language_model: Annotated[bool, Field(description="One is set up for the later steps.")]
    memory: MemoryBody


class ReadyBody(Answer):
    ready: bool
    last_inference_s: float | None


class LiveBody(Answer):
    live: bool


class ModelBody(Answer):
    """A model, as OpenAI says it."""

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
    403: "Not allowed: a path outside the allowed directory, or a foreign page.",
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
