"""`/transcribe_batch`: states, progress, events, cancelling, forgetting."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from realtime.backends.scripted import ScriptedBackend
from realtime.server.admission import AdmissionOptions
from realtime.server.http.batches import BatchLimits
from tests.server.http.support import SPEECH, TALK, Hold, RunningApi, running_api
from tests.server.support import PATIENCE_S
from tests.waiting import eventually

WORDS = "alpha bravo charlie"
TIMES = ("created_at", "started_at", "completed_at")


async def begin(http: httpx2.AsyncClient, *paths: str, **fields: str) -> dict[str, Any]:
    """Start a batch without waiting for it."""
    answer = await http.post(
        "/transcribe_batch", data={"file_paths": list(paths), "wait": "false", **fields}
    )
    assert answer.status_code == 202
    body: dict[str, Any] = answer.json()
    return body


async def events(http: httpx2.AsyncClient, batch_id: str) -> AsyncIterator[tuple[str, Any]]:
    async with http.stream("GET", f"/transcribe_batch/{batch_id}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        name = ""
        async for line in answer.aiter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                yield name, json.loads(line.removeprefix("data: "))


def stock(api: RunningApi, *names: str) -> None:
    for name in names:
        (api.allowed / name).write_bytes(SPEECH)


async def test_a_batch_of_paths_is_awaited(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api, api.client() as http:
        stock(api, "a.wav", "b.wav")
        answer = await http.post("/transcribe_batch", data={"file_paths": ["a.wav", "b.wav"]})
        body = answer.json()
        assert (answer.status_code, body["status"]) == (200, "completed")
        assert body["progress"] == {
            "total": 2,
            "completed": 2,
            "failed": 0,
            "in_progress": 0,
            "pending": 0,
            "progress_percent": 100.0,
        }
        assert all(body[name] for name in TIMES)
        for file, name in zip(body["files"], ("a.wav", "b.wav"), strict=True):
            assert (file["filename"], file["filepath"], file["status"]) == (name, name, "done")
            assert (file["result"]["text"], file["error"]) == (WORDS, None)
            assert file["processing_time_seconds"] > 0
        again = await http.get(f"/transcribe_batch/{body['batch_id']}")
        assert again.json() == body


async def test_a_failing_upload_does_not_affect_the_batch(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api, api.client() as http:
        parts = [("file", ("a.wav", SPEECH)), ("file", ("b.wav", b"junk" * 99))]
        body = (await http.post("/transcribe_batch", files=parts)).json()
        assert body["status"] == "completed_with_errors"
        good, bad = body["files"]
        assert (good["status"], good["result"]["text"]) == ("done", WORDS)
        assert (bad["status"], bad["result"], bad["error"]["code"]) == ("failed", None, "not_audio")
        assert body["progress"]["failed"] == 1
        only = await http.post("/transcribe_batch", files={"file": ("b.wav", b"junk" * 99)})
        assert only.json()["status"] == "failed"


async def test_events_tell_every_file_and_end_with_the_answer(tmp_path: Path) -> None:
    hold = Hold()
    backend = ScriptedBackend(TALK, before_decode=hold)
    async with running_api(tmp_path, backend) as api, api.client() as http:
        stock(api, "a.wav")
        body = await begin(http, "a.wav", "nowhere.wav")
        assert body["status"] == "pending"
        heard: list[tuple[str, Any]] = []
        async for name, told in events(http, body["batch_id"]):
            heard.append((name, told))
            if name == "progress" and told["progress"]["failed"]:
                hold.go.set()
        *progress, (last, final) = heard
        assert {name for name, _ in progress} == {"progress"}
        assert (last, final["status"]) == ("done", "completed_with_errors")
        assert [file["index"] for file in progress[0][1]["files"]] == [0, 1]
        percents = [told["progress"]["progress_percent"] for _, told in progress]
        assert percents == sorted(percents)
        assert final == (await http.get(f"/transcribe_batch/{body['batch_id']}")).json()


async def test_a_cancelled_batch(tmp_path: Path) -> None:
    hold = Hold()
    backend = ScriptedBackend(TALK, before_decode=hold)
    async with running_api(tmp_path, backend) as api, api.client() as http:
        stock(api, "a.wav")
        body = await begin(http, *["a.wav"] * 20)
        await eventually(hold.begun.is_set)
        ended = (await http.delete(f"/transcribe_batch/{body['batch_id']}")).json()
        hold.go.set()
        assert ended["status"] == "cancelled"
        assert {file["error"]["code"] for file in ended["files"]} == {"cancelled"}
        assert ended["progress"]["progress_percent"] == 100.0
        again = (await http.delete(f"/transcribe_batch/{body['batch_id']}")).json()
        assert again == ended
        assert api.services.transcription.places.running == 0


async def test_disconnecting_while_waiting_cancels_the_batch(tmp_path: Path) -> None:
    hold = Hold()
    backend = ScriptedBackend(TALK, before_decode=hold)
    async with running_api(tmp_path, backend) as api, api.client() as http:
        stock(api, "a.wav")
        asking = asyncio.create_task(http.post("/transcribe_batch", data={"file_paths": "a.wav"}))
        await eventually(hold.begun.is_set)
        asking.cancel()
        await eventually(lambda: api.services.transcription.places.running == 0)
        hold.go.set()


async def test_a_batch_outlives_the_request_with_its_uploads(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api, api.client() as http:
        answer = await http.post(
            "/transcribe_batch", data={"wait": "false"}, files={"file": ("a.wav", SPEECH)}
        )
        async for name, told in events(http, answer.json()["batch_id"]):
            if name == "done":
                assert told["files"][0]["result"]["text"] == WORDS
    gc.collect()  # an open file would cause a warning


async def test_a_drain_waits_for_batches_and_then_ends_them(tmp_path: Path) -> None:
    hold = Hold()
    backend = ScriptedBackend(TALK, before_decode=hold)
    async with running_api(tmp_path, backend) as api, api.client() as http:
        stock(api, "a.wav")
        body = await begin(http, "a.wav")
        await eventually(hold.begun.is_set)
        draining = asyncio.create_task(api.services.batches.drain(PATIENCE_S))
        hold.go.set()
        await draining
        batch = api.services.batches.get(body["batch_id"])
        assert batch.status == "completed"
        hold.go.clear()
        hold.begun.clear()
        late = await begin(http, "a.wav")
        await eventually(hold.begun.is_set)
        await api.services.batches.drain(0)
        assert api.services.batches.get(late["batch_id"]).status == "cancelled"
        hold.go.set()


async def test_a_file_opened_after_a_cancel_is_closed(tmp_path: Path) -> None:
    """The request is cancelled before its thread opens the file; a warning about an open file would
    fail this test."""
    async with running_api(tmp_path) as api:
        stock(api, "a.wav")
        for _ in range(50):
            opening = asyncio.create_task(api.services.open_path("a.wav"))
            await asyncio.sleep(0)
            opening.cancel()
            with pytest.raises(asyncio.CancelledError):
                await opening
        kept, size = await api.services.open_path("a.wav")  # queued after all of them
        kept.close()
        assert size == len(SPEECH)
    gc.collect()


@pytest.mark.parametrize("fields", [{}, {"file_paths": ""}, {"file_paths": "a", "wait": "maybe"}])
async def test_invalid_batches_are_refused(fields: dict[str, str], tmp_path: Path) -> None:
    async with running_api(tmp_path) as api, api.client() as http:
        answer = await http.post("/transcribe_batch", data=fields)
        assert (answer.status_code, answer.json()["detail"]["code"]) == (422, "bad_request")
        for method, tail in (("GET", ""), ("GET", "/events"), ("DELETE", "")):
            missing = await http.request(method, f"/transcribe_batch/nothing{tail}")
            assert (missing.status_code, missing.json()["detail"]["code"]) == (404, "not_found")


async def test_too_many_batches(tmp_path: Path) -> None:
    hold, limits = Hold(), BatchLimits(most_running=1, most_files=2)
    backend = ScriptedBackend(TALK, before_decode=hold)
    async with running_api(tmp_path, backend, batches=limits) as api, api.client() as http:
        stock(api, "a.wav")
        three = await http.post("/transcribe_batch", data={"file_paths": ["a.wav"] * 3})
        assert three.status_code == 422
        await begin(http, "a.wav")
        answer = await http.post("/transcribe_batch", data={"file_paths": "a.wav"})
        assert (answer.status_code, answer.json()["detail"]["code"]) == (429, "busy")
        assert int(answer.headers["Retry-After"]) > 0
        hold.go.set()


@pytest.mark.parametrize(
    ("limits", "known"),
    [
        # The last batch evicts an older one before it begins.
        (BatchLimits(kept=2), [False, True, True, True]),
        (BatchLimits(kept_bytes=1), [False, False, False, True]),
        (BatchLimits(kept_s=0.0), [False, False, False, True]),
    ],
    ids=["number", "bytes", "age"],
)
async def test_old_batches_are_forgotten(
    tmp_path: Path, limits: BatchLimits, known: list[bool]
) -> None:
    async with running_api(tmp_path, batches=limits) as api, api.client() as http:
        stock(api, "a.wav")

        async def done() -> str:
            answer = await http.post("/transcribe_batch", data={"file_paths": "a.wav"})
            return str(answer.json()["batch_id"])

        ids = [await done() for _ in range(4)]
        found = [(await http.get(f"/transcribe_batch/{one}")).status_code == 200 for one in ids]
        assert found == known


async def test_a_batch_is_visible_only_to_its_key(tmp_path: Path) -> None:
    admission = AdmissionOptions(api_keys=("mine", "yours"))
    async with running_api(tmp_path, admission=admission) as api, api.client() as http:
        stock(api, "a.wav")
        http.headers["X-API-Key"] = "mine"
        path = f"/transcribe_batch/{(await begin(http, 'a.wav'))['batch_id']}"
        http.headers["X-API-Key"] = "yours"
        refused = [
            await http.get(path), await http.get(f"{path}/events"), await http.delete(path)
        ]  # fmt: skip
        http.headers["X-API-Key"] = "mine"
        assert [answer.status_code for answer in refused] == [404, 404, 404]
        assert (await http.get(path)).status_code == 200
