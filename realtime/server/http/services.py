"""The services that the routes of the API use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from realtime.engine.engine import Engine
from realtime.errors import BadOption, BadRequest
from realtime.files.threads import in_thread
from realtime.server.allowed_folder import AllowedFolder
from realtime.server.http.batches import Batches
from realtime.server.http.forms import Form
from realtime.server.uploads import UploadFolder
from realtime.server.websocket.handshake import Probe
from realtime.transcribe.fields import FileDefaults
from realtime.transcribe.service import Transcription, TranscriptionRequest

UPLOAD_FIELDS = ("file", "audio")


class Backends(Protocol):
    """Tells which backend runs, and changes to another."""

    def describe(self) -> dict[str, object]: ...

    def reload(self, name: str | None = None) -> dict[str, object]:
        """Change the backend; blocks. Raises BadOption, Conflict, NotReady, LoadFailed."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """The services of all routes."""

    transcription: Transcription
    batches: Batches
    backends: Backends
    engine: Engine
    folder: AllowedFolder
    uploads: UploadFolder
    probes: Mapping[str, Probe]
    defaults: Callable[[], FileDefaults]

    def check(self, request: TranscriptionRequest) -> None:
        """Refuse what the model cannot decode. Raises BadRequest, NotReady."""
        try:
            self.engine.check(request.options.decode)
        except BadOption as error:
            raise BadRequest(error.message, **({"field": "language"} | error.details)) from error

    async def open_path(self, path: str) -> tuple[BinaryIO, int]:
        """Open a file below the allowed folder; returns it and its size in bytes. Raises Forbidden,
        MissingFile."""
        opened = await in_thread(
            None, lambda: self.folder.open(path), lambda late: late.file.close()
        )
        return opened.file, opened.size_bytes

    async def source(self, form: Form, file_path: str | None) -> tuple[BinaryIO, str, int]:
        """The file of a form, uploaded or named: file, shown path, size in bytes. The caller closes
        it.

        Raises BadRequest where there is neither, Forbidden, MissingFile.
        """
        for received in form.files:
            if received.field in UPLOAD_FIELDS:
                upload = received.upload
                return upload.file, received.filename, upload.size_bytes
        if file_path is None:
            raise BadRequest(
                "Send an audio file as the part `file`, or its path as `file_path`.", field="file"
            )
        file, size = await self.open_path(file_path)
        return file, file_path, size


def base_name(path: str) -> str:
    """The last component of a path, for display."""
    return Path(path).name or path
