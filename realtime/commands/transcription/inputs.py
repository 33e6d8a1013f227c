"""Inputs of the command line: files, folders with all below them, patterns."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path
from unicodedata import normalize

from realtime.errors import SetupError
from realtime.files.suffixes import AUDIO_SUFFIXES

STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class Input:
    """One recording."""

    path: Path
    relative: Path
    """Path below the named folder, or the file's name: results have the same layout."""
    root: str = ""
    """The name of that folder, to tell equal relative paths apart."""

    @property
    def shown_path(self) -> str:
        """The path as text for people."""
        return str(self.path)


def collect(words: Sequence[str]) -> list[Input]:
    """Every recording once, in the order of `words`; recordings in a folder in alphabetical order.

    Raises SetupError for what does not exist, and for a folder or pattern without any recording.
    """
    found: dict[Path, Input] = {}
    for word in words:
        inputs = list(_meant(word))
        if not inputs:
            raise SetupError(f"{word} contains no recording: name one, or correct the path.")
        for item in inputs:
            found.setdefault(item.path.resolve(), item)
    return list(found.values())


def _meant(word: str) -> Iterator[Input]:
    path = _spelled(word)
    if path.is_dir():
        yield from recordings_below(path)
    elif path.exists():
        yield Input(path, Path(path.name), path.resolve().parent.name)
    elif has_magic(word):
        for name in sorted(glob(word, recursive=True)):
            match = Path(name)
            if match.is_dir():
                continue
            if match.suffix.lower() in AUDIO_SUFFIXES or not word.endswith("*"):
                yield Input(match, Path(match.name), match.resolve().parent.name)
    else:
        raise SetupError(f"The file {word} does not exist: correct the path.")


def _spelled(word: str) -> Path:
    """The path in the disk's Unicode form: macOS decomposes letters (NFD), keyboards do not."""
    spellings = (word, normalize("NFC", word), normalize("NFD", word))
    return next((path for path in map(Path, spellings) if path.exists()), Path(word))


def recordings_below(folder: Path) -> Iterator[Input]:
    """All recordings in a folder and its subfolders, without hidden folders and links to
    folders."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if path.suffix.lower() in AUDIO_SUFFIXES and not name.startswith("."):
                yield Input(path, path.relative_to(folder), folder.resolve().name)
