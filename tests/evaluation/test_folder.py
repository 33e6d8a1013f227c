"""Reading a user's folder of recordings and texts."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from realtime.errors import SetupError
from realtime.evaluation.folder import Entry, SkippedRecording, listed, read


def manifest(folder: Path, items: object) -> Path:
    (folder / "manifest.json").write_text(json.dumps(items), encoding="utf-8")
    return folder


def test_texts_beside_recordings(tmp_path: Path) -> None:
    below = tmp_path / "sub" / ".hidden"
    below.mkdir(parents=True)
    for name in ("b.wav", "a.MP3", "silent.ogg", "untold.flac", "notes.md", ".secret.wav"):
        (tmp_path / name).touch()
    (tmp_path / "sub" / "c.m4a").touch()
    (below / "d.wav").touch()
    (tmp_path / "a.txt").write_text("Hello.\n", encoding="utf-8-sig")
    (tmp_path / "b.txt").write_bytes("안녕하세요".encode("cp949"))
    (tmp_path / "silent.txt").touch()
    (tmp_path / "sub" / "c.txt").write_text("네", encoding="utf-16")
    found = read(tmp_path)
    assert [(e.name, e.language, e.reference) for e in found.entries] == [
        ("a.MP3", None, "Hello."),
        ("b.wav", None, "안녕하세요"),
        ("silent.ogg", None, ""),
        (os.path.join("sub", "c.m4a"), None, "네"),
    ]
    assert [left.name for left in found.left_out] == ["untold.flac"]
    assert found.entries[0].path == tmp_path / "a.MP3"


def test_a_text_in_an_unknown_encoding_is_named(tmp_path: Path) -> None:
    for name in ("a.wav", "b.wav"):
        (tmp_path / name).touch()
    (tmp_path / "a.txt").write_bytes(b"\xff\xff\xff")
    (tmp_path / "b.txt").write_text("yes", encoding="utf-8")
    found = read(tmp_path)
    assert [one.name for one in found.entries] == ["b.wav"]
    assert "a.wav" in found.left_out[0].name
    assert "cannot be read" in found.left_out[0].why


def test_a_manifest_is_read(tmp_path: Path) -> None:
    for name in ("a.wav", "b.wav", "c.wav", "d.wav"):
        (tmp_path / name).touch()
    manifest(
        tmp_path,
        [
            {"file": "b.wav", "lang": "Korean", "reference": "네", "kind": ["call"]},
            {"file": "a.wav", "lang": None, "reference": None},
            {"file": "c.wav", "lang": "mixed", "reference": "x"},
            {"file": "d.wav", "reference": 5},
            {"file": "gone.wav", "lang": "en", "reference": "x"},
        ],
    )
    found = read(tmp_path)
    assert found.entries == (Entry("b.wav", tmp_path / "b.wav", "ko", "네"),)
    assert {one.name: one.why for one in found.left_out} == {
        "c.wav": "its language 'mixed' is not known",
        "d.wav": "its reference is not a text",
        "gone.wav": "there is no such file",
        "a.wav": "there is no transcript of it",
    }
    assert Entry("a.wav", tmp_path / "a.wav", None, None) in listed(tmp_path)
    assert SkippedRecording("gone.wav", "there is no such file") in listed(tmp_path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "must be JSON"),
        ('{"file": "a.wav"}', "must be a list"),
        ('["a.wav"]', "entry 1 must be an object"),
        ('[{"name": "a.wav"}]', "entry 1 must be an object"),
    ],
)
def test_an_invalid_manifest_is_reported(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(SetupError, match=complaint):
        read(tmp_path)


def test_folders_without_texts_are_reported(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="There is no folder"):
        read(tmp_path / "gone")
    with pytest.raises(SetupError, match="no recording: put some"):
        read(tmp_path)
    (tmp_path / "a.wav").touch()
    with pytest.raises(SetupError, match=r"put NAME\.txt beside each NAME\.wav"):
        read(tmp_path)
