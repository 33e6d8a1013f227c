"""Clips of the micro-whisper recipe → features by speaker.

A *speaker* is a voice of the synthesiser in one range of pitch with one size of vocal tract. As in
recipes for real speech, playing the audio slower or faster lengthens or shortens the tract:
formants and pitch move together, which makes a new speaker.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr

from realtime.errors import SetupError
from realtime.load_test.synthetic.speech import ENGLISH_ACCENTS
from realtime.speakers.fbank import BINS, fbank, voiced
from realtime.types import SAMPLE_RATE
from recipes.micro_whisper.dataset import Clip

Stored = Mapping[str, npt.NDArray[np.float16]]
"""Name of a speaker → concatenated features, shape (frames, 80); mean not yet subtracted."""

PITCHES = {"low": range(25, 39), "middle": range(45, 59), "high": range(66, 80)}
"""Ranges of espeak-ng's pitch, with gaps: different speakers must sound different."""
SPEEDS = (0.87, 1.0, 1.15)
FRAMES = 3_000
"""30 s per speaker: several times what the network needs, and all of it fits into memory."""


def speaker_of(clip: Clip) -> str | None:
    """Voice variant and range of pitch; None for a pitch between two ranges."""
    voice = clip.voice
    if voice.synthesiser == "flite":
        return voice.speaker
    plain = voice.speaker in {*ENGLISH_ACCENTS, "ko"}  # espeak-ng's own voice, in any accent
    variant = "plain" if plain else voice.speaker
    for height, pitches in PITCHES.items():
        if voice.pitch in pitches:
            return f"{variant} {height}"
    return None


def make_features(clips: Iterable[Clip], seed: int = 0, frames: int = FRAMES) -> Stored:
    """Equally many features of each speaker, languages mixed; speakers with too little speech are
    left out."""
    rng = random.Random(f"speakers {seed}")
    by_speaker: dict[str, list[Clip]] = defaultdict(list)
    for clip in clips:
        speaker = speaker_of(clip)
        if speaker is not None:
            by_speaker[speaker].append(clip)
    stored: dict[str, npt.NDArray[np.float16]] = {}
    for speaker in sorted(by_speaker):
        order = rng.sample(by_speaker[speaker], len(by_speaker[speaker]))
        for number, speed in enumerate(SPEEDS):
            # Different sentences at each speed.
            own = order[number :: len(SPEEDS)]
            features = _joined(own, speed, frames)
            if len(features) == frames:
                stored[f"{speaker} {speed}"] = features
    return stored


def _joined(clips: Iterable[Clip], speed: float, frames: int) -> npt.NDArray[np.float16]:
    pieces = [np.empty((0, BINS), np.float16)]
    for piece in _pieces(clips, speed):
        pieces.append(piece)
        if sum(map(len, pieces)) >= frames:
            break
    return np.concatenate(pieces)[:frames]


def _pieces(clips: Iterable[Clip], speed: float) -> Iterator[npt.NDArray[np.float16]]:
    for clip in clips:
        samples = clip.pcm.astype(np.float32) / np.float32(32768)
        if speed != 1.0:
            samples = soxr.resample(samples, SAMPLE_RATE * speed, SAMPLE_RATE).astype(np.float32)
        features = fbank(samples)
        yield features[voiced(features)].astype(np.float16)


def save(stored: Stored, path: Path) -> None:
    """Write features to an `.npz`. Raises `OSError` where it cannot be written."""
    np.savez(path, **stored)  # type: ignore[arg-type]  # of the stubs: names are any strings


def load(path: Path) -> Stored:
    """Read features that `save` wrote. Raises `SetupError` where they are missing or damaged."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError) as error:
        raise SetupError(f"{path} holds no features: make it with `features`.") from error
