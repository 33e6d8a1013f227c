"""Files in this process, without any listener: what `realtime transcribe` runs on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from realtime.app.http import make_files, make_transcription
from realtime.app.options import beam_size, engine_language
from realtime.app.speakers import fetch_speakers, make_voices
from realtime.app.steps import make_postprocessor
from realtime.app.switch import BackendSwitch
from realtime.audio.files import Decoders
from realtime.engine.engine import Engine
from realtime.errors import BadRequest
from realtime.metrics import Metrics
from realtime.settings import Settings
from realtime.transcribe.fields import FileDefaults, FileFields
from realtime.transcribe.service import Transcription, TranscriptionRequest
from realtime.types import SAMPLE_RATE


class LocalFiles:
    """Transcribes files as `POST /transcribe` does. Open it with `local_files`."""

    def __init__(self, engine: Engine, transcription: Transcription, settings: Settings) -> None:
        self._engine = engine
        self._transcription = transcription
        self._voices = make_voices(settings)
        self._settings = settings
        self._defaults = FileDefaults(
            engine_language(settings, engine), beam_size(settings, engine), settings.overlap_seconds
        )

    async def transcribe(
        self,
        path: Path,
        fields: Mapping[str, object],
        on_progress: Callable[[float, float | None], None],
    ) -> Mapping[str, object]:
        """The answer for one file. `fields`: as in the form of `POST /transcribe`.

        `on_progress`: told seconds of audio done, and in all (None: not known). Raises BadRequest
        and what `Transcription.run` raises.
        """
        request = self._request(path, fields)
        with path.open("rb") as file:
            return await self._transcription.run(
                file, request, lambda progress: on_progress(progress.done_s, progress.total_s)
            )

    async def backend(self) -> str:
        """The name of the backend that recognises."""
        return self._engine.info.backend

    def check(self, fields: Mapping[str, object]) -> None:
        """Raises BadRequest, BadOption or SetupError for what no file could be transcribed with."""
        options = self._request(None, fields).options
        if options.diarize:
            fetch_speakers(self._settings)
            self._voices.network()
        self._engine.check(options.decode)

    def _request(self, path: Path | None, fields: Mapping[str, object]) -> TranscriptionRequest:
        try:
            checked = FileFields.model_validate(dict(fields))
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(map(str, first["loc"]))
            raise BadRequest(f"{name} cannot be used: {first['msg']}.", field=name) from None
        size = path.stat().st_size if path is not None else 0
        return TranscriptionRequest(
            checked.options(self._defaults), checked.steps, str(path or ""), size, patient=True
        )


@contextlib.contextmanager
def local_files(settings: Settings) -> Iterator[LocalFiles]:
    """Load the model, in this thread so that Ctrl-C ends a download; unload it at the end.

    Raises SetupError, LoadFailed.
    """
    engine = BackendSwitch(settings, Metrics()).engine
    postprocessor = make_postprocessor(settings)
    engine.start()
    files = make_files(engine, settings)
    try:
        yield LocalFiles(
            engine, make_transcription(files, engine, postprocessor, settings), settings
        )
    finally:
        files.close()
        engine.stop()


def audio_length_s(path: Path) -> float:
    """Seconds of audio in a file: what it says of itself, else counted. Blocks.

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
