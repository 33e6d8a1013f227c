"""`/health`, `/ready`, `/live`, `/metrics`: the same answers on every port."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import orjson

from realtime.engine.engine import Engine
from realtime.errors import NotReady, RealtimeError
from realtime.metrics import CONTENT_TYPE, Metrics
from realtime.server.websocket.handshake import Probe
from realtime.transcribe.memory import memory
from realtime.types import Urgency, Window
from realtime.version import __version__

STALE_S = 60.0
"""If the last successful inference is older, `/ready` has the model decode a moment of speech."""


class Probes:
    """Answers from the engine's state. Never waits for the model."""

    def __init__(
        self,
        engine: Engine,
        metrics: Metrics,
        *,
        draining: Callable[[], bool],
        proof: Callable[[], Window],
        warning: Callable[[], str],
        language_model: bool = False,
    ) -> None:
        """`proof`: a moment of speech, for a decode that shows that the model works. `warning`:
        what users should know about the model, or an empty string. `language_model`: whether one is
        configured for the steps after the transcript."""
        self._language_model = language_model
        self._engine = engine
        self._metrics = metrics
        self._draining = draining
        self._proof = proof
        self._warning = warning
        self._proving: asyncio.Task[None] | None = None

    def routes(self) -> Mapping[str, Probe]:
        return {
            "/health": self.health,
            "/ready": self.ready,
            "/live": self.live,
            "/metrics": self.metrics,
        }

    def health(self) -> tuple[int, str, bytes]:
        """What runs here, and in which `status`. 200 as long as the process answers."""
        body: dict[str, object] = {
            "status": "ok" if self._engine.ready else "loading",
            "version": __version__,
        }
        try:
            info = self._engine.info
        except NotReady:
            pass
        else:
            body |= {
                "status": "ok" if self._engine.ready else "unready",
                "backend": info.backend,
                "backend_type": info.backend_type,
                "model": info.model,
                "device": info.device,
                "compute_type": info.compute_type,
            }
        if self._draining():
            body["status"] = "draining"
        if self._warning():
            body["warning"] = self._warning()
        body["language_model"] = self._language_model
        body["memory"] = memory()
        return 200, "application/json", orjson.dumps(body, option=orjson.OPT_APPEND_NEWLINE)

    def ready(self) -> tuple[int, str, bytes]:
        """200 where a new stream would be served, else 503. Has the model decode a moment of speech
        where its last success is older than `STALE_S`."""
        status = self._engine.status()
        good = status.ready and not self._draining()
        if good and (status.last_success_age_s or 0.0) > STALE_S:
            self._prove()
        body = {"ready": good, "last_inference_s": status.last_success_age_s}
        return (
            200 if good else 503,
            "application/json",
            orjson.dumps(body, option=orjson.OPT_APPEND_NEWLINE),
        )

    def live(self) -> tuple[int, str, bytes]:
        """200: the event loop runs."""
        return 200, "application/json", b'{"live":true}\n'

    def metrics(self) -> tuple[int, str, bytes]:
        self._engine.status()  # refreshes the gauges
        return 200, CONTENT_TYPE, self._metrics.render()

    def _prove(self) -> None:
        """Decode in the background. If that hangs, the engine's watchdog makes it unready."""
        if self._proving is None or self._proving.done():
            self._proving = asyncio.get_running_loop().create_task(self._decode_proof())

    async def _decode_proof(self) -> None:
        try:
            await self._engine.decode(self._proof(), Urgency.FILE)
        except RealtimeError:
            return  # then no success is recorded, and its age keeps growing
