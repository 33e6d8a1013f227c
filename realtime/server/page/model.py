"""What the page shows of the model, which runs in this process or elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from realtime.server.page.dashboard import ProcessReading
from realtime.traits import Traits


class ShownModel(Protocol):
    """A model as users see it. All methods but `run` and `reload` return at once."""

    async def run(self) -> None:
        """Keep the state up to date until cancelled."""

    def facts(self) -> Mapping[str, object]:
        """`model`, `models`, `demo`, `language_model`, `problem` and `speakers_off` (why speakers
        are not told apart; empty: they are), for `/api/config`."""

    def traits(self) -> Traits | None:
        """What the model can do; None where that is unknown."""

    def state(self) -> Mapping[str, object]:
        """`health` and `backend`, for `/api/server`."""

    def reading(self) -> ProcessReading:
        """The current state, for the dashboard."""

    def reload(self, name: str | None) -> Mapping[str, object]:
        """Change the backend; blocks. Passes on the errors of the change."""
