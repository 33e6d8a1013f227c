"""Uploads are complete or not there; their names are only for display."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.errors import MissingFile
from realtime.jobs.files import (
    MAX_NAME_CHARS,
    PART,
    JobFiles,
    StoredFile,
    is_older_than,
    shown_name,
)


def store(files: JobFiles, name: str = "call.WAV", data: bytes = b"sound") -> StoredFile:
    with files.begin() as file:
        file.write(data)
        return files.keep(file, name, 1.5)


def test_a_stored_upload_is_found_again(tmp_path: Path) -> None:
    stored = store(JobFiles(tmp_path / "uploads"))
    files = JobFiles(tmp_path / "uploads")
    assert stored.file_id.endswith(".wav")
    assert files.describe(stored.file_id) == stored
    assert (stored.name, stored.size_bytes, stored.duration_s) == ("call.WAV", 5, 1.5)
    with files.open(stored.file_id) as file:
        assert file.read() == b"sound"
    files.delete(stored.file_id)
    assert list((tmp_path / "uploads").iterdir()) == []
    files.delete(stored.file_id)


def test_an_upload_that_is_not_kept_leaves_nothing(tmp_path: Path) -> None:
    files = JobFiles(tmp_path)
    file = files.begin()
    file.write(b"half")
    files.discard(file)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("file_id", ["../x", "a/b", "", "x" * 32, "a" * 32, "a" * 32 + ".wav/.."])
def test_an_invalid_id_is_a_missing_file(tmp_path: Path, file_id: str) -> None:
    files = JobFiles(tmp_path)
    for ask in (files.describe, files.open):
        with pytest.raises(MissingFile):
            ask(file_id)


@given(st.text(max_size=300))
def test_shown_names_have_no_folders_and_no_control_characters(name: str) -> None:
    shown = shown_name(name)
    assert len(shown) <= MAX_NAME_CHARS
    assert not set(shown) & set("/\\\0\n\r\t\x1b")


def test_old_uploads_that_nobody_uses_are_deleted(tmp_path: Path) -> None:
    files = JobFiles(tmp_path)
    used, old, new = (store(files) for _ in range(3))
    part = tmp_path / f"{PART}abc"
    part.write_bytes(b"half")
    foreign = tmp_path / "notes.txt"
    foreign.write_text("not ours")
    for path in tmp_path.iterdir():
        if not path.name.startswith(new.file_id):
            os.utime(path, (0, 0))
    assert files.delete_abandoned({used.file_id}) == 1
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {
        foreign.name,
        *(name for f in (used, new) for name in (f.file_id, f"{f.file_id}.json")),
    }
    assert old.file_id not in left
    assert JobFiles(tmp_path / "none").delete_abandoned(()) == 0


def test_a_file_that_another_request_deleted_is_not_old(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    assert is_older_than(file, file.stat().st_mtime + 1)
    assert not is_older_than(file, file.stat().st_mtime)
    file.unlink()
    assert not is_older_than(file, 1e12)
