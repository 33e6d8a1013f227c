"""The data about this process's own model that the page shows."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from realtime.app.core import Core
from realtime.app.steps import has_language_model
from realtime.errors import NotReady
from realtime.server.page.dashboard import ProcessReading, own_reading
from realtime.server.probes import Probes
from realtime.traits import Traits


@dataclass(frozen=True, slots=True)
class OwnModel:
    """The model of the process that serves the page."""

    core: Core
    probes: Probes

    async def run(self) -> None:
        await asyncio.Event().wait()  # nothing to poll: each call reads the engine's current state

    def facts(self) -> Mapping[str, object]:
        resolved = self.core.backends.resolved
        try:
            info = self.core.engine.info
        except NotReady:
            model, models = "", []
        else:
            model, models = info.model, [info.model]
        return {
            "model": model,
            "models": models,
            "demo": resolved is not None and resolved.source == "bundled",
            "language_model": has_language_model(self.core.settings),
            "problem": "",
            "speakers_off": self.core.voices.problem,
        }

    def traits(self) -> Traits | None:
        try:
            return self.core.engine.traits
        except NotReady:
            return None

    def state(self) -> Mapping[str, object]:
        _, _, health = self.probes.health()
        return {"health": orjson.loads(health), "backend": self.core.backends.describe()}

    def reading(self) -> ProcessReading:
        return own_reading(self.core.engine, self.core.metrics)

    def reload(self, name: str | None) -> Mapping[str, object]:
        return self.core.backends.reload(name)
