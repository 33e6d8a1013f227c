"""`/transcribe_batch`: many files in, their transcripts out, with progress meanwhile."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from typing import BinaryIO

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect

from realtime.errors import BadRequest
from realtime.server.http.answers import json_response, language_of
from realtime.server.http.batches import Batch, BatchSource
from realtime.server.http.events import SCHEMA as EVENT_SCHEMA
from realtime.server.http.events import event, event_stream
from realtime.server.http.exchange import owner_of
from realtime.server.http.fields import checked, form_schema
from realtime.server.http.forms import (
    Form,
    FormLimits,
    ReceivedFile,
    read_form,
    while_connected,
)
from realtime.server.http.schemas import BatchBody, error_answers
from realtime.server.http.services import UPLOAD_FIELDS, Services, base_name
from realtime.server.http.transcribe import DEPRECATION
from realtime.transcribe.fields import BatchFields
from realtime.transcribe.service import TranscriptionRequest
from realtime.wire.texts import Language

MOST_UPLOADS = 100
"""Each upload keeps a file open."""
FILES = {
    "file": "An audio file; repeat the part for more files.",
    "audio": "Another name for `file`.",
}


def routes(services: Services) -> APIRouter:
    router = APIRouter(tags=["Batches"])
    one = {200: {"model": BatchBody, "description": "The batch."}, **error_answers(404, 422)}
    body = form_schema(BatchFields, FILES, several=True)

    @router.post(
        "/transcribe_batch",
        responses={
            200: {"model": BatchBody, "description": "The batch, ended."},
            202: {
                "model": BatchBody,
                "description": "The batch, which has started (`wait=false`).",
            },
            **error_answers(400, 404, 408, 413, 415, 422, 500, 507),
        },
        openapi_extra=body,
    )
    async def transcribe_batch(request: Request) -> Response:
        """Transcribe many files. If one file fails, the others are still transcribed."""
        return await _start(services, request)

    @router.get("/transcribe_batch/{batch_id}", responses=one)
    async def batch_status(batch_id: str, request: Request) -> Response:
        """Return the progress of a batch, with the results so far."""
        batch = services.batches.get(batch_id, owner_of(request.scope))
        return json_response(batch.answer(language_of(request.headers)))

    @router.get(
        "/transcribe_batch/{batch_id}/events",
        responses={
            200: {
                "description": "Server-sent events: `progress` at every change, last `done`.",
                "content": {"text/event-stream": {"schema": EVENT_SCHEMA}},
            },
            **error_answers(404, 422),
        },
        response_class=StreamingResponse,
    )
    async def batch_events(batch_id: str, request: Request) -> Response:
        """Stream the progress of a batch as server-sent events."""
        batch = services.batches.get(batch_id, owner_of(request.scope))
        return event_stream(_events(batch, language_of(request.headers)))

    @router.delete("/transcribe_batch/{batch_id}", responses=one)
    async def cancel_batch(batch_id: str, request: Request) -> Response:
        """Cancel a batch; finished results are kept."""
        batch = services.batches.get(batch_id, owner_of(request.scope))
        await services.batches.cancel(batch)
        return json_response(batch.answer(language_of(request.headers)))

    return router


async def _start(services: Services, request: Request) -> Response:
    owner = owner_of(request.scope)
    services.transcription.check(owner)
    services.batches.check()
    language = language_of(request.headers)
    async with AsyncExitStack() as stack:
        form = await stack.enter_async_context(
            read_form(request, services.uploads, FormLimits(most_files=MOST_UPLOADS))
        )
        fields = checked(BatchFields, form)
        job_request = TranscriptionRequest(
            fields.options(services.defaults()),
            fields.steps,
            owner=owner,
            voices_of=owner if fields.known_voices else None,
        )
        services.check(job_request)
        batch = services.batches.start(
            _sources(services, form, fields), job_request, language, owner
        )
        headers = DEPRECATION if fields.backend is not None else {}
        if not fields.wait:
            return json_response(batch.answer(language), 202, headers)
        try:
            await while_connected(request, services.batches.wait(batch))
        except ClientDisconnect:
            await services.batches.cancel(batch)
            raise
        return json_response(batch.answer(language), headers=headers)


def _sources(services: Services, form: Form, fields: BatchFields) -> list[BatchSource]:
    """Every file that the form names or uploads. Raises BadRequest."""
    paths = fields.file_paths
    uploads = [file for file in form.files if file.field in (*UPLOAD_FIELDS, "files[]", "files")]
    most = services.batches.limits.most_files
    if not 0 < len(paths) + len(uploads) <= most:
        raise BadRequest(
            f"Name 1 to {most} files in `file_paths`, or send them as parts `file`.",
            field="file_paths",
        )
    return [
        *(BatchSource(base_name(path), path, partial(services.open_path, path)) for path in paths),
        *(_uploaded(file) for file in uploads),
    ]


def _uploaded(file: ReceivedFile) -> BatchSource:
    """The upload under a descriptor of its own: the form is closed before a batch ends."""
    copy = os.fdopen(os.dup(file.upload.file.fileno()), "rb")

    async def opened() -> tuple[BinaryIO, int]:
        return copy, file.upload.size_bytes

    return BatchSource(file.filename, file.filename, opened, copy.close)


async def _events(batch: Batch, language: Language) -> AsyncIterator[bytes]:
    async for news in batch.changes():
        yield event(batch.event(news), "progress")
    yield event(batch.answer(language), "done")
