"""New audio for every request, so that no cache of the server helps."""

from __future__ import annotations

import io
import random
import shutil
import wave
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
import soxr

from realtime.audio.format import AudioFormat
from realtime.audio.intake import AudioIntake
from realtime.audio.samples import silence, to_s16
from realtime.errors import RealtimeError, SetupError
from realtime.load_test.synthetic.corpus import SessionSentence
from realtime.load_test.synthetic.espeak import espeak
from realtime.load_test.synthetic.grammar import LANGUAGES, Language, draw_sentence
from realtime.load_test.synthetic.speech import SpokenUtterance, SpokenWord, draw_voice, speak
from realtime.types import SAMPLE_RATE, Samples
from realtime.weights.bundled import Sample, samples

RANDOM, SPEECH = "random", "speech"
GAP_S = (0.6, 1.2)
"""Pauses between sentences: longer than the usual hangover of 0.5 s, so each is an utterance."""
LEAD_S = 0.3
TAIL_S = 0.9
"""Silence after the last sentence, so that a live stream's last final comes after a hangover, not
early because the stream ends."""
TRIES = 12
"""Most sentences to try for the remaining time, before it stays silent."""
TONES_HZ = (200.0, 3000.0)
NOISE = 0.05
"""R.m.s. level of the noise, relative to full scale."""
PITCHES = (0.92, 1.09)
"""Range of the speed factor: a semitone and a half up or down."""
DITHER = 1e-4
"""Noise that makes two copies of a recording differ; inaudible at 80 dB below full scale."""
LONGEST_FILE_S = 3600.0


@dataclass(frozen=True, slots=True, eq=False)
class LoadRecording:
    """The audio of one request, and its transcript."""

    number: int
    samples: Samples
    sentences: tuple[SessionSentence, ...] = ()
    """With the times of their words, where the synthesiser reports them."""
    reference: str | None = None
    """The transcript; None: unknown, so no word errors are counted."""

    @property
    def duration_s(self) -> float:
        return len(self.samples) / SAMPLE_RATE

    def wav(self, rate: int) -> bytes:
        """As a WAV file of 16 bits, mono, at `rate` Hz."""
        audio = self.samples if rate == SAMPLE_RATE else resampled(self.samples, SAMPLE_RATE, rate)
        data = io.BytesIO()
        with wave.open(data, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(to_s16(audio).tobytes())
        return data.getvalue()


class AudioSource(Protocol):
    """Makes the audio of request `number`; equal numbers give equal audio. Must be picklable, since
    it runs in a process of its own."""

    def make(self, number: int) -> LoadRecording: ...


def open_source(
    name: str, language: str, seconds: float, seed: int, *, timed: bool = False
) -> AudioSource:
    """`name`: `random`, `speech` or a folder. Raises SetupError for any other, and for a language
    in which no speech can be made.

    `timed`: speech must come with the times of its words.
    """
    if name == RANDOM:
        return Noise(seconds, seed)
    if name == SPEECH:
        if language not in LANGUAGES:
            raise SetupError(
                f"Speech can be made in {' and '.join(LANGUAGES)}, not in {language!r}: choose one "
                "with --language, or give --audio-source a folder of recordings."
            )
        synthesisers = tuple(
            one
            for one in ("espeak", "flite")
            if _installed(one) and (one == "espeak" or (language == "en" and not timed))
        )
        if synthesisers:
            return SpokenSentences(language, seconds, seed, synthesisers)
        return Recombined(language, seconds, seed)
    folder = Path(name)
    if not folder.is_dir():
        raise SetupError(
            f"The audio source {name!r} is not a folder: it must be random, speech, or a folder."
        )
    return SpeechFolder(folder, seconds, seed)


@dataclass(frozen=True, slots=True)
class Noise:
    """White noise and a few tones, which depend on the number of the request."""

    seconds: float
    seed: int

    def make(self, number: int) -> LoadRecording:
        rng = np.random.default_rng((self.seed, number))
        count = round(self.seconds * SAMPLE_RATE)
        t = np.arange(count) / SAMPLE_RATE
        audio = NOISE * rng.standard_normal(count)
        for hertz in rng.uniform(*TONES_HZ, size=3):
            audio += 0.1 * np.sin(2 * np.pi * hertz * t)
        return LoadRecording(number, np.clip(audio, -1, 1).astype(np.float32))


@dataclass(frozen=True, slots=True)
class SpokenSentences:
    """Sentences of a grammar, spoken by espeak-ng or flite with a new voice for every request."""

    language: Language
    seconds: float
    seed: int
    synthesisers: tuple[str, ...] = ("espeak",)
    """Installed synthesisers. flite speaks only English, and reports no times of words."""

    def make(self, number: int) -> LoadRecording:
        rng = random.Random(f"{self.seed} {number}")
        voice = draw_voice(self.language, "held-out", rng)
        while voice.synthesiser not in self.synthesisers:
            voice = draw_voice(self.language, "held-out", rng)

        def draw(longest_s: float) -> SessionSentence | None:
            for _ in range(TRIES):
                utterance = speak(draw_sentence(self.language, rng), voice)
                if utterance is not None and utterance.duration_s <= longest_s:
                    spoken.append(utterance.samples)
                    return _sentence(utterance)
            return None

        spoken: list[Samples] = []
        return _filled(number, self.seconds, rng, draw, spoken)


def _installed(synthesiser: str) -> bool:
    if synthesiser == "flite":
        return shutil.which("flite") is not None
    try:
        espeak()
    except SetupError:
        return False
    return True


def _sentence(utterance: SpokenUtterance) -> SessionSentence:
    return SessionSentence(0.0, utterance.duration_s, utterance.sentence.written, utterance.words)


@dataclass(frozen=True, slots=True)
class Recombined:
    """The bundled recordings in a new order and pitch, for use without a synthesiser."""

    language: Language
    seconds: float
    seed: int

    def make(self, number: int) -> LoadRecording:
        rng = random.Random(f"{self.seed} {number}")
        pool = [item for item in samples() if item.language == self.language]
        spoken: list[Samples] = []

        def draw(longest_s: float) -> SessionSentence | None:
            for item in rng.sample(pool, len(pool)):
                speed = rng.uniform(*PITCHES)
                audio = resampled(item.read(), SAMPLE_RATE, round(SAMPLE_RATE / speed))
                if len(audio) <= longest_s * SAMPLE_RATE:
                    spoken.append(audio)
                    return _faster(item, speed, len(audio) / SAMPLE_RATE)
            return None

        return _filled(number, self.seconds, rng, draw, spoken)


def _faster(item: Sample, speed: float, duration_s: float) -> SessionSentence:
    words = tuple(
        SpokenWord(word.text.strip(), word.start_s / speed, word.end_s / speed, True)
        for word in item.words
    )
    return SessionSentence(0.0, duration_s, item.text, words)


class _Draw(Protocol):
    def __call__(self, longest_s: float) -> SessionSentence | None: ...


def _filled(
    number: int, seconds: float, rng: random.Random, draw: _Draw, spoken: list[Samples]
) -> LoadRecording:
    """Sentences with pauses between them until nothing fits any more, then silence.

    `draw` puts a sentence's audio into `spoken` and returns it with times from 0. The first one may
    be longer than `seconds`: audio without a word would measure nothing.
    """
    count = round(seconds * SAMPLE_RATE)
    pieces, length = [silence(LEAD_S)], round(LEAD_S * SAMPLE_RATE)
    sentences: list[SessionSentence] = []
    while True:
        left_s = (count - length) / SAMPLE_RATE - TAIL_S
        sentence = draw(left_s)
        if sentence is None and not sentences:
            sentence = draw(float("inf"))
        if sentence is None:
            break
        audio = spoken.pop()
        at_s = length / SAMPLE_RATE
        words = tuple(
            replace(word, start_s=word.start_s + at_s, end_s=word.end_s + at_s)
            for word in sentence.words
        )
        sentences.append(
            SessionSentence(at_s, at_s + sentence.end_s, sentence.text, words),
        )
        pause = silence(rng.uniform(*GAP_S))
        pieces += [audio, pause]
        length += len(audio) + len(pause)
    speech_end = length - len(pieces.pop())
    count = max(count, speech_end + round(TAIL_S * SAMPLE_RATE))
    audio = np.concatenate([*pieces, silence((count - speech_end) / SAMPLE_RATE)])
    text = " ".join(sentence.text for sentence in sentences)
    return LoadRecording(number, audio, tuple(sentences), text)


@dataclass(frozen=True, slots=True)
class SpeechFolder:
    """The recordings of a folder in turn, each time a piece from a random place.

    A recording with its transcript beside it (`a.wav`, `a.txt`) is sent whole, and its word errors
    are counted.
    """

    folder: Path
    seconds: float
    seed: int

    def make(self, number: int) -> LoadRecording:
        """Raises SetupError where the folder holds no audio, or a file cannot be decoded."""
        files = sorted(
            path
            for path in self.folder.rglob("*")
            if path.is_file() and path.suffix.lower() != ".txt" and not path.name.startswith(".")
        )
        if not files:
            raise SetupError(f"The folder {self.folder} holds no recording.")
        rng = np.random.default_rng((self.seed, number))
        path = files[number % len(files)]
        audio = decoded(path)
        words = path.with_suffix(".txt")
        reference = words.read_text(encoding="utf-8").strip() if words.is_file() else None
        if not reference:
            reference = None
            count = min(len(audio), round(self.seconds * SAMPLE_RATE))
            start = int(rng.integers(0, len(audio) - count + 1))
            audio = audio[start : start + count]
        noise = DITHER * rng.standard_normal(len(audio), dtype=np.float32)
        return LoadRecording(number, np.clip(audio + noise, -1, 1), (), reference)


def decoded(path: Path) -> Samples:
    """The first hour of a file of any format, float32 at 16 kHz. Raises SetupError where it cannot
    be decoded or holds no audio."""
    pieces: list[Samples] = []
    intake = AudioIntake(AudioFormat("auto"))
    try:
        with path.open("rb") as file:
            while data := file.read(1 << 16):
                pieces += intake.receive(data)
                while intake.more:
                    pieces += intake.receive(b"")
                if sum(map(len, pieces)) > LONGEST_FILE_S * SAMPLE_RATE:
                    break
            pieces += intake.finish()
            while intake.more:
                pieces += intake.finish()
    except (RealtimeError, OSError) as error:
        raise SetupError(f"{path} cannot be used as a recording: {error}") from None
    finally:
        intake.close()
    if not sum(map(len, pieces)):
        raise SetupError(f"{path} holds no audio: remove it from the folder.")
    return np.concatenate(pieces)


def resampled(audio: Samples, of: int, to: int) -> Samples:
    """Resample audio from `of` to `to` Hz."""
    converted: Samples = soxr.resample(audio, of, to).astype(np.float32, copy=False)
    return converted
