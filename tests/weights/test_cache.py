"""Adding models to the cache, and drafts that are still being written."""

from __future__ import annotations

import os
import time
from pathlib import Path

from realtime.weights import cache
from realtime.weights.cache import CTRANSLATE2
from realtime.weights.drafts import draft


def test_drafts_of_a_killed_process_are_deleted(tmp_path: Path) -> None:
    old, young = tmp_path / ".draft-old", tmp_path / ".draft-young"
    for left in (old, young):
        left.mkdir()
        (left / "model.bin").write_bytes(b"half")
    day_before_yesterday = time.time() - 2 * 24 * 3600
    os.utime(old, (day_before_yesterday, day_before_yesterday))
    with draft(tmp_path) as mine:
        assert mine.is_dir()
    assert [path.name for path in tmp_path.iterdir()] == [young.name]


def put(folder: Path) -> Path:
    """Create the files of a complete model."""
    folder.mkdir()
    for name in (*CTRANSLATE2.required, CTRANSLATE2.one_of[0]):
        (folder / name).write_text(folder.name, encoding="utf-8")
    return folder


def test_the_first_of_two_downloads_is_kept(tmp_path: Path) -> None:
    first = cache.add(put(tmp_path / "first"), "me/mine", "1", tmp_path)
    assert cache.add(put(tmp_path / "second"), "me/mine", "1", tmp_path) == first
    assert (first / "model.bin").read_text() == "first"


def test_a_copy_that_lost_a_file_is_replaced(tmp_path: Path) -> None:
    place = cache.add(put(tmp_path / "first"), "me/mine", "1", tmp_path)
    (place / "model.bin").unlink()
    assert cache.find("me/mine", tmp_path) is None
    assert cache.add(put(tmp_path / "second"), "me/mine", "1", tmp_path) == place
    assert (place / "config.json").read_text() == "second"


def test_the_model_added_last_is_the_newest(tmp_path: Path) -> None:
    cache.add(put(tmp_path / "first"), "me/mine", "2", tmp_path)
    last = cache.add(put(tmp_path / "second"), "me/mine", "1", tmp_path)
    assert cache.find("me/mine", tmp_path) == last
    assert [each.path for each in cache.installed(tmp_path)] == [last]
