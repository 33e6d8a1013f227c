"""Keys cannot be guessed: neither at a single endpoint nor at several in turn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
import structlog.testing
from pydantic import SecretStr
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from realtime.server.wrong_keys import FREE_GUESSES, WrongKeyLimits
from realtime.settings import Settings
from tests.serving import Served, serving

KEY = "a key"


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Served]:
    settings = Settings(
        host="127.0.0.1", port=0, api_port=0, web_port=0, model="bundled", data_dir=tmp_path,
        api_keys=(SecretStr(KEY),),
    )  # fmt: skip
    longer_than_the_test_s = 600.0
    limits = WrongKeyLimits(first_wait_s=longer_than_the_test_s, longest_wait_s=600.0)
    with serving(settings, wrong_keys=limits) as served:
        yield served


def refused(served: Served, key: str) -> dict[str, int]:
    """Endpoint → status of its answer."""
    headers = {"X-API-Key": key}
    found = {
        "api": httpx2.get(f"{served.api}/backend/current", headers=headers).status_code,
        "page": httpx2.get(f"{served.page}/api/server", headers=headers).status_code,
        "question": httpx2.get(f"{served.page}/api/config", headers=headers).status_code,
        "probe": httpx2.get(f"{served.api}/health", headers=headers).status_code,
    }
    try:
        with connect(served.url, additional_headers=headers):
            found["live"] = 101
    except InvalidStatus as error:
        found["live"] = error.response.status_code
    return found


def test_every_endpoint_is_closed_after_some_guesses(guarded: Served) -> None:
    with structlog.testing.capture_logs() as told:
        for number in range(FREE_GUESSES + 1):
            answer = httpx2.get(f"{guarded.page}/api/config?token=guess{number}")
            assert (answer.status_code, answer.json()["key_ok"]) == (200, False)
        shut = refused(guarded, KEY)
    assert shut == {"api": 429, "page": 429, "question": 429, "live": 429, "probe": 200}
    answer = httpx2.get(f"{guarded.api}/backend/current", headers={"X-API-Key": "guess"})
    assert int(answer.headers["retry-after"]) >= 1
    assert guarded.metric("wrong_keys_total") == FREE_GUESSES + 1 + 5
    lines = [line for line in told if line["event"] == "keys.guessed"]
    assert [line["address"] for line in lines] == ["127.0.0.1"], "one line a minute"
    assert "guess1" not in str(told)
