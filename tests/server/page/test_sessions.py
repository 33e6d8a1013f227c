"""Live sessions on the server: owners, retention, refusals."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from realtime.errors import DiskFull, LimitReached, NotFound
from realtime.server.page.session_archive import A_PAGE, DAY_S, SessionArchive
from tests.server.jobs_client import Client, Gate, gated

ABOUT = {"title": "", "created": 1.0, "names": {"0": "Kim"}, "notes": "<b>", "durationS": 2.5}


def segment(at: float, text: str = "Hello.") -> str:
    return json.dumps({"start": at, "end": at + 1, "text": text, "words": [{"word": text}]})


def test_a_session_is_kept_for_its_key_alone(tmp_path: Path) -> None:
    keys = {"api_keys": (SecretStr("mine"), SecretStr("yours")), "host": "127.0.0.1"}
    with (
        gated(tmp_path, Gate(), session_days=7, **keys) as served,
        Client(served, **{"X-API-Key": "mine"}) as me,
        Client(served, **{"X-API-Key": "yours"}) as you,
    ):
        assert me.http.get("/config").json()["session_days"] == 7
        lines = [{"n": n, "segment": segment(n)} for n in range(3)]
        me.http.put("/sessions/abc", json={"about": ABOUT, "lines": lines}).raise_for_status()
        corrected = [{"n": 1, "segment": segment(1, "Corrected.")}]
        body = {"about": {**ABOUT, "title": "Call"}, "lines": corrected}
        me.http.put("/sessions/abc", json=body).raise_for_status()
        listed = me.http.get("/sessions/").json()
        assert listed == {"sessions": [{**ABOUT, "title": "Call", "id": "abc"}], "days": 7}
        assert me.http.get("/sessions/abc").json()["names"] == {"0": "Kim"}
        found = me.http.get("/sessions/abc/lines").json()
        texts = [json.loads(line["segment"])["text"] for line in found["lines"]]
        assert (texts, found["next"]) == (["Hello.", "Corrected.", "Hello."], None)

        me.http.put("/sessions/abc", json={"about": ABOUT, "count": 2}).raise_for_status()
        assert len(me.http.get("/sessions/abc/lines").json()["lines"]) == 2, "two were joined"

        assert you.http.get("/sessions/").json()["sessions"] == []
        for answer in (
            you.http.get("/sessions/abc"),
            you.http.get("/sessions/abc/lines"),
            you.http.delete("/sessions/abc"),
        ):
            assert answer.status_code == 404
        me.http.delete("/sessions/abc").raise_for_status()
        assert me.http.get("/sessions/abc").status_code == 404
        database = tmp_path / "live-sessions.sqlite3"
        assert stat.S_IMODE(database.stat().st_mode) == 0o600
        assert b"Corrected." not in database.read_bytes()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of a server that never stores a session."""
    folder = tmp_path_factory.mktemp("empty")
    with gated(folder, Gate(), session_days=7) as served, Client(served) as client:
        yield client


@pytest.mark.parametrize(
    "wrong",
    [
        {"lines": []},
        {"about": {"created": "now"}},
        {"about": ABOUT, "lines": [{"n": -1, "segment": segment(0)}]},
        {"about": ABOUT, "lines": [{"n": 10**9, "segment": segment(0)}]},
        {"about": ABOUT, "lines": [{"n": 0, "segment": "no JSON"}]},
        {"about": ABOUT, "lines": [{"n": 0, "segment": "[]"}]},
        {"about": ABOUT, "lines": [{"n": 0, "segment": '{"text": "a", "start": 0}'}]},
        {"about": ABOUT, "more": 1},
    ],
)
def test_invalid_sessions_are_refused(empty: Client, wrong: dict[str, Any]) -> None:
    assert empty.http.put("/sessions/abc", json=wrong).status_code == 422
    assert empty.http.put("/sessions/a..b", json={"about": ABOUT}).status_code == 422
    big = {"about": {**ABOUT, "notes": "a" * 70_000}}
    assert empty.http.put("/sessions/abc", json=big).status_code == 413
    assert empty.http.get("/sessions/").json()["sessions"] == []


def test_sessions_are_off_unless_the_operator_sets_the_retention(tmp_path: Path) -> None:
    with gated(tmp_path, Gate()) as served, Client(served) as client:
        assert client.http.get("/sessions/").status_code == 404
        assert client.http.get("/config").json()["session_days"] == 0
    assert not (tmp_path / "live-sessions.sqlite3").exists()


def test_sessions_unchanged_for_the_retention_are_deleted(tmp_path: Path) -> None:
    now = [1000.0]
    kept = SessionArchive(tmp_path / "sessions", 2, lambda: now[0])
    kept.put("", "old", "{}", [(0, "said long ago")])
    now[0] += 1.5 * DAY_S
    kept.put("", "new", "{}", [(0, "said now")])
    assert len(kept.all("")) == 2
    now[0] += DAY_S
    with pytest.raises(NotFound):
        kept.lines("", "old")
    assert len(kept.all("")) == 1
    kept.sweep()
    kept.close()
    assert b"said long ago" not in (tmp_path / "sessions").read_bytes()
    assert kept.lines("", "new") == [(0, "said now")]
    kept.close()


def test_lines_come_by_pages_and_an_owner_has_a_limited_number_of_sessions(tmp_path: Path) -> None:
    kept = SessionArchive(tmp_path / "sessions", 2, most_sessions=1)
    kept.put("", "long", "{}", [(n, str(n)) for n in range(A_PAGE + 1)])
    assert len(kept.lines("", "long")) == A_PAGE
    assert kept.lines("", "long", A_PAGE) == [(A_PAGE, str(A_PAGE))]
    kept.put("", "long", '{"title": "again"}', [])
    with pytest.raises(LimitReached):
        kept.put("", "other", "{}", [])
    kept.put("somebody", "other", "{}", [])
    kept.close()


def test_a_missing_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(DiskFull):
        SessionArchive(tmp_path / "missing" / "sessions", 2).all("")
