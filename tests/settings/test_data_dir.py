"""Other users of the machine cannot read transcripts."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from realtime.app.app import App
from realtime.errors import SetupError
from realtime.jobs.store.sqlite import SqliteStore
from realtime.settings import Settings
from realtime.settings.data_dir import open_data_dir

NOBODY = 65_534


@pytest.fixture(autouse=True)
def _usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_folder_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "data"
    open_data_dir(folder, shared=False)
    assert mode(folder) == 0o700
    open_data_dir(folder, shared=False)


@pytest.mark.parametrize("wide", [0o755, 0o750, 0o701, 0o2770])
def test_a_folder_open_to_others_is_refused_and_left_as_it_is(tmp_path: Path, wide: int) -> None:
    tmp_path.chmod(wide)
    with pytest.raises(SetupError, match="chmod 700"):
        open_data_dir(tmp_path, shared=False)
    open_data_dir(tmp_path, shared=True)
    assert mode(tmp_path) == wide


def test_a_path_that_is_no_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SetupError, match="--data-dir"):
        open_data_dir(tmp_path / "file" / "data", shared=False)


@pytest.mark.skipif(os.geteuid() != 0, reason="who is not root cannot become somebody else")
def test_a_folder_of_another_user_is_refused_with_advice() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        os.seteuid(NOBODY)
        try:
            with pytest.raises(SetupError, match=f"chown {NOBODY}"):
                open_data_dir(folder, shared=True)
        finally:
            os.seteuid(0)
        open_data_dir(folder, shared=True)


def test_a_server_refuses_a_folder_open_to_others(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with pytest.raises(SetupError, match="data_dir_shared"):
        App(Settings(port=0, data_dir=tmp_path, model="bundled"))


def test_a_server_without_jobs_and_files_needs_no_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    App(Settings(port=0, api_port=-1, web_port=-1, data_dir=tmp_path, model="bundled"))


def test_the_job_database_is_private(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite3"
    path.touch(mode=0o644)
    store = SqliteStore(path)
    try:
        found = {entry.name: mode(entry) for entry in tmp_path.iterdir()}
    finally:
        store.close()
    assert found == dict.fromkeys((path.name, f"{path.name}-wal", f"{path.name}-shm"), 0o600)


def test_a_file_in_its_place_is_named(tmp_path: Path) -> None:
    place = tmp_path / "data"
    place.write_text("", encoding="utf-8")
    for folder in (place, place / "below"):
        with pytest.raises(SetupError, match="is a file, or below one: choose another"):
            open_data_dir(folder, shared=False)
