"""`/api/voices/`: voices that the server remembers for users, if its operator allows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.responses import Response

from realtime.audio.files import Decoders
from realtime.errors import NotFound
from realtime.server.http.answers import json_response
from realtime.server.http.exchange import owner_of
from realtime.server.page.transcripts import Transcripts
from realtime.transcribe.voice_book import MOST_NAME_LETTERS, RememberedVoice
from realtime.transcribe.voice_memory import VoiceMemory, spans_of

NameField = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MOST_NAME_LETTERS)
]


class Learn(BaseModel):
    """A speaker of a finished job whose voice is to be remembered."""

    model_config = ConfigDict(extra="forbid")

    job_id: Annotated[str, Field(max_length=64)]
    speaker: Annotated[int, Field(ge=0, le=63)]
    name: NameField


class Rename(BaseModel):
    """Another name."""

    model_config = ConfigDict(extra="forbid")

    name: NameField


@dataclass(frozen=True, slots=True)
class RememberedVoices:
    """Implements the routes."""

    voice_memory: VoiceMemory
    transcripts: Transcripts
    decoders: Decoders
    max_audio_s: float
    heard: Callable[[str], Sequence[Sequence[float]]]
    """Id of a live session of this process → what is known of its speakers' voices."""

    async def learn(self, body: Learn, owner: str) -> RememberedVoice:
        """Learn a voice from the recording, where the transcript as it stands has this speaker.

        Raises NotFound, MissingFile, NotAudio, BadRequest, LimitReached, DiskFull.
        """
        service = self.transcripts.service
        current = await self.transcripts.get(body.job_id, "original", owner)
        spans = spans_of(current.transcript, body.speaker)
        if not spans:
            raise NotFound("No speaker in this recording has that number.")
        file_id = (await service.view(body.job_id, owner)).job.file_id

        def learn() -> RememberedVoice:
            with service.files.open(file_id) as source:
                reader = self.decoders.open(source, max_s=self.max_audio_s)
                try:
                    return self.voice_memory.learn(owner, body.name, reader, spans)
                finally:
                    reader.close()

        return await service.threads.run(learn)


def voices_router(voices: RememberedVoices) -> APIRouter:
    """The routes; `RealtimeError`s are answered by the application that includes them."""
    router = APIRouter(prefix="/api/voices")
    run, book = voices.transcripts.service.threads.run, voices.voice_memory.book

    @router.get("/")
    async def listed(request: Request) -> Response:
        """List the voices of the key's owner by name, without the embeddings."""
        found = await run(partial(book.all, owner_of(request.scope)))
        return json_response({"voices": list(map(_body, found))})

    @router.post("/", status_code=201)
    async def learn(body: Learn, request: Request) -> Response:
        """Remember the voice of a speaker of a finished job."""
        voice = await voices.learn(body, owner_of(request.scope))
        return json_response(_body(voice), 201)

    @router.patch("/{voice_id}")
    async def rename(voice_id: str, body: Rename, request: Request) -> Response:
        """Rename a voice."""
        owner = owner_of(request.scope)
        return json_response(_body(await run(partial(book.rename, owner, voice_id, body.name))))

    @router.delete("/{voice_id}")
    async def delete(voice_id: str, request: Request) -> Response:
        """Delete a voice and its embedding."""
        await run(partial(book.delete, owner_of(request.scope), voice_id))
        return json_response({"success": True, "id": voice_id})

    @router.get("/heard/{session}")
    async def heard(session: str, request: Request) -> Response:
        """Return names of speakers of a live session by number, if they are surely known."""
        owner, speakers = owner_of(request.scope), voices.heard(session)
        names = await run(partial(voices.voice_memory.names, owner, speakers))
        return json_response({"speakers": {str(number): name for number, name in names.items()}})

    return router


def _body(voice: RememberedVoice) -> dict[str, Any]:
    return {
        "id": voice.id,
        "name": voice.name,
        "created_at": voice.created_at,
        "seconds": round(voice.voiced_s, 1),
    }
