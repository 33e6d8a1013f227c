"""What the page needs of a job besides its result: recording, outline, corrected transcript."""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, BinaryIO

import orjson
from fastapi import APIRouter, Header, Request
from starlette.responses import FileResponse, Response

from realtime.audio.files import Decoders
from realtime.errors import BadRequest, MissingFile, NotFound, Outdated
from realtime.jobs.service import JobService
from realtime.server.http.answers import json_response
from realtime.server.http.exchange import owner_of
from realtime.server.page.edits import (
    MOST_EDIT_BYTES,
    checked_apart,
    receive,
    version_of,
    with_version,
)
from realtime.server.page.outline import read_outline
from realtime.server.page.page_files import PageFiles, job_of
from realtime.server.uploads import UploadFolder

OUTLINES_AT_ONCE = 1
"""Decoding takes a core, which the model needs, too."""
CHECKS_AT_ONCE = 1
"""Each check runs in a process of its own."""
SWEEP_S = 600.0
MOST_TAG_CHARS = 40


@dataclass(frozen=True, slots=True)
class Media:
    """Implements the routes, and cleans up after deleted jobs."""

    service: JobService
    decoders: Decoders
    edits: PageFiles
    summaries: PageFiles
    translations: PageFiles
    outlines: PageFiles
    received: UploadFolder
    """Where corrections are received."""
    max_audio_s: float
    turn: asyncio.Semaphore
    """Held while an outline is computed."""
    check_turn: asyncio.Semaphore
    """Held while a correction is checked."""

    @classmethod
    def new(
        cls, service: JobService, decoders: Decoders, folder: Path, max_audio_s: float
    ) -> Media:
        """`folder`: for corrections, summaries, translations and outlines."""
        return cls(
            service,
            decoders,
            PageFiles(folder / "edits"),
            PageFiles(folder / "summaries"),
            PageFiles(folder / "translations"),
            PageFiles(folder / "outlines"),
            UploadFolder(folder, MOST_EDIT_BYTES),
            max_audio_s,
            asyncio.Semaphore(OUTLINES_AT_ONCE),
            asyncio.Semaphore(CHECKS_AT_ONCE),
        )

    async def run(self) -> None:
        """Delete what belongs to no job or upload any more, periodically until cancelled."""
        while True:
            await self.sweep()
            await asyncio.sleep(SWEEP_S)

    async def sweep(self) -> None:
        """Delete what was written about deleted jobs, and outlines of deleted uploads."""
        run = self.service.threads.run
        for kept in (self.edits, self.summaries, self.translations):
            for name in await run(kept.names):
                if not await self._has_job(job_of(name)):
                    await run(partial(kept.delete, name))
        for name in await run(self.outlines.names):
            if not await run(partial(self._has_file, name)):
                await run(partial(self.outlines.delete, name))

    async def outline(self, file_id: str) -> bytes:
        """JSON with `duration` (s) and `peaks`. Raises MissingFile, NotAudio, DiskFull."""
        threads = self.service.threads
        kept = await threads.run(lambda: self.outlines.get(file_id))
        if kept is not None:
            return kept
        async with self.turn:
            return await threads.run(lambda: self._outline(file_id))

    def _outline(self, file_id: str) -> bytes:
        with self.service.files.open(file_id) as file:
            reader = self.decoders.open(file, max_s=self.max_audio_s)
            try:
                duration_s, peaks = read_outline(reader)
            finally:
                reader.close()
        body = orjson.dumps({"duration": round(duration_s, 3), "peaks": peaks})
        self.outlines.put(file_id, body)
        return body

    async def keep_edit(
        self, job_id: str, body: AsyncIterator[bytes], following: int | None
    ) -> int:
        """Store a corrected transcript, and return its new version. `following`: the version that
        was corrected; None: replace any version. Raises BadRequest, MessageTooBig, Outdated,
        DiskFull."""
        received = await self.service.threads.run(self.received.new)
        try:
            await receive(body, received)
            async with self.check_turn:
                version, text = await self.service.threads.run(
                    partial(self._keep, job_id, received.file, following)
                )
            await self.service.correct(job_id, text)
            return version
        finally:
            await self.service.threads.run(received.close)

    def _keep(self, job_id: str, file: BinaryIO, following: int | None) -> tuple[int, str]:
        kept, text = checked_apart(file)
        with self.edits.changing():
            version = version_of(self.edits.get(job_id))
            if following not in (None, version):
                raise Outdated(
                    "The corrections have changed meanwhile: read the current ones, and merge.",
                    version=version,
                )
            self.edits.put(job_id, with_version(kept, version + 1))
        return version + 1, text

    async def _has_job(self, job_id: str) -> bool:
        try:
            await self.service.view(job_id)
        except NotFound:
            return False
        return True

    def _has_file(self, file_id: str) -> bool:
        try:
            self.service.files.describe(file_id)
        except MissingFile:
            return False
        return True


def media_type(name: str) -> str:
    """The media type of a recording by its name; never that of a document."""
    kind, _ = mimetypes.guess_type(name)
    is_media = kind is not None and kind.partition("/")[0] in ("audio", "video")
    return kind if kind is not None and is_media else "application/octet-stream"


def _version_in(tag: str) -> int | None:
    """The version in `If-Match`; None: any version. Raises BadRequest."""
    number = tag.strip().removeprefix("W/").strip('"')
    if number in ("", "*"):
        return None
    if not (number.isascii() and number.isdecimal()):
        raise BadRequest("If-Match must be the ETag of the corrections.", field="If-Match")
    return int(number)


def media_router(media: Media) -> APIRouter:
    """The routes; `RealtimeError`s are answered by the application that includes them."""
    router, service = APIRouter(), media.service

    @router.get("/api/audio/{file_id}")
    async def audio(file_id: str, request: Request) -> Response:
        """Return the uploaded recording, or the part that `Range` names."""
        stored = await service.upload(file_id, owner_of(request.scope))
        return FileResponse(
            service.files.path(file_id),
            media_type=media_type(stored.name),
            headers={
                "Cache-Control": "private, no-cache",
                "Content-Security-Policy": "default-src 'none'; sandbox",
            },
        )

    @router.get("/api/peaks/{file_id}")
    async def peaks(file_id: str, request: Request) -> Response:
        """Return the recording's length and peaks, to draw its waveform."""
        await service.upload(file_id, owner_of(request.scope))
        return Response(await media.outline(file_id), media_type="application/json")

    @router.get("/api/edits/{job_id}")
    async def edit(job_id: str, request: Request) -> Response:
        """Return the corrected transcript; null if nobody corrected it."""
        await service.view(job_id, owner_of(request.scope))
        body = await service.threads.run(lambda: media.edits.get(job_id))
        tag = {"ETag": f'"{version_of(body)}"', "Cache-Control": "no-store"}
        return Response(body or b"null", headers=tag, media_type="application/json")

    @router.put("/api/edits/{job_id}")
    async def save(
        job_id: str,
        request: Request,
        if_match: Annotated[str, Header(max_length=MOST_TAG_CHARS)] = "",
    ) -> Response:
        """Store a corrected transcript; the result itself does not change. `If-Match`: the tag of
        the version that was corrected; if it is no longer the newest, the answer is 412."""
        await service.view(job_id, owner_of(request.scope))
        version = await media.keep_edit(job_id, request.stream(), _version_in(if_match))
        body = {"success": True, "job_id": job_id, "version": version}
        return json_response(body, headers={"ETag": f'"{version}"'})

    return router
