"""Where models in the other backends' formats are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from realtime.errors import SetupError
from realtime.weights.bundled import bundled_dir
from realtime.weights.cache import CTRANSLATE2, HUGGING_FACE
from realtime.weights.hub import Hub
from realtime.weights.index.package_index import PackageIndex
from realtime.weights.native import is_native_here, resolve_native, whisper_dir
from realtime.weights.sources import Sources


@pytest.fixture
def hub(tmp_path: Path) -> Sources:
    hub = Hub(tmp_path / "cache", "http://127.0.0.1:9", 0.5, offline=True)
    return Sources(hub, PackageIndex(hub.cache_dir, 0.5))


def put(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"x")
    return folder


def in_cache(hub: Sources, repository: str, *names: str) -> Path:
    folder = hub.cache_dir / f"models--{repository.replace('/', '--')}" / "snapshots" / "1"
    return put(folder, *names)


HF_FILES = (*HUGGING_FACE.required, "model.safetensors")
CT2_FILES = (*CTRANSLATE2.required, "vocabulary.json")


def test_a_folder_of_the_format(hub: Sources, tmp_path: Path) -> None:
    folder = put(tmp_path / "mine", *HF_FILES)
    found = resolve_native(str(folder), "cpu", hub, "hugging-face", None)
    assert (found.path, found.format, found.shown_name) == (folder, "hugging-face", "mine")
    assert is_native_here(str(folder), hub, "hugging-face", None)


@pytest.mark.parametrize(
    ("name", "repository"),
    [
        ("small", "openai/whisper-small"),
        ("turbo", "openai/whisper-large-v3-turbo"),
        ("large", "openai/whisper-large-v3"),
        ("distil-large-v3", "distil-whisper/distil-large-v3"),
        ("some/one", "some/one"),
    ],
)
def test_names_in_the_cache(hub: Sources, name: str, repository: str) -> None:
    assert not is_native_here(name, hub, "hugging-face", None)
    folder = in_cache(hub, repository, *HF_FILES)
    found = resolve_native(name, "cpu", hub, "hugging-face", None)
    assert (found.path, found.format) == (folder, "hugging-face")


def test_auto_uses_a_cached_model(hub: Sources) -> None:
    in_cache(hub, "openai/whisper-tiny", *HF_FILES)
    folder = in_cache(hub, "openai/whisper-base", *HF_FILES)
    assert resolve_native("auto", "cpu", hub, "hugging-face", None).path == folder


def test_openais_files(hub: Sources, tmp_path: Path) -> None:
    put(tmp_path / "w", "small.pt", "large-v3-turbo.pt")
    for name, file in (("small", "small.pt"), ("turbo", "large-v3-turbo.pt")):
        found = resolve_native(name, "cpu", hub, "openai", tmp_path / "w")
        assert (found.path.name, found.format) == (file, "openai")
    own = put(tmp_path / "o", "tuned.pt") / "tuned.pt"
    assert resolve_native(str(own), "cpu", hub, "openai", None).path == own


@pytest.mark.parametrize("native", ["hugging-face", "openai"])
def test_weights_of_ctranslate2_are_accepted(hub: Sources, tmp_path: Path, native: str) -> None:
    folder = in_cache(hub, "Systran/faster-whisper-small", *CT2_FILES)
    for name in ("small", "auto"):
        found = resolve_native(name, "cpu", hub, native, tmp_path)  # type: ignore[arg-type]
        assert (found.path, found.format) == (folder, "ctranslate2")
    bundled = resolve_native("bundled", "cpu", hub, native, tmp_path)  # type: ignore[arg-type]
    assert bundled.path == bundled_dir()


def test_a_missing_model_is_reported(hub: Sources, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="HF_HUB_OFFLINE"):
        resolve_native("some/one", "cpu", hub, "hugging-face", None)
    with pytest.raises(SetupError):
        resolve_native("medium", "cpu", hub, "openai", tmp_path)
    assert not is_native_here("medium", hub, "openai", tmp_path)


def test_where_openai_whisper_keeps_its_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert whisper_dir(tmp_path) == tmp_path
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "c"))
    assert whisper_dir(None) == tmp_path / "c" / "whisper"
