"""The server process: starts the services of its roles, drains them and stops them."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator

import structlog
import uvloop

from realtime.app.composition import Composition
from realtime.app.process.descriptors import raise_limit
from realtime.app.process.memory import settle
from realtime.app.process.signals import stop_signals
from realtime.app.roles import OFF, Role, check_roles, server_roles
from realtime.app.services.api import HttpApi
from realtime.app.services.base import ServiceRunner
from realtime.app.services.jobs import Jobs
from realtime.app.services.page import WebService
from realtime.app.switch import Load
from realtime.app.usage import keeps_usage
from realtime.client.transcriber import Transcriber
from realtime.server.websocket.server import WebSocketServer
from realtime.server.wrong_keys import USUAL_LIMITS, WrongKeyLimits
from realtime.settings import Settings
from realtime.settings.data_dir import open_data_dir
from realtime.settings.merged import LOOPBACK_HOSTS

log = structlog.get_logger(__name__)


class App:
    """One server process: call `start`, then `drain`, then `stop`."""

    def __init__(
        self,
        settings: Settings,
        load: Load | None = None,
        wrong_keys: WrongKeyLimits = USUAL_LIMITS,
    ) -> None:
        """`load`: makes the backend of a resolved model; no other backend is available then.

        Raises SetupError where the settings contradict each other, or where other users of this
        machine may enter the data directory.
        """
        check_roles(settings)
        self._roles = roles = server_roles(settings)
        if roles & {Role.API, Role.PAGE} or keeps_usage(settings):
            open_data_dir(settings.data_dir, shared=settings.data_dir_shared)
        self.settings = settings
        self._parts = parts = Composition(roles, settings, load, wrong_keys)
        self._services = ServiceRunner(parts.stages())
        self.metrics, self.switch, self.engine = (
            parts.core.metrics,
            parts.core.backends,
            parts.core.engine,
        )
        self.capacity, self.admission = parts.capacity, parts.admission
        self.transcription = parts.transcription

    @property
    def server(self) -> WebSocketServer:
        """The live server; it listens only where the process has the role LIVE."""
        return self._parts.live

    @property
    def api(self) -> HttpApi | None:
        return self._parts.api if Role.API in self._roles else None

    @property
    def web(self) -> WebService | None:
        return self._parts.page if Role.PAGE in self._roles else None

    @property
    def jobs(self) -> Jobs | None:
        return self._parts.jobs if Role.PAGE in self._roles else None

    @property
    def api_url(self) -> str | None:
        """URL of the HTTP API for clients on this machine; None where the API is switched off."""
        if self.api is None:
            return None
        return f"{self._address('http')}:{self.api.port}"

    @property
    def live_port(self) -> int:
        """Port of the live server; -1 where the server is switched off."""
        return self.server.port if Role.LIVE in self._roles else OFF

    @property
    def url(self) -> str:
        """URL of the live server for clients on this machine, if that server is on."""
        return f"{self._address('ws')}:{self.live_port}"

    def _address(self, scheme: str) -> str:
        host = self.settings.host
        name = "localhost" if host in ("0.0.0.0", "::", "127.0.0.1", "::1") else host
        return f"{scheme}{'s' if self.settings.tls_cert else ''}://{name}"

    async def start(self) -> None:
        """Start all services; if one fails, stop them all.

        Raises SetupError, LoadFailed.
        """
        _tell_if_open(self.settings)
        await self._services.start()
        log.info("ready", **self._serves())
        if self.web is not None:
            log.info("web", page=self.web.url)

    def _serves(self) -> dict[str, str | None]:
        """Fields for the log: the addresses that are served, and the model."""
        where = {"url": self.url} if Role.LIVE in self._roles else {}
        if self.api is not None:
            where["api"] = self.api_url or ""
        if not self._parts.has_model:
            return {**where, "model": f"at {self.settings.api_url}"}
        return {**where, "model": self.engine.info.model, "device": self.engine.info.device}

    async def drain(self) -> None:
        """Accept no new work, and finish the work that is running."""
        log.info(
            "draining",
            streams=self.admission.active,
            grace_s=self.settings.drain_s,
            hint="a second signal ends the server at once",
        )
        self.admission.draining = True
        await self._services.drain()

    async def stop(self) -> None:
        """Close everything and release the memory. A second call does nothing."""
        await self._services.stop()


def serve(settings: Settings) -> int:
    """Serve until SIGTERM, SIGINT or SIGHUP, then drain; → exit code.

    A second signal ends the process at once. Raises SetupError, LoadFailed.
    """
    return uvloop.run(_serve(settings))


async def _serve(settings: Settings) -> int:
    raise_limit()
    application, loop = App(settings), asyncio.get_running_loop()
    signals, stopping = stop_signals(), asyncio.Event()

    def on_signal() -> None:
        for number in signals:
            loop.remove_signal_handler(number)  # the next signal ends the process at once
        stopping.set()

    for number in signals:
        loop.add_signal_handler(number, on_signal)
    starting, stopped = (
        asyncio.create_task(application.start()),
        asyncio.create_task(stopping.wait()),
    )
    await asyncio.wait({starting, stopped}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        log.info("stopped", reason="a stop was requested while the model was loading")
        os._exit(0)  # a load or download cannot be interrupted, and no client is connected yet
    try:
        await starting  # raises the error of a start that failed
        settle()
        await stopped
        await application.drain()
    finally:
        stopped.cancel()
        await application.stop()
    return 0


@contextlib.asynccontextmanager
async def local_transcriber(
    settings: Settings,
    *,
    words: bool | None = None,
    diarize: bool | None = None,
    privacy: bool | None = None,
) -> AsyncIterator[Transcriber]:
    """A transcriber whose server runs in this process, on a free loopback port."""
    own = settings.model_copy(
        update={"host": "127.0.0.1", "port": 0, "api_port": -1, "web_port": -1, "api_keys": ()}
        | {"keys_file": None}
    )
    async with running(own) as application:
        yield Transcriber(application.url, words=words, diarize=diarize, privacy=privacy)


@contextlib.asynccontextmanager
async def running(settings: Settings, load: Load | None = None) -> AsyncIterator[App]:
    """Start an application, and stop it at the end of the block."""
    application = App(settings, load)
    try:
        await application.start()
        yield application
    finally:
        await application.stop()


def _tell_if_open(settings: Settings) -> None:
    """Log a warning where other machines can connect without a key."""
    if settings.host in LOOPBACK_HOSTS or settings.needs_key:
        return
    ports = [p for p in (settings.port, settings.api_port, settings.web_port) if p != OFF]
    log.warning(
        "open_to_everyone",
        host=settings.host,
        ports=", ".join(map(str, ports)),
        reason="Anyone who reaches these ports may use them, because no key is set: set one "
        "(STT_API_KEYS=…), or let only this machine connect (in a container: -p "
        "127.0.0.1:8003:8003).",
    )
