"""Transcribes files in this process, without any listener, for `realtime transcribe`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from realtime.app.core import Core
from realtime.app.speakers import fetch_speakers
from realtime.app.transcription import make_transcription
from realtime.audio.files import Decoders
from realtime.errors import BadRequest, broken_rule
from realtime.settings import Settings
from realtime.transcribe.fields import FileFields
from realtime.transcribe.service import Transcription, TranscriptionRequest
from realtime.types import SAMPLE_RATE


class LocalFiles:
    """Transcribes files as `POST /transcribe` does. Open it with `local_files`."""

    def __init__(self, core: Core, transcription: Transcription) -> None:
        self._core = core
        self._transcription = transcription
        self._defaults = core.file_defaults()

    async def transcribe(
        self,
        path: Path,
        fields: Mapping[str, object],
        on_progress: Callable[[float, float | None], None],
    ) -> Mapping[str, object]:
        """Transcribe one file; → the answer. `fields`: as in the form of `POST /transcribe`.

        `on_progress`: called with the seconds of audio that are done, and with the total (None:
        unknown). Raises BadRequest and the errors of `Transcription.run`.
        """
        request = self._request(path, fields)
        with path.open("rb") as file:
            return await self._transcription.run(
                file, request, lambda progress: on_progress(progress.done_s, progress.total_s)
            )

    async def backend(self) -> str:
        """The name of the loaded backend."""
        return self._core.engine.info.backend

    def check(self, fields: Mapping[str, object]) -> None:
        """Raises BadRequest, BadOption or SetupError for fields that would fail for every file."""
        options = self._request(None, fields).options
        if options.diarize:
            fetch_speakers(self._core.settings)
            self._core.voices.network()
        self._core.engine.check(options.decode)

    def _request(self, path: Path | None, fields: Mapping[str, object]) -> TranscriptionRequest:
        try:
            checked = FileFields.model_validate(dict(fields))
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(map(str, first["loc"]))
            raise BadRequest(f"{name} cannot be used: {broken_rule(first)}.", field=name) from None
        size = path.stat().st_size if path is not None else 0
        return TranscriptionRequest(
            checked.options(self._defaults), checked.steps, str(path or ""), size, patient=True
        )


@contextlib.contextmanager
def local_files(settings: Settings) -> Iterator[LocalFiles]:
    """Load the model, in this thread so that Ctrl-C ends a download; unload it at the end.

    Raises SetupError, LoadFailed.
    """
    core = Core(settings)
    transcription = make_transcription(core)
    with core:
        yield LocalFiles(core, transcription)


def audio_length_s(path: Path) -> float:
    """Seconds of audio in a file, from its header, else counted by decoding it. Blocks.

    Raises MissingFile, NotAudio, MessageTooBig.
    """
    decoders = Decoders()
    reader = decoders.open(path)
    try:
        if reader.info.total_s is not None:
            return reader.info.total_s
        count = 0
        while (block := reader.read()) is not None:
            count += len(block)
        return count / SAMPLE_RATE
    finally:
        reader.close()
        decoders.close()
