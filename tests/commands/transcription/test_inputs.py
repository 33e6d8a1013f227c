"""Which recordings the arguments of the command line select."""

from __future__ import annotations

from pathlib import Path
from unicodedata import normalize

import pytest

from realtime.commands.transcription.inputs import collect
from realtime.errors import SetupError


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Makes calls/{b.wav, a.mp3, notes.txt, .hidden.wav, sub/a.mp3, .git/c.wav} and enters their
    folder."""
    for name in ("b.wav", "a.MP3", "notes.txt", ".hidden.wav", "sub/a.mp3", ".git/c.wav"):
        path = tmp_path / "calls" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path / "calls"


def found(*words: str) -> list[tuple[str, str]]:
    return [(str(item.path), str(item.relative)) for item in collect(words)]


def test_a_folder_selects_all_recordings_below_it(calls: Path) -> None:
    assert found("calls") == [
        ("calls/a.MP3", "a.MP3"),
        ("calls/b.wav", "b.wav"),
        ("calls/sub/a.mp3", "sub/a.mp3"),
    ]


def test_a_pattern_selects_its_matches(calls: Path) -> None:
    assert found("calls/*.wav") == [("calls/b.wav", "b.wav")]
    assert found("calls/**/*.mp3") == [("calls/sub/a.mp3", "a.mp3")]
    assert found("calls/*") == [("calls/a.MP3", "a.MP3"), ("calls/b.wav", "b.wav")]


def test_a_file_named_itself_is_taken_whatever_its_suffix(calls: Path) -> None:
    assert found("calls/notes.txt") == [("calls/notes.txt", "notes.txt")]
    assert found("calls/*.txt") == [("calls/notes.txt", "notes.txt")]


def test_a_name_with_brackets_is_no_pattern(calls: Path) -> None:
    (calls / "call[1].wav").touch()
    assert found("calls/call[1].wav") == [("calls/call[1].wav", "call[1].wav")]


def test_no_recording_is_selected_twice(calls: Path) -> None:
    (calls / "link.wav").symlink_to(calls / "b.wav")
    assert [path for path, _ in found("calls/b.wav", "calls")] == [
        "calls/b.wav",
        "calls/a.MP3",
        "calls/sub/a.mp3",
    ]


def test_a_folder_that_links_to_itself_ends(calls: Path) -> None:
    (calls / "sub" / "loop").symlink_to(calls)
    assert len(found("calls")) == 3


@pytest.mark.parametrize("word", ["none.wav", "calls/*.flac", "calls/.git/*.mp3"])
def test_a_missing_file_is_reported(calls: Path, word: str) -> None:
    with pytest.raises(SetupError) as refused:
        collect([word])
    assert word in refused.value.message


def test_a_folder_without_recordings_is_reported(calls: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(SetupError, match="empty contains no recording"):
        collect(["calls", "empty"])


def test_a_name_is_found_in_any_unicode_normalisation(tmp_path: Path) -> None:
    path = tmp_path / normalize("NFD", "통화.wav")
    path.touch()
    (found,) = collect([str(tmp_path / "통화.wav")])
    assert found.path == path
