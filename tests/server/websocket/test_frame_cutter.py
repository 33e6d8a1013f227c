"""Frames are separated before the library parses them: equal messages, however bytes are split."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.protocol import SERVER, Protocol

from realtime.server.websocket.frame_cutter import (
    MAX_TEXT_BYTES,
    SLICE_BYTES,
    FrameCutter,
    FramePiece,
    FrameType,
)

MOST = 1 << 20
BINARY, TEXT, CONT, PING = Opcode.BINARY, Opcode.TEXT, Opcode.CONT, Opcode.PING

PAYLOADS = st.one_of(
    st.binary(max_size=300),
    st.integers(SLICE_BYTES - 2, 3 * SLICE_BYTES + 5).map(lambda n: bytes(range(251)) * (n // 251)),
)
MESSAGES = st.lists(st.tuples(st.sampled_from([BINARY, PING]), PAYLOADS), max_size=6)


def wire(opcode: Opcode, data: bytes, fin: bool = True) -> bytes:
    """A frame as a client sends it."""
    return Frame(opcode, data, fin).serialize(mask=True)


def cut(data: bytes, most: int = MOST, step: int | None = None) -> list[FramePiece]:
    """All pieces of these bytes, fed in chunks of `step`."""
    cutter, pieces = FrameCutter(most), list[FramePiece]()
    step = step or len(data) or 1
    for at in range(0, len(data), step):
        cutter.feed(data[at : at + step])
        while (piece := cutter.next()) is not None:
            pieces.append(piece)
    return pieces


def read(pieces: list[FramePiece]) -> list[Frame]:
    """Frames that the library parses from the pieces."""
    library = Protocol(SERVER, max_size=None)
    for piece in pieces:
        library.receive_data(piece.data)
    assert library.parser_exc is None
    return [frame for frame in library.events_received() if isinstance(frame, Frame)]


@given(MESSAGES, st.sampled_from([1 << 30, 1_000, 70_001]))
def test_the_library_reads_the_same_messages_in_fragments(
    messages: list[tuple[Opcode, bytes]], step: int
) -> None:
    sent = [(o, data[:125] if o is PING else data) for o, data in messages]
    pieces = cut(b"".join(wire(*message) for message in sent), step=step)
    assert all(piece.size <= SLICE_BYTES for piece in pieces)
    heard: list[tuple[Opcode, bytes]] = []
    whole = True
    for frame in read(pieces):
        if frame.opcode is CONT:
            assert not whole
            opcode, data = heard.pop()
            heard.append((opcode, data + bytes(frame.data)))
        else:
            heard.append((frame.opcode, bytes(frame.data)))
        whole = frame.fin
    assert whole
    assert heard == sent


def test_byte_by_byte_gives_the_same() -> None:
    data = wire(BINARY, b"abc", fin=False) + wire(PING, b"x") + wire(CONT, b"d" * 200)
    assert cut(data, step=1) == cut(data)
    assert [piece.kind for piece in cut(data)] == [FrameType.AUDIO, FrameType.PING, FrameType.AUDIO]


def test_a_part_of_a_frame_is_returned_before_the_rest_arrives() -> None:
    cutter = FrameCutter(MOST)
    cutter.feed(wire(BINARY, bytes(MOST))[: SLICE_BYTES + 14])
    piece = cutter.next()
    assert piece is not None
    assert (piece.kind, piece.size, len(cutter)) == (FrameType.AUDIO, SLICE_BYTES, 0)
    assert cutter.next() is None


@pytest.mark.parametrize(
    ("frames", "text"),
    [
        ([wire(BINARY, bytes(MOST + 1))], False),
        ([wire(TEXT, bytes(MAX_TEXT_BYTES + 1))], True),
        ([wire(TEXT, bytes(MAX_TEXT_BYTES), False), wire(CONT, b"x")], True),
        ([wire(BINARY, bytes(MOST), False), wire(CONT, b"x")], False),
    ],
)
def test_a_too_long_frame_is_detected_by_its_header_and_dropped(
    frames: list[bytes], text: bool
) -> None:
    head = b"".join(frames[:-1]) + frames[-1][:14]
    assert cut(head)[-1] == FramePiece(FrameType.TOO_LONG, b"", cut(head)[-1].size, text)
    pieces = cut(b"".join(frames) + wire(PING, b"after"), step=5_000)
    assert [piece.kind for piece in pieces[-2:]] == [FrameType.TOO_LONG, FrameType.PING]


@pytest.mark.parametrize(
    "data",
    [
        b"\x82\x03abc",  # not masked
        b"\xc2\xff" + (1 << 62).to_bytes(8, "big"),  # a reserved bit, and an absurd length
        b"\x83\x80" + bytes(4),  # no such opcode
        b"\x89\xfe\x00\xff" + bytes(4),  # a long ping
    ],
)
def test_an_invalid_frame_is_left_to_the_library(data: bytes) -> None:
    pieces = cut(data + wire(BINARY, bytes(9)))
    assert [piece.kind for piece in pieces] == [FrameType.BROKEN]
    library = Protocol(SERVER)
    library.receive_data(pieces[0].data)
    assert library.close_sent is not None
    assert library.close_sent.code == 1002
