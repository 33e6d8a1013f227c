"""What turns a recording into an answer: this process, or a server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from realtime.types import Task

Answer = Mapping[str, Any]
"""The response of `POST /transcribe`."""
OnProgress = Callable[[float, float | None], None]
"""Told seconds of audio that are done, and of how many (None: not known)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of every recording."""

    language: str = ""
    """A code, or `auto`; empty: as the recogniser is set."""
    languages: str = ""
    """What the model may tell by itself: codes, parted by commas; empty: whatever it knows."""
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
        """By the names of the HTTP API's form."""
        asked = asdict(self)
        return asked if self.language else {**asked, "language": None}


class Recogniser(Protocol):
    """Transcribes any number of recordings at once. Cancelling the task ends the work for its."""

    async def transcribe(
        self, path: Path, fields: Mapping[str, object], on_progress: OnProgress
    ) -> Answer:
        """`fields`: `Asked.fields`. Raises RealtimeError, OSError."""
        ...

    async def backend(self) -> str:
        """The name of what recognises, such as `faster-whisper`."""
        ...
