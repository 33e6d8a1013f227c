"""Which servers a process runs, and which settings contradict that."""

from __future__ import annotations

from typing import Any

import pytest

from realtime.app.roles import check_roles, needs_model
from realtime.errors import SetupError
from realtime.settings import Settings

API, LIVE = {"api_url": "http://gpu:8003"}, {"public_ws_url": "wss://gpu:8765"}
PAGE = {"port": -1, "api_port": -1}


@pytest.mark.parametrize(
    ("wanted", "needs"),
    [
        ({}, True),
        (API, True),
        ({"port": -1, **LIVE}, True),
        ({"port": -1, "web_port": -1}, True),
        ({"queue_url": "redis://queue"}, True),
        (PAGE | LIVE, True),
        (PAGE | LIVE | API, False),
        (PAGE | LIVE | API | {"queue_url": "redis://queue"}, False),
    ],
)
def test_a_page_with_an_api_elsewhere_needs_no_model(wanted: dict[str, Any], needs: bool) -> None:
    settings = Settings(**wanted)
    check_roles(settings)
    assert needs_model(settings) is needs


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (PAGE | {"web_port": -1}, "Nothing would be served"),
        ({"api_url": "gpu:8003"}, "must begin with http://"),
        (API | {"web_port": -1}, "web_port is -1"),
        ({"port": -1}, "--public-ws-url"),
        ({"port": 5, "api_port": 5}, "--port and --api-port are both 5"),
        ({"api_port": 8100}, "--api-port and --web-port are both 8100"),
        (PAGE | API, "--public-ws-url"),
        (PAGE | LIVE | {"queue_url": "redis://queue"}, "--url"),
    ],
)
def test_contradictions_name_what_to_change(wanted: dict[str, Any], said: str) -> None:
    with pytest.raises(SetupError, match=said):
        check_roles(Settings(**wanted))
