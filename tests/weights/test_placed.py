"""Models that users put into the models folder themselves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from realtime.errors import SetupError
from realtime.weights.catalogue import CATALOGUE
from realtime.weights.hub import Hub
from realtime.weights.index.package_index import PackageIndex
from realtime.weights.native import resolve_native
from realtime.weights.placed import placed
from realtime.weights.resolve import ResolvedModel, is_here, resolve
from realtime.weights.sources import HUB, Sources

TURBO = "openai_whisper-large-v3-turbo"


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    """Sources with an empty models folder, and a hub that must not be contacted."""
    hub = Hub(tmp_path / "models", "http://127.0.0.1:9", 1.0, offline=True)
    return Sources(hub, PackageIndex(hub.cache_dir, hub.timeout_s), (HUB,))


def put(folder: Path) -> Path:
    """Create a folder that looks like a converted model; no test loads it."""
    folder.mkdir(parents=True)
    for name in ("config.json", "tokenizer.json", "vocabulary.json", "model.bin"):
        (folder / name).write_text("{}", encoding="utf-8")
    return folder


def put_hugging_face(folder: Path, kind: str = "whisper") -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"model_type": kind}), encoding="utf-8")
    for name in ("tokenizer.json", "model.safetensors"):
        (folder / name).write_text("{}", encoding="utf-8")
    return folder


def test_auto_finds_a_folder_whatever_its_name(sources: Sources) -> None:
    path = put(sources.cache_dir / "our calls, tuned")
    found = ResolvedModel(path, "our calls, tuned", "directory")
    assert resolve("auto", "cpu", sources) == found
    assert resolve("our calls, tuned", "cpu", sources) == found


def test_a_folder_is_preferred_to_a_download(sources: Sources) -> None:
    cached = sources.cache_dir / "models--Systran--faster-whisper-small" / "snapshots" / "abc"
    put(cached)
    assert resolve("auto", "cpu", sources).source == "cache"
    assert placed(sources.cache_dir) == {}
    path = put(sources.cache_dir / TURBO)
    assert resolve("auto", "cpu", sources) == ResolvedModel(path, TURBO, "directory")


@pytest.mark.parametrize(("device", "best"), [("cpu", "faster-whisper-small"), ("cuda", TURBO)])
def test_of_several_folders_the_catalogue_decides_then_the_name(
    sources: Sources, device: str, best: str
) -> None:
    for name in ("a-tuned-one", TURBO, "faster-whisper-small"):
        put(sources.cache_dir / name)
    assert resolve("auto", "cuda" if device == "cuda" else "cpu", sources).shown_name == best


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        (TURBO, "large-v3-turbo"),
        ("openai--whisper-large-v3-turbo", "turbo"),
        ("Systran_faster-whisper-small", "small"),
        ("faster-distil-whisper-large-v2", "distil-large-v2"),
        ("base", "base"),
    ],
)
def test_a_name_of_the_catalogue_finds_its_folder(sources: Sources, folder: str, name: str) -> None:
    assert not is_here(name, sources)
    path = put(sources.cache_dir / folder)
    assert is_here(name, sources)
    assert resolve(name, "cpu", sources) == ResolvedModel(path, name, "directory")
    others = set(CATALOGUE) - {name, "turbo", "large-v3-turbo"}
    assert not any(is_here(other, sources) for other in others)


def test_a_model_may_lie_one_folder_deeper(sources: Sources) -> None:
    put_hugging_face(sources.cache_dir / TURBO)
    path = put(sources.cache_dir / TURBO / "ctranslate2_model")
    assert resolve("auto", "cpu", sources) == ResolvedModel(path, TURBO, "directory")


def test_incomplete_and_hidden_models_are_ignored(sources: Sources) -> None:
    (put(sources.cache_dir / "half") / "model.bin").unlink()
    put(sources.cache_dir / ".draft-1" / "model")
    (sources.cache_dir / "file").touch()
    assert placed(sources.cache_dir) == {}
    assert resolve("auto", "cpu", sources).source == "bundled"


def test_a_folder_of_another_format_is_reported_and_left_to_its_backend(sources: Sources) -> None:
    put_hugging_face(sources.cache_dir / "a-language-model", "llama")
    assert resolve("auto", "cpu", sources).source == "bundled"
    path = put_hugging_face(sources.cache_dir / TURBO)
    with pytest.raises(SetupError, match="ct2-transformers-converter") as caught:
        resolve("auto", "cpu", sources)
    assert str(path) in caught.value.message
    for name in ("auto", "large-v3-turbo", TURBO):
        found = resolve_native(name, "cpu", sources, "hugging-face", None)
        assert (found.path, found.format) == (path, "hugging-face")
