"""`/backend/…` and the probes on the HTTP port."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from realtime.settings import Settings
from tests.server.http.support import running_api
from tests.serving import Served, serving

KEYS = {
    *{"current_backend", "backend_type", "device", "compute_type", "model_path"},
    *{"available_backends", "loaded"},
}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose model these tests reload."""
    top = tmp_path_factory.mktemp("own")
    settings = Settings(
        port=0, api_port=0, model="bundled", allowed_dir=top / "audio", data_dir=top / "data"
    )
    with serving(settings) as served:
        yield served


def test_the_backend_and_its_reload(own: Served) -> None:
    with httpx2.Client(base_url=own.api, trust_env=False, timeout=60) as http:
        current = http.get("/backend/current").json()
        assert set(current) >= KEYS
        assert (current["current_backend"], current["loaded"]) == ("faster-whisper", True)
        assert current["available_backends"]["faster-whisper"] is True
        for body in ({"backend": "faster_whisper"}, {"backend": None}):
            again = http.post("/backend/reload", json=body)
            assert again.status_code == 200, again.text
            assert again.json() == current | {"previous_backend": "faster-whisper"}


@pytest.mark.parametrize("body", ["", "{}", '{"backend": null}'])
async def test_a_reload_that_names_no_backend(body: str, tmp_path: Path) -> None:
    """It uses a model that loads at once."""
    async with running_api(tmp_path) as api, api.client() as http:
        answer = await http.post("/backend/reload", content=body)
        assert (answer.status_code, answer.json()["current_backend"]) == (200, "scripted")


@pytest.mark.parametrize("body", ["{", "[]", '{"backend": 5}', '{"backend": ["a"]}'])
async def test_an_invalid_reload_is_refused(body: str, tmp_path: Path) -> None:
    async with running_api(tmp_path) as api, api.client() as http:
        answer = await http.post("/backend/reload", content=body)
        assert (answer.status_code, answer.json()["detail"]["code"]) == (422, "bad_request")


async def test_a_reload_with_a_huge_body_is_refused(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api, api.client() as http:
        answer = await http.post("/backend/reload", content="x" * 70_000)
        assert (answer.status_code, answer.json()["detail"]["code"]) == (413, "too_large")


def test_an_unknown_backend(own: Served) -> None:
    with httpx2.Client(base_url=own.api, trust_env=False) as http:
        answer = http.post("/backend/reload", json={"backend": "parrot"})
        assert (answer.status_code, answer.json()["detail"]["code"]) == (400, "bad_option")


def test_probes_say_the_same_on_both_ports(own: Served) -> None:
    with httpx2.Client(trust_env=False) as http:
        for path in ("/health", "/ready", "/live", "/metrics"):
            here, there = http.get(own.api + path), http.get(own.http + path)
            assert (here.status_code, here.headers["content-type"]) == (
                there.status_code,
                there.headers["content-type"],
            )
            assert http.head(own.api + path).content == b""
        health = http.get(own.api + "/health").json()
        assert (health["status"], health["model"]) == ("ok", "micro (bundled demo)")
        assert health["memory"]["status"] in ("ok", "warning", "critical")
        assert 'realtime_http_requests_total{status="200"}' in http.get(own.api + "/metrics").text
