"""Whole files → transcripts, through the engine that also serves the live streams."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

from realtime.audio.files import Source
from realtime.engine.engine import Engine
from realtime.files.options import (
    Checkpoint,
    FileLimits,
    FileOptions,
    Piece,
    Progress,
)
from realtime.types import Transcript
from realtime.vad.base import SpeechDetector

__all__ = [
    "Checkpoint",
    "FileLimits",
    "FileOptions",
    "FileTranscriber",
    "Piece",
    "Progress",
    "Source",
]


class FileTranscriber:
    """Transcribes any number of files at once. Cancelling the task ends all work for its file."""

    def __init__(
        self,
        engine: Engine,
        make_detector: Callable[[], SpeechDetector],
        limits: FileLimits | None = None,
    ) -> None:
        self._engine = engine
        self._make_detector = make_detector
        self._limits = limits or FileLimits()

    async def transcribe(
        self,
        source: Source,
        options: FileOptions,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Transcript:
        """The whole transcript.

        Raises NotAudio, MessageTooBig (longer than allowed), BadOption, OSError (a path that cannot
        be opened) and what the engine answers with: DecodeFailed, Overloaded, Draining …
        """
        raise NotImplementedError

    def stream(
        self, source: Source, options: FileOptions, resume: Checkpoint | None = None
    ) -> AsyncGenerator[Piece, None]:
        """The transcript piece by piece, from `resume` on; raises like `transcribe`."""
        raise NotImplementedError
