"""Recordings of people from a folder with a `manifest.json`, alone and joined.

The manifest is a list of objects: `file`, `lang` (ISO code or null), `reference` (what is said, or
null), and whatever else. Nothing of such a folder belongs into the repository.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from faster_whisper.audio import decode_audio

from benchmarks.support import silence
from realtime.app.detectors import make_detector
from realtime.types import SAMPLE_RATE, Samples
from realtime.vad.base import FRAME_SAMPLES

MANIFEST = "manifest.json"
VOICED = 0.5
MARGIN = 2 * FRAME_SAMPLES
"""Kept around speech where pauses are taken out: fading consonants live there."""
TOGETHER_S = 170.0
"""The most audio of one joined recording."""

Range = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """What people said."""

    name: str
    language: str
    samples: Samples
    reference: str
    """Empty where nobody wrote it down."""

    @property
    def duration_s(self) -> float:
        return len(self.samples) / SAMPLE_RATE


def recordings(folder: Path, within: str) -> list[Recording]:
    """Those below `folder`/`within` whose language is known, in the manifest's order.

    Raises FileNotFoundError where there is no manifest.
    """
    entries = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return [
        _recording(folder, entry)
        for entry in entries
        if entry["file"].startswith(f"{within}/") and entry["lang"]
    ]


def unspoken(folder: Path) -> list[Recording]:
    """Those in which nobody speaks: their reference is known, and empty.

    Raises FileNotFoundError where there is no manifest.
    """
    entries = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return [_recording(folder, entry) for entry in entries if entry["reference"] == ""]


def apart(found: Iterable[Recording], pause_s: float = 1.0) -> list[Recording]:
    """Those with a reference, one after the other with pauses of `pause_s`."""
    return _joined(found, f"apart {pause_s:g} s", lambda samples: samples, pause_s)


def flowing(found: Iterable[Recording]) -> list[Recording]:
    """Those with a reference as if in one breath: without any pause."""
    return _joined(found, "without a pause", unpaused, 0.0)


def unpaused(samples: Samples) -> Samples:
    """Speech alone, with a little around it."""
    pieces = [samples[max(0, a - MARGIN) : b + MARGIN] for a, b in speech(samples, 2 * MARGIN)]
    return np.concatenate(pieces) if pieces else samples[:0]


def speech(samples: Samples, gap: int = 0) -> list[Range]:
    """Runs of voiced frames; those less than `gap` samples apart are one."""
    whole = samples[: len(samples) // FRAME_SAMPLES * FRAME_SAMPLES]
    runs: list[Range] = []
    voiced = make_detector("silero").probabilities(whole) >= VOICED
    for frame in np.flatnonzero(voiced):
        start = int(frame) * FRAME_SAMPLES
        if runs and start - runs[-1][1] <= gap:
            runs[-1] = (runs[-1][0], start + FRAME_SAMPLES)
        else:
            runs.append((start, start + FRAME_SAMPLES))
    return runs


def _recording(folder: Path, entry: dict[str, str | None]) -> Recording:
    name = entry["file"] or ""
    samples = decode_audio(str(folder / name), sampling_rate=SAMPLE_RATE)
    return Recording(name, entry["lang"] or "", samples, entry["reference"] or "")


def _joined(
    found: Iterable[Recording], how: str, piece: Callable[[Samples], Samples], pause_s: float
) -> list[Recording]:
    """As many at a time as `TOGETHER_S` hold."""
    made: list[Recording] = []
    waiting: list[Recording] = []
    room_s = TOGETHER_S
    for one in [*(r for r in found if r.reference), None]:
        if one is None or (waiting and one.duration_s > room_s):
            if waiting:
                parts = [p for r in waiting for p in (piece(r.samples), silence(pause_s))]
                made.append(
                    Recording(
                        f"{waiting[0].language} {how} {len(made) + 1}",
                        waiting[0].language,
                        np.concatenate(parts),
                        " ".join(r.reference for r in waiting),
                    )
                )
            waiting, room_s = [], TOGETHER_S
        if one is not None:
            waiting.append(one)
            room_s -= one.duration_s + pause_s
    return made
