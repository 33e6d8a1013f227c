"""Limits of caption rooms."""

from __future__ import annotations

import pytest

from realtime.errors import NotFound, Overloaded
from realtime.server.page.captions import CaptionLine, CaptionRooms, Words


def room(number: int) -> str:
    return f"{number:032x}"


def said(text: str) -> Words:
    return Words(finals=[CaptionLine.model_validate({"text": text})])


async def test_the_oldest_room_is_forgotten_and_its_readers_leave() -> None:
    rooms = CaptionRooms(most_rooms=2)
    rooms.put(room(1), said("a"))
    reader = rooms.read(room(1))
    assert await anext(reader) == said("a")
    rooms.put(room(2), Words())
    rooms.put(room(3), Words())
    with pytest.raises(StopAsyncIteration):
        await anext(reader)
    with pytest.raises(NotFound):
        await anext(rooms.read(room(1)))


async def test_a_slow_reader_gets_only_the_newest_words() -> None:
    rooms = CaptionRooms()
    rooms.put(room(1), said("a"))
    reader = rooms.read(room(1))
    await anext(reader)
    for text in ("b", "c"):
        rooms.put(room(1), said(text))
    assert await anext(reader) == said("c")


async def test_readers_are_limited_and_make_room_when_they_leave() -> None:
    rooms = CaptionRooms(most_readers=1)
    rooms.put(room(1), Words())
    reader = rooms.read(room(1))
    await anext(reader)
    with pytest.raises(Overloaded):
        await anext(rooms.read(room(1)))
    await reader.aclose()
    await anext(rooms.read(room(1)))


@pytest.mark.parametrize("name", ["", "x", "../etc", room(1) + "0", room(1).upper() + "A"])
def test_names_are_random_numbers(name: str) -> None:
    with pytest.raises(NotFound):
        CaptionRooms().put(name, Words())
