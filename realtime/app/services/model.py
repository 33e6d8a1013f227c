"""Services that load the model after the ports are bound, and release it after all else stopped."""

from __future__ import annotations

from realtime.app.core import Core
from realtime.app.services.base import PartialService
from realtime.app.speakers import keep_fetching
from realtime.live.speakers import SpeakerService

DOWNLOADED = ("cache", "hub", "index")
"""Sources of a speech model that show that this program may download weights."""


class CoreRelease(PartialService):
    """Releases what `ModelLoader` loaded. It is the first service, so that it is stopped last."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def stop(self) -> None:
        await self._core.stop()


class ModelLoader(PartialService):
    """Loads and tests the model, after cheaper services that may fail sooner."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def start(self) -> None:
        await self._core.start()


class SpeakerThreads(PartialService):
    """Closes the threads that tell speakers of live streams apart."""

    def __init__(self, speakers: SpeakerService) -> None:
        self._speakers = speakers

    async def stop(self) -> None:
        self._speakers.close()


class SpeakerDownload(PartialService):
    """Downloads the networks that tell speakers apart, while the server serves."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def start(self) -> None:
        resolved = self._core.backends.resolved
        if resolved is not None and resolved.source in DOWNLOADED:
            keep_fetching(self._core.voices, self._core.settings)
