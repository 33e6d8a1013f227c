"""A process that serves only the page: the model, the live server and the API are elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from realtime.app.remote_api import RemoteApi
from realtime.errors import BadOption, ProviderUnreachable
from realtime.settings import Settings
from realtime.weights.bundled import samples
from tests.jobs.servers import free_port
from tests.serving import Served, serving
from tests.waiting import until

KEY = "of both"
SAMPLE = samples()[0]


@pytest.fixture(scope="module")
def there() -> Iterator[Served]:
    with serving(
        Settings(port=0, api_port=0, model="bundled", api_keys=(SecretStr(KEY),))
    ) as served:
        yield served


def settings(there: Served, folder: Path, *keys: str) -> Settings:
    return Settings(
        host="127.0.0.1",
        port=-1,
        api_port=-1,
        web_port=0,
        api_url=there.api,
        public_ws_url=there.url,
        api_keys=tuple(SecretStr(key) for key in keys),
        data_dir=folder,
    )


@pytest.fixture(scope="module")
def page(there: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(settings(there, tmp_path_factory.mktemp("page"), KEY)) as served:
        yield served


@pytest.fixture
def http(page: Served) -> Iterator[httpx2.Client]:
    headers = {"X-API-Key": KEY, "Accept-Language": "en"}
    with httpx2.Client(base_url=page.page, headers=headers, timeout=60) as client:
        yield client


def test_the_page_shows_the_model_that_is_elsewhere(
    there: Served, page: Served, http: httpx2.Client
) -> None:
    until(lambda: bool(http.get("/api/config").json()["model"]), "the API is not seen")
    config, state = http.get("/api/config").json(), http.get("/api/server").json()
    assert config["model"] == there.app.engine.info.model
    assert (config["ws_url"], config["demo"]) == (there.url, True)
    probes = [httpx2.get(f"{page.page}{path}").json() for path in ("/health", "/live")]
    assert state["health"]["status"] == probes[0]["status"] == "ok"
    assert probes[1] == {"live": True}
    assert state["backend"]["current_backend"] == "faster-whisper"
    assert there.url in http.get("/").headers["content-security-policy"]
    assert not page.app.engine.ready, "no model was loaded here"
    assert page.app.live_port == -1


def test_its_jobs_are_done_there(page: Served, http: httpx2.Client) -> None:
    sent = http.post("/api/upload/", files={"file": ("a.wav", SAMPLE.path.read_bytes())})
    asked = {"file_id": sent.json()["file_id"], "language": SAMPLE.language}
    job_id = http.post("/api/transcribe-async/", json=asked).json()["job_id"]
    job: dict[str, Any] = {}

    def ended() -> bool:
        job.update(http.get(f"/api/transcribe-status/{job_id}").json())
        return job["status"] not in ("pending", "processing")

    until(ended, "the job does not end")
    assert job["result"]["text"] == SAMPLE.text, job


def test_the_backend_there_can_be_changed_from_here(http: httpx2.Client) -> None:
    unknown = http.post("/api/backend/reload", json={"backend": "parrot"})
    assert (unknown.status_code, unknown.json()["detail"]["code"]) == (400, "bad_option")
    assert "faster-whisper" in unknown.json()["detail"]["available"]
    done = http.post("/api/backend/reload", json={"backend": "faster-whisper"})
    assert done.json()["previous_backend"] == "faster-whisper"


async def test_the_page_says_why_it_shows_no_model(
    there: Served, page: Served, tmp_path: Path
) -> None:
    """A wrong key, an address where nobody listens, and a server of another kind."""
    stranger = RemoteApi(settings(there, tmp_path))
    nobody = RemoteApi(Settings(api_url=f"http://127.0.0.1:{free_port()}"))
    for made, url, problem in (
        (stranger, there.api, "api_locked"),
        (nobody, f"http://127.0.0.1:{free_port()}", "api_unreachable"),
        (nobody, page.page, "api_other"),
    ):
        async with httpx2.AsyncClient(base_url=url) as client:
            await made.look(client)
        assert made.facts()["problem"] == problem
        assert made.state()["health"] == {"status": "unready", "memory": {}}
        assert made.facts()["model"] == ""
    with pytest.raises(ProviderUnreachable):
        nobody.reload(None)
    with pytest.raises(BadOption):
        RemoteApi(settings(there, tmp_path, KEY)).reload("parrot")
