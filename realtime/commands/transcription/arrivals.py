"""Which files of a folder are complete: they have not changed for a while. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

State: TypeAlias = tuple[int, int]
"""Size in bytes, and time of the last change in ns since 1970."""


@dataclass(slots=True)
class Arrivals:
    """Follows the files of a folder from look to look.

    A file that was moved there in one step is old already, and complete at the first look. One that
    is still being copied gets a new state with every look.
    """

    settle_s: float
    """How long a file must have been as it is."""
    _since: dict[Path, tuple[State, float]] = field(default_factory=dict)
    _handled: dict[Path, State] = field(default_factory=dict)

    def look(self, states: Mapping[Path, State], now_s: float) -> list[Path]:
        """The complete files that are not handled, in the order of `states`.

        `states`: of all files that there are. `now_s`: seconds since 1970.
        """
        for gone in self._since.keys() - states.keys():
            del self._since[gone]
        for gone in self._handled.keys() - states.keys():
            del self._handled[gone]
        return [path for path, state in states.items() if self._is_complete(path, state, now_s)]

    def handled(self, path: Path, state: State) -> None:
        """There is nothing more to do with the file while it is in this state."""
        self._handled[path] = state
        self._since.pop(path, None)

    def postpone(self, path: Path, state: State, until_s: float) -> None:
        """Leave the file alone until then, unless it changes."""
        self._since[path] = (state, until_s - self.settle_s)

    @property
    def pending(self) -> bool:
        """Whether there are files that are not handled."""
        return bool(self._since)

    def _is_complete(self, path: Path, state: State, now_s: float) -> bool:
        if self._handled.get(path) == state:
            return False
        size, changed_ns = state
        known = self._since.get(path)
        if known is None:
            known = self._since[path] = (state, min(now_s, changed_ns / 1e9))
        elif known[0] != state:
            known = self._since[path] = (state, now_s)
        return size > 0 and now_s - known[1] >= self.settle_s
