"""Cuts what a client sends into frames before the library sees it. Pure: bytes in, pieces out.

The library takes a frame when all of it is there, and answers every ping when it sees it. Here the
frames are told apart first (RFC 6455, section 5.2), so that each can be counted, put off or refused
by its head alone, and so that a long frame of audio goes on in fragments while its rest is still on
the way: nothing that a client says of a length makes this side hold more than a slice.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

SLICE_BYTES = 64 << 10
"""Longer frames of audio are cut to it; a multiple of the mask's four bytes, so that the mask still
fits the next piece."""
MAX_TEXT_BYTES = 64 << 10
"""Of one message; a `start` with every option and a long prompt has a tenth of it."""
LONGEST_HEAD = 14
"""Bytes of a frame's head with its mask."""

_FIN, _MASKED = 0x80, 0x80
_CONT, _TEXT, _BINARY, _PING = 0x0, 0x1, 0x2, 0x9
_CONTROL = 0x8
"""Opcodes from here on are of control frames, which hold at most `_MOST_CONTROL` bytes."""
_MOST_CONTROL = 125


class Kind(Enum):
    """What a piece is."""

    AUDIO = auto()
    TEXT = auto()
    PING = auto()
    CONTROL = auto()
    """Close and pong."""
    TOO_LONG = auto()
    """The head of a message over its limit; what follows of it is dropped."""
    BROKEN = auto()
    """No frame of the protocol: the library says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A frame, or part of one, as the library takes it."""

    kind: Kind
    data: bytes
    """A whole frame on the wire; empty for `TOO_LONG`."""
    size: int
    """Bytes of payload."""
    text: bool = False
    """`TOO_LONG`: it was a text."""


class FrameCutter:
    """One connection's frames. `feed` bytes, then `next` until it gives None."""

    def __init__(self, max_message_bytes: int) -> None:
        """`max_message_bytes`: of audio; texts have `MAX_TEXT_BYTES`."""
        self._most = {False: max_message_bytes, True: min(MAX_TEXT_BYTES, max_message_bytes)}
        self._held = bytearray()
        self._text = False
        """The message that is under way is a text."""
        self._message_bytes = 0
        """Of it, so far."""
        self._left = 0
        """Bytes of payload that are still to come of a frame that is cut, or dropped."""
        self._last = False
        """The frame that is cut ends its message."""
        self._mask = b""
        self._dropping = False
        self._broken = False

    def __len__(self) -> int:
        """Bytes fed and not given out."""
        return len(self._held)

    def feed(self, data: bytes) -> None:
        """The next bytes of the connection."""
        if not self._broken:
            self._held += data

    def next(self) -> Piece | None:
        """The next piece; None: more bytes are needed."""
        if self._dropping:
            self._drop()
        if self._left:
            return None if self._dropping else self._slice()
        return self._frame()

    def _frame(self) -> Piece | None:
        """The frame that begins here, or its first slice."""
        held = self._held
        head = _head_bytes(held)
        if len(held) < max(2, head):
            return None
        opcode, length = held[0] & 0x0F, _length(held)
        if held[0] & 0x70 or not held[1] & _MASKED or not _known(opcode, length):
            return self._break()
        if opcode >= _CONTROL:
            if len(held) < head + length:
                return None
            kind = Kind.PING if opcode == _PING else Kind.CONTROL
            return Piece(kind, self._take(head + length), length)
        if opcode != _CONT:
            self._text, self._message_bytes = opcode == _TEXT, 0
        if self._message_bytes + length > self._most[self._text]:
            self._left, self._dropping = length, True
            del held[:head]
            return Piece(Kind.TOO_LONG, b"", length, self._text)
        if length > SLICE_BYTES:
            return self._first_slice(head, length)
        if len(held) < head + length:
            return None
        self._message_bytes += length
        return Piece(self._kind, self._take(head + length), length)

    def _first_slice(self, head: int, length: int) -> Piece | None:
        if len(self._held) < head + SLICE_BYTES:
            return None
        first = self._held[0]
        self._mask = bytes(self._held[head - 4 : head])
        self._left, self._last = length, bool(first & _FIN)
        self._message_bytes += length
        del self._held[:head]
        return self._slice(first & 0x0F)

    def _slice(self, opcode: int = _CONT) -> Piece | None:
        size = min(self._left, SLICE_BYTES)
        if len(self._held) < size:
            return None
        self._left -= size
        fin = _FIN if self._last and not self._left else 0
        head = bytes((fin | opcode, _MASKED | 127)) + size.to_bytes(8, "big") + self._mask
        return Piece(self._kind, head + self._take(size), size)

    def _break(self) -> Piece:
        """A short frame with the same mistakes, so that the library names them at once."""
        first, masked = self._held[0], self._held[1] & _MASKED
        size = _MOST_CONTROL + 1
        self._broken = True
        self._held.clear()
        head = bytes((first, masked | 126)) + size.to_bytes(2, "big") + bytes(4 if masked else 0)
        return Piece(Kind.BROKEN, head + bytes(size), 0)

    def _drop(self) -> None:
        gone = min(self._left, len(self._held))
        del self._held[:gone]
        self._left -= gone
        self._dropping = self._left > 0

    @property
    def _kind(self) -> Kind:
        return Kind.TEXT if self._text else Kind.AUDIO

    def _take(self, size: int) -> bytes:
        data = bytes(self._held[:size])
        del self._held[:size]
        return data


def _known(opcode: int, length: int) -> bool:
    return opcode <= _BINARY or (_CONTROL <= opcode <= _CONTROL + 2 and length <= _MOST_CONTROL)


def _head_bytes(held: bytearray) -> int:
    """Bytes of the head that begins here, as far as can be told."""
    if len(held) < 2:
        return 2
    short = held[1] & 0x7F
    return {126: 8, 127: LONGEST_HEAD}.get(short, 6)


def _length(held: bytearray) -> int:
    short = held[1] & 0x7F
    if short == 126:
        return int.from_bytes(held[2:4], "big")
    return int.from_bytes(held[2:10], "big") if short == 127 else short
