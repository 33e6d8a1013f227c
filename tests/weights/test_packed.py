"""A model packed into one file: unpacking restores it, and never yields anything else."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realtime.errors import SetupError
from realtime.weights import cache
from realtime.weights.catalogue import CATALOGUE
from realtime.weights.packed import KIND, LIST, MAX_FILES, find, known_as, pack, unpack

BASE = CATALOGUE["base"].repository
FILES = {
    "config.json": b"{}",
    "model.bin": bytes(range(256)) * 8,
    "tokenizer.json": b"{ }",
    "vocabulary.json": b"[]",
    "context_policy.json": b"{}",
    "LICENSE": b"Do as you like.",
}
MORE = {"notes.txt": b"mine", ".env": b"KEY=secret", "id_rsa": b"secret"}


def folder_with(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """A file with a packed model."""
    pack(folder_with(tmp_path / "mine", FILES), "packed/mine", tmp_path / "mine.model")
    return tmp_path / "mine.model"


def refused(file: Path, expected: str = "") -> str:
    """The message of the error that `unpack` raises; checks that no file is left anywhere."""
    place = file.parent / "there"
    around = {path.name for path in file.parent.iterdir()}
    with pytest.raises(SetupError) as caught:
        unpack(file, place, expected)
    assert not list(place.glob("*"))
    assert {path.name for path in file.parent.iterdir()} <= around | {"there"}
    return caught.value.message


def listed(files: dict[str, bytes], **changes: object) -> dict[str, Any]:
    entries = [
        {"name": name, "size_bytes": len(content), "sha256": sha256(content).hexdigest()}
        for name, content in files.items()
    ]
    return {"kind": KIND, "model": "packed/mine", "files": entries} | changes


def archive(
    file: Path, files: dict[str, bytes], described: object, compression: int = zipfile.ZIP_STORED
) -> Path:
    """An archive that was not made by `pack`."""
    with zipfile.ZipFile(file, "w", compression) as made:
        for name, content in files.items():
            made.writestr(zipfile.ZipInfo(name), content, compression)
        if described is not None:
            made.writestr(LIST, json.dumps(described), zipfile.ZIP_STORED)
    return file


# Packing and unpacking.


def test_a_packed_model_is_restored(tmp_path: Path) -> None:
    model = folder_with(tmp_path / "mine", FILES | MORE)
    file = tmp_path / "carried"
    whole = pack(model, "packed/mine", file)
    assert sha256(file.read_bytes()).hexdigest() == whole
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert {path.name for path in tmp_path.iterdir()} == {"mine", "carried"}
    name, path = unpack(file, tmp_path / "there", whole.upper())
    assert (name, path) == ("packed/mine", cache.find("packed/mine", tmp_path / "there"))
    assert contents(path) == FILES, "and nothing that is no part of a model"
    assert unpack(file, tmp_path / "there") == (name, path)


def test_the_same_model_gives_the_same_bytes(tmp_path: Path, packed: Path) -> None:
    other = folder_with(tmp_path / "other", FILES)
    (other / "model.bin").touch()
    pack(other, "packed/mine", tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == packed.read_bytes()


def test_a_model_of_the_hubs_cache(tmp_path: Path) -> None:
    """The hub's cache holds links to the files."""
    folder = cache.folder_of(BASE, tmp_path)
    blobs = folder_with(folder / "blobs", FILES)
    snapshot = folder / "snapshots" / "1"
    snapshot.mkdir(parents=True)
    for name in FILES:
        (snapshot / name).symlink_to(blobs / name)
    path, repository = find("base", tmp_path)
    assert (path, repository, known_as(repository)) == (snapshot, BASE, "base")
    pack(path, repository, tmp_path / "carried")
    name, there = unpack(tmp_path / "carried", tmp_path / "there")
    assert (name, contents(there)) == (BASE, FILES)
    assert not any(path.is_symlink() for path in there.iterdir())


def test_the_newer_copy_is_used(tmp_path: Path, packed: Path) -> None:
    there = tmp_path / "there"
    unpack(packed, there)
    folder_with(tmp_path / "newer" / "mine", FILES | {"model.bin": b"better"})
    pack(tmp_path / "newer" / "mine", "packed/mine", tmp_path / "newer.model")
    _, newer = unpack(tmp_path / "newer.model", there)
    assert cache.find("packed/mine", there) == newer


@pytest.mark.parametrize(
    ("name", "kept"),
    [("mine", "mine"), ("My model, v2", "My-model-v2"), ("모델", "model"), ("--x--", "x")],
)
def test_a_folder_gets_a_name_for_the_cache(tmp_path: Path, name: str, kept: str) -> None:
    model = folder_with(tmp_path / name, FILES)
    assert find(str(model), tmp_path) == (model, f"packed/{kept}")
    assert known_as(f"packed/{kept}") == f"packed/{kept}"


def test_other_formats_and_missing_models(tmp_path: Path) -> None:
    files = {"config.json": b"{}", "tokenizer.json": b"{}", "model.safetensors": b"x"}
    snapshot = cache.folder_of("openai/whisper-tiny", tmp_path) / "snapshots" / "1"
    folder_with(snapshot, files)
    assert find("tiny", tmp_path) == (snapshot, "openai/whisper-tiny")
    pack(snapshot, "openai/whisper-tiny", tmp_path / "carried")
    assert contents(unpack(tmp_path / "carried", tmp_path / "there")[1]) == files
    for name, told in (
        ("bundled", "part of every installation"),
        ("auto", "models list"),
        ("smal", "did you mean small"),
        ("small", "realtime models download small"),
        ("me/mine", "realtime models download me/mine"),
    ):
        with pytest.raises(SetupError, match=told):
            find(name, tmp_path)


def test_what_cannot_be_packed(tmp_path: Path, packed: Path) -> None:
    empty = folder_with(tmp_path / "empty", {})
    with pytest.raises(SetupError, match="no complete model"):
        pack(empty, "packed/empty", tmp_path / "out")
    before = packed.read_bytes()
    with pytest.raises(SetupError, match="already exists"):
        pack(tmp_path / "mine", "packed/mine", packed)
    assert packed.read_bytes() == before


# Damaged and forged files.


def test_a_file_with_another_checksum(packed: Path) -> None:
    assert "is not the file" in refused(packed, "0" * 64)


@pytest.mark.parametrize("content", [b"", b"no archive at all", b"PK\x03\x04"])
def test_a_file_that_is_not_an_archive(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    assert "not a packed model, or is incomplete" in refused(file)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_truncated_file(packed: Path, share: float) -> None:
    whole = packed.read_bytes()
    part = packed.with_name("part")
    part.write_bytes(whole[: int(len(whole) * share)])
    assert "not a packed model, or is incomplete" in refused(part)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(share=st.floats(0, 1, exclude_max=True), bits=st.integers(1, 255))
def test_one_byte_that_changed(packed: Path, share: float, bits: int) -> None:
    """A change in the archive's metadata, such as its dates, may be harmless: the model is then
    intact."""
    whole = bytearray(packed.read_bytes())
    whole[int(len(whole) * share)] ^= bits
    changed, there = packed.with_name("changed"), packed.with_name("taken")
    changed.write_bytes(whole)
    try:
        name, path = unpack(changed, there)
    except SetupError:
        return
    assert name == "packed/mine"
    assert contents(path) == FILES


@pytest.mark.parametrize("further", [1, 200])
def test_a_directory_that_leads_before_the_file(packed: Path, further: int) -> None:
    whole = bytearray(packed.read_bytes())
    at = int.from_bytes(whole[-6:-2], "little")  # where the central directory begins
    whole[-6:-2] = (at + further).to_bytes(4, "little")
    changed = packed.with_name("changed")
    changed.write_bytes(whole)
    assert "its directory is damaged" in refused(changed)


WRONG: dict[str, Callable[[dict[str, Any]], None]] = {
    "another sum": lambda d: d["files"][0].update(sha256="0" * 64),
    "no sum": lambda d: d["files"][0].pop("sha256"),
    "another size": lambda d: d["files"][1].update(size_bytes=1),
    "a size that is none": lambda d: d["files"][1].update(size_bytes=-1),
    "a size as text": lambda d: d["files"][1].update(size_bytes="2048"),
    "a file too few": lambda d: d["files"].pop(),
    "a file twice": lambda d: d["files"].append(d["files"][0]),
    "more than one reads": lambda d: d.update(more=1),
    "no model": lambda d: d.pop("model"),
    "a model without an owner": lambda d: d.update(model="mine"),
    "a model somewhere else": lambda d: d.update(model="../mine"),
    "a model far away": lambda d: d.update(model="a/../../mine"),
    "a model at the root": lambda d: d.update(model="/etc"),
    "a model under two names": lambda d: d.update(model="a--b/mine"),
    "a later kind": lambda d: d.update(kind="realtime model 2"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_list_with_wrong_entries(tmp_path: Path, what: str) -> None:
    described = listed(FILES)
    WRONG[what](described)
    refused(archive(tmp_path / "file", FILES, described))


@pytest.mark.parametrize("described", [None, [], "x", 1])
def test_a_list_that_is_not_one(tmp_path: Path, described: object) -> None:
    refused(archive(tmp_path / "file", FILES, described))


def test_a_list_that_is_too_long(tmp_path: Path) -> None:
    described = listed(FILES, kind="x" * (2 << 20))
    assert "not a packed model" in refused(archive(tmp_path / "file", FILES, described))


@pytest.mark.parametrize(
    "name",
    [
        *("../out", "../../out", "/tmp/out", "a/out", "a\\out", "..", ".", "", ".hidden", "C:out"),
        *("out.", "out\n", "모델", "x" * 97),
    ],
)
def test_names_that_lead_outside(tmp_path: Path, name: str) -> None:
    files = FILES | {name: b"x"}
    refused(archive(tmp_path / "file", files, listed(files)))
    assert not (tmp_path / "out").exists()
    assert not (tmp_path.parent / "out").exists()


def test_a_name_that_differs_in_case_alone(tmp_path: Path) -> None:
    files = FILES | {"MODEL.BIN": b"x"}
    assert "other files than its list" in refused(archive(tmp_path / "f", files, listed(files)))


def test_a_file_that_is_not_listed(tmp_path: Path) -> None:
    file = archive(tmp_path / "file", FILES | {"more.json": b"{}"}, listed(FILES))
    assert "other files than its list" in refused(file)


def test_a_member_twice(tmp_path: Path) -> None:
    file = archive(tmp_path / "file", FILES, listed(FILES))
    with (
        pytest.warns(UserWarning, match="Duplicate name"),
        zipfile.ZipFile(file, "a") as made,
    ):
        made.writestr(zipfile.ZipInfo("config.json"), b"[]")
    assert "other files than its list" in refused(file)


def test_more_files_than_a_model_has(tmp_path: Path) -> None:
    files = FILES | {f"{number}.json": b"" for number in range(MAX_FILES)}
    refused(archive(tmp_path / "file", files, listed(files)))


def test_a_compressed_member(tmp_path: Path) -> None:
    files = FILES | {"model.bin": bytes(1 << 20)}
    file = archive(tmp_path / "file", files, listed(files), zipfile.ZIP_DEFLATED)
    assert "it is compressed" in refused(file)


def test_an_archive_without_a_model(tmp_path: Path) -> None:
    files = {name: content for name, content in FILES.items() if name != "model.bin"}
    assert "files are missing" in refused(archive(tmp_path / "file", files, listed(files)))


def test_a_cache_that_cannot_be_made(tmp_path: Path, packed: Path) -> None:
    (tmp_path / "in-the-way").write_text("x", encoding="utf-8")
    with pytest.raises(SetupError, match="cannot be used"):
        unpack(packed, tmp_path / "in-the-way")
