"""Wiring of the HTTP API of one process."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from realtime.app.core import Core
from realtime.app.languages import ui_language
from realtime.app.options import tls_context
from realtime.server.admission import Admission
from realtime.server.allowed_folder import AllowedFolder
from realtime.server.http.api import make_api
from realtime.server.http.batches import Batches
from realtime.server.http.exchange import BodyLimits
from realtime.server.http.gate import Gate, GateOptions
from realtime.server.http.listener import HttpListener, ListenerOptions
from realtime.server.http.services import Services
from realtime.server.uploads import UploadFolder
from realtime.server.websocket.handshake import Probe
from realtime.transcribe.service import Transcription

FORM_ROOM_BYTES = 2 << 20
"""Allowance for the parts of a request body beside the upload: other fields and boundaries."""


class HttpApi:
    """The HTTP API on its port (8003 by default)."""

    def __init__(
        self,
        core: Core,
        transcription: Transcription,
        admission: Admission,
        probes: Mapping[str, Probe],
    ) -> None:
        """Raises SetupError where the certificate cannot be used."""
        settings = core.settings
        self._drain_s = settings.drain_s
        self._batches = Batches(transcription)
        limit_bytes = settings.max_upload_mb << 20
        services = Services(
            transcription=transcription,
            batches=self._batches,
            backends=core.backends,
            engine=core.engine,
            folder=AllowedFolder(settings.allowed_dir),
            uploads=UploadFolder(settings.data_dir / "uploads", limit_bytes),
            probes=probes,
            defaults=core.file_defaults,
        )
        gate = Gate(
            make_api(services),
            admission,
            GateOptions(
                BodyLimits(limit_bytes + FORM_ROOM_BYTES),
                settings.cors_origins,
                language=ui_language(settings),
            ),
            lambda status: core.metrics.http_requests.labels(str(status)).inc(),
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
        """Refuse new work, and let running work end within the grace time."""
        await asyncio.gather(
            self._listener.drain(self._drain_s), self._batches.drain(self._drain_s)
        )

    async def stop(self) -> None:
        await self._batches.drain(0)
        await self._listener.stop()
