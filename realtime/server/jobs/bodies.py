"""Requests and responses of the jobs API, as values and for the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import orjson
from pydantic import BaseModel, ConfigDict, Field

from realtime.jobs.job import Failure, Job, Labels, Reason, Status
from realtime.jobs.service import JobView
from realtime.jobs.store.base import JobChange
from realtime.server.http.schemas import Answer, TranscriptBody
from realtime.transcribe.fields import FileFields
from realtime.transcribe.service import warning
from realtime.wire.texts import KOREAN, Language

MESSAGES: Final[Mapping[Status, tuple[str, str]]] = {
    Status.PENDING: ("작업이 대기열에 추가되었습니다.", "The job waits for its turn."),
    Status.PROCESSING: ("작업을 처리하고 있습니다.", "The job is being done."),
    Status.COMPLETED: ("작업이 끝났습니다.", "The job is done."),
    Status.FAILED: ("작업이 실패했습니다.", "The job failed."),
    Status.CANCELLED: ("작업이 취소되었습니다.", "The job was cancelled."),
}
"""Korean and English."""
KOREAN_REASONS: Final[Mapping[Reason, str]] = {
    Reason.TIMEOUT: "작업이 오랫동안 진행되지 않아 중단했습니다. 다시 시도하거나 파일을 "
    "확인하세요.",
    Reason.API_ERROR: "전사 API가 오류를 반환했습니다. 파일을 확인하거나 나중에 다시 시도하세요.",
    Reason.PATH_NOT_FOUND: "업로드한 파일을 찾을 수 없습니다. 다시 업로드하세요.",
    Reason.CANCELLED: "요청에 따라 취소되었습니다.",
    Reason.INTERNAL: "작업을 끝내지 못했습니다. 파일과 서버 로그를 확인하고 다시 시도하세요.",
}


_ABOUT_THE_FILE = frozenset({"filename", "size_bytes", "duration_s"})
"""Fields of a job's request that describe the file, not what is to be done with it."""


class AsyncFields(FileFields):
    """A new job."""

    file_id: Annotated[str, Field(max_length=64, description="Id of an upload.")]


class UploadedBody(Answer):
    """A stored upload."""

    success: bool
    file_id: str
    filename: str
    size_bytes: int
    duration: Annotated[
        float | None, Field(description="In seconds; null if the file does not state it.")
    ]


class SubmittedBody(Answer):
    """The result of a job."""

    success: bool
    job_id: str
    status: Status
    message: str


class JobErrorBody(Answer):
    """Why a job has no result."""

    code: Reason
    message: str
    detail: Annotated[str, Field(description="Code of the underlying error; may be empty.")]


class JobBody(Answer):
    """A job."""

    job_id: str
    file_id: str
    file_path: Annotated[str, Field(description="Name of the uploaded file.")]
    name: Annotated[str, Field(description="Name given by a user; may be empty.")]
    folder: str
    tags: list[str]
    is_set_aside: Annotated[
        bool, Field(description="A user preferred another transcript of the same upload.")
    ]
    language: str
    is_stream: bool
    duration: Annotated[
        float | None, Field(description="In seconds; null if the file does not state it.")
    ]
    status: Status
    progress: Annotated[float, Field(description="In percent.")]
    queue_position: Annotated[
        int | None, Field(description="Position in the queue; 1 is the next job to run.")
    ]
    attempt: int
    created_at: str
    started_at: str | None
    completed_at: str | None
    result: TranscriptBody | None
    error: JobErrorBody | None
    options: Annotated[
        dict[str, Any] | None,
        Field(description="Options of the request; not in lists and events."),
    ] = None


class LabelFields(BaseModel):
    """Name, folder and tags of a job. Fields that are left out do not change."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[
        str | None,
        Field(
            max_length=200, description='Name to show; "" restores the name of the uploaded file.'
        ),
    ] = None
    folder: Annotated[str | None, Field(max_length=100)] = None
    tags: Annotated[list[Annotated[str, Field(max_length=40)]] | None, Field(max_length=20)] = None
    is_set_aside: bool | None = None

    def on(self, labels: Labels) -> Labels:
        """`labels` with the fields that are set here."""
        tags = labels.tags if self.tags is None else tuple(map(_tidy, self.tags))
        return Labels(
            labels.name if self.name is None else _tidy(self.name),
            labels.folder if self.folder is None else _tidy(self.folder),
            tuple(dict.fromkeys(tag for tag in tags if tag)),
            labels.is_set_aside if self.is_set_aside is None else self.is_set_aside,
        )


class HitBody(Answer):
    """A transcript that contains the searched text."""

    job_id: str
    excerpt: str


class HitsBody(Answer):
    """Results of a search, newest first."""

    hits: list[HitBody]


class JobsBody(Answer):
    """A page of jobs."""

    total: int
    jobs: list[JobBody]
    version: Annotated[int, Field(description="Value for the parameter `since` of the events.")]


def _tidy(text: str) -> str:
    """The text with single spaces, and without control characters."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def message(status: Status, language: Language) -> str:
    """A sentence for users that says what a status means."""
    korean, english = MESSAGES[status]
    return korean if language == "ko" else english


def job_body(view: JobView, language: Language, text_chars: int | None = None) -> dict[str, Any]:
    """A job as `/api/transcribe-status/` returns it. `text_chars`: limit for the result's text."""
    result = view.result
    if result is not None and text_chars is not None:
        result = {**result, "text": str(result.get("text", ""))[:text_chars]}
    if result is not None and "warnings" in result:  # stored in Korean
        known = [warning(str(one["code"]), language) for one in result["warnings"]]
        result = {**result, "warnings": known}
    return {
        **_core(view.job, language),
        "queue_position": None if view.ahead is None else view.ahead + 1,
        "result": result,
    }


def options_of(job: Job) -> dict[str, Any]:
    """The options of the request that are set."""
    return {
        name: value
        for name, value in job.request.items()
        if name not in _ABOUT_THE_FILE and value not in (None, False, "", [])
    }


def moment_event(change: JobChange, language: Language) -> bytes:
    """One server-sent event: the job without its result, or the deletion of the job."""
    if change.job is None:
        name, body = "deleted", {"job_id": change.job_id}
    else:
        name, body = "job", _core(change.job, language)
    head = f"id: {change.version}\nevent: {name}\ndata: "
    return head.encode() + orjson.dumps(body) + b"\n\n"


def _core(job: Job, language: Language) -> dict[str, Any]:
    return {
        "job_id": job.id,
        "file_id": job.file_id,
        "file_path": job.request.get("filename", ""),
        "name": job.labels.name,
        "folder": job.labels.folder,
        "tags": list(job.labels.tags),
        "is_set_aside": job.labels.is_set_aside,
        "language": job.request.get("language", ""),
        "is_stream": job.request.get("is_stream", False),
        "duration": job.request.get("duration_s"),
        "status": job.status.value,
        "progress": round(job.progress, 1),
        "attempt": job.attempt,
        "created_at": _moment(job.created_at),
        "started_at": _moment(job.started_at),
        "completed_at": _moment(job.completed_at),
        "error": None if job.failure is None else _error(job.failure, language),
    }


def _error(failure: Failure, language: Language) -> dict[str, str]:
    text = failure.message
    if language == "ko":
        # The error's details are not stored: a sentence that needs them gives way to the reason's.
        korean = KOREAN.get(failure.detail, "")
        text = korean if korean and "{" not in korean else KOREAN_REASONS[failure.reason]
    return {"code": failure.reason.value, "message": text, "detail": failure.detail}


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()
