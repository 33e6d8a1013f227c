"""The composition root: the parts of a process, and the table of services that each role runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from realtime.app.capacity import StreamCapacity
from realtime.app.core import Core
from realtime.app.detectors import make_detector
from realtime.app.options import admission_options, server_options
from realtime.app.own_model import OwnModel
from realtime.app.remote_api import RemoteApi
from realtime.app.roles import Role, has_model
from realtime.app.services.api import HttpApi
from realtime.app.services.base import Service
from realtime.app.services.jobs import Jobs, JobTaker
from realtime.app.services.loop_lag import LoopLag
from realtime.app.services.model import CoreRelease, ModelLoader, SpeakerDownload, SpeakerThreads
from realtime.app.services.page import WebService
from realtime.app.services.usage import UsageWriter
from realtime.app.steps import has_language_model
from realtime.app.switch import Load
from realtime.app.transcription import make_transcription
from realtime.app.usage import key_names, make_usage
from realtime.keys.quotas import Quotas
from realtime.keys.usage import Usage
from realtime.live.options import StreamOptions
from realtime.live.speakers import SpeakerService
from realtime.live.stream import StreamFactory
from realtime.postprocess.privacy.live import LiveMask
from realtime.server.admission import Admission
from realtime.server.page.model import ShownModel
from realtime.server.probes import Probes
from realtime.server.websocket.server import WebSocketServer
from realtime.server.wrong_keys import USUAL_LIMITS, WrongKeyLimits
from realtime.settings import Settings
from realtime.transcribe.service import Transcription
from realtime.types import SAMPLE_RATE, DecodeOptions, Window
from realtime.weights.bundled import samples


class Composition:
    """The parts of one process. Each is created once, on first use, and receives only what it
    needs: no part sees this class. Creating a part may raise SetupError."""

    def __init__(
        self,
        roles: frozenset[Role],
        settings: Settings,
        load: Load | None = None,
        wrong_keys: WrongKeyLimits = USUAL_LIMITS,
    ) -> None:
        self._wrong_keys = wrong_keys
        self.roles = roles
        self.settings = settings
        self.core = Core(settings, load)
        self.has_model = has_model(roles, settings)

    @cached_property
    def capacity(self) -> StreamCapacity:
        core = self.core
        return StreamCapacity(core.engine, core.metrics, self.settings.max_sessions, core.beam_size)

    @cached_property
    def usage(self) -> Usage:
        return make_usage(self.settings)

    @cached_property
    def admission(self) -> Admission:
        engine, capacity = self.core.engine, self.capacity
        admission = Admission(
            replace(admission_options(self.settings), wrong_keys=self._wrong_keys),
            ready=lambda: engine.ready,
            overloaded=lambda: capacity.full(admission.active),
            guessed=self.core.metrics.wrong_keys.inc,
            usage=self.usage,
            metrics=self.core.metrics,
        )
        return admission

    @cached_property
    def probes(self) -> Probes:
        backends, admission = self.core.backends, self.admission
        return Probes(
            self.core.engine,
            self.core.metrics,
            draining=lambda: admission.draining,
            proof=_proof,
            warning=lambda: backends.resolved.warning if backends.resolved else "",
            language_model=has_language_model(self.settings),
        )

    @cached_property
    def speakers(self) -> SpeakerService:
        return SpeakerService(self.core.voices)

    @cached_property
    def live(self) -> WebSocketServer:
        core, capacity, style = self.core, self.capacity, self.settings.privacy_style
        streams = StreamFactory(
            core.engine,
            core.metrics,
            make_detector,
            lambda: StreamOptions(core.engine.traits, capacity.final_s()),
            self.speakers,
            lambda: LiveMask(style),
        )
        return WebSocketServer(
            streams,
            core.stream_defaults,
            self.admission,
            self.probes.routes(),
            server_options(self.settings),
        )

    @property
    def quotas(self) -> Quotas | None:
        """None in a process that serves no clients."""
        return self.admission.quotas if self.roles & SERVERS else None

    @property
    def client_name(self) -> Callable[[str], str]:
        """Returns an owner's name for logs; a worker may know the keys, too."""
        return (self.quotas or key_names(self.settings)).name

    @cached_property
    def transcription(self) -> Transcription:
        return make_transcription(self.core, self.quotas)

    @cached_property
    def api(self) -> HttpApi:
        return HttpApi(self.core, self.transcription, self.admission, self.probes.routes())

    @cached_property
    def jobs(self) -> Jobs:
        works = Role.WORKER in self.roles
        return Jobs(self.core, self.transcription, self.quotas, self.client_name, works=works)

    @cached_property
    def shown_model(self) -> ShownModel:
        """The model that the page shows: this process's own, or the one at `api_url`."""
        if not self.has_model:
            return RemoteApi(self.settings)
        return OwnModel(self.core, self.probes)

    @cached_property
    def page(self) -> WebService:
        live = self.live if Role.LIVE in self.roles else None
        return WebService(
            self.core,
            self.admission,
            self.shown_model,
            live,
            self.jobs.service,
            self.speakers.known_voices,
        )

    def stages(self) -> Iterator[list[Service]]:
        """The services of this process's roles, in the order of `SERVICES`."""
        for stage in SERVICES:
            rows = [row for row in stage if row.roles & self.roles]
            yield [service for row in rows if (service := row.make(self)) is not None]


@dataclass(frozen=True, slots=True)
class Row:
    """A service, and the roles that run it."""

    make: Callable[[Composition], Service | None]
    """Returns None where the settings leave the service out."""
    roles: frozenset[Role]


ALL = frozenset(Role)
LIVE, API, PAGE = (frozenset({role}) for role in (Role.LIVE, Role.API, Role.PAGE))
SERVERS = LIVE | API | PAGE
JOBS = frozenset({Role.PAGE, Role.WORKER})

SERVICES: tuple[tuple[Row, ...], ...] = (
    (Row(lambda parts: CoreRelease(parts.core), ALL),),
    (Row(lambda parts: LoopLag(parts.core.metrics), SERVERS),),
    (Row(lambda parts: UsageWriter(parts.usage), SERVERS),),
    (Row(lambda parts: SpeakerThreads(parts.speakers), LIVE),),
    (Row(lambda parts: parts.jobs.storage, JOBS),),
    (
        # Their ports are bound before the slow load of the model, so that a wrong port fails early.
        Row(lambda parts: parts.live, LIVE),
        Row(lambda parts: parts.api, API),
        Row(lambda parts: parts.page, PAGE),
    ),
    (Row(lambda parts: ModelLoader(parts.core) if parts.has_model else None, ALL),),
    (Row(lambda parts: SpeakerDownload(parts.core), SERVERS),),
    (Row(lambda parts: parts.jobs.sender, JOBS),),
    (Row(lambda parts: parts.jobs.maintenance, JOBS),),
    (Row(lambda parts: JobTaker(parts.jobs.runner) if parts.jobs.runner else None, JOBS),),
)
"""Stages in the order of the start; the services of one stage are drained at the same time."""


def _proof() -> Window:
    """One second of speech."""
    audio = samples()[0].read()[:SAMPLE_RATE]
    return Window(audio, 0, False, DecodeOptions(language="en"))
