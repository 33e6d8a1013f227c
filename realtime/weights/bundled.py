"""The model that ships inside the package, and recordings with their exact words.

*micro-whisper* knows a few hundred words of English and Korean: enough to run, demonstrate and test
the whole system without a network. `recipes/micro_whisper/README.md` says how it was made.
"""

from __future__ import annotations

import json
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from realtime.errors import SetupError
from realtime.types import SAMPLE_RATE, Samples, Word

MODEL_FILES = (
    "config.json",
    "model.bin",
    "preprocessor_config.json",
    "tokenizer.json",
    "vocabulary.json",
)
"""Files that a CTranslate2 Whisper needs to load without a network."""

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Sample:
    """One recording: synthetic speech, so text and times are exact."""

    name: str
    language: str
    """ISO code."""
    path: Path
    """WAV, signed 16 bit, 16 kHz, mono."""
    text: str
    """The exact text that the bundled model returns for it."""
    words: tuple[Word, ...]
    """The words of `text`, each with a leading space, at the times when they are spoken."""

    def read(self) -> Samples:
        """The audio, float32 in -1 … 1, shape (n,). Raises `SetupError` for a damaged file."""
        try:
            with wave.open(str(self.path)) as file:
                shape = (file.getframerate(), file.getnchannels(), file.getsampwidth())
                data = file.readframes(file.getnframes())
        except (OSError, EOFError, wave.Error) as error:
            raise SetupError(_damaged(self.path)) from error
        if shape != (SAMPLE_RATE, 1, 2):
            raise SetupError(_damaged(self.path))
        return np.frombuffer(data, "<i2").astype(np.float32) / np.float32(32768)


def bundled_dir(weights: Path = _HERE) -> Path:
    """The folder of the bundled model. Raises `SetupError` where the installation lacks a file."""
    folder = weights / "micro"
    missing = [name for name in MODEL_FILES if not (folder / name).is_file()]
    if missing:
        raise SetupError(_damaged(folder / missing[0]))
    return folder


def samples(weights: Path = _HERE) -> list[Sample]:
    """All bundled recordings, in the order of `samples.json`. Raises `SetupError` if damaged."""
    index = weights / "samples" / "samples.json"
    try:
        entries = json.loads(index.read_text(encoding="utf-8"))
        return [_sample(entry, index.parent) for entry in entries]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SetupError(_damaged(index)) from error


def _sample(entry: dict[str, object], folder: Path) -> Sample:
    words = entry["words"]
    if not isinstance(words, list):
        raise TypeError("words must be a list")
    name = str(entry["name"])
    return Sample(
        name=name,
        language=str(entry["language"]),
        path=folder / f"{name}.wav",
        text=str(entry["text"]),
        words=tuple(Word(f" {word['text']}", word["start_s"], word["end_s"]) for word in words),
    )


def _damaged(path: Path) -> str:
    return f"{path} is missing or damaged: install realtime-whisper again."
