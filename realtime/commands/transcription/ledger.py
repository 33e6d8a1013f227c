"""Where each result goes, and whether it is there already: a list kept in the output folder.

A result is complete or absent (written beside its place, then moved there). The list says which
recording a name belongs to, its size and age, and the options: so a changed recording or another
language is transcribed again, and two recordings never share a name. A line is written before its
results, so a crash leaves a name without results, which the next run makes.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from realtime.commands.transcription.inputs import Input
from realtime.errors import SetupError
from realtime.files.formats import Format

LIST = ".realtime-transcribe.jsonl"
REFUSAL = "error.txt"
"""Suffix of a file that says why a recording has no results."""


@dataclass(frozen=True, slots=True)
class Place:
    """The path of one recording's results."""

    source: str
    name: str
    """Path in the output folder, without the suffix of a format."""
    mark: str
    """The options and the recording's state as JSON: a different mark means a new transcript."""
    done: bool = False
    """Whether the results exist."""


NOWHERE = Place("", "", "")
"""The place of a recording whose result is printed."""


def names(item: Input) -> Iterator[str]:
    """Possible names for a recording, the shortest first; endless.

    `calls/a`, or if another recording has that: `calls/a.wav`, `root/calls/a.wav`, `…-2` …
    """
    stem = item.relative.with_suffix("")
    yield str(stem)
    yield str(item.relative)
    whole = str(Path(item.root, item.relative)) if item.root else str(item.relative)
    yield whole
    number = 2
    while True:
        yield f"{whole}-{number}"
        number += 1


class Ledger:
    """The results of one output folder. Open it with `opened`."""

    def __init__(self, out: Path, formats: Sequence[Format], file: IO[str]) -> None:
        self._out = out
        self._formats = formats
        self._file = file
        self._places: dict[str, Place] = {}
        self._owners: dict[str, str] = {}
        file.seek(0)
        torn = False
        for line in file:
            torn = not line.endswith("\n")
            with contextlib.suppress(ValueError, KeyError, TypeError):  # ignore a torn line
                entry = json.loads(line)
                self._keep(Place(str(entry["source"]), str(entry["name"]), str(entry["mark"])))
        if torn:
            file.write("\n")

    def place(self, item: Input, options: Mapping[str, object], *, overwrite: bool) -> Place:
        """The place of a recording. `options`: those that change the transcript. Raises OSError."""
        source = str(item.path.resolve())
        state = item.path.stat()
        mark = json.dumps([state.st_size, state.st_mtime_ns, options], sort_keys=True)
        known = self._places.get(source)
        if known is not None:
            done = known.mark == mark and self._complete(known.name) and not overwrite
            return Place(source, known.name, mark, done)
        name = next(name for name in names(item) if self._free(name, source, overwrite))
        place = Place(source, name, mark)
        self._owners[name.casefold()] = source  # no other recording of this run may take it
        return place

    def begin(self, place: Place) -> None:
        """Record the owner of the name, and delete outdated results. Raises OSError."""
        self.refusal(place).unlink(missing_ok=True)
        if self._places.get(place.source) != place:
            for path in self.paths(place).values():
                path.unlink(missing_ok=True)
            self._keep(place)
            entry = {"source": place.source, "name": place.name, "mark": place.mark}
            self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            self._file.flush()

    def finish(self, place: Place, render: Callable[[Format], str]) -> list[Path]:
        """Write `render(format)` for every format. Raises OSError."""
        written = []
        for form, path in self.paths(place).items():
            write_whole(path, render(form))
            written.append(path)
        return written

    def refuse(self, place: Place, message: str) -> None:
        """Write beside the results why there are none. Raises OSError."""
        write_whole(self.refusal(place), f"{message}\n")

    def is_refused(self, place: Place) -> bool:
        """Whether `refuse` was called for this recording, in this state, with these options."""
        return self._places.get(place.source) == place and self.refusal(place).is_file()

    def refusal(self, place: Place) -> Path:
        """The path of what `refuse` writes."""
        return self._path(place.name, REFUSAL)

    def paths(self, place: Place) -> dict[Format, Path]:
        """Format → path of the result."""
        return {form: self._path(place.name, form) for form in self._formats}

    def _path(self, name: str, form: str) -> Path:
        return self._out / f"{name}.{form}"

    def _complete(self, name: str) -> bool:
        return all(self._path(name, form).is_file() for form in self._formats)

    def _free(self, name: str, source: str, overwrite: bool) -> bool:
        """Whether the name is free, and no other file would be overwritten."""
        if self._owners.get(name.casefold(), source) != source:
            return False
        return overwrite or not any(self._path(name, form).exists() for form in self._formats)

    def _keep(self, place: Place) -> None:
        self._places[place.source] = place
        self._owners[place.name.casefold()] = place.source


@contextlib.contextmanager
def opened(out: Path, formats: Sequence[Format]) -> Iterator[Ledger]:
    """The ledger of a folder, which is created if needed.

    Raises SetupError where another run uses the folder, OSError where it cannot be written to.
    """
    out.mkdir(parents=True, exist_ok=True)
    with (out / LIST).open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SetupError(
                f"Another realtime transcribe is writing to {out}: wait for it, or choose "
                "another --out."
            ) from None
        yield Ledger(out, formats, file)


def write_whole(path: Path, text: str) -> None:
    """Write a file atomically. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with draft.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
