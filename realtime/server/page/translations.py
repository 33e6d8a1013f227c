"""`/api/translation/`: a transcript in other languages by a language model, line by line.

Each translation is stored beside the line that it translates, by that line's text: a line that is
corrected later has none until it is translated again, and only what is missing is sent to the
model. Each view has its own: for the masked one, the model sees the masked text only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from pydantic import AfterValidator
from starlette.responses import Response

from realtime.errors import Conflict
from realtime.files.formats import TranslatedFormat, content_type, render
from realtime.languages import MOST_CHARS, NAMES, language_code
from realtime.postprocess.base import Assistant, StepError
from realtime.postprocess.shape import failure_fields
from realtime.server.http.answers import json_response, language_of
from realtime.server.http.exchange import owner_of
from realtime.server.page.page_files import PageFiles, name_of
from realtime.server.page.transcripts import CurrentTranscript, Transcripts
from realtime.transcribe.views import View
from realtime.types import Transcript
from realtime.wire.texts import Language

AT_ONCE = 1
"""Translations that run at once: each may be a hundred questions to the language model."""
MOST_LANGUAGES = 20
"""Languages of one view of a transcript."""

Texts = dict[str, dict[str, str]]
"""Language → line → its translation."""


def _language(value: str) -> str:
    code = language_code(value)
    if code is None or code not in NAMES:
        raise ValueError("name a language such as ko, en or Japanese")
    return code


Target = Annotated[str, Query(max_length=MOST_CHARS), AfterValidator(_language)]


@dataclass(frozen=True, slots=True)
class Translations:
    """Implements the routes."""

    transcripts: Transcripts
    store: PageFiles
    assistant: Assistant
    turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def get(self, job_id: str, view: View, asker: str) -> tuple[CurrentTranscript, Texts]:
        """A transcript as it stands, and its translations. Raises NotFound."""
        current = await self.transcripts.get(job_id, view, asker)
        run = self.transcripts.service.threads.run
        return current, await run(partial(self._read, name_of(job_id, view)))

    async def make(
        self, job_id: str, view: View, target: str, asker: str
    ) -> tuple[CurrentTranscript, Texts, StepError | None]:
        """Translate the lines that are not translated yet, and store them; also returns why some
        or all are missing. Raises NotFound, Conflict, DiskFull."""
        async with self.turn:
            current, texts = await self.get(job_id, view, asker)
            known = texts.get(target, {})
            if target not in texts and len(texts) >= MOST_LANGUAGES:
                raise Conflict(f"There are translations into {MOST_LANGUAGES} languages already.")
            transcript = current.transcript
            new = [one for one in transcript.segments if one.text.strip() and one.text not in known]
            if not new:
                return current, texts, None
            asked = replace(transcript, segments=tuple(new))
            done = await self.assistant.translate(asked, target)
            if isinstance(done, StepError):
                return current, texts, done
            pairs = zip(new, done.texts, strict=True)
            found = {one.text: text for one, text in pairs if text is not None}
            # What is no longer said is dropped.
            value = {segment.text for segment in transcript.segments}
            known = {line: text for line, text in known.items() if line in value}
            store = partial(self._put, name_of(job_id, view), target, known | found)
            return current, await self.transcripts.service.threads.run(store), done.error

    def _put(self, name: str, target: str, lines: dict[str, str]) -> Texts:
        with self.store.changing():
            texts = {**self._read(name), target: lines}
            self.store.put(name, orjson.dumps(texts))
        return texts

    def _read(self, name: str) -> Texts:
        texts: Texts = orjson.loads(self.store.get(name) or b"{}")
        return texts


def translated(transcript: Transcript, lines: Mapping[str, str], target: str) -> Transcript:
    """The transcript in another language; a line without a translation stays as it was said."""
    segments = tuple(
        # The times of words are those of other words.
        replace(segment, text=lines[segment.text], words=()) if segment.text in lines else segment
        for segment in transcript.segments
    )
    return replace(transcript, segments=segments, language=target)


def _body(current: CurrentTranscript, texts: Texts, target: str) -> dict[str, Any]:
    lines = texts.get(target, {})
    segments = current.transcript.segments
    missing = sum(bool(one.text.strip()) and one.text not in lines for one in segments)
    return {
        "language": target,
        "languages": sorted(texts),
        "missing": missing,
        "segments": [
            {
                "start": round(segment.start_s, 3),
                "end": round(segment.end_s, 3),
                "text": segment.text,
                "translation": lines.get(segment.text),
            }
            for segment in segments
        ],
    }


def translations_router(translations: Translations) -> APIRouter:
    """The routes; `RealtimeError`s are answered by the application that includes them."""
    router = APIRouter()

    @router.get("/api/translation/{job_id}")
    async def read(
        job_id: str,
        request: Request,
        language: Target,
        view: View = "original",
        format: TranslatedFormat = "json",
    ) -> Response:
        """The lines beside their translations, null where there is none; or a file of the
        translation, in which lines without one stay as they were said."""
        current, texts = await translations.get(job_id, view, owner_of(request.scope))
        if format == "json":
            return json_response(_body(current, texts, language))
        shown = translated(current.transcript, texts.get(language, {}), language)
        text = await translations.transcripts.service.threads.run(
            lambda: render(shown, format, current.speakers)
        )
        headers = {"Cache-Control": "no-store"}
        return Response(text, headers=headers, media_type=content_type(format))

    @router.post("/api/translation/{job_id}")
    async def make(
        job_id: str, request: Request, language: Target, view: View = "original"
    ) -> Response:
        """Have the language model translate the lines that have no translation yet. What it did not
        answer stays untranslated: `missing` says how many, `step_errors` why."""
        shown: Language = language_of(request.headers)
        owner = owner_of(request.scope)
        current, texts, error = await translations.make(job_id, view, language, owner)
        failed = {} if error is None else failure_fields("translate", error, shown)
        return json_response(_body(current, texts, language) | failed)

    return router
