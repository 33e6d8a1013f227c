"""OpenAI's API for files: `/v1/audio/transcriptions`, `/v1/audio/translations`, `/v1/models`.

For OpenAI's unmodified SDKs. Any model name stands for the loaded model; unknown fields are
ignored.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace

from fastapi import APIRouter, Request, Response

from realtime.errors import BadRequest, RealtimeError
from realtime.files.formats import TIMED, render
from realtime.files.options import FileOptions, Piece
from realtime.languages import AUTO
from realtime.scripts import joint
from realtime.server.http.answers import json_response, language_of, openai_error
from realtime.server.http.events import SCHEMA as EVENT_SCHEMA
from realtime.server.http.events import event, event_stream
from realtime.server.http.exchange import owner_of
from realtime.server.http.fields import OpenAIFields, checked, form_schema
from realtime.server.http.forms import read_form, while_connected
from realtime.server.http.schemas import ModelBody, ModelsBody, OpenAITranscript, error_answers
from realtime.server.http.services import Services
from realtime.transcribe.service import TranscriptionRequest
from realtime.types import Task, Transcript
from realtime.wire import openai_http
from realtime.wire.texts import Language

ALIAS = "whisper-1"
"""The model name that most clients send."""
FILES = {"file": "The audio. Its format is detected from its content, not from its name."}
KNOWN_SPEAKERS_OFF = "known_speakers_off"
TEXT = "text/plain; charset=utf-8"


def routes(services: Services) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["OpenAI"])
    created = int(time.time())
    failures = error_answers(400, 404, 408, 413, 415, 422, 500, 502, 507, openai=True)
    answers = {
        200: {
            "model": OpenAITranscript,
            "description": "The transcript, in the form that `response_format` names.",
            "content": {
                "text/plain": {"schema": {"type": "string"}},
                "text/event-stream": {"schema": EVENT_SCHEMA},
            },
        },
        **failures,
    }
    body = form_schema(OpenAIFields, FILES)

    @router.post("/audio/transcriptions", responses=answers, openapi_extra=body)
    async def transcriptions(request: Request) -> Response:
        """Transcribe a file, as OpenAI does."""
        return await _transcribe(services, request, "transcribe")

    @router.post("/audio/translations", responses=answers, openapi_extra=body)
    async def translations(request: Request) -> Response:
        """Translate a file into English, as OpenAI does."""
        return await _transcribe(services, request, "translate")

    @router.get(
        "/models",
        responses={
            200: {"model": ModelsBody, "description": "The models."},
            **error_answers(openai=True),
        },
    )
    async def models() -> Response:
        """List the loaded model, and the name under which most clients request it."""
        names = dict.fromkeys((*services.engine.model_names(), ALIAS))
        data = [openai_http.model(name, created) for name in names]
        return json_response({"object": "list", "data": data})

    @router.get(
        "/models/{model_id:path}",
        responses={
            200: {"model": ModelBody, "description": "The model."},
            **error_answers(404, 422, openai=True),
        },
    )
    async def model(model_id: str) -> Response:
        """Describe a model. Every name stands for the loaded model."""
        services.engine.model_names()
        return json_response(openai_http.model(model_id, created))

    return router


async def _transcribe(services: Services, request: Request, task: Task) -> Response:
    owner = owner_of(request.scope)
    services.transcription.check(owner)
    async with AsyncExitStack() as stack:
        form = await stack.enter_async_context(read_form(request, services.uploads))
        fields = checked(OpenAIFields, form)
        if not form.files:
            raise BadRequest("Send the audio as the form part `file`.", field="file")
        upload = form.files[0].upload
        job_request = TranscriptionRequest(
            _options(services, fields, task), size_bytes=upload.size_bytes, owner=owner
        )
        services.check(job_request)
        if not fields.stream:
            work = services.transcription.outcome(upload.file, job_request)
            outcome = await while_connected(request, work)
            transcript = _named(services, outcome.processed.transcript)
            return _answer(_with_warnings(transcript, fields), fields, task)
        pieces = services.transcription.pieces(upload.file, job_request)
        await stack.enter_async_context(aclosing(pieces))
        # A bad file fails before its first piece, while an HTTP status can still be sent.
        first = await while_connected(request, _first(pieces))
        language = language_of(request.headers, request.url.path)
        segments = fields.response_format == "diarized_json"
        return event_stream(_streamed(stack.pop_all(), first, pieces, language, segments))


def _options(services: Services, fields: OpenAIFields, task: Task) -> FileOptions:
    """As at OpenAI, the model detects the language if the request names none."""
    defaults = services.defaults()
    verbose = fields.response_format == "verbose_json"
    return FileOptions(
        language=None if fields.language in (None, AUTO) else fields.language,
        languages=fields.languages,
        task=task,
        prompt=fields.prompt,
        hotwords=" ".join(fields.keywords),
        beam_size=defaults.beam_size,
        word_times=(verbose and "word" in fields.timestamp_granularities)
        or "logprobs" in fields.include
        or fields.response_format in TIMED,
        overlap_s=defaults.overlap_s,
        diarize=fields.diarize or fields.response_format == "diarized_json",
    )


def _named(services: Services, transcript: Transcript) -> Transcript:
    """Fill in a missing language: OpenAI's responses always name one. Where there was no speech to
    detect it from, it is the server's default language, or English, as at OpenAI."""
    default = services.defaults().language
    unheard = "en" if default == "auto" else default
    return replace(transcript, language=transcript.language or unheard)


def _with_warnings(transcript: Transcript, fields: OpenAIFields) -> Transcript:
    """The transcript, with a warning where speakers are named: their voices are not compared."""
    unused = (KNOWN_SPEAKERS_OFF,) if fields.known_speaker_names else ()
    return replace(transcript, warnings=(*transcript.warnings, *unused))


def _answer(transcript: Transcript, fields: OpenAIFields, task: Task) -> Response:
    form = fields.response_format
    if form == "json":
        logprobs = "logprobs" in fields.include
        return json_response(openai_http.plain(transcript, logprobs=logprobs))
    if form == "verbose_json":
        body = openai_http.verbose(transcript, task, fields.timestamp_granularities)
        return json_response(body)
    if form == "diarized_json":
        return json_response(openai_http.diarized(transcript))
    text = f"{transcript.text}\n" if form == "text" else render(transcript, form)
    return Response(text, headers={"Cache-Control": "no-store"}, media_type=TEXT)


async def _first(pieces: AsyncGenerator[Piece, None]) -> Piece | None:
    return await anext(pieces, None)


async def _streamed(
    opened: AsyncExitStack,
    first: Piece | None,
    pieces: AsyncGenerator[Piece, None],
    language: Language,
    segments: bool,
) -> AsyncGenerator[bytes, None]:
    """Server-sent events. `segments`: also one for each whole segment. Holds the upload open until
    the last event."""
    said: list[str] = []
    async with opened:
        try:
            piece = first
            while piece is not None:
                for segment in piece.segments:
                    if segment.text:
                        text = joint(said[-1] if said else "", segment.text) + segment.text
                        said.append(text)
                        yield event(openai_http.delta(text))
                        if segments:
                            number = len(said) - 1
                            yield event(openai_http.diarized_segment(number, segment))
                piece = await anext(pieces, None)
        except RealtimeError as error:
            yield event(openai_error(error, language))
        else:
            yield event(openai_http.done("".join(said)))
