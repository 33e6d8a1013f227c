"""The HTTP API of one process, wired."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from realtime.app.detectors import make_detector
from realtime.app.languages import ui_language
from realtime.app.options import engine_language, tls_context
from realtime.app.speakers import make_voices
from realtime.app.switch import BackendSwitch
from realtime.engine.engine import Engine
from realtime.files.options import FileLimits
from realtime.files.transcriber import FileTranscriber
from realtime.metrics import Metrics
from realtime.postprocess.base import PostProcessor
from realtime.server.admission import Admission
from realtime.server.allowed_folder import AllowedFolder
from realtime.server.http.api import make_api
from realtime.server.http.batches import Batches
from realtime.server.http.gate import Gate, GateOptions
from realtime.server.http.listener import HttpListener, ListenerOptions
from realtime.server.http.services import Services
from realtime.server.uploads import UploadFolder
from realtime.server.websocket.handshake import Probe
from realtime.settings import Settings
from realtime.transcribe.fields import FileDefaults
from realtime.transcribe.service import Transcription
from realtime.transcribe.slots import FileSlots

FORM_ROOM_BYTES = 2 << 20
"""What a body may have beyond its largest upload: the other fields, the boundaries."""


def make_files(engine: Engine, settings: Settings) -> FileTranscriber:
    """Files on the engine of the live streams."""
    return FileTranscriber(
        engine,
        lambda: make_detector(settings.vad if settings.vad != "off" else "silero"),
        FileLimits(max_audio_s=settings.max_audio_hours * 3600),
        make_voices(settings),
    )


def make_transcription(
    files: FileTranscriber, engine: Engine, postprocessor: PostProcessor, settings: Settings
) -> Transcription:
    """As many files at once as the settings say, and as many again in line."""
    places = FileSlots(settings.max_files, settings.max_files)
    return Transcription(files, engine, postprocessor, places)


@dataclass(frozen=True, slots=True)
class HttpParts:
    """What the API is made of."""

    switch: BackendSwitch
    transcription: Transcription
    admission: Admission
    probes: Mapping[str, Probe]
    models: Callable[[], tuple[str, ...]]
    beam_size: Callable[[], int]
    metrics: Metrics


class HttpApi:
    """Port 8003. `start`, then `drain` or `stop`."""

    def __init__(self, parts: HttpParts, settings: Settings) -> None:
        """Raises SetupError where the certificate cannot be used."""
        self._drain_s = settings.drain_s
        self._batches = Batches(parts.transcription)
        limit_bytes = settings.max_upload_mb << 20
        services = Services(
            transcription=parts.transcription,
            batches=self._batches,
            backends=parts.switch,
            engine=parts.switch.engine,
            folder=AllowedFolder(settings.allowed_dir),
            uploads=UploadFolder(settings.data_dir / "uploads", limit_bytes),
            probes=parts.probes,
            defaults=lambda: FileDefaults(
                engine_language(settings, parts.switch.engine),
                parts.beam_size(),
                settings.overlap_seconds,
            ),
            models=parts.models,
        )
        gate = Gate(
            make_api(services),
            parts.admission,
            GateOptions(
                limit_bytes + FORM_ROOM_BYTES,
                settings.cors_origins,
                language=ui_language(settings),
            ),
            lambda status: parts.metrics.http_requests.labels(str(status)).inc(),
        )
        self._listener = HttpListener(
            gate,
            ListenerOptions(
                settings.host,
                settings.api_port,
                tls=tls_context(settings.tls_cert, settings.tls_key),
            ),
        )

    @property
    def port(self) -> int:
        return self._listener.port

    async def start(self) -> None:
        """Raises SetupError where the port is taken."""
        await self._listener.start()

    async def drain(self) -> None:
        """Refuse new work, let what runs end within the grace time."""
        await asyncio.gather(
            self._listener.drain(self._drain_s), self._batches.drain(self._drain_s)
        )

    async def stop(self) -> None:
        await self._batches.drain(0)
        await self._listener.stop()
