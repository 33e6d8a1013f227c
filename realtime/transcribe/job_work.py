"""Runs jobs in this process, from the last checkpoint to the response of `/transcribe`."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Any

from realtime.files.options import Checkpoint
from realtime.files.threads import in_thread
from realtime.files.transcriber import FileTranscriber
from realtime.jobs.files import JobFiles
from realtime.jobs.job import Claim, progress_of
from realtime.jobs.pieces import restored, saved
from realtime.jobs.store.base import Result
from realtime.jobs.work import Finished, PartDone, Started, Update
from realtime.keys.holder import NOBODY
from realtime.transcribe.fields import FileDefaults, FileFields
from realtime.transcribe.service import Transcription, TranscriptionRequest
from realtime.types import Segment, Transcript

SAVE_EVERY_S = 1.0
"""Pieces of one second are saved together: each save waits for the disk, and a killed process loses
only a second of work."""
LONG_KEYS = frozenset({"segments", "memory_info"})


class LocalWork:
    """The `Work` of a runner that shares its process with an engine."""

    def __init__(
        self,
        files: JobFiles,
        transcriber: FileTranscriber,
        transcription: Transcription,
        defaults: Callable[[], FileDefaults],
    ) -> None:
        self._files = files
        self._transcriber = transcriber
        self._transcription = transcription
        self._defaults = defaults

    async def __call__(self, claim: Claim) -> AsyncGenerator[Update, None]:
        """Raises MissingFile and what `Transcription.outcome` raises."""
        request = self._request(claim)
        known, resume = restored(claim.pieces)
        # A length that was known was counted when the job was accepted.
        counted_now = claim.job.request.get("duration_s") is None
        hours = self._transcription.hours.job(claim.job.submitter if counted_now else NOBODY)
        source = await in_thread(
            None, lambda: self._files.open(claim.job.file_id), lambda late: late.close()
        )
        with source, hours as count:
            async with self._transcription.place(request):
                yield Started()
                started, model_used = time.monotonic(), self._transcription.model_used
                segments, unsaved = list(known), list[Segment]()
                number, saved_at = len(claim.pieces), started
                checkpoint, language, done_s = resume or Checkpoint(), "", 0.0
                stream = self._transcriber.stream(source, request.options, resume)
                async with aclosing(stream) as pieces:
                    async for piece in pieces:
                        unsaved += piece.segments
                        language, done_s = piece.language, piece.progress.done_s
                        count(piece.progress)
                        moved, checkpoint = piece.checkpoint != checkpoint, piece.checkpoint
                        now = time.monotonic()
                        if moved and now - saved_at >= SAVE_EVERY_S:
                            yield PartDone(
                                progress_of(done_s, piece.progress.total_s),
                                saved(number, unsaved, checkpoint),
                            )
                            segments, unsaved = segments + unsaved, []
                            number, saved_at = number + 1, now
                transcript = Transcript(
                    tuple(segments + unsaved),
                    language,
                    done_s,
                    checkpoint.windows,
                    checkpoint.cost_usd,
                    checkpoint.warnings,
                    checkpoint.speakers,
                )
                outcome = await self._transcription.complete(
                    request, transcript, model_used, started
                )
        result = outcome.answer()
        yield Finished(result, shortened(result))

    def _request(self, claim: Claim) -> TranscriptionRequest:
        asked = claim.job.request
        fields = FileFields.model_validate(asked)
        return TranscriptionRequest(
            fields.options(self._defaults()),
            fields.steps,
            shown_path=str(asked["filename"]),
            size_bytes=int(asked["size_bytes"]),
            patient=True,
            voices_of=claim.job.submitter if fields.known_voices else None,
        )


def shortened(result: Result) -> Mapping[str, Any]:
    """A result without its long parts, for lists of jobs."""
    return {name: value for name, value in result.items() if name not in LONG_KEYS}
