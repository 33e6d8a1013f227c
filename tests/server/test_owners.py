"""Data sent with one key is inaccessible with others."""

from __future__ import annotations

import contextlib
from pathlib import Path

from pydantic import SecretStr

from tests.server.jobs_client import Client, Gate, gated


def test_data_of_one_key_is_missing_for_another(tmp_path: Path) -> None:
    keys = {"api_keys": (SecretStr("mine"), SecretStr("yours")), "host": "127.0.0.1"}
    with (
        gated(tmp_path, Gate(), **keys) as served,
        Client(served, **{"X-API-Key": "mine"}) as me,
        Client(served, **{"X-API-Key": "yours"}) as you,
    ):
        job_id = me.submit("key")["job_id"]
        file_id = me.ended(job_id)["file_id"]
        asked = {"file_id": file_id}
        refused = [
            you.http.get(f"/transcribe-status/{job_id}"),
            you.http.post(f"/transcribe-cancel/{job_id}"),
            you.http.post(f"/transcribe-retry/{job_id}"),
            you.http.delete(f"/transcribe-jobs/{job_id}"),
            you.http.post("/transcribe-async/", json=asked),
            you.http.get(f"/audio/{file_id}"),
            you.http.get(f"/peaks/{file_id}"),
            you.http.get(f"/edits/{job_id}"),
            you.http.put(f"/edits/{job_id}", json={"segments": []}),
        ]
        assert [answer.status_code for answer in refused] == [404] * len(refused)
        own = you.submit("key")["job_id"]
        assert own != job_id, "the same Idempotency-Key is another one's"
        assert you.ended(own)["status"] == "completed"
        for client, seen in ((me, job_id), (you, own)):
            listed = client.http.get("/transcribe-jobs/").json()
            assert (listed["total"], [job["job_id"] for job in listed["jobs"]]) == (1, [seen])
            client.http.delete(f"/transcribe-jobs/{seen}")
            told = []
            with contextlib.closing(client.events(since=0)) as events:
                for event in events:
                    told.append(event["data"]["job_id"])
                    if event["event"] == "deleted":
                        break
            assert set(told) == {seen}
    with gated(tmp_path, Gate()) as served, Client(served) as anyone:
        assert anyone.submit()["job_id"], "without keys nobody is told apart"
