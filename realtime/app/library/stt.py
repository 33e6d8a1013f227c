"""The engine as a library: files in, dicts out."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Coroutine
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from realtime.app.core import Core
from realtime.app.library.closing import Closing
from realtime.app.library.settings import library_settings
from realtime.app.speakers import fetch_speakers
from realtime.app.transcription import make_transcription
from realtime.errors import BadOption, BadRequest
from realtime.files.options import FileOptions
from realtime.files.transcriber import Source
from realtime.languages import ALLOWED, language_code
from realtime.transcribe.service import TranscriptionRequest
from realtime.types import Samples, Task

T = TypeVar("T")


class WhisperSTT(Closing):
    """A loaded model that transcribes files. Safe from any thread; close it, or use it in `with`.

    Files run concurrently on one model. For live streams, use `RealtimeWhisperProcessor`.
    """

    def __init__(
        self,
        model: str | PathLike[str] = "auto",
        *,
        device: str = "auto",
        compute_type: str = "auto",
        backend: str | None = None,
        speaker_model: str | PathLike[str] = "auto",
    ) -> None:
        """Load the model; blocks, and may download.

        `model`: a folder, a name (`small`, `large-v3-turbo` …), a hub id, `bundled` or `auto`.
        `device`: auto, cpu or cuda. `compute_type`: auto, int8, float16 … `backend`: its name;
        None: the first that can be loaded. `speaker_model`: for `diarize`: auto (downloaded on
        first use), bundled or an ONNX file. Raises SetupError, LoadFailed, and for `openai-api`
        ProviderAuth and ProviderUnreachable.
        """
        self._core = Core(library_settings(model, device, compute_type, backend, speaker_model))
        self._transcription = make_transcription(self._core)
        self._core.load()
        self._loop = _Loop()

    def transcribe(  # noqa: PLR0913 - names and order are a contract
        self,
        audio: str | PathLike[str] | bytes | Samples,
        language: str = "ko",
        *,
        task: Task = "transcribe",
        prompt: str = "",
        word_timestamps: bool = False,
        beam_size: int = 1,
        is_stream: bool = False,
        diarize: bool = False,
    ) -> dict[str, object]:
        """The transcript as `POST /transcribe` returns it: `success`, `text`, `language`,
        `duration` (s), `backend`, `segments` (`start`, `end` in s, `text`, `words` with
        `word_timestamps`) …

        `audio`: a path, a file's bytes, or float32 in -1 … 1 at 16 kHz, shape (n,). `language`: a
        code, locale or English name, or `auto`. `is_stream`: use as little memory as possible.
        `diarize`: segments name the `speaker`. Blocks. Raises MissingFile, NotAudio,
        MessageTooBig, BadOption, BadRequest and the engine's errors.
        """
        source, shown_path, size = _source(audio)
        options = FileOptions(
            language=_code(language),
            task=task,
            prompt=prompt,
            beam_size=beam_size,
            word_times=word_timestamps,
            overlap_s=self._core.settings.overlap_seconds,
            bounded=is_stream,
            diarize=diarize,
        )
        if diarize:
            fetch_speakers(self._core.settings)
        request = TranscriptionRequest(
            options, shown_path=shown_path, size_bytes=size, patient=True
        )
        return self._loop.run(self._transcription.run(source, request))

    def reload_backend(self, name: str | None = None) -> str:
        """Change to another backend, or to the first of the configured order; → its name.

        Running files continue on it. Raises BadOption for an unknown name, Conflict while another
        reload runs, and LoadFailed, after which the old backend stays in use.
        """
        return str(self._core.backends.reload(name)["current_backend"])

    def get_backend_info(self) -> dict[str, object]:
        """The answer of `GET /backend/current`: `current_backend`, `device`, `model_path` …"""
        return self._core.backends.describe()

    def close(self) -> None:
        """Unload the model. Running calls fail with Draining. A second call does nothing."""
        self._core.engine.stop()
        self._loop.close()  # waiting callers have their Draining by now
        self._core.close()


class _Loop:
    """An event loop on a thread of its own, so that callers work with or without a loop."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="whisper-stt", daemon=True
        )
        self._thread.start()
        self._end = weakref.finalize(self, _end, self._loop, self._thread)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` and wait for its result. Interrupting the wait (Ctrl-C) cancels `work`."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        finally:
            future.cancel()

    def close(self) -> None:
        self._end()


def _end(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def _code(language: str) -> str | None:
    """The code of a language; None for `auto`: the model detects it. Raises BadOption."""
    try:
        return language_code(language)
    except ValueError:
        raise BadOption(f"language must be {ALLOWED}.", field="language") from None


def _source(audio: str | PathLike[str] | bytes | Samples) -> tuple[Source, str, int]:
    """(source, shown path, size in bytes). Raises BadRequest."""
    if isinstance(audio, np.ndarray):
        if audio.ndim != 1 or audio.dtype != np.float32:
            raise BadRequest(
                f"Audio must be float32 of shape (n,) at 16 kHz, not {audio.dtype} of shape "
                f"{audio.shape}: convert it, or give a file.",
                field="audio",
            )
        return audio, "", audio.nbytes
    if isinstance(audio, bytes | bytearray | memoryview):
        return bytes(audio), "", len(audio)
    path = Path(audio)
    return path, str(path), path.stat().st_size if path.is_file() else 0
