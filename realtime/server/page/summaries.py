"""What a language model makes of a transcript as it stands, on request: `/api/summary/`,
`/api/questions/`.

Each view has its own: for the masked one, the language model sees the masked text only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from realtime.postprocess.base import Assistant, PostProcessor, Steps
from realtime.postprocess.shape import answer_fields, response_fields
from realtime.server.http.answers import json_response, language_of
from realtime.server.http.exchange import owner_of
from realtime.server.page.page_files import PageFiles, name_of
from realtime.server.page.transcripts import Transcripts
from realtime.transcribe.views import View
from realtime.wire.texts import Language

AT_ONCE = 2
"""Requests from pages that run at once at the language model; others wait."""
STEPS = Steps(summary=True)
MOST_QUESTION_CHARS = 500


class QuestionFields(BaseModel):
    """A question about a transcript."""

    model_config = ConfigDict(extra="forbid")

    question: Annotated[str, Field(min_length=1, max_length=MOST_QUESTION_CHARS)]


@dataclass(frozen=True, slots=True)
class Summaries:
    """Implements the routes."""

    transcripts: Transcripts
    store: PageFiles
    steps: PostProcessor
    assistant: Assistant
    turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def get(self, job_id: str, view: View, asker: str) -> bytes:
        """The last summary as JSON; null: there is none. Raises NotFound."""
        service = self.transcripts.service
        await service.view(job_id, asker)
        return await service.threads.run(lambda: self.store.get(name_of(job_id, view))) or b"null"

    async def make(
        self, job_id: str, view: View, asker: str, language: Language
    ) -> Mapping[str, Any]:
        """Create a summary: `summary`, or null and the reason. Raises NotFound, DiskFull."""
        async with self.turn:
            current = await self.transcripts.get(job_id, view, asker)
            processed = await self.steps.process(current.transcript, STEPS)
        answer = response_fields(processed, STEPS, language)
        if answer["summary"] is not None:
            body, run = orjson.dumps(answer["summary"]), self.transcripts.service.threads.run
            await run(partial(self.store.put, name_of(job_id, view), body))
        return answer

    async def ask(
        self, job_id: str, view: View, question: str, asker: str, language: Language
    ) -> Mapping[str, Any]:
        """Answer a question: `answer`, or null and the reason. Raises NotFound."""
        async with self.turn:
            transcript = (await self.transcripts.get(job_id, view, asker)).transcript
            answer = await self.assistant.ask(transcript, question)
        return answer_fields(answer, transcript, language)


def summaries_router(summaries: Summaries) -> APIRouter:
    """The routes; `RealtimeError`s are answered by the application that includes them."""
    router = APIRouter()

    @router.get("/api/summary/{job_id}")
    async def kept(job_id: str, request: Request, view: View = "original") -> Response:
        """Return the points and chapters made for this page; null if there are none yet."""
        body = await summaries.get(job_id, view, owner_of(request.scope))
        return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})

    @router.post("/api/summary/{job_id}")
    async def make(job_id: str, request: Request, view: View = "original") -> Response:
        """Make a summary of the transcript, corrections included, by the language model."""
        language = language_of(request.headers)
        owner = owner_of(request.scope)
        return json_response(await summaries.make(job_id, view, owner, language))

    @router.post("/api/questions/{job_id}")
    async def ask(
        job_id: str, wanted: QuestionFields, request: Request, view: View = "original"
    ) -> Response:
        """A question about the transcript as it stands, answered by the language model: sentence by
        sentence, each with the segments that say it. Nothing is kept."""
        language, owner = language_of(request.headers), owner_of(request.scope)
        return json_response(await summaries.ask(job_id, view, wanted.question, owner, language))

    return router
