"""Wiring of the web page: its listener, and the parts that provide what it shows."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Protocol

from fastapi import APIRouter
from starlette.types import ASGIApp

from realtime.app.core import Core
from realtime.app.languages import ui_language
from realtime.app.options import default_language, tls_context
from realtime.app.roles import OFF
from realtime.app.services.api import FORM_ROOM_BYTES
from realtime.app.services.base import PartialService
from realtime.app.speakers import make_voice_memory
from realtime.app.steps import has_language_model, make_postprocessor, make_privacy
from realtime.audio.files import Decoders
from realtime.errors import BadOption, BadRequest
from realtime.jobs.service import JobService
from realtime.keys.quotas import Quotas
from realtime.server.admission import Admission
from realtime.server.http.exchange import BodyLimits
from realtime.server.http.gate import Gate, GateOptions
from realtime.server.http.listener import HttpListener, ListenerOptions
from realtime.server.jobs.bodies import AsyncFields
from realtime.server.jobs.routes import JobParts, jobs_router
from realtime.server.page.app import (
    EVENTS_PATH,
    LiveAddress,
    WebParts,
    create_web_app,
    has_own_key,
    is_open,
)
from realtime.server.page.dashboard import Dashboard
from realtime.server.page.exports import Exports, exports_router
from realtime.server.page.media import Media, media_router
from realtime.server.page.model import ShownModel
from realtime.server.page.page_files import PageFiles
from realtime.server.page.pages import LiveServers, web_folder
from realtime.server.page.session_archive import SessionArchive
from realtime.server.page.sessions import Sessions, sessions_router
from realtime.server.page.shared import shares_router
from realtime.server.page.shares import Shares
from realtime.server.page.sounds import Sounds, sounds_router
from realtime.server.page.summaries import Summaries, summaries_router
from realtime.server.page.transcripts import Transcripts, transcripts_router
from realtime.server.page.translations import Translations, translations_router
from realtime.server.page.voices import RememberedVoices, voices_router
from realtime.settings import Settings
from realtime.settings.serving import ANY_SERVER
from realtime.transcribe.fields import FileDefaults
from realtime.transcribe.views import MaskedView
from realtime.version import __version__
from realtime.weights.bundled import samples

SHOWN_EXAMPLES = 2
"""Sentences per language that the page suggests saying to the demo model."""


LAST_ANSWERS_S = 1.0
"""At the stop, the longest wait for running answers of the page, and for event streams to end."""


class Listening(Protocol):
    """A server that has a port once it is started."""

    @property
    def port(self) -> int: ...


class WebService(PartialService):
    """The page on its port, and the background tasks that serve it."""

    def __init__(
        self,
        core: Core,
        admission: Admission,
        model: ShownModel,
        live: Listening | None,
        jobs: JobService,
        session_voices: Callable[[str], Sequence[Sequence[float]]],
    ) -> None:
        """`model`: the model that is shown. `live`: the live server, where this process has one.
        `session_voices`: a session's id → its speakers' voices (`SpeakerService.session_voices`).

        Raises SetupError where the page's files are missing."""
        self._settings = settings = core.settings
        self._shown = model
        self._jobs = jobs
        limit_bytes = settings.max_upload_mb << 20
        self._decoders = Decoders()
        folder, max_s = settings.data_dir / "page", settings.max_audio_hours * 3600
        self.media = Media.new(jobs, self._decoders, folder, max_s)
        self._dashboard = Dashboard(self._shown.reading)
        self._tasks: list[asyncio.Task[None]] = []
        masked = MaskedView(make_privacy(settings))
        transcripts = Transcripts(jobs, self.media.edits, masked)
        exports = Exports(transcripts, folder / "exports")
        steps = make_postprocessor(settings)
        summaries = Summaries(transcripts, self.media.summaries, steps, steps)
        self._sounds = Sounds.new(transcripts, self._decoders, folder, max_s)
        self._shares = Shares(jobs, PageFiles(folder / "shares"))
        routers = [
            jobs_router(
                JobParts(jobs, limit_bytes, core.files, _Requests(core, admission.quotas), masked)
            ),
            media_router(self.media),
            transcripts_router(transcripts),
            summaries_router(summaries),
            translations_router(Translations(transcripts, self.media.translations, steps)),
            sounds_router(self._sounds),
            exports_router(exports),
            shares_router(self._shares, self._sounds),
        ]
        routers += self._optional_routers(core, transcripts, session_voices)
        parts = WebParts(
            folder=web_folder(),
            address=lambda: LiveAddress(
                live.port if live is not None else OFF,
                settings.tls_cert is not None,
                settings.public_ws_url,
            ),
            facts=self._facts,
            model=model,
            dashboard=self._dashboard,
            admission=admission,
            shares=self._shares,
            routers=routers,
            others=_other_servers(settings),
        )
        self._listener = _listener(settings, create_web_app(parts), admission)

    def _optional_routers(
        self,
        core: Core,
        transcripts: Transcripts,
        session_voices: Callable[[str], Sequence[Sequence[float]]],
    ) -> list[APIRouter]:
        """Routes of what the operator has to allow: remembered voices, sessions on the server."""
        settings, routers = self._settings, list[APIRouter]()
        self._voice_memory = None if settings.api_url else make_voice_memory(settings, core.voices)
        if self._voice_memory is not None:
            max_s = settings.max_audio_hours * 3600
            voices = RememberedVoices(
                self._voice_memory, transcripts, self._decoders, max_s, session_voices
            )
            routers.append(voices_router(voices))
        self._sessions: Sessions | None = None
        if settings.session_days:
            archive = SessionArchive(
                settings.data_dir / "live-sessions.sqlite3", settings.session_days
            )
            self._sessions = Sessions(archive, self._jobs.threads)
            routers.append(sessions_router(self._sessions))
        return routers

    @property
    def port(self) -> int:
        return self._listener.port

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the page."""
        return f"{'https' if self._settings.tls_cert else 'http'}://localhost:{self.port}"

    async def start(self) -> None:
        """Bind and serve. Raises SetupError where the address is taken or not this machine's."""
        await self._listener.start()
        self._tasks = [
            asyncio.create_task(self._shown.run(), name="shown"),
            asyncio.create_task(self._dashboard.run(), name="dashboard"),
            asyncio.create_task(self.media.run(), name="media"),
            asyncio.create_task(self._sounds.run(), name="sounds"),
            asyncio.create_task(self._shares.run(), name="shares"),
        ]
        if self._sessions is not None:
            self._tasks.append(asyncio.create_task(self._sessions.run(), name="sessions"))

    async def stop(self) -> None:
        """Close everything. The page stays up during the drain, so that people can follow it."""
        self._jobs.feed.close()
        await self._listener.drain(LAST_ANSWERS_S)
        await self._listener.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._decoders.close()
        if self._sessions is not None:
            self._sessions.archive.close()

    def _facts(self) -> Mapping[str, object]:
        settings, facts, traits = self._settings, self._shown.facts(), self._shown.traits()
        return {
            **facts,
            "version": __version__,
            "language": default_language(settings, traits),
            "traits": None if traits is None else traits.as_json(),
            "examples": _examples() if facts["demo"] else [],
            "summaries": has_language_model(settings),
            "remembers_voices": self._voice_memory is not None and not facts["speakers_off"],
            "session_days": settings.session_days,
            "max_upload_bytes": settings.max_upload_mb << 20,
        }


def _other_servers(settings: Settings) -> LiveServers:
    """Live servers that people may choose on the page besides its own."""
    return LiveServers(
        listed=tuple(name for name in settings.web_live_servers if name != ANY_SERVER),
        any=ANY_SERVER in settings.web_live_servers,
    )


def _listener(settings: Settings, app: ASGIApp, admission: Admission) -> HttpListener:
    """The page's port, behind its gate."""
    limit_bytes = settings.max_upload_mb << 20
    gate = Gate(
        app,
        admission,
        GateOptions(
            BodyLimits(limit_bytes + FORM_ROOM_BYTES),
            is_open=is_open,
            has_own_key=has_own_key,
            language=ui_language(settings),
            uncounted=frozenset({EVENTS_PATH}),
        ),
    )
    return HttpListener(
        gate,
        ListenerOptions(
            host=settings.host,
            port=settings.web_port,
            setting="web-port",
            tls=tls_context(settings.tls_cert, settings.tls_key),
        ),
    )


class _Requests:
    """Checks requests for jobs against this process's model, if that will do them."""

    def __init__(self, core: Core, quotas: Quotas) -> None:
        self._core = core
        self._quotas = quotas

    def check(self, fields: AsyncFields) -> None:
        core = self._core
        if core.settings.api_url or not core.engine.ready:
            return  # the process that does the job will check
        options = fields.options(FileDefaults(core.language()))
        try:
            core.engine.check(options.decode)
        except BadOption as error:
            raise BadRequest(error.message, **({"field": "language"} | error.details)) from error

    def check_hours(self, owner: str) -> None:
        self._quotas.check_hours(owner)

    @contextlib.asynccontextmanager
    async def hours_for(self, owner: str, seconds: float) -> AsyncIterator[None]:
        with self._quotas.reservation(owner) as hours:
            await hours.claim(seconds)
            yield

    def language(self) -> str:
        return self._core.language()


def _examples() -> list[dict[str, str]]:
    """Sentences that the bundled model understands."""
    found: list[dict[str, str]] = []
    for language in ("ko", "en"):
        own = sorted(
            (s.text for s in samples() if s.language == language), key=lambda text: len(text)
        )
        found += [{"language": language, "text": text} for text in own[:SHOWN_EXAMPLES]]
    return found
