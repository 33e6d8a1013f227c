"""Uploads: to an unnamed file, within limits, on a disk that may be full."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from realtime.errors import DiskFull, MessageTooBig
from realtime.server.uploads import UploadFolder
from tests.full_disk import no_file_beyond


async def test_an_upload_can_be_read_back_and_has_no_name(tmp_path: Path) -> None:
    folder = UploadFolder(tmp_path / "up", 100)
    folder.check(100)
    upload = folder.new()
    await upload.write(b"one ")
    await upload.write(b"two")
    assert os.listdir(tmp_path / "up") == []
    upload.file.seek(0)
    assert (upload.file.read(), upload.size_bytes) == (b"one two", 7)
    upload.close()
    assert upload.file.closed


async def test_the_size_limit_holds_with_and_without_a_declared_length(tmp_path: Path) -> None:
    folder = UploadFolder(tmp_path, 10)
    with pytest.raises(MessageTooBig) as refused:
        folder.check(11)
    assert refused.value.details == {"limit_bytes": 10}
    upload = folder.new()
    await upload.write(b"x" * 10)
    with pytest.raises(MessageTooBig):
        await upload.write(b"x")
    upload.close()


def test_an_upload_too_large_for_the_disk_is_refused_in_advance(tmp_path: Path) -> None:
    disk = os.statvfs(tmp_path)
    size = disk.f_bavail * disk.f_frsize
    with pytest.raises(DiskFull) as refused:
        UploadFolder(tmp_path, size * 2).check(size)
    assert refused.value.retry_after_s


async def test_an_upload_of_unknown_size_leaves_the_reserve_too(tmp_path: Path) -> None:
    disk = os.statvfs(tmp_path)
    reserve = 2 * disk.f_bavail * disk.f_frsize
    upload = UploadFolder(tmp_path, 1 << 20, keep_free_bytes=reserve).new()
    with pytest.raises(DiskFull) as refused:
        await upload.write(b"there is no room")
    assert refused.value.retry_after_s
    upload.file.seek(0)
    assert upload.file.read() == b""
    upload.close()


async def test_a_disk_that_fills_up_meanwhile(tmp_path: Path) -> None:
    upload = UploadFolder(tmp_path, 1 << 20).new()
    await upload.write(b"x" * 8000)
    with no_file_beyond(8192), pytest.raises(DiskFull):
        await upload.write(b"x" * 8000)
    upload.close()


def test_a_folder_that_cannot_be_created_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NotADirectoryError):
        UploadFolder(tmp_path / "file" / "up", 10).check(1)
    with pytest.raises(NotADirectoryError):
        asyncio.run(_open(tmp_path / "file" / "up"))


async def _open(folder: Path) -> None:
    UploadFolder(folder, 10).new()
