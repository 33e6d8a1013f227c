"""Parses server-sent events from the bytes of an answer (WHATWG HTML, section 9.2)."""

from __future__ import annotations

from typing import NamedTuple

ENDS = (b"\n\n", b"\r\n\r\n")
"""Ends of a message, as servers write them. The third form, bare carriage returns, is not in
use."""


class Message(NamedTuple):
    """One message. Without a name and data it is a comment, the server's keep-alive."""

    name: str = ""
    data: bytes = b""


class Messages:
    """An incremental parser. Only LF and CRLF end a line: JSON may hold any other character."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._seen = 0
        """Number of bytes that were searched without finding an end of a message."""

    def receive(self, data: bytes) -> list[Message]:
        """The messages that end with these bytes."""
        self._buffer += data
        found: list[Message] = []
        while (end := self._next_end()) is not None:
            at, length = end
            found.append(_message(bytes(self._buffer[:at])))
            del self._buffer[: at + length]
            self._seen = 0
        self._seen = max(0, len(self._buffer) - max(map(len, ENDS)) + 1)
        return found

    def _next_end(self) -> tuple[int, int] | None:
        """Where the first message ends, and the length of its end mark."""
        places = [(self._buffer.find(end, self._seen), len(end)) for end in ENDS]
        return min((place for place in places if place[0] >= 0), default=None)


def _message(block: bytes) -> Message:
    name, data = "", list[bytes]()
    for line in block.split(b"\n"):
        field, _, value = line.removesuffix(b"\r").partition(b":")
        value = value.removeprefix(b" ")
        if field == b"event":
            name = value.decode("utf-8", "replace")
        elif field == b"data":
            data.append(value)
    return Message(name, b"\n".join(data))
