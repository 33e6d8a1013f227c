"""Sentences spoken aloud by espeak-ng (whose library tells when each word begins) and by flite.

Both are programs of the system (`apt install espeak-ng flite`). libespeak-ng keeps its state in the
process: one thread may speak, and the very samples of a voice depend a little on what the process
has said before. What must come out the same each time is therefore spoken in a fresh process (see
`corpus`, `dataset`).
"""

from __future__ import annotations

import bisect
import ctypes
import functools
import random
import shutil
import subprocess
import tempfile
import wave
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import soxr

from benchmarks.micro_whisper.grammar import Language, Sentence
from realtime.errors import SetupError
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
"""Never trained on: what the model makes of them is what it makes of a stranger."""
TRAINING_FLITE = ("slt", "rms", "kal16")
HELD_OUT_FLITE = ("awb",)
ENGLISH_ACCENTS = (
    "en-us",
    "en-us",
    "en-us",
    "en",
    "gmw/en-GB-x-rp",
    "gmw/en-GB-scotland",
    "gmw/en-029",
)
"""As often as they stand here: American is what the server is asked for most."""

_AUDIBLE = 0.004
"""Amplitude under which a synthesiser is silent (its peaks reach 0.1 … 1)."""
_FALLEN_SILENT = 0.02
"""Amplitude under which a word is over, at a peak of 0.7."""
_LEAD_S, _TAIL_S = 0.025, 0.05
"""Kept before the first and behind the last audible sample."""
_PEAK = 0.7
_SHORTEST_S = 0.2


@dataclass(frozen=True, slots=True)
class Voice:
    """A speaker and how he speaks. Rate, pitch and range are espeak-ng's; flite has its own."""

    synthesiser: Synthesiser
    name: str
    """espeak-ng: `accent+variant`; flite: the voice."""
    rate: int = 160
    """Words a minute."""
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
    """False: the synthesiser ran it together with neighbours; all of them carry the whole span."""


@dataclass(frozen=True, slots=True, eq=False)
class Utterance:
    """A sentence as one voice says it."""

    sentence: Sentence
    voice: Voice
    samples: Samples
    """Peak 0.7, silence around it cut away."""
    words: tuple[SpokenWord, ...]
    """One for each word of `sentence.words`; empty where the synthesiser tells no times (flite)."""

    @property
    def duration_s(self) -> float:
        return len(self.samples) / SAMPLE_RATE


def missing_programs() -> list[str]:
    """Names of the system packages without which nothing can be spoken; empty when all is there."""
    missing = []
    try:
        _library()
    except SetupError:
        missing.append("espeak-ng")
    if shutil.which("flite") is None:
        missing.append("flite")
    return missing


def draw_voice(language: Language, voices: VoiceSet, rng: random.Random) -> Voice:
    """A random speaker of one of the two sets. Flite speaks English alone."""
    held_out = voices == "held-out"
    if language == "en" and rng.random() < (0.3 if held_out else 0.12):
        return Voice("flite", rng.choice(HELD_OUT_FLITE if held_out else TRAINING_FLITE))
    accent = rng.choice(ENGLISH_ACCENTS) if language == "en" else "ko"
    name = f"{accent}+{rng.choice(HELD_OUT_VARIANTS if held_out else TRAINING_VARIANTS)}"
    if not held_out and rng.random() < 0.1:
        name = accent
    return Voice(
        "espeak", name, rng.randrange(120, 215), rng.randrange(25, 80), rng.randrange(30, 80)
    )


def speak(sentence: Sentence, voice: Voice) -> Utterance | None:
    """Say a sentence; None where the synthesiser produced no audible speech of it.

    Raises `SetupError` where the synthesiser or the voice is not installed.
    """
    words: tuple[SpokenWord, ...] = ()
    if voice.synthesiser == "flite":
        samples = _speak_flite(sentence.spoken, voice.name)
    else:
        samples, events = _library().speak(sentence.spoken, voice)
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
    return Utterance(
        sentence,
        voice,
        samples,
        tuple(replace(word, end_s=_audible_end(word, samples)) for word in moved),
    )


def _audible_end(word: SpokenWord, samples: Samples) -> float:
    """Where a word falls silent, in s: the pause that a comma makes is part of its span."""
    start = round(word.start_s * SAMPLE_RATE)
    span = np.abs(samples[start : round(word.end_s * SAMPLE_RATE)])
    audible = np.nonzero(span > _FALLEN_SILENT)[0]
    if not len(audible):
        return min(word.end_s, len(samples) / SAMPLE_RATE)
    return min(word.end_s, (start + int(audible[-1]) + 1) / SAMPLE_RATE)


# --- espeak-ng ----------------------------------------------------------------------------------
# Names and numbers from its header, espeak-ng/speak_lib.h (1.51).

_AUDIO_OUTPUT_SYNCHRONOUS = 2
_EVENT_END_OF_LIST, _EVENT_WORD = 0, 1
_PARAMETER_RATE, _PARAMETER_PITCH, _PARAMETER_RANGE = 1, 3, 4
_CHARACTERS_UTF8 = 1
_BUFFER_MS = 500


class _EventId(ctypes.Union):
    _fields_ = (
        ("number", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("string", ctypes.c_char * 8),
    )


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),  # in characters, from 1
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),  # ms
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


@dataclass(frozen=True, slots=True)
class _Mark:
    """One event of the synthesiser: a word begins."""

    position: int
    """Index of the word's first character in the spoken text, from 1."""
    time_s: float


class _Espeak:
    """libespeak-ng, initialised once a process: `espeak_Terminate` of 1.51 may hang."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        self._rate = int(library.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, _BUFFER_MS, None, 0))
        if self._rate <= 0:
            raise SetupError("espeak-ng finds no voice data: install the package espeak-ng-data.")
        self._pieces: list[npt.NDArray[np.int16]] = []
        self._marks: list[_Mark] = []
        self._callback = _Callback(self._receive)  # kept: the library holds only its address
        library.espeak_SetSynthCallback(self._callback)

    def speak(self, text: str, voice: Voice) -> tuple[Samples, list[_Mark]]:
        """The audio of a text and the marks in it."""
        self._pieces.clear()
        self._marks.clear()
        library = self._library
        if library.espeak_SetVoiceByName(voice.name.encode()) != 0:
            raise SetupError(
                f"espeak-ng has no voice {voice.name}: install espeak-ng 1.51 or later."
            )
        library.espeak_SetParameter(_PARAMETER_RATE, voice.rate, 0)
        library.espeak_SetParameter(_PARAMETER_PITCH, voice.pitch, 0)
        library.espeak_SetParameter(_PARAMETER_RANGE, voice.pitch_range, 0)
        data = text.encode()
        library.espeak_Synth(data, len(data) + 1, 0, 1, 0, _CHARACTERS_UTF8, None, None)
        library.espeak_Synchronize()
        if not self._pieces:
            return np.zeros(0, np.float32), []
        return _resample(np.concatenate(self._pieces), self._rate), list(self._marks)

    def _receive(self, audio: Any, count: int, events: Any) -> int:
        if count > 0:
            self._pieces.append(np.ctypeslib.as_array(audio, (count,)).copy())
        i = 0
        while events[i].type != _EVENT_END_OF_LIST:
            if events[i].type == _EVENT_WORD and events[i].length > 0:
                self._marks.append(_Mark(events[i].text_position, events[i].audio_position / 1000))
            i += 1
        return 0  # go on


@functools.cache
def _library() -> _Espeak:
    try:
        return _Espeak(ctypes.CDLL("libespeak-ng.so.1"))
    except OSError as error:
        raise SetupError("espeak-ng is missing: apt install espeak-ng") from error


def _word_times(
    sentence: Sentence, marks: list[_Mark], duration_s: float
) -> tuple[SpokenWord, ...]:
    """Times of the written words from the marks of the spoken ones.

    A word that was run together with the one before it ("on the") has no mark of its own: such
    words share one span.
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


# --- flite --------------------------------------------------------------------------------------


@functools.cache
def _flite_voices() -> frozenset[str]:
    try:
        listed = subprocess.run(["flite", "-lv"], check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise SetupError("flite is missing: apt install flite") from error
    return frozenset(listed.stdout.partition(":")[2].split())


def _speak_flite(text: str, voice: str) -> Samples:
    if voice not in _flite_voices():  # it would silently take another
        raise SetupError(f"flite has no voice {voice}: install flite 2.2 or later.")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        command = ["flite", "-voice", voice, "-t", text, "-o", str(path)]
        subprocess.run(command, check=True, capture_output=True)
        with wave.open(str(path)) as file:
            rate = file.getframerate()
            data = file.readframes(file.getnframes())
    return _resample(np.frombuffer(data, "<i2"), rate)


def _resample(pcm: npt.NDArray[np.int16], rate: int) -> Samples:
    samples = pcm.astype(np.float32) / np.float32(32768)
    resampled: Samples = soxr.resample(samples, rate, SAMPLE_RATE).astype(np.float32, copy=False)
    return resampled
