"""What the page shows of the model: of this process's own, or of one elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from realtime.server.page.dashboard import Reading
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
