"""The model as services: loaded once the ports are bound, given back when nobody is left."""

from __future__ import annotations

from realtime.app.core import Core
from realtime.app.services.base import PartialService
from realtime.app.speakers import keep_fetching
from realtime.live.speakers import SpeakerService

DOWNLOADED = ("cache", "hub", "index")
"""Where a recogniser comes from whose user lets this program download weights."""


class CoreRelease(PartialService):
    """Gives back what `ModelLoader` loaded: first in line, so that it is stopped last."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def stop(self) -> None:
        await self._core.stop()


class ModelLoader(PartialService):
    """Loads and tests the model, after what may fail sooner and costs less."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def start(self) -> None:
        await self._core.start()


class SpeakerThreads(PartialService):
    """The threads that tell speakers of live streams apart."""

    def __init__(self, speakers: SpeakerService) -> None:
        self._speakers = speakers

    async def stop(self) -> None:
        self._speakers.close()


class SpeakerDownload(PartialService):
    """Fetches the networks that tell speakers apart, while the server serves."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def start(self) -> None:
        resolved = self._core.backends.resolved
        if resolved is not None and resolved.source in DOWNLOADED:
            keep_fetching(self._core.voices, self._core.settings)
