"""The interface of recognisers: this process, or a server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from realtime.types import Task

Answer = Mapping[str, Any]
"""The response of `POST /transcribe`."""
OnProgress = Callable[[float, float | None], None]
"""Called with seconds of audio done, and the total (None: unknown)."""


@dataclass(frozen=True, slots=True)
class TranscriptionOptions:
    """Options for every recording."""

    language: str = ""
    """A code, or `auto`; empty: the recogniser's default."""
    languages: str = ""
    """Candidates for detection: codes, separated by commas; empty: all languages of the model."""
    task: Task = "transcribe"
    prompt: str = ""
    hotwords: str = ""
    word_timestamps: bool = False
    multichannel: bool = False
    diarize: bool = False
    privacy_removal: bool = False
    classification: bool = False
    ai_agent: bool = False
    summary: bool = False

    def fields(self) -> dict[str, object]:
        """The options under their names in the form of the HTTP API."""
        options = asdict(self)
        return options if self.language else {**options, "language": None}


class FileRecogniser(Protocol):
    """Transcribes any number of recordings at once. Cancelling a task ends its work."""

    async def transcribe(
        self, path: Path, fields: Mapping[str, object], on_progress: OnProgress
    ) -> Answer:
        """Transcribe a recording. `fields`: `TranscriptionOptions.fields`. Raises RealtimeError,
        OSError."""
        ...

    async def backend(self) -> str:
        """The backend's name, such as `faster-whisper`."""
        ...
