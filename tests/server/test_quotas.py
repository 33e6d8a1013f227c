"""Two keys at one server: exceeding one quota is reported, and does not affect the other key."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.exceptions import InvalidStatus

from realtime.keys.key_file import add_key, revoke_key
from realtime.logs import FILE_NAME, set_up
from realtime.settings import Settings
from realtime.types import SAMPLE_RATE
from realtime.weights.bundled import samples
from tests.server.support import PATIENCE_S, Client, client
from tests.serving import Served, serving
from tests.waiting import eventually

pytestmark = pytest.mark.slow

SAMPLE = samples()[0]
SPEECH, TALK = Path(SAMPLE.path).read_bytes(), SAMPLE.read()
SECONDS = len(TALK) / SAMPLE_RATE


@dataclass
class House:
    """A server with a file of keys."""

    folder: Path
    keys: dict[str, str]

    def serve(self, **more: Any) -> Settings:
        """Settings of a server on this folder."""
        own = {"port": 0, "api_port": 0, "web_port": 0, "host": "127.0.0.1", "model": "bundled"}
        data = {"keys_file": self.folder / "keys.toml", "data_dir": self.folder / "data"}
        return Settings(**{**own, **data, "language": "en", **more})

    def give(self, name: str, **quota: float) -> str:
        self.keys[name] = add_key(self.folder / "keys.toml", name, quota)
        return self.keys[name]

    def stream(self, served: Served, name: str) -> Any:
        return client(f"{served.url}/?token={self.keys[name]}")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path, {})


@pytest.fixture
def served(house: House) -> Iterator[Served]:
    """A server where alice may have one stream at a time and two seconds a day, bob no quota."""
    house.give("alice", max_streams=1, audio_hours_per_day=2 / 3600)
    house.give("bob")
    with serving(house.serve()) as running:
        yield running


async def refused(house: House, served: Served, name: str) -> dict[str, Any]:
    """The body of the refusal of a stream."""
    with pytest.raises(InvalidStatus) as caught:
        async with house.stream(served, name):
            pass
    response = caught.value.response
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) >= 1
    detail: dict[str, Any] = httpx2.Response(200, content=bytes(response.body)).json()["detail"]
    return detail


async def said(stream: Client, audio: Any = TALK) -> list[str]:
    await stream.play(audio)
    await stream.end()
    return [final["text"] for final in stream.finals]


async def test_a_key_with_all_its_streams_open_is_refused_and_others_are_not(
    house: House, served: Served
) -> None:
    async with house.stream(served, "alice") as first:
        await first.until("ready")
        detail = await refused(house, served, "alice")
        assert (detail["code"], detail["reason"]) == ("busy", "key_streams")
        async with house.stream(served, "bob") as one, house.stream(served, "bob") as other:
            await other.until("ready")
            assert await said(one) == [SAMPLE.text]
            assert served.metric("key_streams", client="alice") == 1.0
            assert served.metric("key_streams", client="bob") >= 1.0
        await first.end()
    await eventually(lambda: served.metric("key_streams", client="alice") == 0.0)
    async with house.stream(served, "alice") as again:
        await again.until("ready")


async def test_a_stream_ends_with_its_finals_when_the_hours_are_used(
    house: House, served: Served
) -> None:
    async with house.stream(served, "bob") as bob, house.stream(served, "alice") as alice:
        await bob.play(TALK)
        await alice.play(TALK)
        error = await alice.until("error")
        assert (error["code"], error["reason"], error["fatal"]) == ("busy", "key_hours", True)
        assert 1 <= error["retry_after_s"] <= 86_400
        assert await alice.closed() == 1008
        assert "".join(final["text"] for final in alice.finals), "what came is finalised"
        await bob.end()
        assert [final["text"] for final in bob.finals] == [SAMPLE.text]
    assert (await refused(house, served, "alice"))["reason"] == "key_hours"
    heard = served.metric("key_audio_seconds_total", client="bob", kind="live")
    assert heard == pytest.approx(SECONDS)
    assert served.metric("key_refusals_total", client="alice", reason="key_hours") == 1.0


async def post(address: str, path: str, key: str, **parts: Any) -> httpx2.Response:
    async with httpx2.AsyncClient(timeout=PATIENCE_S, trust_env=False) as http:
        return await http.post(f"{address}{path}", headers={"X-API-Key": key}, **parts)


async def test_files_use_the_same_hours_on_every_api_also_after_a_restart(
    house: House,
) -> None:
    alice, bob = house.give("alice", audio_hours_per_day=1 / 3600), house.give("bob")
    file = {"file": ("call.wav", SPEECH)}
    with serving(house.serve()) as served:
        done = await post(served.api, "/transcribe", alice, files=file)
        assert (done.status_code, done.json()["success"]) == (200, True)
        used = served.metric("key_audio_seconds_total", client="alice", kind="file")
        assert used == pytest.approx(done.json()["duration"], abs=1e-3)
        assert served.metric("key_requests_total", client="alice") == 1.0
        batch = {"file_paths": "call.wav"}
        for path, parts in (
            ("/transcribe", {"files": file}),
            ("/transcribe_batch", {"data": batch}),
            ("/v1/audio/transcriptions", {"files": file}),
        ):
            answer = await post(served.api, path, alice, **parts)
            assert answer.status_code == 429, path
            assert 1 <= int(answer.headers["retry-after"]) <= 86_400
        again = await post(served.api, "/transcribe", bob, files=file)
        assert again.status_code == 200
    with serving(house.serve()) as served:
        assert (await post(served.api, "/transcribe", alice, files=file)).status_code == 429
        assert (await refused(house, served, "alice"))["reason"] == "key_hours"


async def test_a_job_counts_when_it_is_submitted(house: House) -> None:
    alice = house.give("alice", audio_hours_per_day=1 / 3600)
    with serving(house.serve()) as served:
        page = f"{served.page}/api"
        stored = await post(page, "/upload/", alice, files={"file": ("call.wav", SPEECH)})
        asked = {"json": {"file_id": stored.json()["file_id"]}}
        assert (await post(page, "/transcribe-async/", alice, **asked)).status_code == 200
        answer = await post(page, "/transcribe-async/", alice, **asked)
        assert (answer.status_code, answer.json()["detail"]["reason"]) == (429, "key_hours")
        used = served.metric("key_audio_seconds_total", client="alice", kind="file")
        assert used == pytest.approx(stored.json()["duration"], abs=1e-3)


async def test_a_key_is_created_and_revoked_while_the_server_runs(
    house: House, served: Served
) -> None:
    async def status(name: str) -> int:
        answer = await post(served.api, "/transcribe", house.keys[name])
        return answer.status_code

    async def until(name: str, expected: int) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while await status(name) != expected:
                pass  # the server checks the file once a second

    house.give("carol")
    await until("carol", 422)
    revoke_key(house.folder / "keys.toml", "bob")
    await until("bob", 401)
    assert await status("carol") == 422


async def test_keys_without_a_name_have_the_quota_of_the_settings(tmp_path: Path) -> None:
    keys = {"api_keys": ("mine", "yours"), "max_per_key": 1, "keys_file": None}
    house = House(tmp_path, {"mine": "mine", "yours": "yours"})
    with serving(house.serve(**keys)) as served:
        async with house.stream(served, "mine") as first:
            await first.until("ready")
            assert (await refused(house, served, "mine"))["reason"] == "key_streams"
            async with house.stream(served, "yours") as other:
                await other.until("ready")


async def test_the_log_names_the_client(house: House, served: Served) -> None:
    folder = house.folder / "log"
    set_up("info", "json", folder)

    def lines() -> list[dict[str, Any]]:
        return [json.loads(line) for line in (folder / FILE_NAME).read_text().splitlines()]

    async with house.stream(served, "alice") as stream:
        await stream.until("ready")
        await refused(house, served, "alice")
        await stream.end()
    await eventually(lambda: any(line["event"] == "stream.closed" for line in lines()))
    told = {line["event"]: line.get("client") for line in lines()}
    assert told == dict.fromkeys(("stream.opened", "stream.refused", "stream.closed"), "alice")
    assert house.keys["alice"] not in (folder / FILE_NAME).read_text()
