"""Rooms through which a live page passes its newest words to caption pages, on any machine.

A room's name is a secret that its page made up: anyone with the address may read along. Only the
newest words are kept: late or slow readers miss earlier ones, never the current ones.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from pydantic import BaseModel, Field

from realtime.errors import NotFound, Overloaded

MOST_ROOMS = 100
MOST_READERS = 200
MOST_LETTERS = 4000
"""Length of one text: more than anybody says in the longest final."""
ROOM = re.compile(r"[0-9a-f]{32}")


class PartialWords(BaseModel):
    """What is being said."""

    stable: str = Field("", max_length=MOST_LETTERS)
    text: str = Field("", max_length=MOST_LETTERS)


class CaptionLine(BaseModel):
    """What was said."""

    text: str = Field(max_length=MOST_LETTERS)
    translation: str = Field("", max_length=MOST_LETTERS)
    """Empty: there is none."""
    speaker: str = Field("", max_length=200)
    """A name; empty: unknown."""


class Words(BaseModel):
    """What a caption page shows."""

    finals: list[CaptionLine] = Field(default_factory=list, max_length=12)
    partial: PartialWords | None = None


@dataclass(slots=True)
class _Room:
    words: Words
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class CaptionRooms:
    """All rooms of a server. Beyond the limit, the least recently written one is forgotten."""

    def __init__(self, most_rooms: int = MOST_ROOMS, most_readers: int = MOST_READERS) -> None:
        self._rooms: OrderedDict[str, _Room] = OrderedDict()
        self._most_rooms, self._most_readers = most_rooms, most_readers
        self._readers = 0

    def put(self, name: str, words: Words) -> None:
        """Set the newest words of a room. Raises NotFound for an invalid name."""
        if not ROOM.fullmatch(name):
            raise _no_room()
        before = self._rooms.pop(name, None)
        self._rooms[name] = _Room(words)
        if before is not None:
            before.changed.set()
        while len(self._rooms) > self._most_rooms:
            self._rooms.popitem(last=False)[1].changed.set()

    async def read(self, name: str) -> AsyncGenerator[Words, None]:
        """The current words, and again whenever they change. Ends when the room is forgotten.

        Raises NotFound, Overloaded at the first step.
        """
        if name not in self._rooms:
            raise _no_room()
        if self._readers >= self._most_readers:
            raise Overloaded("Too many caption pages are open: close some.", retry_after_s=30)
        self._readers += 1
        try:
            while (room := self._rooms.get(name)) is not None:
                yield room.words
                await room.changed.wait()
        finally:
            self._readers -= 1


def _no_room() -> NotFound:
    return NotFound("These captions do not exist: open them from the live page.")
