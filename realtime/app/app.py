"""The composition root: settings → model, engine, server. The only module that names them all."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator

import structlog
import uvloop

from realtime.app.capacity import Capacity
from realtime.app.core import Core
from realtime.app.detectors import make_detector
from realtime.app.elsewhere import RemoteApi
from realtime.app.http import HttpApi
from realtime.app.jobs import Jobs
from realtime.app.options import admission_options, server_options
from realtime.app.process.descriptors import raise_limit
from realtime.app.process.loop_lag import measure_loop_lag
from realtime.app.process.memory import settle
from realtime.app.process.signals import stop_signals
from realtime.app.roles import OFF, check_roles, needs_model
from realtime.app.shown import OwnModel, ShownModel
from realtime.app.speakers import keep_fetching
from realtime.app.steps import has_language_model
from realtime.app.switch import Load
from realtime.app.transcription import make_transcription
from realtime.app.web import WebService
from realtime.client.transcriber import Transcriber
from realtime.live.options import StreamOptions
from realtime.live.speakers import SpeakerService
from realtime.live.stream import StreamFactory
from realtime.postprocess.privacy.live import LiveMask
from realtime.server.admission import Admission
from realtime.server.probes import Probes
from realtime.server.websocket.server import WebSocketServer
from realtime.settings import Settings
from realtime.settings.data_dir import open_data_dir
from realtime.settings.merged import LOOPBACK_HOSTS
from realtime.types import SAMPLE_RATE, DecodeOptions, Window
from realtime.weights.bundled import samples

log = structlog.get_logger(__name__)

MOMENT_S = 1.0
"""Nobody waits for the page's answers longer; streams of events end in order meanwhile."""

DOWNLOADED = ("cache", "hub", "index")
"""Where a recogniser comes from whose user lets this program download weights."""


class App:
    """Everything one process runs. `start` (binds, then loads), `drain`, `stop`."""

    def __init__(self, settings: Settings, load: Load | None = None) -> None:
        """`load`: makes the backend of a resolved model, the only one that there is then.

        Raises SetupError where the settings contradict each other, or others may read the data.
        """
        check_roles(settings)
        if settings.api_port != OFF or settings.web_port != OFF:
            open_data_dir(settings.data_dir, shared=settings.data_dir_shared)
        self.settings = settings
        self.core = core = Core(settings, load)
        self.metrics, self.switch, self.engine = core.metrics, core.backends, core.engine
        self.capacity = Capacity(core.engine, core.metrics, settings.max_sessions, core.beam_size)
        self.admission = Admission(
            admission_options(settings),
            ready=lambda: self.engine.ready,
            overloaded=lambda: self.capacity.full(self.admission.active),
            guessed=self.metrics.wrong_keys.inc,
        )
        self.probes = Probes(
            self.engine,
            self.metrics,
            draining=lambda: self.admission.draining,
            proof=_proof,
            warning=self._warning,
            language_model=has_language_model(settings),
        )
        self.speakers = SpeakerService(core.voices)
        streams = StreamFactory(
            self.engine,
            self.metrics,
            make_detector,
            lambda: StreamOptions(self.engine.traits, self.capacity.final_s()),
            self.speakers,
            lambda: LiveMask(settings.privacy_style),
        )
        self.server = WebSocketServer(
            streams,
            core.stream_defaults,
            self.admission,
            self.probes.routes(),
            server_options(settings),
        )
        self.transcription = make_transcription(core)
        self.api = self._make_api() if settings.api_port >= 0 else None
        self.jobs = Jobs(core, self.transcription) if settings.web_port >= 0 else None
        self.web = self._make_web(self.jobs) if self.jobs is not None else None
        self._loop_lag: asyncio.Task[None] | None = None

    def _make_api(self) -> HttpApi:
        return HttpApi(
            self.core, self.transcription, self.admission, self.probes.routes(), self.server.models
        )

    def _make_web(self, jobs: Jobs) -> WebService:
        """Raises SetupError where the page's files are missing."""
        model: ShownModel = RemoteApi(self.settings)
        if needs_model(self.settings):
            model = OwnModel(
                self.switch,
                self.probes,
                self.metrics,
                has_language_model(self.settings),
                lambda: self.core.voices.problem,
            )
        return WebService(
            self.settings,
            self.admission,
            model,
            lambda: self.live_port,
            jobs,
            self.speakers.heard,
        )

    @property
    def api_url(self) -> str | None:
        """Of the HTTP API, for clients on this machine; None where it is switched off."""
        if self.api is None:
            return None
        return f"{self._address('http')}:{self.api.port}"

    @property
    def live_port(self) -> int:
        """Of the live server; -1 where it is switched off."""
        return self.server.port if self.settings.port != OFF else OFF

    @property
    def url(self) -> str:
        """Where clients on this machine connect, if the live server is on."""
        return f"{self._address('ws')}:{self.live_port}"

    def _address(self, scheme: str) -> str:
        host = self.settings.host
        name = "localhost" if host in ("0.0.0.0", "::", "127.0.0.1", "::1") else host
        return f"{scheme}{'s' if self.settings.tls_cert else ''}://{name}"

    async def start(self) -> None:
        """Bind the ports, so that a mistake there costs no load; then load and test the model,
        where one is needed.

        Raises SetupError, LoadFailed.
        """
        observe = self.metrics.event_loop_lag_seconds.observe
        self._loop_lag = asyncio.create_task(measure_loop_lag(observe))
        if self.settings.port != OFF:
            await self.server.start()
        if self.api is not None:
            await self.api.start()
        if self.web is not None:
            await self.web.start()
        _tell_if_open(self.settings)
        if needs_model(self.settings):
            await self._load()
        if self.jobs is not None:
            self.jobs.start()
        log.info("ready", **self._serves())
        if self.web is not None:
            log.info("web", page=self.web.url)

    async def _load(self) -> None:
        await self.core.start()
        resolved = self.switch.resolved
        if resolved is not None and resolved.source in DOWNLOADED:
            keep_fetching(self.core.voices, self.settings)

    def _serves(self) -> dict[str, str | None]:
        """For the log: where, and with which model."""
        where = {"url": self.url} if self.settings.port != OFF else {}
        if self.api is not None:
            where["api"] = self.api_url or ""
        if not needs_model(self.settings):
            return {**where, "model": f"at {self.settings.api_url}"}
        return {**where, "model": self.engine.info.model, "device": self.engine.info.device}

    async def drain(self) -> None:
        """Finish what is running, take nothing new."""
        log.info(
            "draining",
            streams=self.admission.active,
            grace_s=self.settings.drain_s,
            hint="a second signal ends the server at once",
        )
        self.admission.draining = True
        await asyncio.gather(*([self.api.drain()] if self.api else []), self.server.drain())
        if self.jobs is not None:
            await self.jobs.drain()
        if self.web is not None:
            await self.web.drain(MOMENT_S)

    async def stop(self) -> None:
        """Close everything and give the memory back."""
        if self._loop_lag is not None:
            self._loop_lag.cancel()
        if self.jobs is not None:
            await self.jobs.drain()  # before the listener: streams of events end in order
        if self.web is not None:
            await self.web.stop()
        if self.api is not None:
            await self.api.stop()
        if self.jobs is not None:
            await self.jobs.stop()
        await self.server.stop()
        self.speakers.close()
        await self.core.stop()

    def _warning(self) -> str:
        return self.switch.resolved.warning if self.switch.resolved else ""


def serve(settings: Settings) -> int:
    """Serve until SIGTERM, SIGINT or SIGHUP, then drain; → exit code. A second one ends it at once.

    Raises SetupError, LoadFailed.
    """
    return uvloop.run(_serve(settings))


async def _serve(settings: Settings) -> int:
    raise_limit()
    application, loop = App(settings), asyncio.get_running_loop()
    signals, stopping = stop_signals(), asyncio.Event()

    def on_signal() -> None:
        for number in signals:
            loop.remove_signal_handler(number)  # the next one ends the process at once
        stopping.set()

    for number in signals:
        loop.add_signal_handler(number, on_signal)
    starting, stopped = (
        asyncio.create_task(application.start()),
        asyncio.create_task(stopping.wait()),
    )
    await asyncio.wait({starting, stopped}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        log.info("stopped", reason="asked to while the model was loading")
        os._exit(0)  # a load or a download cannot be interrupted, and nobody was let in yet
    try:
        await starting  # raises what went wrong
        settle()
        await stopped
        await application.drain()
    finally:
        stopped.cancel()
        await application.stop()
    return 0


@contextlib.asynccontextmanager
async def local_transcriber(
    settings: Settings, *, diarize: bool | None = None, privacy: bool | None = None
) -> AsyncIterator[Transcriber]:
    """A transcriber whose server runs in this process, on a free loopback port."""
    own = settings.model_copy(
        update={"host": "127.0.0.1", "port": 0, "api_port": -1, "web_port": -1, "api_keys": ()}
    )
    async with running(own) as application:
        yield Transcriber(application.url, diarize=diarize, privacy=privacy)


@contextlib.asynccontextmanager
async def running(settings: Settings, load: Load | None = None) -> AsyncIterator[App]:
    """A started application, stopped at the end."""
    application = App(settings, load)
    try:
        await application.start()
        yield application
    finally:
        await application.stop()


def _tell_if_open(settings: Settings) -> None:
    """Who let other machines in without a key reads it in every log."""
    if settings.host in LOOPBACK_HOSTS or settings.api_keys:
        return
    ports = [p for p in (settings.port, settings.api_port, settings.web_port) if p != OFF]
    log.warning(
        "open_to_everyone",
        host=settings.host,
        ports=", ".join(map(str, ports)),
        reason="Whoever reaches these ports may use them, because no key is set: set one "
        "(STT_API_KEYS=…), or let nobody but this machine in (a container: -p "
        "127.0.0.1:8003:8003).",
    )


def _proof() -> Window:
    """One second of speech."""
    audio = samples()[0].read()[:SAMPLE_RATE]
    return Window(audio, 0, False, DecodeOptions(language="en"))
