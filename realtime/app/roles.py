"""Which of the three servers a process runs, and whether it needs a model of its own."""

from __future__ import annotations

from realtime.errors import SetupError
from realtime.settings import Settings

OFF = -1
"""A port of a server that does not run here."""


def needs_model(settings: Settings) -> bool:
    """Not where only the page is served and an API elsewhere does the work."""
    return settings.port != OFF or settings.api_port != OFF or not settings.api_url


def check_roles(settings: Settings) -> None:
    """Raises SetupError where the settings contradict each other, or leave nothing to do."""
    live, api, page = (
        port != OFF for port in (settings.port, settings.api_port, settings.web_port)
    )
    if not (live or api or page):
        raise SetupError(
            "Nothing would be served: port, api_port and web_port are all -1. Give one of them a "
            "port."
        )
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
