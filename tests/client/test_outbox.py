"""The ring of audio that may have to be sent again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.client.outbox import MESSAGE, Outbox


def taken(outbox: Outbox) -> list[bytes | str]:
    """All messages that may be sent now."""
    messages = []
    while (message := outbox.next_message()) is not None:
        messages.append(message)
    return messages


def test_control_messages_keep_their_position_in_the_audio() -> None:
    outbox = Outbox()
    outbox.add_control("first")
    outbox.add_audio(b"abc")
    outbox.add_control("middle")
    outbox.add_audio(b"def")
    outbox.add_control("last")
    assert taken(outbox) == ["first", b"abc", "middle", b"def", "last"]
    assert taken(outbox) == []


def test_a_rewind_sends_again_what_was_not_received() -> None:
    outbox = Outbox()
    outbox.add_audio(b"abcd")
    outbox.add_control("flush")
    outbox.add_audio(b"efgh")
    taken(outbox)
    assert outbox.rewind(4) == 0
    assert taken(outbox) == ["flush", b"efgh"], "a control at the place itself may have been lost"
    outbox.rewind(5)
    assert taken(outbox) == [b"fgh"]
    outbox.rewind(2)
    assert taken(outbox) == [b"cd", "flush", b"efgh"]


def test_long_audio_leaves_in_bounded_messages() -> None:
    outbox = Outbox()
    outbox.add_audio(bytes(MESSAGE * 2 + 1))
    assert [len(message) for message in taken(outbox)] == [MESSAGE, MESSAGE, 1]


def test_the_window_limits_unconfirmed_audio() -> None:
    outbox = Outbox(window=10)
    outbox.add_audio(bytes(25))
    assert [len(m) for m in taken(outbox)] == [10]
    outbox.confirm(4)
    assert [len(m) for m in taken(outbox)] == [4]
    outbox.confirm(14)
    assert [len(m) for m in taken(outbox)] == [10]


def test_confirmation_makes_room() -> None:
    outbox = Outbox(capacity=10)
    outbox.add_audio(bytes(10))
    assert outbox.room == 0
    taken(outbox)
    outbox.confirm(6)
    assert outbox.room == 6
    outbox.add_audio(bytes(6))
    assert (outbox.start, outbox.end) == (6, 16)


def test_audio_covered_by_a_final_is_released_in_whole_frames() -> None:
    outbox = Outbox(frame_bytes=4)
    outbox.add_audio(bytes(20))
    taken(outbox)
    outbox.release(11)
    assert outbox.start == 8
    assert outbox.received == 11


def test_a_server_that_went_back_is_recognised() -> None:
    outbox = Outbox(capacity=10)
    outbox.add_audio(bytes(10))
    taken(outbox)
    outbox.confirm(10)
    outbox.add_audio(bytes(4))
    assert outbox.rewind(0) == 4
    assert outbox.rewind(99) == 0
    assert outbox.sent == outbox.end


@pytest.mark.parametrize("bad", [(0, 1, 1), (4, 3, 9), (4, 9, 3)])
def test_limits_must_hold_one_frame(bad: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="must hold a frame"):
        Outbox(*bad)


steps = st.lists(
    st.tuples(st.just("add"), st.integers(1, 40))
    | st.tuples(st.just("send"), st.integers(1, 5))
    | st.tuples(st.just("confirm"), st.integers(0, 60))
    | st.tuples(st.just("release"), st.integers(0, 60))
    | st.tuples(st.just("break"), st.integers(0, 60)),
    max_size=60,
)


@given(steps, st.integers(1, 4), st.integers(8, 100), st.integers(8, 50))
def test_a_receiver_gets_every_byte_in_order_whatever_happens(
    script: list[tuple[str, int]], frame: int, capacity: int, window: int
) -> None:
    outbox = Outbox(frame, capacity, window)
    given_bytes = b""
    received = b""
    for step, number in script:
        if step == "add" and outbox.room:
            packet = bytes((len(given_bytes) + n) % 251 for n in range(number))
            given_bytes += packet
            outbox.add_audio(packet)
        elif step == "send":
            for _ in range(number):
                message = outbox.next_message()
                if isinstance(message, bytes):
                    received += message
        elif step == "confirm":
            outbox.confirm(len(received) - number)
        elif step == "release":
            outbox.release(len(received) - number)
        elif step == "break":
            # Unconfirmed audio is lost, at most down to what was confirmed.
            kept = max(outbox.received, len(received) - number)
            received = received[: kept - kept % frame if kept % frame else kept]
            assert outbox.rewind(len(received)) == 0
        assert outbox.start % frame == 0
        assert outbox.sent - outbox.received <= window
        assert given_bytes.startswith(received)
    outbox.confirm(outbox.sent)
    while (message := outbox.next_message()) is not None:
        assert isinstance(message, bytes)
        received += message
        outbox.confirm(outbox.sent)
    assert received == given_bytes
