"""A job's transcript as it stands: its result, or its correction; masked or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from realtime.errors import NotFound
from realtime.files.documents.export import comment_dict, stem
from realtime.files.formats import Format, content_type, render
from realtime.files.subtitles import segment_dict
from realtime.jobs.job import Job
from realtime.jobs.service import JobService
from realtime.jobs.store.base import Result
from realtime.postprocess.base import PrivacyResult, Processed
from realtime.postprocess.reading.view import Reading, read_as
from realtime.postprocess.shape import privacy_field
from realtime.server.http.answers import json_response
from realtime.server.http.exchange import owner_of
from realtime.server.page.page_files import PageFiles
from realtime.transcribe.views import MaskedView, View, comments_of, corrected, transcript_of
from realtime.types import Comment, Transcript

PLAIN = Reading()


class ReadingFields(BaseModel):
    """What is to be seen otherwise than it was said; what is stored stays as it is."""

    hide_fillers: bool = False
    hide_profanity: bool = False
    format_numbers: bool = False

    @property
    def reading(self) -> Reading:
        return Reading(self.hide_fillers, self.hide_profanity, self.format_numbers)


@dataclass(frozen=True, slots=True)
class CurrentTranscript:
    """A transcript as it stands."""

    transcript: Transcript
    edited: bool
    """Whether it was corrected."""
    speakers: Mapping[str, str]
    """Names of speakers by number."""
    name: str = ""
    """The name that people know the recording by."""
    comments: tuple[Comment, ...] = ()
    privacy: PrivacyResult | None = None
    """What was masked for this view."""

    @property
    def body(self) -> dict[str, Any]:
        """The transcript as JSON values."""
        transcript, found = self.transcript, self.privacy
        return {
            "text": transcript.text,
            "language": transcript.language,
            "duration": transcript.duration_s,
            "segments": [segment_dict(segment) for segment in transcript.segments],
            "speakers": dict(self.speakers),
            "comments": [comment_dict(comment) for comment in self.comments],
            "edited": self.edited,
            **({"privacy_removal": privacy_field(Processed(transcript, found))} if found else {}),
        }


@dataclass(frozen=True, slots=True)
class Transcripts:
    """Looks up transcripts, and masks them on request."""

    service: JobService
    edits: PageFiles
    masked: MaskedView

    async def get(
        self, job_id: str, view: View, asker: str, reading: Reading = PLAIN
    ) -> CurrentTranscript:
        """A job's transcript; the masked view has no names of speakers. Raises NotFound."""
        current = await self._seen(job_id, view, asker)
        transcript = await self.service.threads.run(lambda: read_as(current.transcript, reading))
        return replace(current, transcript=transcript)

    async def _seen(self, job_id: str, view: View, asker: str) -> CurrentTranscript:
        viewed = await self.service.view(job_id, asker)
        result = viewed.result
        if result is None:
            raise NotFound("The job has no transcript yet: try again when it is completed.")
        current = await self.service.threads.run(lambda: self._current(job_id, result))
        current = replace(current, name=name_of(viewed.job))
        if view == "original":
            return current
        found = await self.masked.transcript(current.transcript)
        language = found.transcript.language
        return replace(
            current,
            transcript=found.transcript,
            speakers={},
            comments=await self.masked.comments(current.comments, language),
            privacy=found,
        )

    def _current(self, job_id: str, result: Result) -> CurrentTranscript:
        said = transcript_of(result["segments"], result["language"], result["duration"])
        kept = self.edits.get(job_id)
        if kept is None:
            return CurrentTranscript(said, edited=False, speakers=result.get("speakers", {}))
        edit = orjson.loads(kept)
        return CurrentTranscript(
            corrected(said, edit),
            edited=True,
            speakers=edit.get("speakers", {}),
            comments=comments_of(edit),
        )


def name_of(job: Job) -> str:
    """The name that people know the job's recording by."""
    return job.labels.name or str(job.request.get("filename", ""))


def transcripts_router(transcripts: Transcripts) -> APIRouter:
    """The route; `RealtimeError`s are answered by the application that includes it."""
    router = APIRouter()

    @router.get("/api/transcript/{job_id}")
    async def transcript(
        job_id: str,
        request: Request,
        reading: Annotated[ReadingFields, Query()],
        view: View = "original",
        format: Format = "json",
    ) -> Response:
        """The transcript as it stands, corrections included; `masked`: without personal data."""
        owner = owner_of(request.scope)
        current = await transcripts.get(job_id, view, owner, reading.reading)
        if format == "json":
            return json_response(current.body)
        title = stem(current.name)
        text = await transcripts.service.threads.run(
            lambda: render(current.transcript, format, current.speakers, title=title)
        )
        return Response(
            text,
            headers={"Cache-Control": "no-store"},
            media_type=content_type(format),
        )

    return router
