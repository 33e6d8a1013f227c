"""Recordings of speech: one by one, joined with pauses, or with their pauses removed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from realtime.audio.files import Decoders, Source
from realtime.types import SAMPLE_RATE, Samples
from realtime.vad.base import FRAME_SAMPLES, SpeechDetector

VOICED = 0.5
MARGIN = 2 * FRAME_SAMPLES
"""Audio kept around speech where pauses are removed: it holds fading consonants."""
TOGETHER_S = 170.0
"""Most seconds of audio in one joined recording."""

Range = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """Audio with its transcript."""

    name: str
    language: str
    """ISO code; empty: the model detects it."""
    samples: Samples
    reference: str
    """Empty if there is no speech or no transcript."""
    parts: int = 1
    """Number of recordings that it joins."""

    @property
    def duration_s(self) -> float:
        return len(self.samples) / SAMPLE_RATE


def audio(decoders: Decoders, source: Source) -> Samples:
    """All audio of a file, with its channels mixed. Raises MissingFile, NotAudio, MessageTooBig,
    DecodeFailed."""
    reader = decoders.open(source)
    try:
        blocks = []
        while (block := reader.read()) is not None:
            blocks.append(block[:, 0])
        return np.concatenate(blocks)  # a file without audio was refused
    finally:
        reader.close()


def speech(samples: Samples, detector: SpeechDetector, gap: int = 0) -> list[Range]:
    """Runs of voiced frames, by a new `detector`; those at most `gap` samples apart are merged."""
    whole = samples[: len(samples) // FRAME_SAMPLES * FRAME_SAMPLES]
    runs: list[Range] = []
    voiced = detector.probabilities(whole) >= VOICED
    for frame in np.flatnonzero(voiced):
        start = int(frame) * FRAME_SAMPLES
        if runs and start - runs[-1][1] <= gap:
            runs[-1] = (runs[-1][0], start + FRAME_SAMPLES)
        else:
            runs.append((start, start + FRAME_SAMPLES))
    return runs


def unpaused(samples: Samples, detector: SpeechDetector) -> Samples:
    """Only the speech, with `MARGIN` around it."""
    runs = speech(samples, detector, 2 * MARGIN)
    pieces = [samples[max(0, start - MARGIN) : end + MARGIN] for start, end in runs]
    return np.concatenate(pieces) if pieces else samples[:0]


def joined(
    found: Iterable[Recording],
    pause_s: float,
    how: str,
    piece: Callable[[Samples], Samples] = lambda samples: samples,
    longest_s: float = TOGETHER_S,
) -> Iterator[Recording]:
    """Join consecutive recordings of one language, with `pause_s` of silence behind each, up to
    `longest_s` at a time. `piece` returns the part of a recording to use."""
    waiting: list[Recording] = []
    room_s, count = longest_s, 0
    for one in found:
        if waiting and (one.duration_s > room_s or one.language != waiting[0].language):
            count += 1
            yield _one(waiting, pause_s, f"{how} {count}", piece)
            waiting, room_s = [], longest_s
        waiting.append(one)
        room_s -= one.duration_s + pause_s
    if waiting:
        yield _one(waiting, pause_s, f"{how} {count + 1}", piece)


def _one(
    parts: list[Recording], pause_s: float, how: str, piece: Callable[[Samples], Samples]
) -> Recording:
    pause = np.zeros(round(pause_s * SAMPLE_RATE), np.float32)
    return Recording(
        f"{parts[0].language} {how}",
        parts[0].language,
        np.concatenate([p for part in parts for p in (piece(part.samples), pause)]),
        " ".join(part.reference for part in parts),
        len(parts),
    )
