"""Recordings of people from a folder (`realtime.evaluation`), alone and joined. Such folders must
stay out of the repository."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from realtime.app.detectors import make_detector
from realtime.audio.files import Decoders
from realtime.evaluation import recordings as evaluated
from realtime.evaluation.folder import Entry, listed
from realtime.evaluation.recordings import Range, Recording, joined
from realtime.types import Samples

__all__ = ["Range", "Recording", "apart", "flowing", "recordings", "speech", "unpaused", "unspoken"]


def recordings(folder: Path, within: str) -> list[Recording]:
    """Recordings below `folder`/`within` whose language is known, in order.

    Raises SetupError where there is no such folder.
    """
    return _decoded(
        one for one in _entries(folder) if one.language and one.name.startswith(f"{within}/")
    )


def unspoken(folder: Path) -> list[Recording]:
    """Recordings in which nobody speaks: their reference is known, and empty.

    Raises SetupError where there is no such folder.
    """
    return _decoded(one for one in _entries(folder) if one.reference == "")


def _entries(folder: Path) -> list[Entry]:
    return [one for one in listed(folder) if isinstance(one, Entry)]


def _decoded(entries: Iterable[Entry]) -> list[Recording]:
    decoders = Decoders()
    try:
        return [
            Recording(
                one.name,
                one.language or "",
                evaluated.audio(decoders, one.path),
                one.reference or "",
            )
            for one in entries
        ]
    finally:
        decoders.close()


def apart(found: Iterable[Recording], pause_s: float = 1.0) -> list[Recording]:
    """Recordings with a reference, joined with pauses of `pause_s`."""
    return list(joined((r for r in found if r.reference), pause_s, f"apart {pause_s:g} s"))


def flowing(found: Iterable[Recording]) -> list[Recording]:
    """Recordings, joined without any pause."""
    return list(joined(found, 0.0, "without a pause", unpaused))


def alone(path: Path, language: str) -> Recording:
    """One file, whose words are not known."""
    decoders = Decoders()
    try:
        return Recording(path.name, language, evaluated.audio(decoders, path), "")
    finally:
        decoders.close()


def unpaused(samples: Samples) -> Samples:
    """The speech, with a little margin, without the pauses."""
    return evaluated.unpaused(samples, make_detector("silero"))


def speech(samples: Samples, gap: int = 0) -> list[Range]:
    """Runs of voiced frames; those less than `gap` samples apart are one."""
    return evaluated.speech(samples, make_detector("silero"), gap)
