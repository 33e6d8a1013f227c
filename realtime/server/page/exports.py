"""`/api/export/`: finished transcripts as files, with corrections and names of speakers.
`/api/document/`: a transcript that the client sends, such as a live one, as a file.

The files are written one at a time. Input and output are files on disk.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, BinaryIO

import orjson
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from realtime.files.documents.export import KINDS, Kind, stem
from realtime.files.formats import FORMATS, content_type
from realtime.files.subtitles import segment_dict
from realtime.jobs.files import is_older_than
from realtime.server.http.exchange import owner_of
from realtime.server.page.edits import MOST_EDIT_BYTES, checked_apart, receive
from realtime.server.page.transcripts import ReadingFields, Transcripts
from realtime.server.uploads import UploadFolder
from realtime.transcribe.documents import written_apart
from realtime.transcribe.views import View

MOST_EXPORTED = 500
MOST_TITLE_CHARS, MOST_LANGUAGE_CHARS = 200, 20
"""Of a transcript that is sent."""
LEFT_S = 24 * 3600.0
MEDIA_TYPES: Mapping[str, str] = {
    **{form: content_type(form) for form in FORMATS},
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "zip": "application/zip",
}
DOCUMENT_PATH = "/api/document/"


class ExportFields(ReadingFields):
    """What is to be written."""

    model_config = ConfigDict(extra="forbid")

    job_ids: Annotated[list[str], Field(min_length=1, max_length=MOST_EXPORTED)]
    formats: Annotated[list[Kind], Field(min_length=1, max_length=len(KINDS))]
    view: View = "original"
    speakers: bool = True
    times: bool = True
    comments: bool = False


class DocumentFields(BaseModel):
    """What is to be made of a transcript that is sent, and what its segments do not say."""

    model_config = ConfigDict(extra="forbid")

    format: Kind
    name: Annotated[str, Field(max_length=MOST_TITLE_CHARS)] = ""
    language: Annotated[str, Field(max_length=MOST_LANGUAGE_CHARS)] = ""
    duration: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0

    @property
    def filename(self) -> str:
        return f"{stem(f'{self.name}.{self.format}' if self.name else '')}.{self.format}"


@dataclass(frozen=True, slots=True)
class Exports:
    """Implements the route."""

    transcripts: Transcripts
    folder: Path
    """Folder for temporary files."""
    turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    async def make(self, choices: ExportFields, asker: str) -> tuple[Path, str, str]:
        """Returns a file that the caller deletes, its name, its kind. Raises NotFound,
        RealtimeError."""
        run = self.transcripts.service.threads.run
        await run(self._make_room)
        first = ""
        with tempfile.TemporaryFile(dir=self.folder) as inside:
            await run(partial(inside.write, orjson.dumps(choices.model_dump()) + b"\n"))
            async for name, line in self._lines(choices, asker):
                first = first or name
                await run(partial(inside.write, line + b"\n"))
            async with self.turn:
                made = await run(partial(written_apart, inside, self.folder))
        if len(choices.job_ids) == 1 and len(choices.formats) == 1:
            kind = choices.formats[0]
            return made, f"{stem(first)}.{kind}", kind
        name = stem(first) if len(choices.job_ids) == 1 else "transcripts"
        return made, f"{name}.zip", "zip"

    async def make_given(self, choices: DocumentFields, body: AsyncIterator[bytes]) -> Path:
        """The transcript in `body`, as corrections are sent, as a file that the caller deletes.
        Raises BadRequest, MessageTooBig, DiskFull, RealtimeError."""
        run = self.transcripts.service.threads.run
        await run(self._make_room)
        received = await run(UploadFolder(self.folder, MOST_EDIT_BYTES).new)
        try:
            await receive(body, received)
            async with self.turn:
                return await run(partial(self._given, choices, received.file))
        finally:
            await run(received.close)

    def _given(self, choices: DocumentFields, received: BinaryIO) -> Path:
        sent = orjson.loads(checked_apart(received)[0])
        asked = {"job_ids": [choices.name], "formats": [choices.format]}
        about = {
            "name": choices.filename,
            "language": choices.language,
            "duration": choices.duration,
        }
        line = {"speakers": {}, "comments": [], **sent, **about}
        with tempfile.TemporaryFile(dir=self.folder) as inside:
            inside.write(orjson.dumps({**asked, "speakers": True, "times": True}) + b"\n")
            inside.write(orjson.dumps(line) + b"\n")
            return written_apart(inside, self.folder)

    def _make_room(self) -> None:
        """Create the folder, and delete old files that a killed process left there."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in self.folder.iterdir():
            if is_older_than(path, time.time() - LEFT_S):
                path.unlink(missing_ok=True)

    async def _lines(self, choices: ExportFields, asker: str) -> AsyncIterator[tuple[str, bytes]]:
        for job_id in dict.fromkeys(choices.job_ids):
            current = await self.transcripts.get(job_id, choices.view, asker, choices.reading)
            transcript = current.transcript
            yield (
                current.name,
                orjson.dumps(
                    {
                        "name": current.name,
                        "language": transcript.language,
                        "duration": transcript.duration_s,
                        "segments": [segment_dict(segment) for segment in transcript.segments],
                        "speakers": dict(current.speakers),
                        "comments": [asdict(comment) for comment in current.comments]
                        if choices.comments
                        else [],
                    }
                ),
            )


def exports_router(exports: Exports) -> APIRouter:
    """The route; `RealtimeError`s are answered by the application that includes it."""
    router = APIRouter()

    @router.post("/api/export/")
    async def export(choices: ExportFields, request: Request) -> Response:
        """Return one file, or a ZIP file if several were requested."""
        made, name, kind = await exports.make(choices, owner_of(request.scope))
        return _sent_once(made, name, kind)

    @router.post(DOCUMENT_PATH)
    async def document(choices: Annotated[DocumentFields, Query()], request: Request) -> Response:
        """Return the transcript that was sent, as a file; nothing of it is kept."""
        made = await exports.make_given(choices, request.stream())
        return _sent_once(made, choices.filename, choices.format)

    return router


def _sent_once(made: Path, name: str, kind: str) -> FileResponse:
    """The answer with a file that is deleted afterwards."""
    return FileResponse(
        made,
        media_type=MEDIA_TYPES[kind],
        filename=name,
        headers={"Cache-Control": "no-store"},
        background=BackgroundTask(made.unlink, missing_ok=True),
    )
