"""Hostile clients: each function abuses a server for some seconds, in a separate process."""

from __future__ import annotations

import os
import select
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from urllib.parse import urlsplit

KEY = "benchmark-key"
RATE_BYTES = 500_000
"""Bytes per second: enough to freeze a server that limits nothing."""
STEP_S = 0.02
BIG = 16 << 20
LARGE_JSON = 60_000_000
SILENT = 1_500
"""Sockets to each port: more than any listener accepts."""
GUESSES = 1_000
"""Guesses of keys per second."""
_BINARY, _TEXT, _PING = 0x82, 0x81, 0x89


@dataclass(frozen=True, slots=True)
class Target:
    """The addresses of a server."""

    live: str
    api: str
    web: str


def _port(url: str) -> int:
    return int(urlsplit(url).port or 0)


def _connect(port: int) -> socket.socket | None:
    try:
        return socket.create_connection(("127.0.0.1", port), timeout=10)
    except OSError:
        time.sleep(STEP_S)
        return None


def _websocket(target: Target) -> socket.socket | None:
    """Open a WebSocket; None if the server refuses it."""
    client = _connect(_port(target.live))
    if client is None:
        return None
    try:
        client.sendall(
            f"GET /?token={KEY} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        if b" 101 " in client.recv(4_096):
            return client
    except OSError:
        pass
    client.close()
    time.sleep(STEP_S)
    return None


def _frame(opcode: int, data: bytes) -> bytes:
    """A frame masked with zeros, which leave the data unchanged."""
    if len(data) < 126:
        head = bytes((opcode, 0x80 | len(data)))
    else:
        head = bytes((opcode, 0xFF)) + struct.pack("!Q", len(data))
    return head + bytes(4) + data


def _drain(client: socket.socket) -> None:
    """Read the available data. Raises OSError at the end of the connection."""
    while select.select([client], [], [], 0)[0]:
        if not client.recv(1 << 16):
            raise ConnectionResetError


def flood(frame: bytes, reads: bool, target: Target, seconds: float) -> None:
    """Send the same small frame at `RATE_BYTES`; `reads`: whether the answers are read."""
    end = time.monotonic() + seconds
    step = frame * max(1, round(RATE_BYTES * STEP_S / len(frame)))
    while time.monotonic() < end:
        client = _websocket(target)
        if client is None:
            continue
        with client:
            client.settimeout(max(0.1, end - time.monotonic()))
            try:
                while time.monotonic() < end:
                    client.sendall(step)
                    if reads:
                        _drain(client)
                    time.sleep(STEP_S)
            except OSError:
                continue  # the server closed it: connect again


def large_texts(target: Target, seconds: float) -> None:
    """Send texts of 16 MiB, each on its own connection."""
    text = _frame(_TEXT, b'{"type":"start","x":[' + b"[1]," * (BIG // 4 - 8) + b"[1]]}")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        client = _websocket(target)
        if client is not None:
            with client:
                client.settimeout(5)
                try:
                    client.sendall(text)
                    client.recv(1 << 16)
                except OSError:
                    continue


def large_then_reset(target: Target, seconds: float) -> None:
    """Send 64 MB in four messages, or what the server accepts of them in 2 s, then reset."""
    message = _frame(_BINARY, os.urandom(1 << 20) * (BIG >> 20))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        client = _websocket(target)
        if client is None:
            continue
        client.settimeout(2)
        try:
            for _ in range(4):
                client.sendall(message)
        except OSError:
            pass  # the server accepts no more: reset
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()


def silent_sockets(target: Target, seconds: float) -> None:
    """Open sockets to each port continuously without sending anything; keep the last `SILENT`."""
    ports = [_port(url) for url in (target.live, target.api, target.web)]
    held: list[socket.socket] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for port in ports:
            client = _connect(port)
            if client is not None:
                held.append(client)
        while len(held) > SILENT * len(ports):
            held.pop(0).close()
        time.sleep(0.001)


def large_json(target: Target, seconds: float) -> None:
    """Send job descriptions of 60 MB."""
    body = b'{"file_id":"x","options":[' + b"[1]," * (LARGE_JSON // 4) + b"[1]]}"
    head = (
        f"POST /api/transcribe-async/ HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {KEY}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        client = _connect(_port(target.web))
        if client is not None:
            with client:
                try:
                    client.sendall(head + body)
                    client.recv(4_096)
                except OSError:
                    time.sleep(STEP_S)


def guesses(target: Target, seconds: float) -> None:
    """Try one key after the other at the API and at the live port."""
    ports, end, number = [_port(target.api), _port(target.live)], time.monotonic() + seconds, 0
    while time.monotonic() < end:
        number += 1
        client = _connect(ports[number % 2])
        if client is not None:
            with client:
                try:
                    client.sendall(
                        f"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {number}\r\n"
                        "Connection: close\r\n\r\n".encode()
                    )
                    client.recv(4_096)
                except OSError:
                    pass  # no answer at all
        time.sleep(1 / GUESSES)


Abuse = Callable[[Target, float], None]

ABUSES: MappingProxyType[str, Abuse] = MappingProxyType(
    {
        "1-byte frames": partial(flood, _frame(_BINARY, b"x"), True),
        "empty frames": partial(flood, _frame(_BINARY, b""), True),
        "pings": partial(flood, _frame(_PING, b""), True),
        "bad texts": partial(flood, _frame(_TEXT, b"{"), True),
        "16 MiB texts": large_texts,
        "64 MB then reset": large_then_reset,
        "unread pongs": partial(flood, _frame(_PING, bytes(125)), False),
        "silent sockets": silent_sockets,
        "60 MB of JSON": large_json,
        "key guessing": guesses,
    }
)
"""Abusers by name; their last argument is the duration in seconds."""
