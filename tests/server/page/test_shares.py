"""Links to transcripts: a link gives access to one transcript until it expires."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from pydantic import SecretStr

from realtime.errors import Conflict
from realtime.server.page.page_files import PageFiles
from realtime.server.page.shares import DAY_S, Share, Shares, digest_of
from realtime.settings import Settings
from tests.serving import Served, serving
from tests.web.results import added, finished, line, noise

SAID = (line(0, "My", "name", "is", "Alice", "Brown.", speaker=0), line(3, "Good", "morning."))
MISSING = "0" * 32


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shares")


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[Served]:
    settings = Settings(port=0, web_port=0, model="bundled", data_dir=folder)
    with serving(settings) as served:
        yield served


@pytest.fixture
def http(site: Served) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=site.page, timeout=60) as client:
        yield client


def shared(http: httpx2.Client, job: str, **wanted: Any) -> dict[str, Any]:
    answer = http.post("/api/shares/", json={"job_id": job, **wanted})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def read(http: httpx2.Client, share: dict[str, Any], key: str | None = None) -> httpx2.Response:
    headers = {"X-Share-Key": share["key"] if key is None else key}
    return http.get(f"/api/shared/{share['id']}", headers=headers)


def service(site: Served) -> Shares:
    assert site.app.web is not None
    return site.app.web._shares


class InterruptedFiles(PageFiles):
    """Another link is made during the first count of its files, unless a lock prevents it."""

    other: threading.Thread | None = None

    def names(self) -> list[str]:
        found = super().names()
        if self.other is None:
            self.other = threading.Thread(target=self.add_one, args=("b" * 32,))
            self.other.start()
            self.other.join(0.2)
        return found

    def add_one(self, share_id: str) -> None:
        share = Share(share_id, MISSING, "", "original", False, 0.0, 1.0)
        with suppress(Conflict):
            self.shares._add(share)

    shares: Shares


def test_two_requests_at_once_do_not_exceed_the_limit(site: Served, tmp_path: Path) -> None:
    files = InterruptedFiles(tmp_path)
    files.shares = replace(service(site), store=files, most=1)
    files.add_one("a" * 32)
    assert files.other is not None
    files.other.join()
    assert files.names() == ["a" * 32]


def test_a_link_shows_the_current_transcript(site: Served, http: httpx2.Client) -> None:
    job = finished(site, SAID, 5.0, name="call.wav")
    share = shared(http, job, sound=True)
    assert share["path"] == f"shared.html?id={share['id']}#{share['key']}"
    answer = read(http, share)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    body = answer.json()
    assert body["name"] == "call.wav"
    assert [one["text"] for one in body["segments"]] == [one["text"] for one in SAID]
    assert set(body["segments"][0]) == {"start", "end", "text", "speaker"}, "no more than is read"
    edit = {"segments": [{"start": 0, "end": 1, "text": "Corrected"}], "speakers": {"0": "Kim"}}
    http.put(f"/api/edits/{job}", json=edit)
    assert [one["text"] for one in read(http, share).json()["segments"]] == ["Corrected"]
    place = f"/api/shared/{share['id']}/sound"
    part = http.get(place, params={"key": share["key"]}, headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"RIFF")
    assert part.headers["Cache-Control"] == "no-store"
    assert http.get(place, params={"key": "wrong"}).status_code == 404
    assert http.get("/shared.html", params={"id": share["id"]}).status_code == 200


def test_a_masked_link_has_no_personal_data(site: Served, http: httpx2.Client) -> None:
    """This includes its words, its sound, and the names of its file and its speakers."""
    job = finished(site, SAID, 5.0, name="Alice Brown.wav")
    edit = {"segments": list(SAID), "speakers": {"0": "Alice Brown"}}
    http.put(f"/api/edits/{job}", json=edit)
    share = shared(http, job, view="masked", sound=True)
    answer = read(http, share)
    assert "My name is A" in answer.text
    assert "Brown" not in answer.text
    sound = http.get(f"/api/shared/{share['id']}/sound", params={"key": share["key"]})
    assert sound.content == http.get(f"/api/sound/{job}").content
    silent = shared(http, job, view="masked")
    refused = http.get(f"/api/shared/{silent['id']}/sound", params={"key": silent["key"]})
    assert refused.status_code == 404
    only = finished(site, SAID, 5.0, name="Alice.wav", processing_steps={"privacy_removal": True})
    assert shared(http, only, view="original")["view"] == "masked", "the sound is the original"


def test_links_end_and_are_revoked(site: Served, http: httpx2.Client) -> None:
    job = finished(site, SAID, 5.0)
    week, month = shared(http, job), shared(http, job, days=30)
    listed = http.get("/api/shares/", params={"job_id": job}).json()["shares"]
    assert [one["id"] for one in listed] == [month["id"], week["id"]]
    assert "key" not in listed[0]
    assert http.delete(f"/api/shares/{month['id']}").json()["state"] == "revoked"
    for ended in (read(http, month), http.get("/shared.html", params={"id": month["id"]})):
        assert ended.status_code == 410
    assert read(http, month).json()["detail"]["code"] == "gone"
    assert read(http, week).status_code == 200
    shares, kept = service(site), service(site).store
    share = orjson.loads(kept.get(week["id"]) or b"")
    assert share["expires_at"] - share["created_at"] == 7 * DAY_S
    kept.put(week["id"], orjson.dumps({**share, "expires_at": shares.now()}))
    assert read(http, week).status_code == 410
    assert http.get("/shared.html", params={"id": week["id"]}).status_code == 410
    old = {**share, "expires_at": share["created_at"] - 91 * DAY_S}
    kept.put(week["id"], orjson.dumps(old))
    asyncio.run_coroutine_threadsafe(shares.sweep(), site.loop).result(30)
    assert read(http, week).status_code == 404
    assert read(http, month).status_code == 410, "it is told for a while that it ended"
    http.delete(f"/api/transcribe-jobs/{job}")
    gone = shared(http, finished(site, SAID, 5.0))
    http.delete(f"/api/transcribe-jobs/{gone['job_id']}")
    assert read(http, gone).status_code == 410
    asyncio.run_coroutine_threadsafe(shares.sweep(), site.loop).result(30)
    assert month["id"] not in kept.names()


def test_nobody_gets_in_without_the_key(site: Served, http: httpx2.Client, folder: Path) -> None:
    share = shared(http, finished(site, SAID, 5.0))
    for key in ("", "wrong", share["key"][:-1], digest_of(share["key"])):
        assert read(http, share, key).status_code == 404
    assert read(http, {**share, "id": MISSING}).status_code == 404
    assert read(http, {**share, "id": "..%2Fedits"}).status_code == 404
    assert http.get("/shared.html", params={"id": MISSING}).status_code == 404
    stored = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert share["key"].encode() not in stored
    assert digest_of(share["key"]).encode() in stored
    for wrong in ({"days": 0}, {"days": 366}, {"view": "all"}, {"more": 1}):
        assert http.post("/api/shares/", json={"job_id": share["job_id"], **wrong}).is_client_error
    assert http.post("/api/shares/", json={"job_id": MISSING}).status_code == 404
    assert http.delete(f"/api/shares/{MISSING}").status_code == 404


def test_a_link_needs_no_key_and_gives_access_to_nothing_else(tmp_path: Path) -> None:
    """The same holds below a path prefix of a proxy."""
    settings = Settings(
        port=0,
        web_port=0,
        model="bundled",
        data_dir=tmp_path,
        api_keys=(SecretStr("right"),),
        host="127.0.0.1",
        root_path="/stt",
    )
    with serving(settings) as site, httpx2.Client(base_url=site.page, timeout=60) as http:
        right = {"Authorization": "Bearer right"}
        sent = {"file": ("a.wav", noise(5))}
        file_id = http.post("/stt/api/upload/", files=sent, headers=right).json()["file_id"]
        job = added(site, file_id, "a.wav", SAID, 5.0)
        wanted = {"job_id": job, "sound": True}
        assert http.post("/stt/api/shares/", json=wanted).status_code == 401
        share = http.post("/stt/api/shares/", json=wanted, headers=right).json()
        assert http.get("/stt/api/shares/", params={"job_id": job}).status_code == 401
        key = {"X-Share-Key": share["key"]}
        assert http.get(f"/stt/api/shared/{share['id']}", headers=key).status_code == 200
        assert http.get(f"/stt/shared.html?id={share['id']}").status_code == 200
        for closed in (f"transcript/{job}", f"transcribe-status/{job}", f"sound/{job}"):
            assert http.get(f"/stt/api/{closed}", headers=key).status_code == 401
        assert http.delete(f"/stt/api/shares/{share['id']}", headers=key).status_code == 401
