"""Binds listening sockets, with errors that say what to do."""

from __future__ import annotations

import errno
import socket

from realtime.errors import SetupError


def bind(host: str, port: int, setting: str = "port") -> socket.socket:
    """A bound TCP socket. `setting`: the setting behind `port`, for errors. Raises SetupError."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, UnicodeError) as error:  # unknown, or no valid host name
        raise SetupError(
            f"The host {host!r} is not known on this machine: set --host to an address "
            "of this machine."
        ) from error
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        variable = f"STT_{setting.upper().replace('-', '_')}"
        advice = f"stop what uses it, or choose another with --{setting} or {variable}"
        if error.errno == errno.EADDRNOTAVAIL:
            advice = "set --host to an address of this machine"
        raise SetupError(
            f"Cannot listen on {host} port {port} ({error.strerror}): {advice}."
        ) from error
    return listener
