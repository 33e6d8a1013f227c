"""Conversations of a client with the server: played, recorded and read back.

`python -m tests.protocol.recording` records those of `docs/protocol/vectors/conversations/` again,
at the pace of speech, from the real server with the bundled model. docs/protocol.md describes the
format.
"""

from __future__ import annotations

import json
import sys
import time
import wave
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import orjson
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from realtime.settings import Settings
from tests.protocol.schema import FOLDER
from tests.readme import ROOT
from tests.serving import Served, serving

VECTORS = FOLDER / "vectors"
CONVERSATIONS = VECTORS / "conversations"
SAMPLES = ROOT / "realtime" / "weights" / "samples"
PACKET_BYTES = 3_200
"""0.1 s of 16-bit samples at 16 kHz."""
PACKET_S = 0.1
PATIENCE_S = 60.0
"""Timeout for a message that arrives at once unless the server is at fault."""

Line = dict[str, Any]


def read(path: Path) -> list[Line]:
    """Parse the lines of a conversation."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def audio(name: str, start_s: float, end_s: float) -> bytes:
    """Cut out a part of a recording: 16 bit, 16 kHz, mono; past its end comes silence."""
    with wave.open(str(SAMPLES / name)) as file:
        whole: bytes = file.readframes(file.getnframes())
    first, last = (2 * round(at * 16_000) for at in (start_s, end_s))
    piece = whole[first:last]
    return piece + bytes(last - first - len(piece))


class Call:
    """Plays the client's lines of a conversation and collects what the server answers."""

    def __init__(self, url: str, sockets: ExitStack, *, pace: bool) -> None:
        """`sockets` closes the connections at the end. `pace`: send audio at the pace of speech."""
        self._sockets = sockets
        self.lines: list[Line] = []
        self._url = url
        self._pace = pace
        self._socket: ClientConnection | None = None
        self._session = ""

    def follow(self, script: Sequence[Line]) -> list[Line]:
        """Do what the client does in `script` and return the resulting conversation."""
        for line in script:
            match line:
                case {"open": str(query)}:
                    self._open(query)
                case {"send": str(text)}:
                    self.lines.append(line)
                    self._socket_now.send(text)
                case {"audio": {"file": str(name), "from_s": start_s, "to_s": end_s}}:
                    self.lines.append(line)
                    self._play(audio(name, start_s, end_s))
                case {"until": "close"}:
                    self.lines.append(line)
                    self._until_closed()
                case {"until": dict(wanted)}:
                    self.lines.append(line)
                    self._until(wanted)
                case {"break": True}:
                    self.lines.append(line)
                    self._socket_now.socket.close()
        return self.lines

    @property
    def _socket_now(self) -> ClientConnection:
        assert self._socket is not None
        return self._socket

    def _open(self, query: str) -> None:
        self.lines.append({"open": query})
        address = f"{self._url}/?{query.replace('SESSION', self._session)}"
        try:
            self._socket = self._sockets.enter_context(connect(address, compression=None))
        except InvalidStatus as refused:
            response = refused.response
            body = json.loads(response.body or b"{}")
            self.lines.append({"refused": {"status": response.status_code, "body": body}})

    def _play(self, sound: bytes) -> None:
        for at in range(0, len(sound), PACKET_BYTES):
            self._socket_now.send(sound[at : at + PACKET_BYTES])
            if self._pace:
                self._listen_for(PACKET_S)

    def _listen_for(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                self._receive(left)
            except TimeoutError:
                return

    def _until(self, wanted: Line) -> None:
        """Read until this connection has received a message with all these keys and values."""
        opened = max(at for at, line in enumerate(self.lines) if "open" in line)
        heard = received(self.lines[opened:])
        while not any(message.items() >= wanted.items() for message in heard):
            heard = [self._receive(PATIENCE_S)]

    def _until_closed(self) -> None:
        try:
            while True:
                self._receive(PATIENCE_S)
        except ConnectionClosed as closed:
            code = closed.rcvd.code if closed.rcvd is not None else 1006
            self.lines.append({"closed": code})

    def _receive(self, timeout_s: float) -> Line:
        message: Line = json.loads(self._socket_now.recv(timeout_s))
        self._session = message.get("session", self._session)
        self.lines.append({"receive": message})
        return message


def received(lines: Sequence[Line]) -> list[Line]:
    """The messages from the server."""
    return [line["receive"] for line in lines if "receive" in line]


def transcript(lines: Sequence[Line]) -> str:
    """The transcript that a client ends up with: each final once, ordered by id."""
    finals = {line["id"]: line["text"] for line in received(lines) if line["type"] == "final"}
    return " ".join(text for _, text in sorted(finals.items()) if text)


@contextmanager
def server() -> Iterator[Served]:
    """The real server with the bundled model."""
    with serving(Settings(port=0, model="bundled", language="en", beam_size=1)) as served:
        yield served


def played(script: Sequence[Line], url: str, *, pace: bool = False) -> list[Line]:
    """Play the client's lines; return the resulting conversation."""
    with ExitStack() as sockets:
        return Call(url, sockets, pace=pace).follow(script)


def record(path: Path, url: str) -> None:
    """Replay the client's lines of a conversation and overwrite the file with the result."""
    lines = played(read(path), url, pace=True)
    if said := transcript(lines):
        lines.append({"transcript": said})
    path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))


def main() -> None:
    """Record all conversations again."""
    with server() as served:
        for path in sorted(CONVERSATIONS.glob("*.jsonl")):
            record(path, served.url)
            sys.stderr.write(f"{path.name}\n")


if __name__ == "__main__":
    main()
