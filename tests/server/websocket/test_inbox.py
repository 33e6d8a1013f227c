"""Input that was read but not yet handled: its order, merging and limit."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.errors import LimitReached
from realtime.server.websocket.inbox import (
    MOST_BYTES,
    TAKEN_AT_ONCE,
    Disconnect,
    Inbox,
    Item,
    ReceiveFailed,
)
from realtime.wire.messages import Clear, End, Flush
from tests.engine.support import Clock

ITEMS = st.one_of(
    st.binary(min_size=1, max_size=40_000),
    st.binary(min_size=1, max_size=9),
    st.sampled_from([Flush(), Clear(), End()]),
)


def size(item: Item) -> int:
    return len(item) if isinstance(item, bytes) else 16


@given(st.lists(ITEMS, max_size=30))
def test_order_is_kept_and_adjacent_audio_is_joined(items: list[Item]) -> None:
    inbox = Inbox(lambda: None, Clock())
    for item in items:
        inbox.put(item, size(item))
    taken: list[Item] = []
    while inbox:
        taken.append(inbox.take())
    flat: list[list[Item]] = []
    for group in (items, taken):
        joined: list[Item] = []
        for item in group:
            if joined and isinstance(item, bytes) and isinstance(joined[-1], bytes):
                joined[-1] += item
            else:
                joined.append(item)
        flat.append(joined)
    assert flat[0] == flat[1]
    assert all(size(item) <= TAKEN_AT_ONCE for item in taken)
    for one, two in pairwise(taken):
        if isinstance(one, bytes) and isinstance(two, bytes):
            assert size(one) + 40_000 > TAKEN_AT_ONCE, "these would have gone together"


def test_a_full_inbox_reports_when_it_is_full_and_when_it_has_room() -> None:
    rooms: list[int] = []
    inbox = Inbox(lambda: rooms.append(len(inbox)), Clock())
    inbox.put(b"x" * MOST_BYTES, MOST_BYTES)
    assert not inbox.full
    inbox.put(b"y", 1)
    assert inbox.full
    assert rooms == []
    assert inbox.take() == b"x" * MOST_BYTES
    assert (inbox.full, rooms) == (False, [1])
    inbox.put(b"z" * MOST_BYTES, MOST_BYTES)
    inbox.clear()
    assert not inbox
    assert (inbox.full, rooms) == (False, [1, 0])


@pytest.mark.parametrize("last", [Disconnect(), ReceiveFailed(LimitReached("Enough."))])
def test_the_end_of_input_keeps_its_place_and_survives_a_clear(last: Item) -> None:
    inbox = Inbox(lambda: None, Clock())
    inbox.put(b"audio", 5)
    assert not inbox.ending
    inbox.put(last)
    assert inbox.ending
    assert inbox.take() == b"audio"
    inbox.put(Flush(), 16)
    inbox.clear()
    assert inbox.ending
    assert inbox.take() == last
    assert not inbox.ending
