"""Remembered voices on the disk: who owns them, who may read them, what remains after deleting."""

from __future__ import annotations

import stat
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from realtime.errors import DiskFull, LimitReached, NotFound
from realtime.speakers.known import KnownVoice
from realtime.transcribe.voice_book import RememberedVoice, VoiceBook

VOICE = ("net", 12.5, (0.6, 0.8))


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_voice_belongs_to_its_owner_and_is_gone_when_it_is_deleted(tmp_path: Path) -> None:
    folder = tmp_path / "voices"
    book = VoiceBook(folder)
    kim = book.add("owner", "Kim", *VOICE)
    book.add("owner", "Ann", *VOICE)
    assert [voice.name for voice in book.all("owner")] == ["Ann", "Kim"]
    assert book.all("other") == []
    with pytest.raises(NotFound):
        book.delete("other", kim.id)
    for path in folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    book.delete("owner", kim.id)
    assert [voice.name for voice in book.all("owner")] == ["Ann"]
    assert kim.id not in str(files(folder))
    with pytest.raises(NotFound):
        book.delete("owner", kim.id)


def test_it_keeps_its_embedding_when_it_is_renamed(tmp_path: Path) -> None:
    book = VoiceBook(tmp_path)
    kim = book.add("", "Kim", *VOICE)
    assert book.rename("", kim.id, "Kim Min-su").name == "Kim Min-su"
    assert book.known("", "net") == [KnownVoice("Kim Min-su", (0.6, 0.8))]
    assert book.known("", "another") == [], "embeddings of two networks cannot be compared"
    with pytest.raises(NotFound):
        book.rename("", "0" * 32, "Lee")


@pytest.mark.parametrize("voice_id", ["", "..", "../../etc/passwd", "A" * 32, "0" * 33])
def test_an_invalid_id_is_not_found(tmp_path: Path, voice_id: str) -> None:
    with pytest.raises(NotFound):
        VoiceBook(tmp_path).delete("", voice_id)


def test_files_that_are_no_voices_are_ignored(tmp_path: Path) -> None:
    book = VoiceBook(tmp_path)
    book.add("", "Kim", *VOICE)
    (path,) = files(tmp_path)
    for number, body in enumerate((b"", b"[]", b"{}", b'{"embedding": 3}')):
        path.with_name(f"{number:032x}.json").write_bytes(body)
    assert [voice.name for voice in book.all("")] == ["Kim"]


def test_an_owner_may_have_a_limited_number_of_voices(tmp_path: Path) -> None:
    book = VoiceBook(tmp_path, most_voices=1)
    book.add("", "Kim", *VOICE)
    with pytest.raises(LimitReached):
        book.add("", "Lee", *VOICE)


class InterruptedBook(VoiceBook):
    """While it counts for the first time, another request adds a voice, unless a lock prevents
    it."""

    other: threading.Thread | None = None

    def all(self, owner: str) -> list[RememberedVoice]:
        found = super().all(owner)
        if self.other is None:
            self.other = threading.Thread(target=self._add, args=(owner,))
            self.other.start()
            self.other.join(0.2)
        return found

    def _add(self, owner: str) -> None:
        with suppress(LimitReached):
            self.add(owner, "Lee", *VOICE)


def test_two_requests_at_once_do_not_exceed_the_limit(tmp_path: Path) -> None:
    book = InterruptedBook(tmp_path, most_voices=1)
    book.add("", "Kim", *VOICE)
    assert book.other is not None
    book.other.join()
    assert [voice.name for voice in book.all("")] == ["Kim"]


def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DiskFull):
        VoiceBook(tmp_path / "file" / "voices").add("", "Kim", *VOICE)
