"""Sentences spoken by espeak-ng (whose library reports when each word begins) and by flite.

Both are programs of the system (`apt install espeak-ng flite`). Audio that must be reproducible is
synthesised in a fresh process, as in `corpus` and `dataset`; `espeak` explains why.
"""

from __future__ import annotations

import bisect
import functools
import random
import shutil
import subprocess
import tempfile
import wave
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from realtime.errors import SetupError
from realtime.load_test.synthetic.espeak import Mark, espeak, resampled
from realtime.load_test.synthetic.grammar import GrammarSentence, Language
from realtime.types import SAMPLE_RATE, Samples

Synthesiser = Literal["espeak", "flite"]
VoiceSet = Literal["training", "held-out"]

TRAINING_VARIANTS = (
    *("m1", "m2", "m3", "m4", "m5", "m6", "m8", "f1", "f2", "f3", "f4", "Alex", "Alicia"),
    *("Andrea", "Annie", "Diogo", "Gene", "Gene2", "Jacky", "Lee", "Marco", "Mario", "Michael"),
    *("Mike", "adam", "anika", "belinda", "benjamin", "boris", "caleb", "david", "ed", "edward"),
    *("linda", "max", "michel", "miguel", "norbert", "pablo", "paul", "pedro", "quincy", "rob"),
    *("robert", "sandro", "shelby", "steph", "steph3", "travis", "victor", "klatt", "klatt2"),
    *("klatt3", "klatt4"),
)
HELD_OUT_VARIANTS = ("f5", "m7", "Andy", "steph2")
"""Never used for training, so that results with them are those for an unknown speaker."""
TRAINING_FLITE = ("slt", "rms", "kal16")
HELD_OUT_FLITE = ("awb",)
TRAINING_FLITE_SHARE = 0.12
ENGLISH_ACCENTS = (
    "en-us",
    "en-us",
    "en-us",
    "en",
    "gmw/en-GB-x-rp",
    "gmw/en-GB-scotland",
    "gmw/en-029",
)
"""Each entry is equally likely; American is listed three times, since it is requested most."""

_AUDIBLE = 0.004
"""Amplitude below which a synthesiser is silent (its peaks reach 0.1 … 1)."""
_FALLEN_SILENT = 0.02
"""Amplitude below which a word has ended, at a peak of 0.7."""
_LEAD_S, _TAIL_S = 0.025, 0.05
"""Silence that stays before the first and after the last audible sample."""
_PEAK = 0.7
_SHORTEST_S = 0.2


@dataclass(frozen=True, slots=True)
class Voice:
    """A speaker and a manner of speaking. Rate, pitch and range are for espeak-ng; flite uses its
    own."""

    synthesiser: Synthesiser
    name: str
    """espeak-ng: `accent+variant`; flite: the voice."""
    rate: int = 160
    """Words per minute."""
    pitch: int = 50
    """0 … 99."""
    pitch_range: int = 50
    """0 … 99; 0 is a monotone."""

    @property
    def speaker(self) -> str:
        """The part of the name by which voices are held out: `steph2`, `awb`."""
        return self.name.split("+")[-1]


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """When one written word is spoken, in seconds from the start of the utterance."""

    text: str
    start_s: float
    end_s: float
    exact: bool
    """False: the synthesiser ran it together with neighbours; all of them have the whole span."""


@dataclass(frozen=True, slots=True, eq=False)
class SpokenUtterance:
    """A sentence spoken by one voice."""

    sentence: GrammarSentence
    voice: Voice
    samples: Samples
    """Peak 0.7, surrounding silence trimmed."""
    words: tuple[SpokenWord, ...]
    """One for each word of `sentence.words`; empty where there are no word times (flite)."""

    @property
    def duration_s(self) -> float:
        return len(self.samples) / SAMPLE_RATE


def missing_programs() -> list[str]:
    """Names of the system packages for speech that are not installed."""
    missing = []
    try:
        espeak()
    except SetupError:
        missing.append("espeak-ng")
    if shutil.which("flite") is None:
        missing.append("flite")
    return missing


def draw_voice(
    language: Language,
    voices: VoiceSet,
    rng: random.Random,
    flite: float = TRAINING_FLITE_SHARE,
) -> Voice:
    """A random speaker of one of the two sets. flite speaks only English: the share `flite` of it
    in the training set."""
    held_out = voices == "held-out"
    if language == "en" and rng.random() < (0.3 if held_out else flite):
        return Voice("flite", rng.choice(HELD_OUT_FLITE if held_out else TRAINING_FLITE))
    accent = rng.choice(ENGLISH_ACCENTS) if language == "en" else "ko"
    name = f"{accent}+{rng.choice(HELD_OUT_VARIANTS if held_out else TRAINING_VARIANTS)}"
    if not held_out and rng.random() < 0.1:
        name = accent
    return Voice(
        "espeak", name, rng.randrange(120, 215), rng.randrange(25, 80), rng.randrange(30, 80)
    )


def speak(sentence: GrammarSentence, voice: Voice) -> SpokenUtterance | None:
    """Synthesise a sentence; None where that gave no audible speech of at least `_SHORTEST_S`.

    Raises `SetupError` where the synthesiser or the voice is not installed.
    """
    words: tuple[SpokenWord, ...] = ()
    if voice.synthesiser == "flite":
        samples = _speak_flite(sentence.spoken, voice.name)
    else:
        samples, events = espeak().speak(
            sentence.spoken, voice.name, voice.rate, voice.pitch, voice.pitch_range
        )
        words = _word_times(sentence, events, len(samples) / SAMPLE_RATE)
    audible = np.nonzero(np.abs(samples) > _AUDIBLE)[0]
    if not len(audible):
        return None
    start = max(0, int(audible[0]) - round(_LEAD_S * SAMPLE_RATE))
    end = min(len(samples), int(audible[-1]) + round(_TAIL_S * SAMPLE_RATE))
    if end - start < _SHORTEST_S * SAMPLE_RATE:
        return None
    samples = samples[start:end]
    samples = samples * np.float32(_PEAK / np.abs(samples).max())
    first_s = start / SAMPLE_RATE
    moved = [
        replace(word, start_s=max(0.0, word.start_s - first_s), end_s=word.end_s - first_s)
        for word in words
    ]
    return SpokenUtterance(
        sentence,
        voice,
        samples,
        tuple(replace(word, end_s=_audible_end(word, samples)) for word in moved),
    )


def _audible_end(word: SpokenWord, samples: Samples) -> float:
    """When a word falls silent, in s, since its span includes the pause after a comma."""
    start = round(word.start_s * SAMPLE_RATE)
    span = np.abs(samples[start : round(word.end_s * SAMPLE_RATE)])
    audible = np.nonzero(span > _FALLEN_SILENT)[0]
    if not len(audible):
        return min(word.end_s, len(samples) / SAMPLE_RATE)
    return min(word.end_s, (start + int(audible[-1]) + 1) / SAMPLE_RATE)


def _word_times(
    sentence: GrammarSentence, marks: list[Mark], duration_s: float
) -> tuple[SpokenWord, ...]:
    """Times of the written words from the marks of the spoken ones.

    A word that is run together with the previous one ("on the") has no mark of its own: such words
    share one span.
    """
    first_characters = []
    position = 0
    for word in sentence.words:
        first_characters.append(position)
        position += len(word.spoken) + 1
    starts: dict[int, float] = {0: 0.0}
    for mark in marks:
        index = bisect.bisect_right(first_characters, mark.position - 1) - 1
        starts.setdefault(index, mark.time_s)
    marked = sorted(starts)
    words: list[SpokenWord] = []
    for this, following in zip(marked, [*marked[1:], len(sentence.words)], strict=True):
        start_s = starts[this]
        end_s = starts.get(following, duration_s)
        words.extend(
            SpokenWord(pair.written, start_s, end_s, following == this + 1)
            for pair in sentence.words[this:following]
        )
    return tuple(words)


@functools.cache
def _flite_voices() -> frozenset[str]:
    try:
        listed = subprocess.run(["flite", "-lv"], check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise SetupError("flite is missing: apt install flite") from error
    return frozenset(listed.stdout.partition(":")[2].split())


def _speak_flite(text: str, voice: str) -> Samples:
    if voice not in _flite_voices():  # flite would silently use another
        raise SetupError(f"flite has no voice {voice}: install flite 2.2 or later.")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        command = ["flite", "-voice", voice, "-t", text, "-o", str(path)]
        subprocess.run(command, check=True, capture_output=True)
        with wave.open(str(path)) as file:
            rate = file.getframerate()
            data = file.readframes(file.getnframes())
    return resampled(np.frombuffer(data, "<i2"), rate)
