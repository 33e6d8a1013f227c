"""The web page's listener, wired: what it shows comes from the engine and the settings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from realtime.app.http import FORM_ROOM_BYTES
from realtime.app.jobs import Jobs
from realtime.app.languages import ui_language
from realtime.app.options import default_language, tls_context
from realtime.app.shown import ShownModel
from realtime.app.speakers import make_remembering, make_voices
from realtime.app.steps import has_language_model, make_postprocessor
from realtime.audio.files import Decoders
from realtime.server.admission import Admission
from realtime.server.http.gate import Gate, GateOptions
from realtime.server.http.listener import HttpListener, ListenerOptions
from realtime.server.page.app import (
    EVENTS_PATH,
    Address,
    WebParts,
    create_web_app,
    has_own_key,
    is_open,
)
from realtime.server.page.dashboard import Dashboard
from realtime.server.page.exports import Exports, exports_router
from realtime.server.page.media import Media, media_router
from realtime.server.page.pages import LiveServers, web_folder
from realtime.server.page.shared import shares_router
from realtime.server.page.shares import Shares
from realtime.server.page.shelf import PageFiles
from realtime.server.page.sounds import Sounds, sounds_router
from realtime.server.page.summaries import Summaries, summaries_router
from realtime.server.page.transcripts import Transcripts, transcripts_router
from realtime.server.page.voices import RememberedVoices, voices_router
from realtime.settings import Settings
from realtime.settings.serving import ANY_SERVER
from realtime.version import __version__
from realtime.weights.bundled import samples

SHOWN_EXAMPLES = 2
"""Sentences a language that the page proposes to say to the demo model."""


class WebService:
    """`start`, then `drain` or `stop`: the page on its port, and what is measured for it."""

    def __init__(
        self,
        settings: Settings,
        admission: Admission,
        model: ShownModel,
        live_port: Callable[[], int],
        jobs: Jobs,
        heard: Callable[[str], Sequence[Sequence[float]]],
    ) -> None:
        """`model`: what is shown of it. `live_port`: of the live server, once it listens. `heard`:
        of a live session's speakers (`SpeakerService.heard`).

        Raises SetupError where the page's files are missing."""
        self._settings = settings
        self._shown = model
        self._decoders = Decoders()
        self.media = Media.new(
            jobs.service,
            self._decoders,
            settings.data_dir / "page",
            settings.max_audio_hours * 3600,
        )
        self._dashboard = Dashboard(self._shown.reading)
        self._tasks: list[asyncio.Task[None]] = []
        transcripts = Transcripts(jobs.service, self.media.edits, jobs.masked)
        exports = Exports(transcripts, settings.data_dir / "page" / "exports")
        summaries = Summaries(transcripts, self.media.summaries, make_postprocessor(settings))
        self._sounds = Sounds.new(
            transcripts, self._decoders, settings.data_dir / "page", settings.max_audio_hours * 3600
        )
        self._shares = Shares(jobs.service, PageFiles(settings.data_dir / "page" / "shares"))
        routers = [
            jobs.router(),
            media_router(self.media),
            transcripts_router(transcripts),
            summaries_router(summaries),
            sounds_router(self._sounds),
            exports_router(exports),
            shares_router(self._shares, self._sounds),
        ]
        self._remembering = (
            None if settings.api_url else make_remembering(settings, make_voices(settings))
        )
        if self._remembering is not None:
            max_s = settings.max_audio_hours * 3600
            voices = RememberedVoices(self._remembering, transcripts, self._decoders, max_s, heard)
            routers.append(voices_router(voices))
        parts = WebParts(
            folder=web_folder(),
            address=lambda: Address(
                live_port(), settings.tls_cert is not None, settings.public_ws_url
            ),
            facts=self._facts,
            state=self._shown.state,
            reload=self._shown.reload,
            dashboard=self._dashboard,
            admission=admission,
            share_state=self._shares.state,
            routers=routers,
            others=LiveServers(
                listed=tuple(name for name in settings.web_live_servers if name != ANY_SERVER),
                any=ANY_SERVER in settings.web_live_servers,
            ),
        )
        gate = Gate(
            create_web_app(parts),
            admission,
            GateOptions(
                (settings.max_upload_mb << 20) + FORM_ROOM_BYTES,
                is_open=is_open,
                has_own_key=has_own_key,
                language=ui_language(settings),
                uncounted=frozenset({EVENTS_PATH}),
            ),
        )
        self._listener = HttpListener(
            gate,
            ListenerOptions(
                host=settings.host,
                port=settings.web_port,
                setting="web-port",
                tls=tls_context(settings.tls_cert, settings.tls_key),
            ),
        )

    @property
    def port(self) -> int:
        return self._listener.port

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the page."""
        return f"{'https' if self._settings.tls_cert else 'http'}://localhost:{self.port}"

    async def start(self) -> None:
        """Bind and serve. Raises SetupError where the address is taken or not ours."""
        await self._listener.start()
        self._tasks = [
            asyncio.create_task(self._shown.run(), name="shown"),
            asyncio.create_task(self._dashboard.run(), name="dashboard"),
            asyncio.create_task(self.media.run(), name="media"),
            asyncio.create_task(self._sounds.run(), name="sounds"),
            asyncio.create_task(self._shares.run(), name="shares"),
        ]

    async def drain(self, patience_s: float) -> None:
        await self._listener.drain(patience_s)

    async def stop(self) -> None:
        """Close everything."""
        await self._listener.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._decoders.close()

    def _facts(self) -> Mapping[str, object]:
        settings, facts, traits = self._settings, self._shown.facts(), self._shown.traits()
        return {
            **facts,
            "version": __version__,
            "language": default_language(settings, traits),
            "traits": None if traits is None else traits.as_json(),
            "examples": _examples() if facts["demo"] else [],
            "summaries": has_language_model(settings),
            "remembers_voices": self._remembering is not None and not facts["speakers_off"],
            "max_upload_bytes": settings.max_upload_mb << 20,
        }


def _examples() -> list[dict[str, str]]:
    """Sentences that the bundled model understands."""
    found: list[dict[str, str]] = []
    for language in ("ko", "en"):
        own = sorted(
            (s.text for s in samples() if s.language == language), key=lambda text: len(text)
        )
        found += [{"language": language, "text": text} for text in own[:SHOWN_EXAMPLES]]
    return found
