"""A user's folder of recordings and their transcripts.

Either a `manifest.json`, a list of objects with `file`, `lang` (any name of a language, or null)
and `reference` (the transcript; null: there is none); other keys are ignored. Or `NAME.txt` beside
`NAME.wav` or other audio, anywhere below. An empty text means that the recording has no speech.
"""

from __future__ import annotations

import codecs
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realtime.errors import SetupError
from realtime.files.suffixes import AUDIO_SUFFIXES
from realtime.languages import language_code

MANIFEST = "manifest.json"
NO_TRANSCRIPT = "there is no transcript of it"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One recording of a folder."""

    name: str
    """Path below the folder."""
    path: Path
    language: str | None
    """ISO code; None: unknown."""
    reference: str | None
    """None: there is no transcript; empty: the recording has no speech."""


@dataclass(frozen=True, slots=True)
class SkippedRecording:
    """A recording that is not judged, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Folder:
    """The recordings of a folder, in order."""

    entries: tuple[Entry, ...]
    left_out: tuple[SkippedRecording, ...]


def read(folder: Path) -> Folder:
    """All recordings of a folder that can be judged, and those that cannot.

    Raises SetupError if there is no folder, no recording or no transcript, or if the manifest
    cannot be read.
    """
    found = listed(folder)
    entries = tuple(one for one in found if isinstance(one, Entry) and one.reference is not None)
    if not entries:
        raise SetupError(
            f"{folder} holds no recording with a transcript: put NAME.txt beside each NAME.wav, or "
            f'a {MANIFEST}: [{{"file": "call.wav", "lang": "ko", "reference": "what is said"}}].'
        )
    left_out = [one for one in found if isinstance(one, SkippedRecording)]
    left_out += [
        SkippedRecording(one.name, NO_TRANSCRIPT)
        for one in found
        if isinstance(one, Entry) and one.reference is None
    ]
    return Folder(entries, tuple(left_out))


def listed(folder: Path) -> list[Entry | SkippedRecording]:
    """All recordings of a folder, in order, with or without a transcript.

    Raises SetupError if there is no folder or no recording, or if the manifest cannot be read.
    """
    if not folder.is_dir():
        raise SetupError(f"There is no folder {folder}: correct the path.")
    manifest = folder / MANIFEST
    found = list(_named(folder, manifest) if manifest.is_file() else _paired(folder))
    if not found:
        raise SetupError(f"{folder} holds no recording: put some into it, or correct the path.")
    return found


def _named(folder: Path, manifest: Path) -> Iterator[Entry | SkippedRecording]:
    try:
        items = json.loads(manifest.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise SetupError(f"{manifest} cannot be read ({error}): it must be JSON.") from error
    if not isinstance(items, list):
        raise SetupError(f"{manifest} must be a list of objects with file, lang and reference.")
    for number, item in enumerate(items, 1):
        if not isinstance(item, dict) or not isinstance(item.get("file"), str):
            raise SetupError(f"{manifest}: entry {number} must be an object with a file.")
        yield _entry(folder, item)


def _entry(folder: Path, item: Mapping[str, Any]) -> Entry | SkippedRecording:
    name, named, reference = item["file"], item.get("lang"), item.get("reference")
    try:
        language = language_code(named) if named else None
    except (ValueError, TypeError, AttributeError):
        return SkippedRecording(name, f"its language {named!r} is not known")
    if reference is not None and not isinstance(reference, str):
        return SkippedRecording(name, "its reference is not a text")
    path = folder / name
    if not path.is_file():
        return SkippedRecording(name, "there is no such file")
    return Entry(name, path, language, reference)


def _paired(folder: Path) -> Iterator[Entry | SkippedRecording]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if path.suffix.lower() not in AUDIO_SUFFIXES or name.startswith("."):
                continue
            shown = str(path.relative_to(folder))
            try:
                yield Entry(shown, path, None, _text(path.with_suffix(".txt")))
            except (OSError, UnicodeError) as error:
                yield SkippedRecording(shown, f"its transcript cannot be read ({error})")


def _text(path: Path) -> str | None:
    """The text of a file in UTF-8, in UTF-16 with its mark, or in Korean Windows' code page."""
    if not path.is_file():
        return None
    data = path.read_bytes()
    if data.startswith(_UTF16):
        return data.decode("utf-16").strip()
    try:
        return data.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return data.decode("cp949").strip()
