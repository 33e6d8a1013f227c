"""Listing and deleting models in the caches; nothing else is ever deleted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from realtime.errors import SetupError
from realtime.weights.stored_models import StoredModel, list_stored, named, remove


@pytest.fixture
def caches(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "hub", tmp_path / "whisper"


def put(hub: Path, repository: str, files: dict[str, str]) -> Path:
    """Create a repository like the hub's library: snapshots hold links to blobs."""
    folder = hub / f"models--{repository.replace('/', '--')}"
    (folder / "blobs").mkdir(parents=True)
    snapshot = folder / "snapshots" / "1"
    snapshot.mkdir(parents=True)
    for number, (name, content) in enumerate(files.items()):
        blob = folder / "blobs" / str(number)
        blob.write_text(content)
        (snapshot / name).symlink_to(blob)
    return folder


CT2 = {"config.json": "{}", "model.bin": "x" * 1000, "tokenizer.json": "{}"} | {
    "vocabulary.json": "[]"
}


def hugging_face(kind: str) -> dict[str, str]:
    config = json.dumps({"model_type": kind})
    return {"config.json": config, "tokenizer.json": "{}", "model.safetensors": "y" * 500}


def test_whispers_of_every_format_and_nothing_else(caches: tuple[Path, Path]) -> None:
    hub, whisper = caches
    assert list_stored(hub, whisper) == []
    put(hub, "Systran/faster-whisper-small", CT2)
    put(hub, "someone/mine", hugging_face("whisper"))
    put(hub, "someone/talker", hugging_face("llama"))
    put(hub, "Systran/faster-whisper-tiny", {"config.json": "{}"})
    whisper.mkdir()
    (whisper / "base.pt").write_bytes(b"z" * 70)
    (whisper / "notes.txt").write_text("mine")
    found = {item.name: (item.kind, item.size_bytes) for item in list_stored(hub, whisper)}
    assert found == {
        "Systran/faster-whisper-small": ("CTranslate2", 1006),
        "Systran/faster-whisper-tiny": ("incomplete", 2),
        "base.pt": ("OpenAI", 70),
        "someone/mine": ("Hugging Face", 502 + len('{"model_type": "whisper"}')),
    }


def test_a_name_stands_for_all_its_formats(caches: tuple[Path, Path]) -> None:
    hub, whisper = caches
    put(hub, "Systran/faster-whisper-small", CT2)
    put(hub, "openai/whisper-small", hugging_face("whisper"))
    whisper.mkdir()
    (whisper / "small.pt").write_bytes(b"z")
    assert {item.kind for item in named("small", hub, whisper)} == {
        *("CTranslate2", "Hugging Face", "OpenAI")
    }
    assert [i.name for i in named("openai/whisper-small", hub, whisper)] == ["openai/whisper-small"]
    with pytest.raises(SetupError, match="models list"):
        named("medium", hub, whisper)


def test_only_the_named_model_is_removed(caches: tuple[Path, Path]) -> None:
    hub, whisper = caches
    small = put(hub, "Systran/faster-whisper-small", CT2)
    other = put(hub, "someone/mine", hugging_face("whisper"))
    (item,) = named("small", hub, whisper)
    remove(item, hub, whisper)
    assert not small.exists()
    assert other.is_dir()


def test_nothing_outside_the_caches_is_touched(caches: tuple[Path, Path], tmp_path: Path) -> None:
    hub, whisper = caches
    hub.mkdir()
    mine = tmp_path / "mine"
    mine.mkdir()
    (hub / "models--link").symlink_to(mine)
    for path in (mine, hub / "models--link", hub / "models--link" / ".."):
        with pytest.raises(SetupError, match="outside"):
            remove(StoredModel("x", "CTranslate2", path, 0), hub, whisper)
    with pytest.raises(SetupError, match="cannot be deleted"):
        remove(StoredModel("x", "CTranslate2", hub / "models--gone", 0), hub, whisper)
    assert mine.is_dir()
