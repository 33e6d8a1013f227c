"""The roles of a process, and whether it needs a model of its own."""

from __future__ import annotations

from enum import Enum, auto

from realtime.errors import SetupError
from realtime.settings import Settings

OFF = -1
"""The port setting that switches a server off."""


class Role(Enum):
    """What a process does. It may have several of the first three roles."""

    LIVE = auto()
    """Streams over WebSocket."""
    API = auto()
    """Files over HTTP."""
    PAGE = auto()
    """The web page and its jobs."""
    WORKER = auto()
    """Does jobs and listens on no port."""


def server_roles(settings: Settings) -> frozenset[Role]:
    """The roles of `realtime serve`."""
    ports = {Role.LIVE: settings.port, Role.API: settings.api_port, Role.PAGE: settings.web_port}
    return frozenset(role for role, port in ports.items() if port != OFF)


def has_model(roles: frozenset[Role], settings: Settings) -> bool:
    """Whether the process loads a model: not if an API elsewhere does its only work, the jobs."""
    return bool(roles & {Role.LIVE, Role.API}) or not settings.api_url


def needs_model(settings: Settings) -> bool:
    """Whether `realtime serve` loads a model."""
    return has_model(server_roles(settings), settings)


def check_roles(settings: Settings) -> None:
    """Raises SetupError where the settings contradict each other, or leave nothing to do."""
    roles = server_roles(settings)
    live, api, page = (role in roles for role in (Role.LIVE, Role.API, Role.PAGE))
    if not (live or api or page):
        raise SetupError(
            "Nothing would be served: port, api_port and web_port are all -1. Give one of them a "
            "port."
        )
    used: dict[int, str] = {}
    for name, port in (
        ("--port", settings.port),
        ("--api-port", settings.api_port),
        ("--web-port", settings.web_port),
    ):
        if port > 0 and used.setdefault(port, name) != name:
            raise SetupError(f"{used[port]} and {name} are both {port}: give each its own port.")
    if settings.api_url and not settings.api_url.startswith(("http://", "https://")):
        raise SetupError(
            f"The setting api_url must begin with http:// or https://, not {settings.api_url!r}."
        )
    if settings.api_url and not page:
        raise SetupError(
            "The setting api_url is for the jobs of the web page, but web_port is -1: leave "
            "api_url out, or give web_port a port."
        )
    if page and not live and not settings.public_ws_url:
        raise SetupError(
            "No live server runs in this process (port is -1), and the web page needs one: say "
            "where it is with --public-ws-url ws://HOST:8765, or give port a port."
        )
    if page and not live and not api and settings.queue_url and not settings.api_url:
        raise SetupError(
            "Neither the live server nor the HTTP API runs in this process, and jobs are carried "
            "to workers: say with --url http://HOST:8003 whose model the page shows."
        )
