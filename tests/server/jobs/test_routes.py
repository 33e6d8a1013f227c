"""The jobs' API over real sockets: uploads, jobs, events, refusals."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import numpy as np
import pytest
from pydantic import SecretStr

from realtime.server.jobs.bodies import JobsBody, UploadedBody
from realtime.settings import Settings
from realtime.weights.bundled import samples
from tests.engine.support import PATIENCE_S
from tests.server.http.support import wav
from tests.server.jobs_client import SPEECH, Client, Gate, gated
from tests.serving import Served, serving
from tests.waiting import until

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class House:
    """One server for all tests that do not change it."""

    served: Served
    gate: Gate
    folder: Path


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    gate, folder = Gate(), tmp_path_factory.mktemp("jobs")
    with gated(folder, gate) as served:
        yield House(served, gate, folder)
        gate.open.set()


@pytest.fixture
def gate(house: House) -> Iterator[Gate]:
    house.gate.open.clear()
    house.gate.reached.clear()
    yield house.gate
    house.gate.open.set()


@pytest.fixture
def client(house: House) -> Iterator[Client]:
    with Client(house.served) as client:
        yield client


def uploads(folder: Path) -> list[str]:
    """Names of all stored uploads, including unfinished ones."""
    return sorted(path.name for path in folder.glob("uploads/*"))


def test_a_real_file_becomes_a_real_transcript(tmp_path: Path) -> None:
    sample = samples()[0]
    settings = Settings(port=0, web_port=0, model="bundled", data_dir=tmp_path)
    with serving(settings) as served, Client(served) as client:
        answer = client.upload("통화 녹음.wav")
        UploadedBody.model_validate(answer.json())
        stored = answer.json()
        assert stored["size_bytes"] == SPEECH.stat().st_size
        assert stored["duration"] == pytest.approx(len(sample.read()) / 16000, abs=0.1)
        job = client.submit(
            file_id=stored["file_id"],
            language=sample.language,
            classification=True,
            word_timestamps=True,
        )
        done = client.ended(job["job_id"])
    result = done["result"]
    assert (done["status"], done["progress"], done["error"]) == ("completed", 100.0, None)
    assert result["text"] == sample.text
    assert result["file_path"] == done["file_path"] == "통화 녹음.wav"
    assert result["processing_steps"]["classification"] is True
    assert " ".join(segment["text"] for segment in result["segments"]) == sample.text
    assert result["segments"][0]["words"]


def test_events_report_every_state_and_resume_after_a_disconnect(client: Client) -> None:
    start = client.http.get("/transcribe-jobs/").json()["version"]
    job_id = client.submit()["job_id"]
    seen = []
    with contextlib.closing(client.events(since=start)) as events:
        for event in events:
            seen.append(event)
            if event["data"]["status"] == "completed":
                break
    states = list(dict.fromkeys(event["data"]["status"] for event in seen))
    assert states[-1] == "completed"
    assert set(states) <= {"pending", "processing", "completed"}
    assert all(event["event"] == "job" and event["data"]["job_id"] == job_id for event in seen)
    numbers = [int(event["id"]) for event in seen]
    assert numbers == sorted(set(numbers))
    client.http.delete(f"/transcribe-jobs/{job_id}")
    with contextlib.closing(client.events(last=seen[-1]["id"])) as later:
        gone = next(later)
    assert (gone["event"], gone["data"]) == ("deleted", {"job_id": job_id})


def test_a_running_job_is_cancelled_and_retried(client: Client, gate: Gate) -> None:
    job_id = client.submit(prompt="slow")["job_id"]
    assert gate.reached.wait(PATIENCE_S)
    answer = client.http.post(f"/transcribe-cancel/{job_id}")
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    cancelled = client.status(job_id)
    assert cancelled["result"] is None
    assert cancelled["error"]["code"] == "cancelled"
    gate.open.set()
    assert client.http.post(f"/transcribe-retry/{job_id}").json()["status"] == "pending"
    done = client.ended(job_id)
    assert (done["status"], done["attempt"]) == ("completed", 2)
    assert done["result"]["text"]
    for path in (f"/transcribe-cancel/{job_id}", f"/transcribe-retry/{job_id}"):
        answer = client.http.post(path)
        assert (answer.status_code, answer.json()["detail"]["code"]) == (409, "conflict")


def test_jobs_wait_in_order(client: Client, gate: Gate) -> None:
    names = [client.submit(prompt="slow")["job_id"] for _ in range(5)]
    assert gate.reached.wait(PATIENCE_S)
    until(lambda: client.status(names[1])["status"] == "processing", "two are done at once")
    positions = [client.status(name)["queue_position"] for name in names]
    assert positions[-2:] == [2, 3]
    progress = [client.status(name)["progress"] for name in names]
    assert 0 < progress[4] < progress[3] < 10
    listed = client.http.get("/transcribe-jobs/", params={"status": "pending", "limit": 2}).json()
    JobsBody.model_validate(listed)
    assert listed["total"] == 3
    assert [job["job_id"] for job in listed["jobs"]] == names[:-3:-1]
    gate.open.set()
    assert {client.ended(name)["status"] for name in names} == {"completed"}
    listed = client.http.get("/transcribe-jobs/", params={"limit": 1, "offset": 4}).json()
    (oldest,) = listed["jobs"]
    assert oldest["job_id"] == names[0]
    assert oldest["result"]["text"]
    assert "segments" not in oldest["result"]


def test_a_repeated_idempotency_key_gives_one_job(client: Client) -> None:
    file_id = client.upload().json()["file_id"]
    first = client.submit("key-1", file_id=file_id)
    assert client.submit("key-1", file_id=file_id)["job_id"] == first["job_id"]
    answer = client.http.post(
        "/transcribe-async/",
        json={"file_id": file_id, "language": "ko"},
        headers={"Idempotency-Key": "key-1"},
    )
    assert answer.status_code == 409
    assert "Idempotency-Key" in answer.json()["detail"]["message"]
    several = {"file_id": file_id, "languages": ["ko", "English"]}
    second = client.submit("key-2", **several)
    assert client.submit("key-2", **several)["job_id"] == second["job_id"]


def test_a_deleted_job_takes_its_upload_along_once_nobody_needs_it(
    client: Client, house: House
) -> None:
    before = uploads(house.folder)
    file_id = client.upload().json()["file_id"]
    one, two = (client.submit(file_id=file_id)["job_id"] for _ in range(2))
    client.ended(one), client.ended(two)
    assert client.http.delete(f"/transcribe-jobs/{one}").json() == {"success": True, "job_id": one}
    assert set(uploads(house.folder)) - set(before) == {file_id, f"{file_id}.json"}
    client.http.delete(f"/transcribe-jobs/{two}")
    assert uploads(house.folder) == before
    assert client.http.get(f"/transcribe-status/{two}").status_code == 404


UNKNOWN = "7d3c9c2e-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("ask", "status", "code"),
    [
        (lambda c: c.get(f"/transcribe-status/{UNKNOWN}"), 404, "not_found"),
        (lambda c: c.get("/transcribe-status/no%00id"), 404, "not_found"),
        (lambda c: c.post(f"/transcribe-cancel/{UNKNOWN}"), 404, "not_found"),
        (lambda c: c.post(f"/transcribe-retry/{UNKNOWN}"), 404, "not_found"),
        (lambda c: c.delete(f"/transcribe-jobs/{UNKNOWN}"), 404, "not_found"),
        (lambda c: c.post("/transcribe-async/", json={"file_id": "a" * 32}), 404, "file_not_found"),
        (lambda c: c.post("/transcribe-async/", json={"file_id": "../x"}), 404, "file_not_found"),
        (lambda c: c.post("/transcribe-async/", json={}), 422, "bad_request"),
        (lambda c: c.post("/transcribe-async/", content=b"{"), 422, "bad_request"),
        (lambda c: c.get("/transcribe-jobs/?status=lost"), 422, "bad_request"),
        (lambda c: c.get("/transcribe-jobs/?limit=-1"), 422, "bad_request"),
        (
            lambda c: c.get("/transcribe-events/", headers={"Last-Event-ID": "x"}),
            422,
            "bad_request",
        ),
        (lambda c: c.post("/upload/", files={"other": b""}), 415, "not_audio"),
        (lambda c: c.post("/upload/", data={"file": "text"}), 422, "bad_request"),
        (lambda c: c.post("/upload/", files={"file": ("a.wav", b"no")}), 415, "not_audio"),
        (lambda c: c.post("/upload/", content=b"x"), 422, "bad_request"),
    ],
)
def test_errors_are_in_both_languages(
    client: Client,
    house: House,
    ask: Callable[[httpx2.Client], httpx2.Response],
    status: int,
    code: str,
) -> None:
    before, messages = uploads(house.folder), []
    for language in ("ko", "en"):
        client.http.headers["Accept-Language"] = language
        answer = ask(client.http)
        assert (answer.status_code, answer.json()["detail"]["code"]) == (status, code)
        messages.append(answer.json()["detail"]["message"])
    assert any("가" <= sign <= "힣" for sign in messages[0])
    assert messages[1].isascii()
    assert uploads(house.folder) == before


def test_a_field_is_refused_with_the_reason(client: Client) -> None:
    client.http.headers["Accept-Language"] = "en"
    detail = client.http.get("/transcribe-jobs/?limit=-1").json()["detail"]
    assert (detail["code"], detail["field"]) == ("bad_request", "limit")
    assert "it must be at least 0" in detail["message"]


def test_an_upload_beyond_the_limit_is_refused_and_deleted(tmp_path: Path) -> None:
    with gated(tmp_path, Gate(), max_upload_mb=1) as served, Client(served) as client:
        answer = client.upload(data=b"RIFF" + bytes(3 << 20))
        assert (answer.status_code, answer.json()["detail"]["code"]) == (413, "too_large")
        assert uploads(tmp_path) == []


def test_names_of_uploads_are_for_people_only(client: Client, house: House) -> None:
    for name in ("../../etc/passwd.wav", "C:\\x\\통화.wav", "<img src=x onerror=1>.wav", "a" * 400):
        stored = client.upload(name).json()
        assert "/" not in stored["filename"]
        assert "\\" not in stored["filename"]
        assert (house.folder / "uploads" / stored["file_id"]).is_file()


def decoders() -> list[int]:
    """Ids of this process's decoder processes."""
    children = Path("/proc/self/task").glob("*/children")
    pids = [pid for path in children for pid in path.read_text().split()]
    programs = {int(pid): Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids}
    return [pid for pid, program in programs.items() if b"audio.decoder" in program]


def test_a_job_whose_decoder_was_killed_is_retried(tmp_path: Path) -> None:
    gate = Gate()
    speech = samples()[0].read()
    long = wav(np.concatenate([speech, np.zeros(16_000 * 600, np.float32)]))
    with gated(tmp_path, gate) as served, Client(served) as client:
        file_id = client.upload(data=long).json()["file_id"]
        job_id = client.submit(file_id=file_id, prompt="slow")["job_id"]
        assert gate.reached.wait(PATIENCE_S)
        killed = decoders()
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        gate.open.set()
        job = client.ended(job_id)
    assert killed
    assert (job["status"], job["attempt"], job["error"]) == ("completed", 2, None)


def test_an_empty_upload_is_called_empty(client: Client) -> None:
    client.http.headers["Accept-Language"] = "ko"
    answer = client.upload(data=b"")
    assert (answer.status_code, answer.json()["detail"]["code"]) == (415, "not_audio")
    assert answer.json()["detail"]["message"].startswith("빈 파일")
    client.http.headers["Accept-Language"] = "en"
    assert "is empty" in client.upload(data=b"").json()["detail"]["message"]


def test_a_job_of_a_file_that_is_cut_off_says_so_in_the_readers_language(client: Client) -> None:
    cut = SPEECH.read_bytes()[: SPEECH.stat().st_size * 2 // 3]
    job_id = client.submit(file_id=client.upload(data=cut).json()["file_id"])["job_id"]
    assert client.ended(job_id)["status"] == "completed"
    for language, word in (("en", "ends in the middle"), ("ko", "중간에서 끝납니다")):
        client.http.headers["Accept-Language"] = language
        job = client.http.get(f"/transcribe-status/{job_id}").json()
        (warning,) = job["result"]["warnings"]
        assert warning["code"] == "cut_off"
        assert word in warning["message"]


def test_jobs_need_a_key_where_keys_are_set(tmp_path: Path) -> None:
    keys = {"api_keys": (SecretStr("secret"),), "host": "127.0.0.1"}
    with gated(tmp_path, Gate(), **keys) as served:
        for headers, status in (({}, 401), ({"Authorization": "Bearer secret"}, 200)):
            with Client(served, **headers) as client:
                assert client.http.get("/transcribe-jobs/").status_code == status


def test_a_server_that_stops_leaves_its_jobs_to_the_next(tmp_path: Path) -> None:
    gate = Gate()
    with gated(tmp_path, gate) as served, Client(served) as client:
        running, waiting = client.submit(prompt="slow"), client.submit(prompt="slow")
        assert gate.reached.wait(PATIENCE_S)
        threading.Timer(0.2, gate.open.set).start()  # the engine stops after the jobs are released
    with gated(tmp_path, gate) as served, Client(served) as client:
        for job in (running, waiting):
            assert client.ended(job["job_id"])["status"] == "completed"


def test_jobs_are_named_sorted_into_folders_and_found_by_their_words(tmp_path: Path) -> None:
    sample = samples()[0]
    settings = Settings(port=0, web_port=0, model="bundled", data_dir=tmp_path)
    with serving(settings) as served, Client(served) as client:
        stored = client.upload("call.wav").json()
        job = client.submit(file_id=stored["file_id"], language=sample.language)["job_id"]
        text = client.ended(job)["result"]["text"]
        http = client.http
        place = f"/transcribe-jobs/{job}"
        labels = {"name": "  주간\n회의 ", "folder": "2026", "tags": ["팀", "", "팀", "call"]}
        named = http.patch(place, json=labels).json()
        assert (named["name"], named["folder"], named["tags"]) == (
            "주간 회의",
            "2026",
            ["팀", "call"],
        )
        assert http.patch(place, json={"folder": ""}).json()["name"] == "주간 회의"
        assert http.patch(place, json={"colour": "red"}).status_code == 422
        assert http.patch(place, json={"is_set_aside": True}).json()["is_set_aside"] is True
        assert http.patch(place, json={"folder": "a"}).json()["is_set_aside"] is True
        assert http.patch(place, json={"folder": ""}).json()["name"] == "주간 회의"
        told = http.get(f"/transcribe-status/{job}").json()
        assert told["options"] == {"language": sample.language, "task": "transcribe"}
        assert told["result"]["model"] == "micro (bundled demo)"
        (listed,) = http.get("/transcribe-jobs/?text_chars=5").json()["jobs"]
        assert (listed["folder"], listed["tags"]) == ("", ["팀", "call"])
        assert listed["result"]["text"] == text[:5]
        (found,) = http.get("/transcribe-search/", params={"q": text[:8]}).json()["hits"]
        assert found["job_id"] == job
        edit = {"segments": [{"start": 0, "end": 1, "text": "Corrected words"}]}
        assert http.put(f"/edits/{job}", json=edit).status_code == 200
        found = http.get("/transcribe-search/", params={"q": "CORRECTED"}).json()["hits"]
        assert [hit["excerpt"] for hit in found] == ["Corrected words"]
        assert http.get("/transcribe-search/", params={"q": text[:8]}).json()["hits"] == []
