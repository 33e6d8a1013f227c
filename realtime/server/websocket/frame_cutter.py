"""Cuts what a client sends into frames before the library sees it. Pure: bytes in, pieces out.

The library takes a frame when it is complete, and answers every ping when it sees it. So frames are
separated here first (RFC 6455, section 5.2): each can be counted, delayed or refused by its header
alone, and a long frame of audio is passed on in fragments while its rest is still on the way.
Whatever length a client states, no more than a slice is held for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

SLICE_BYTES = 64 << 10
"""Longer frames of audio are cut into slices of this size; a multiple of the mask's four bytes, so
that the mask still fits the next slice."""
MAX_TEXT_BYTES = 64 << 10
"""Limit of one text message; a `start` with every option and a long prompt has a tenth of it."""
LONGEST_HEAD = 14
"""Most bytes of a frame's header with its mask."""

_FIN, _MASKED = 0x80, 0x80
_CONT, _TEXT, _BINARY, _PING = 0x0, 0x1, 0x2, 0x9
_CONTROL = 0x8
"""Opcodes from here on are control frames, whose payload has at most `_MOST_CONTROL` bytes."""
_MOST_CONTROL = 125


class FrameType(Enum):
    """The kind of a piece."""

    AUDIO = auto()
    TEXT = auto()
    PING = auto()
    CONTROL = auto()
    """Close and pong."""
    TOO_LONG = auto()
    """Header of a frame with which its message exceeds the limit; its payload is dropped."""
    BROKEN = auto()
    """No valid frame: the library reports what is wrong with it."""


@dataclass(frozen=True, slots=True)
class FramePiece:
    """A frame, or part of one, in the form that the library takes."""

    kind: FrameType
    data: bytes
    """A whole frame as on the wire; empty for `TOO_LONG`."""
    size: int
    """Bytes of payload."""
    text: bool = False
    """For `TOO_LONG`: the message was a text."""


class FrameCutter:
    """Cuts one connection's frames. Call `feed` with bytes, then `next` until it returns None."""

    def __init__(self, max_message_bytes: int) -> None:
        """`max_message_bytes`: limit of audio; texts may have `MAX_TEXT_BYTES` at most."""
        self._most = {False: max_message_bytes, True: min(MAX_TEXT_BYTES, max_message_bytes)}
        self._buffer = bytearray()
        self._text = False
        """The current message is a text."""
        self._message_bytes = 0
        """Payload of the current message so far."""
        self._left = 0
        """Bytes of payload still to come of a frame that is being cut, or dropped."""
        self._last = False
        """The frame that is being cut ends its message."""
        self._mask = b""
        self._dropping = False
        self._broken = False

    def __len__(self) -> int:
        """Bytes fed but not yet returned."""
        return len(self._buffer)

    def feed(self, data: bytes) -> None:
        """Add the next bytes of the connection."""
        if not self._broken:
            self._buffer += data

    def next(self) -> FramePiece | None:
        """The next piece; None: more bytes are needed."""
        if self._dropping:
            self._drop()
        if self._left:
            return None if self._dropping else self._slice()
        return self._frame()

    def _frame(self) -> FramePiece | None:
        """The frame that begins here, or its first slice."""
        buffer = self._buffer
        head = _head_bytes(buffer)
        if len(buffer) < max(2, head):
            return None
        opcode, length = buffer[0] & 0x0F, _length(buffer)
        if buffer[0] & 0x70 or not buffer[1] & _MASKED or not _known(opcode, length):
            return self._break()
        if opcode >= _CONTROL:
            if len(buffer) < head + length:
                return None
            kind = FrameType.PING if opcode == _PING else FrameType.CONTROL
            return FramePiece(kind, self._take(head + length), length)
        if opcode != _CONT:
            self._text, self._message_bytes = opcode == _TEXT, 0
        if self._message_bytes + length > self._most[self._text]:
            self._left, self._dropping = length, True
            del buffer[:head]
            return FramePiece(FrameType.TOO_LONG, b"", length, self._text)
        if length > SLICE_BYTES:
            return self._first_slice(head, length)
        if len(buffer) < head + length:
            return None
        self._message_bytes += length
        return FramePiece(self._kind, self._take(head + length), length)

    def _first_slice(self, head: int, length: int) -> FramePiece | None:
        if len(self._buffer) < head + SLICE_BYTES:
            return None
        first = self._buffer[0]
        self._mask = bytes(self._buffer[head - 4 : head])
        self._left, self._last = length, bool(first & _FIN)
        self._message_bytes += length
        del self._buffer[:head]
        return self._slice(first & 0x0F)

    def _slice(self, opcode: int = _CONT) -> FramePiece | None:
        size = min(self._left, SLICE_BYTES)
        if len(self._buffer) < size:
            return None
        self._left -= size
        fin = _FIN if self._last and not self._left else 0
        head = bytes((fin | opcode, _MASKED | 127)) + size.to_bytes(8, "big") + self._mask
        return FramePiece(self._kind, head + self._take(size), size)

    def _break(self) -> FramePiece:
        """A short frame with the same errors, so that the library reports them at once."""
        first, masked = self._buffer[0], self._buffer[1] & _MASKED
        size = _MOST_CONTROL + 1
        self._broken = True
        self._buffer.clear()
        head = bytes((first, masked | 126)) + size.to_bytes(2, "big") + bytes(4 if masked else 0)
        return FramePiece(FrameType.BROKEN, head + bytes(size), 0)

    def _drop(self) -> None:
        dropped = min(self._left, len(self._buffer))
        del self._buffer[:dropped]
        self._left -= dropped
        self._dropping = self._left > 0

    @property
    def _kind(self) -> FrameType:
        return FrameType.TEXT if self._text else FrameType.AUDIO

    def _take(self, size: int) -> bytes:
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data


def _known(opcode: int, length: int) -> bool:
    return opcode <= _BINARY or (_CONTROL <= opcode <= _CONTROL + 2 and length <= _MOST_CONTROL)


def _head_bytes(buffer: bytearray) -> int:
    """Bytes of the frame header that begins here, as far as they are known."""
    if len(buffer) < 2:
        return 2
    short = buffer[1] & 0x7F
    return {126: 8, 127: LONGEST_HEAD}.get(short, 6)


def _length(buffer: bytearray) -> int:
    short = buffer[1] & 0x7F
    if short == 126:
        return int.from_bytes(buffer[2:4], "big")
    return int.from_bytes(buffer[2:10], "big") if short == 127 else short
