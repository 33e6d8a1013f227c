"""The parts that every process with a model has: weights, backend, engine, metrics, files.

Server, worker, library, command line and evaluation build it here and nowhere else.
"""

from __future__ import annotations

import asyncio
import os
from types import TracebackType
from typing import Self

from realtime.app.backends import KINDS
from realtime.app.detectors import make_detector
from realtime.app.options import beam_size, engine_language, stream_defaults
from realtime.app.process.memory import keep_blocks, share_arena
from realtime.app.speakers import load_speakers, make_voices
from realtime.app.switch import BackendSwitch, Load, kinds_of
from realtime.engine.options import EngineOptions
from realtime.files.options import FileLimits
from realtime.files.transcriber import FileTranscriber
from realtime.metrics import Metrics
from realtime.settings import Settings
from realtime.transcribe.fields import FileDefaults
from realtime.transcribe.memory import available_bytes
from realtime.wire.config import StreamConfig


class Core:
    """One model and the parts that use it. Nothing is loaded until `load`, `start`, `with` or
    `async with`; `close` or `stop` releases everything, also where nothing was loaded."""

    def __init__(
        self,
        settings: Settings,
        load: Load | None = None,
        engine_options: EngineOptions | None = None,
    ) -> None:
        """`load`: makes the backend of a resolved model; no other backend is available then."""
        self.settings = settings
        share_arena(settings.cpu_workers or os.cpu_count() or 1)
        self.metrics = Metrics()
        self.backends = BackendSwitch(
            settings, self.metrics, kinds_of(load) if load else KINDS, engine_options
        )
        self.engine = self.backends.engine
        self.voices = make_voices(settings)
        self.files = FileTranscriber(
            self.engine,
            lambda: make_detector(settings.vad if settings.vad != "off" else "silero"),
            FileLimits(max_audio_s=settings.max_audio_hours * 3600),
            self.voices,
        )

    # ---- life

    def load(self) -> None:
        """Load and test the model in this thread, so that Ctrl-C ends a download.

        Raises SetupError, LoadFailed.
        """
        self.engine.start()
        keep_blocks(self.engine.backend.workers, available_bytes())

    def close(self) -> None:
        """Fail waiting requests with Draining, release the memory. A second call does nothing."""
        self.engine.stop()
        self.files.close()

    async def start(self) -> None:
        """Load the model, the detector and the speaker networks without blocking the event loop,
        so that the first stream does not wait for them.

        Raises SetupError, LoadFailed.
        """
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, make_detector, self.settings.vad)
        await loop.run_in_executor(None, load_speakers, self.voices, self.settings)
        await loop.run_in_executor(None, self.load)

    async def stop(self) -> None:
        """`close` without blocking the event loop."""
        await asyncio.get_running_loop().run_in_executor(None, self.close)

    def __enter__(self) -> Self:
        try:
            self.load()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    # ---- defaults of requests, for the model that is loaded or will be

    def beam_size(self) -> int:
        """Default beam size of finals and files."""
        return beam_size(self.settings, self.engine)

    def language(self) -> str:
        """Default language: a code or `auto`."""
        return engine_language(self.settings, self.engine)

    def stream_defaults(self) -> StreamConfig:
        """Default options of live streams."""
        return stream_defaults(self.settings, self.engine)

    def file_defaults(self) -> FileDefaults:
        """Default options of files."""
        return FileDefaults(self.language(), self.beam_size(), self.settings.overlap_seconds)
