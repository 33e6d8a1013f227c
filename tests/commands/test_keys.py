"""`realtime keys`: creating keys, listing them with their usage, revoking them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from realtime.keys.holder import Quota, digest, owner_named
from realtime.keys.key_file import read_keys
from realtime.keys.usage import Usage
from tests.commands.support import command_of

keys = command_of("keys")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STT_KEYS_FILE", str(tmp_path / "keys.toml"))
    monkeypatch.setenv("STT_DATA_DIR", str(tmp_path))
    return tmp_path / "keys.toml"


def test_a_key_is_printed_once_and_can_be_revoked(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, key, _ = keys(capsys, "add", "alice", "--max-streams", 2, "--audio-hours", 1.5)
    assert code == 0
    holder = read_keys(place, Quota())[digest(key.strip())]
    assert (holder.name, holder.quota) == ("alice", Quota(2, 1.5))
    code, out, _ = keys(capsys, "revoke", "alice")
    assert (code, out) == (0, "The key of alice is no longer accepted.\n")
    assert read_keys(place, Quota()) == {}


def test_the_list_shows_todays_usage(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys(capsys, "add", "alice", "--audio-hours", 2)
    keys(capsys, "add", "bob")
    usage = Usage(place.parent / "usage.sqlite3")
    usage.add(owner_named("alice"), "file", 1800.0)
    usage.write()
    code, out, _ = keys(capsys, "list", "--json", "--max-per-key", 3)
    assert code == 0
    assert json.loads(out) == [
        {
            "name": name,
            "max_streams": 3,
            "audio_hours_per_day": hours,
            "hours_used_today": used,
        }
        for name, hours, used in (("alice", 2.0, 0.5), ("bob", 0.0, 0.0))
    ]
    code, out, _ = keys(capsys, "list")
    alice, bob = (line.split() for line in out.splitlines()[1:])
    assert alice == ["alice", "no", "limit", "2", "0.50"]
    assert bob == ["bob", "no", "limit", "no", "limit", "0.00"]


def test_mistakes_are_one_sentence(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for arguments, complaint in (
        (("list",), "cannot be read"),
        (("add", "no name"), "cannot be used"),
    ):
        code, _, err = keys(capsys, *arguments)
        assert code == 2
        assert complaint in err
    keys(capsys, "add", "alice")
    (place.parent / "usage.sqlite3").write_bytes(b"no database, and long enough to be read as one")
    code, _, err = keys(capsys, "list")
    assert code == 2
    assert "hours used cannot be read" in err
    monkeypatch.delenv("STT_KEYS_FILE")
    code, _, err = keys(capsys, "list")
    assert code == 2
    assert "--keys-file" in err
