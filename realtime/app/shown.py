"""What the page shows of the model: of this process's own, or of one elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import orjson

from realtime.app.steps import has_language_model
from realtime.errors import NotReady
from realtime.server.page.dashboard import Reading, own_reading

if TYPE_CHECKING:
    from realtime.app.app import App


class ShownModel(Protocol):
    """A model as people see it. All but `run` and `reload` answer at once."""

    async def run(self) -> None:
        """Keep up to date until cancelled."""

    def facts(self) -> Mapping[str, object]:
        """`model`, `models`, `multilingual`, `demo`, `language_model`, `problem` and
        `speakers_off` (why speakers are not told apart; empty: they are), for `/api/config`."""

    def state(self) -> Mapping[str, object]:
        """`health` and `backend`, for `/api/server`."""

    def reading(self) -> Reading:
        """How it fares."""

    def reload(self, name: str | None) -> Mapping[str, object]:
        """Change the backend; blocks. Raises what that raises."""


class OwnModel:
    """Of the process that serves the page."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def run(self) -> None:
        await asyncio.Event().wait()  # the engine is asked at each turn

    def facts(self) -> Mapping[str, object]:
        resolved = self._app.switch.resolved
        try:
            info = self._app.engine.info
        except NotReady:
            model, models, multilingual = "", [], True
        else:
            model, models, multilingual = info.model, [info.model], info.multilingual
        return {
            "model": model,
            "models": models,
            "multilingual": multilingual,
            "demo": resolved is not None and resolved.source == "bundled",
            "language_model": has_language_model(self._app.settings),
            "problem": "",
            "speakers_off": self._app.speakers.voices.problem,
        }

    def state(self) -> Mapping[str, object]:
        _, _, health = self._app.probes.health()
        return {"health": orjson.loads(health), "backend": self._app.switch.describe()}

    def reading(self) -> Reading:
        return own_reading(self._app.engine, self._app.metrics)

    def reload(self, name: str | None) -> Mapping[str, object]:
        return self._app.switch.reload(name)
