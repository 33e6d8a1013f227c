"""What the page shows of the model: of this process's own, or of one elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import orjson

from realtime.app.switch import BackendSwitch
from realtime.errors import NotReady
from realtime.metrics import Metrics
from realtime.server.page.dashboard import Reading, own_reading
from realtime.server.probes import Probes
from realtime.traits import Traits


class ShownModel(Protocol):
    """A model as people see it. All but `run` and `reload` answer at once."""

    async def run(self) -> None:
        """Keep up to date until cancelled."""

    def facts(self) -> Mapping[str, object]:
        """`model`, `models`, `demo`, `language_model`, `problem` and
        `speakers_off` (why speakers are not told apart; empty: they are), for `/api/config`."""

    def traits(self) -> Traits | None:
        """What the model can do; None where nothing is known of it."""

    def state(self) -> Mapping[str, object]:
        """`health` and `backend`, for `/api/server`."""

    def reading(self) -> Reading:
        """How it fares."""

    def reload(self, name: str | None) -> Mapping[str, object]:
        """Change the backend; blocks. Raises what that raises."""


@dataclass(frozen=True, slots=True)
class OwnModel:
    """Of the process that serves the page."""

    switch: BackendSwitch
    probes: Probes
    metrics: Metrics
    language_model: bool
    """One is configured for the steps after the transcript."""
    speakers_off: Callable[[], str]
    """Why speakers are not told apart; empty: they are."""

    async def run(self) -> None:
        await asyncio.Event().wait()  # the engine is asked at each turn

    def facts(self) -> Mapping[str, object]:
        resolved = self.switch.resolved
        try:
            info = self.switch.engine.info
        except NotReady:
            model, models = "", []
        else:
            model, models = info.model, [info.model]
        return {
            "model": model,
            "models": models,
            "demo": resolved is not None and resolved.source == "bundled",
            "language_model": self.language_model,
            "problem": "",
            "speakers_off": self.speakers_off(),
        }

    def traits(self) -> Traits | None:
        try:
            return self.switch.engine.traits
        except NotReady:
            return None

    def state(self) -> Mapping[str, object]:
        _, _, health = self.probes.health()
        return {"health": orjson.loads(health), "backend": self.switch.describe()}

    def reading(self) -> Reading:
        return own_reading(self.switch.engine, self.metrics)

    def reload(self, name: str | None) -> Mapping[str, object]:
        return self.switch.reload(name)
