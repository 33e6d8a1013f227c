"""The file of keys: written by the command, read by the server, edited by hand."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from realtime.errors import SetupError
from realtime.keys.holder import Quota, digest, named, owner_named, owner_of, unnamed
from realtime.keys.key_file import LOOK_AGAIN_S, KeyFile, add_key, read_keys, revoke_key
from tests.engine.support import Clock

USUAL = Quota(max_streams=3, audio_hours=5.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "keys.toml"


def test_a_key_is_shown_once_and_only_its_hash_is_stored(path: Path) -> None:
    key = add_key(path, "alice", {"max_streams": 2})
    assert key not in path.read_text()
    assert len(key) > 40
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_keys(path, USUAL) == {digest(key): named("alice", Quota(2, 5.0))}
    other = add_key(path, "bob", {"audio_hours_per_day": 0.5})
    holders = read_keys(path, USUAL)
    assert holders[digest(other)].quota == Quota(3, 0.5)
    assert holders[digest(key)].name == "alice"


def test_a_holder_with_a_new_key_is_the_same_owner(path: Path) -> None:
    first = add_key(path, "alice", {})
    owner = read_keys(path, USUAL)[digest(first)].owner
    revoke_key(path, "alice")
    assert read_keys(path, USUAL) == {}
    second = add_key(path, "alice", {})
    assert read_keys(path, USUAL)[digest(second)].owner == owner == owner_named("alice")
    assert len({owner, owner_of("alice"), owner_named("bob")}) == 3


def test_a_key_without_a_name_is_shown_by_its_owner() -> None:
    holder = unnamed("secret", USUAL)
    assert holder.owner == owner_of("secret")
    assert holder.name == f"key-{holder.owner[:6]}"
    assert "secret" not in holder.name


def test_revoking_a_key_leaves_the_rest_of_the_file_as_it_was(path: Path) -> None:
    for name in ("alice", "alice-2", "bob"):
        add_key(path, name, {"max_streams": 1})
    path.write_text("# our keys\n\n" + path.read_text().replace("[bob]", "# the lobby\n[ bob ]"))
    revoke_key(path, "alice-2")
    text = path.read_text()
    assert text.startswith("# our keys\n")
    assert "# the lobby\n" in text
    assert {holder.name for holder in read_keys(path, USUAL).values()} == {"alice", "bob"}
    revoke_key(path, "bob")
    assert {holder.name for holder in read_keys(path, USUAL).values()} == {"alice"}


DIGEST = "0" * 64


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[", "cannot be read"),
        ("alice = 1", "write a table"),
        ("[alice]", "64 hexadecimal digits"),
        ('[alice]\nsha256 = "secret"', "64 hexadecimal digits"),
        (f'["a b"]\nsha256 = "{DIGEST}"', "letters, digits"),
        (f'[alice]\nsha256 = "{DIGEST}"\nmax_stream = 1', "there is no option max_stream"),
        (f'[alice]\nsha256 = "{DIGEST}"\nmax_streams = -1', "whole number"),
        (f'[alice]\nsha256 = "{DIGEST}"\nmax_streams = true', "whole number"),
        (f'[alice]\nsha256 = "{DIGEST}"\naudio_hours_per_day = nan', "number of hours"),
        (f'[alice]\nsha256 = "{DIGEST}"\naudio_hours_per_day = "8"', "number of hours"),
        (f'[alice]\nsha256 = "{DIGEST}"\n[bob]\nsha256 = "{DIGEST}"', "the key of alice"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(text)
    with pytest.raises(SetupError, match=complaint):
        read_keys(path, USUAL)


def test_existing_names_and_unknown_names_and_keys_are_refused(path: Path) -> None:
    with pytest.raises(SetupError, match="realtime keys add"):
        read_keys(path, USUAL)
    with pytest.raises(SetupError, match="cannot be used"):
        add_key(path, "a b", {})
    add_key(path, "alice", {})
    with pytest.raises(SetupError, match="has a key already"):
        add_key(path, "alice", {})
    with pytest.raises(SetupError, match="no key of bob"):
        revoke_key(path, "bob")


def test_a_change_of_the_file_is_noticed_and_a_broken_one_changes_nothing(path: Path) -> None:
    clock = Clock()
    first = add_key(path, "alice", {})
    file = KeyFile(path, USUAL, lambda: clock.now)
    second = add_key(path, "bob", {})
    assert set(file.holders()) == {digest(first)}, "the disk is not asked at each request"
    clock.now += LOOK_AGAIN_S
    assert set(file.holders()) == {digest(first), digest(second)}
    clock.now += LOOK_AGAIN_S
    path.write_text("[alice")
    assert set(file.holders()) == {digest(first), digest(second)}
    clock.now += LOOK_AGAIN_S
    path.unlink()
    assert set(file.holders()) == {digest(first), digest(second)}
    clock.now += LOOK_AGAIN_S
    third = add_key(path, "carol", {})
    assert set(file.holders()) == {digest(third)}
    clock.now += LOOK_AGAIN_S
    assert set(file.holders()) == {digest(third)}
