"""`/api/…`: uploads and their jobs, on the listener of the web page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Protocol

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from realtime.errors import BadRequest, DiskFull
from realtime.files.transcriber import FileTranscriber
from realtime.jobs.files import JobFiles, StoredFile
from realtime.jobs.job import Job, Status, is_shown
from realtime.jobs.service import JobService, JobView
from realtime.languages import AUTO
from realtime.server.http.answers import json_response, language_of
from realtime.server.http.events import HEARTBEAT_S, event_stream
from realtime.server.http.exchange import owner_of
from realtime.server.http.forms import read_form
from realtime.server.http.schemas import error_answers
from realtime.server.jobs.bodies import (
    AsyncFields,
    HitsBody,
    JobBody,
    JobsBody,
    LabelFields,
    SubmittedBody,
    UploadedBody,
    job_body,
    message,
    moment_event,
    options_of,
)
from realtime.server.uploads import Upload, UploadFolder
from realtime.transcribe.views import MaskedView, View
from realtime.wire.texts import Language

MOST_LISTED = 500
MOST_KEY_CHARS = 200
MOST_WANTED_CHARS = 200
FILE_SCHEMA = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "required": ["file"],
                }
            }
        },
    }
}


class JobRequests(Protocol):
    """Checks and defaults for requests of jobs."""

    def check(self, fields: AsyncFields) -> None:
        """Refuse what the model cannot do. Raises BadRequest."""

    def check_hours(self, owner: str) -> None:
        """Refuse a key whose hours of audio are used up. Raises LimitReached."""

    def hours_for(self, owner: str, seconds: float) -> AbstractAsyncContextManager[None]:
        """Reserve hours until the job is stored, and so counted. Raises LimitReached."""
        ...

    def language(self) -> str:
        """The language of requests that name none: a code or `auto`."""
        ...


@dataclass(frozen=True, slots=True)
class JobParts:
    """What the routes need."""

    service: JobService
    limit_bytes: int
    """Limit for one upload."""
    files: FileTranscriber
    """Determines the duration of an upload."""
    requests: JobRequests
    masked: MaskedView


class _Folder(UploadFolder):
    """Receives uploads into files that can be kept."""

    def __init__(self, files: JobFiles, folder: Path, limit_bytes: int) -> None:
        super().__init__(folder, limit_bytes)
        self._files = files

    def new(self) -> Upload:
        try:
            return _Upload(self._files.begin(), self.limit_bytes)
        except OSError as error:
            raise DiskFull(
                f"Uploads cannot be stored ({error.strerror}): check STT_DATA_DIR."
            ) from error


class _Upload(Upload):
    """The file is deleted when the upload is closed, unless it was kept."""

    def close(self) -> None:
        super().close()
        Path(self.file.name).unlink(missing_ok=True)


ONE = {200: {"model": JobBody, "description": "The job."}, **error_answers(404)}
CHANGED = {**ONE, **error_answers(404, 409, 507)}


def jobs_router(parts: JobParts) -> APIRouter:
    """The routes; `RealtimeError`s are answered by the application that includes them."""
    router = APIRouter(prefix="/api", tags=["Jobs"])
    _add_submission(router, parts)
    _add_queries(router, parts)
    _add_changes(router, parts.service)
    _add_events(router, parts.service)
    return router


def _add_submission(router: APIRouter, parts: JobParts) -> None:
    service = parts.service

    @router.post(
        "/upload/",
        responses={200: {"model": UploadedBody}, **error_answers(400, 408, 413, 415, 422, 507)},
        openapi_extra=FILE_SCHEMA,
    )
    async def upload(request: Request) -> Response:
        """Store an audio file for a job. The file is on disk when this responds."""
        stored = await _receive(parts, request)
        return json_response(
            {
                "success": True,
                "file_id": stored.file_id,
                "filename": stored.name,
                "size_bytes": stored.size_bytes,
                "duration": stored.duration_s,
            }
        )

    @router.post(
        "/transcribe-async/",
        responses={200: {"model": SubmittedBody}, **error_answers(404, 409, 422, 429, 507)},
    )
    async def transcribe_async(
        fields: AsyncFields,
        request: Request,
        idempotency_key: Annotated[str, Header(max_length=MOST_KEY_CHARS)] = "",
    ) -> Response:
        """Transcribe an upload. With `Idempotency-Key`, sending the request twice makes one job."""
        asker = owner_of(request.scope)
        parts.requests.check_hours(asker)
        parts.requests.check(fields)
        stored = await service.upload(fields.file_id, asker)
        job_fields = _job_fields(fields, stored, parts.requests.language())
        async with parts.requests.hours_for(asker, stored.duration_s or 0.0):
            job = await service.submit(fields.file_id, job_fields, idempotency_key, asker)
        return json_response(_submitted(job, language_of(request.headers)))


def _add_queries(router: APIRouter, parts: JobParts) -> None:
    service = parts.service

    @router.get("/transcribe-status/{job_id}", responses=ONE)
    async def status(job_id: str, request: Request, view: View = "original") -> Response:
        """Return a job with its result; `masked`: without personal data."""
        job = await service.view(job_id, owner_of(request.scope))
        if view == "masked" and job.result is not None:
            job = replace(job, result=await parts.masked.result(job.result))
        body = job_body(job, language_of(request.headers))
        return json_response({**body, "options": options_of(job.job)})

    @router.get("/transcribe-jobs/", responses={200: {"model": JobsBody}, **error_answers(422)})
    async def jobs(
        request: Request,
        status: Status | None = None,
        limit: Annotated[int, Query(ge=0, le=MOST_LISTED)] = 50,
        offset: Annotated[int, Query(ge=0, le=1 << 40)] = 0,
        text_chars: Annotated[int | None, Query(ge=0)] = None,
    ) -> Response:
        """Jobs, newest first; results without their segments, and with the beginning of the text
        where `text_chars` says how much of it. `version`: for the events."""
        language, version = language_of(request.headers), await service.version()
        total, views = await service.views(status, limit, offset, owner_of(request.scope))
        listed = [job_body(view, language, text_chars) for view in views]
        return json_response({"total": total, "jobs": listed, "version": version})

    @router.get("/transcribe-search/", responses={200: {"model": HitsBody}, **error_answers(422)})
    async def search(
        request: Request,
        q: Annotated[str, Query(min_length=1, max_length=MOST_WANTED_CHARS)],
        limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 100,
    ) -> Response:
        """Find jobs whose transcripts, corrections included, contain `q`; newest first."""
        hits = await service.search(q, limit, owner_of(request.scope))
        return json_response({"hits": [asdict(hit) for hit in hits]})


def _add_changes(router: APIRouter, service: JobService) -> None:
    @router.patch("/transcribe-jobs/{job_id}", responses=CHANGED)
    async def label(job_id: str, fields: LabelFields, request: Request) -> Response:
        """Change the name, folder or tags of a job."""
        job = await service.label(job_id, fields.on, owner_of(request.scope))
        return json_response(job_body(JobView(job), language_of(request.headers)))

    @router.post("/transcribe-cancel/{job_id}", responses=CHANGED)
    async def cancel(job_id: str, request: Request) -> Response:
        """Cancel a waiting or running job."""
        job = await service.cancel(job_id, owner_of(request.scope))
        return json_response(_submitted(job, language_of(request.headers)))

    @router.post("/transcribe-retry/{job_id}", responses=CHANGED)
    async def retry(job_id: str, request: Request) -> Response:
        """Retry a failed or cancelled job, from where it stopped."""
        job = await service.retry(job_id, owner_of(request.scope))
        return json_response(_submitted(job, language_of(request.headers)))

    @router.delete(
        "/transcribe-jobs/{job_id}",
        responses={200: {"description": "It is gone."}, **error_answers(404, 507)},
    )
    async def delete(job_id: str, request: Request) -> Response:
        """Delete a job with its result and its upload; a running job is cancelled first."""
        await service.delete(job_id, owner_of(request.scope))
        return json_response({"success": True, "job_id": job_id})


def _add_events(router: APIRouter, service: JobService) -> None:
    @router.get(
        "/transcribe-events/",
        responses={
            200: {
                "description": "Server-sent events: `job` at every change, `deleted`.",
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
            },
            **error_answers(422),
        },
        response_class=StreamingResponse,
    )
    async def events(
        request: Request,
        since: Annotated[int | None, Query(ge=0, le=1 << 62)] = None,
        last_event_id: Annotated[str, Header(max_length=20)] = "",
    ) -> Response:
        """Stream the changes of all jobs; after a broken connection, from `Last-Event-ID` or
        `since` on."""
        start = _version(last_event_id) if last_event_id else since
        return event_stream(_events(service, start, request))


async def _receive(parts: JobParts, request: Request) -> StoredFile:
    files, threads = parts.service.files, parts.service.threads
    folder = _Folder(files, files.folder, parts.limit_bytes)
    async with read_form(request, folder) as form:
        if not form.files:
            raise BadRequest("Send an audio file as the form part `file`.", field="file")
        received = form.files[0]
        source = received.upload.file
        duration_s = await parts.files.duration_s(source)
        owner = owner_of(request.scope)
        return await threads.run(lambda: files.keep(source, received.filename, duration_s, owner))


def _job_fields(
    fields: AsyncFields, stored: StoredFile, default_language: str
) -> dict[str, object]:
    """The request that is stored with the job, as JSON values."""
    job_fields = fields.model_dump(mode="json", exclude={"file_id", "backend"})
    job_fields["language"] = fields.language or (AUTO if fields.languages else default_language)
    about = {"size_bytes": stored.size_bytes, "duration_s": stored.duration_s}
    return job_fields | {"filename": stored.name, **about}


def _submitted(job: Job, language: Language) -> dict[str, object]:
    return {
        "success": True,
        "job_id": job.id,
        "status": job.status.value,
        "message": message(job.status, language),
    }


def _version(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise BadRequest("Last-Event-ID must be the id of an event.", field="Last-Event-ID")
    return int(text) & ((1 << 62) - 1)


async def _events(service: JobService, since: int | None, request: Request) -> AsyncIterator[bytes]:
    language, asker = language_of(request.headers), owner_of(request.scope)
    async for changes in service.feed.changes(since, HEARTBEAT_S):
        for change in changes:
            if is_shown(change.submitter, asker):
                yield moment_event(change, language)
