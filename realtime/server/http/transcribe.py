"""`/transcribe` and `/transcribe_by_upload`: one file in, its transcript out."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Request, Response

from realtime.files.documents.export import stem
from realtime.files.formats import MEDIA_TYPES, content_type, render
from realtime.server.http.answers import json_response, language_of
from realtime.server.http.exchange import owner_of
from realtime.server.http.fields import checked, form_schema
from realtime.server.http.forms import read_form, while_connected
from realtime.server.http.schemas import TranscriptBody, error_answers
from realtime.server.http.services import Services
from realtime.transcribe.fields import TranscribeFields
from realtime.transcribe.service import Outcome, TranscriptionRequest, by_number
from realtime.wire.texts import Language

DEPRECATION = {"Deprecation": "@1767225600", "Link": '<backend/reload>; rel="alternate"'}
"""For the form field `backend`, deprecated since 2026-01-01 (RFC 9745)."""
FILES = {
    "file": "The audio, instead of `file_path`. Its format is detected from its content.",
    "audio": "Another name for `file`.",
}


def routes(services: Services) -> APIRouter:
    router = APIRouter(tags=["Files"])
    answers = {
        200: {
            "model": TranscriptBody,
            "description": "The transcript, in the form that `output` names.",
            "content": {
                kind: {"schema": {"type": "string"}}
                for form, kind in MEDIA_TYPES.items()
                if form != "json"
            },
        },
        **error_answers(400, 404, 408, 413, 415, 422, 500, 502, 507),
    }
    body = form_schema(TranscribeFields, FILES)

    @router.post("/transcribe", responses=answers, openapi_extra=body)
    async def transcribe(request: Request) -> Response:
        """Transcribe one file: an upload, or one on the server (`file_path`)."""
        return await _transcribe(services, request, by_path=True)

    @router.post("/transcribe_by_upload", responses=answers, openapi_extra=body)
    async def transcribe_by_upload(request: Request) -> Response:
        """Transcribe one uploaded file."""
        return await _transcribe(services, request, by_path=False)

    return router


async def _transcribe(services: Services, request: Request, *, by_path: bool) -> Response:
    owner = owner_of(request.scope)
    services.transcription.check(owner)
    language = language_of(request.headers)
    async with read_form(request, services.uploads) as form:
        fields = checked(TranscribeFields, form)
        job_request = TranscriptionRequest(
            fields.options(services.defaults()),
            fields.steps,
            voices_of=owner_of(request.scope) if fields.known_voices else None,
        )
        services.check(job_request)
        file, shown, size = await services.source(form, fields.file_path if by_path else None)
        with file:
            job_request = replace(job_request, shown_path=shown, size_bytes=size, owner=owner)
            work = services.transcription.outcome(file, job_request)
            outcome = await while_connected(request, work)
    return _answer(outcome, fields, language)


def _answer(outcome: Outcome, fields: TranscribeFields, language: Language) -> Response:
    headers = DEPRECATION if fields.backend is not None else {}
    if fields.output == "json":
        return json_response(outcome.answer(language), headers=headers)
    return Response(
        render(
            outcome.processed.transcript,
            fields.output,
            by_number(outcome.names),
            title=stem(outcome.request.shown_path),
        ),
        headers={"Cache-Control": "no-store", **headers},
        media_type=content_type(fields.output),
    )
