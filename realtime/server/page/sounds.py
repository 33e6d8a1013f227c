"""Masked recordings: tones replace personal data."""

from __future__ import annotations

import asyncio
import hashlib
import wave
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import orjson
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import FileResponse, Response

from realtime.atomic import replacing
from realtime.audio.beeps import Span, beeped
from realtime.audio.files import Decoders
from realtime.errors import DiskFull, NotFound
from realtime.server.http.answers import json_response
from realtime.server.http.exchange import owner_of
from realtime.server.page.transcripts import Transcripts
from realtime.transcribe.views import masked_spans
from realtime.types import SAMPLE_RATE

SWEEP_S = 600.0
AT_ONCE = 1
"""Decoding takes a core, which the model needs, too."""


class Keep(BaseModel):
    """What becomes of the recording as it was."""

    model_config = ConfigDict(extra="forbid")

    original: Literal["remove"]


@dataclass(frozen=True, slots=True)
class Sounds:
    """Creates masked recordings, and stores the newest of each job: WAV, 16 bit, 16 kHz, mono."""

    transcripts: Transcripts
    decoders: Decoders
    folder: Path
    max_audio_s: float
    turn: asyncio.Semaphore

    @classmethod
    def new(
        cls, transcripts: Transcripts, decoders: Decoders, folder: Path, max_audio_s: float
    ) -> Sounds:
        """`folder`: for the recordings; `sweep` deletes those that belong to no job any more."""
        turn = asyncio.Semaphore(AT_ONCE)
        return cls(transcripts, decoders, folder / "sounds", max_audio_s, turn)

    async def masked(self, job_id: str, asker: str) -> Path:
        """The recording with tones in place of what is masked in the transcript as it stands.

        Raises NotFound, MissingFile, NotAudio, DiskFull.
        """
        current = await self.transcripts.get(job_id, "masked", asker)
        spans = masked_spans(current.transcript)
        file_id = (await self.transcripts.service.view(job_id, asker)).job.file_id
        key = hashlib.sha256(orjson.dumps([file_id, spans])).hexdigest()[:16]
        path = self.folder / f"{job_id}.{key}.wav"
        async with self.turn:
            run = self.transcripts.service.threads.run
            if not await run(path.exists):
                await run(lambda: self._write(file_id, spans, path))
        return path

    async def remove_original(self, job_id: str, asker: str) -> None:
        """Replace the upload with the masked recording. Raises what `masked` raises."""
        path = await self.masked(job_id, asker)
        service = self.transcripts.service
        file_id = (await service.view(job_id, asker)).job.file_id
        await service.threads.run(lambda: service.files.replace(file_id, path))

    async def run(self) -> None:
        """Delete what belongs to no job any more, periodically until cancelled."""
        while True:
            await self.sweep()
            await asyncio.sleep(SWEEP_S)

    async def sweep(self) -> None:
        """Delete the recordings of deleted jobs."""
        run = self.transcripts.service.threads.run
        for path in await run(lambda: list(self.folder.glob("*.wav"))):
            try:
                await self.transcripts.service.view(path.name.partition(".")[0])
            except NotFound:
                await run(partial(path.unlink, missing_ok=True))

    def _write(self, file_id: str, spans: list[Span], path: Path) -> None:
        """Write the recording, as a whole or not at all; delete older ones of the job."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with replacing(path) as file:
                with wave.open(file, "wb") as out:
                    out.setnchannels(1)
                    out.setsampwidth(2)
                    out.setframerate(SAMPLE_RATE)
                    self._copy(file_id, spans, out)
                for old in self.folder.glob(f"{path.name.partition('.')[0]}.*.wav"):
                    old.unlink(missing_ok=True)
        except OSError as error:
            raise DiskFull(
                f"The data cannot be stored ({error.strerror}): check STT_DATA_DIR."
            ) from error

    def _copy(self, file_id: str, spans: list[Span], out: wave.Wave_write) -> None:
        with self.transcripts.service.files.open(file_id) as source:
            reader = self.decoders.open(source, max_s=self.max_audio_s)
            try:
                first = 0
                while (block := reader.read()) is not None:
                    sound = beeped(block, first, spans)[:, 0]
                    out.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
                    first += len(block)
            finally:
                reader.close()


def sounds_router(sounds: Sounds) -> APIRouter:
    """The routes; `RealtimeError`s are answered by the application that includes them."""
    router = APIRouter()

    @router.get("/api/sound/{job_id}")
    async def sound(job_id: str, request: Request) -> Response:
        """Return the recording with a tone wherever its transcript is masked, or a part (Range)."""
        path = await sounds.masked(job_id, owner_of(request.scope))
        return FileResponse(
            path,
            media_type="audio/wav",
            headers={
                "Cache-Control": "private, no-cache",
                "Content-Security-Policy": "default-src 'none'; sandbox",
            },
        )

    @router.put("/api/sound/{job_id}")
    async def keep(job_id: str, body: Keep, request: Request) -> Response:
        """Replace the upload by the masked recording. This cannot be undone."""
        await sounds.remove_original(job_id, owner_of(request.scope))
        return json_response({"success": True, "job_id": job_id, "original": "removed"})

    return router
