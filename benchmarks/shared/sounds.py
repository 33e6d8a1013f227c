"""Reproducible sounds without words, as microphones and telephone lines transmit them.

Every maker takes a number of samples and returns shape (count,), float32 at 16 kHz, in -1 … 1.
"""

from __future__ import annotations

import subprocess
import tempfile
import wave
from collections.abc import Callable

import numpy as np

from realtime.load_test.synthetic.espeak import resampled
from realtime.types import SAMPLE_RATE, Samples

Maker = Callable[[int], Samples]

DTMF_HZ = {
    **dict(zip("123", ((697, 1209), (697, 1336), (697, 1477)), strict=True)),
    **dict(zip("456", ((770, 1209), (770, 1336), (770, 1477)), strict=True)),
    **dict(zip("789", ((852, 1209), (852, 1336), (852, 1477)), strict=True)),
    **dict(zip("*0#", ((941, 1209), (941, 1336), (941, 1477)), strict=True)),
}
"""Key → its two frequencies in Hz (ITU-T Q.23)."""


def _float32(signal: object) -> Samples:
    """Any array of numbers as samples."""
    return np.asarray(signal, np.float32)


def digital(count: int) -> Samples:
    """Digital silence: zeros of shape (count,), the shape of all signals here."""
    return np.zeros(count, np.float32)


def white(level_db: float) -> Callable[[int], Samples]:
    """Gaussian noise of `level_db` dBFS (RMS)."""

    def make(count: int) -> Samples:
        noise = np.random.default_rng(1).standard_normal(count, np.float32)
        scaled: Samples = noise * np.float32(10 ** (level_db / 20))
        return scaled

    return make


def pink(level_db: float) -> Callable[[int], Samples]:
    """Noise that falls by 3 dB per octave, shaped from white noise in pieces of 30 s."""

    def make(count: int) -> Samples:
        rng = np.random.default_rng(2)
        size = 30 * SAMPLE_RATE
        frequency = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
        shape = 1 / np.sqrt(np.maximum(frequency, 20.0))
        pieces = []
        for _ in range(-(-count // size)):
            piece = np.fft.irfft(np.fft.rfft(rng.standard_normal(size)) * shape, size)
            pieces.append(piece / np.sqrt(np.mean(piece**2)))
        noise = np.concatenate(pieces)[:count] * 10 ** (level_db / 20)
        return noise.astype(np.float32)

    return make


def hum(mains_hz: float, level_db: float = -30.0) -> Callable[[int], Samples]:
    """Mains hum with harmonics up to the tenth, each half as loud as the one before."""

    def make(count: int) -> Samples:
        time_s = np.arange(count) / SAMPLE_RATE
        tone = sum(0.5**n * np.sin(2 * np.pi * mains_hz * (n + 1) * time_s) for n in range(10))
        tone = np.asarray(tone)
        return _float32(tone / np.sqrt(np.mean(tone**2)) * 10 ** (level_db / 20))

    return make


def dtmf(count: int) -> Samples:
    """A random key every 0.5 s, pressed for 0.2 s, at -12 dBFS."""
    rng = np.random.default_rng(3)
    signal = np.zeros(count, np.float32)
    time_s = np.arange(round(0.2 * SAMPLE_RATE)) / SAMPLE_RATE
    pairs = list(DTMF_HZ.values())
    for at in range(0, count - len(time_s), SAMPLE_RATE // 2):
        low, high = pairs[int(rng.integers(len(pairs)))]
        tone = np.sin(2 * np.pi * low * time_s) + np.sin(2 * np.pi * high * time_s)
        signal[at : at + len(time_s)] = 0.25 * tone
    return signal


def clicks(count: int) -> Samples:
    """Clicks, two a second at random: 5 ms of decaying noise with peaks near full scale."""
    rng = np.random.default_rng(4)
    signal = np.zeros(count, np.float32)
    length = round(0.005 * SAMPLE_RATE)
    fading = np.exp(-np.arange(length) / (0.001 * SAMPLE_RATE))
    for at in rng.integers(0, count - length, 2 * count // SAMPLE_RATE):
        signal[at : at + length] = 0.7 * fading * rng.standard_normal(length)
    return np.clip(signal, -1, 1)


def music(count: int) -> Samples:
    """Broken chords at 120 bpm: plucked notes with eight harmonics, peaks near -10 dBFS."""
    rng = np.random.default_rng(5)
    length = round(0.9 * SAMPLE_RATE)
    time_s = np.arange(length) / SAMPLE_RATE
    signal = np.zeros(count, np.float32)
    scale = [0, 3, 5, 7, 10, 12, 15]
    for at in range(0, count - length, SAMPLE_RATE // 4):
        pitch_hz = 220.0 * 2 ** (scale[int(rng.integers(len(scale)))] / 12)
        note = sum(np.sin(2 * np.pi * pitch_hz * n * time_s) / n for n in range(1, 9))
        signal[at : at + length] += 0.08 * np.asarray(note) * np.exp(-time_s / 0.25)
    return np.clip(signal, -1, 1)


SCALE = (0, 2, 4, 7, 9, 12, 14)
"""Semitones of a major pentatonic scale, for melodies as in hold music."""
CHORDS = ((0, 4, 7), (9, 12, 16), (5, 9, 12), (7, 11, 14))


def waves(pitch_hz: float, length: int, harmonics: int, vibrato: float = 0.0) -> Samples:
    """A sustained note; `vibrato`: semitones up and down, five times a second, as singers do."""
    time_s = np.arange(length) / SAMPLE_RATE
    bent = pitch_hz * 2 ** (vibrato * np.sin(2 * np.pi * 5 * time_s) / 12)
    phase = 2 * np.pi * np.cumsum(bent) / SAMPLE_RATE
    return np.asarray(sum(np.sin(n * phase) / n for n in range(1, harmonics + 1)), np.float32)


def melody(count: int) -> Samples:
    """Hold music: a flute over a slow bass, in notes of 0.25 to 1 s with vibrato."""
    rng = np.random.default_rng(11)
    signal, at = np.zeros(count, np.float32), 0
    while at < count:
        length = min(round(float(rng.choice((0.25, 0.5, 1.0))) * SAMPLE_RATE), count - at)
        note = waves(440 * 2 ** (rng.choice(SCALE) / 12), length, 3, 0.3)
        bass = waves(110 * 2 ** (rng.choice(SCALE) / 12), length, 6)
        signal[at : at + length] = np.hanning(length) ** 0.3 * (0.12 * note + 0.06 * bass)
        at += length
    return np.clip(signal, -1, 1)


def chords(count: int) -> Samples:
    """Chords of an organ, two seconds each."""
    signal, length = np.zeros(count, np.float32), 2 * SAMPLE_RATE
    for number, at in enumerate(range(0, count, length)):
        long = min(length, count - at)
        for tone in CHORDS[number % len(CHORDS)]:
            signal[at : at + long] += 0.06 * waves(196 * 2 ** (tone / 12), long, 5, 0.1)
    return np.clip(signal, -1, 1)


def band(count: int) -> Samples:
    """The melody and the chords with a drum, a snare and a hi-hat, 110 beats a minute."""
    rng = np.random.default_rng(12)
    signal = 0.6 * melody(count) + 0.6 * chords(count)
    beat = round(60 / 110 * SAMPLE_RATE)
    time_s = np.arange(beat // 2) / SAMPLE_RATE
    drum = 0.5 * np.sin(2 * np.pi * 60 * time_s) * np.exp(-time_s / 0.06)
    for number, at in enumerate(range(0, count - beat, beat // 2)):
        hit = 0.1 * rng.standard_normal(len(time_s)) * np.exp(-time_s / 0.02)
        if number % 4 == 0:
            hit = hit + drum
        elif number % 4 == 2:
            hit = hit + 0.25 * rng.standard_normal(len(time_s)) * np.exp(-time_s / 0.08)
        signal[at : at + len(hit)] += hit
    return np.clip(signal, -1, 1).astype(np.float32)


def humming(count: int) -> Samples:
    """Humming, or a saxophone: the harmonics of a low voice with constant resonances."""
    rng = np.random.default_rng(13)
    signal, at = np.zeros(count, np.float32), 0
    while at < count:
        length = min(round(float(rng.uniform(0.4, 1.5)) * SAMPLE_RATE), count - at)
        note = waves(130 * 2 ** (rng.choice(SCALE) / 12), length, 24, 0.4)
        signal[at : at + length] = 0.25 * np.hanning(length) ** 0.4 * note
        at += length + round(float(rng.uniform(0.05, 0.6)) * SAMPLE_RATE)
    return formed(signal, ((450, 120), (900, 150), (2500, 300)))


def laughter(count: int) -> Samples:
    """Laughter: bursts of breath and voice, five a second, falling in pitch, with pauses."""
    rng = np.random.default_rng(14)
    signal, at = np.zeros(count, np.float32), SAMPLE_RATE // 2
    while at < count - 4 * SAMPLE_RATE:
        pitch_hz = float(rng.uniform(180, 320))
        for number in range(int(rng.integers(4, 9))):
            length = round(0.11 * SAMPLE_RATE)
            voice = waves(pitch_hz * 0.96**number, length, 20)
            breath = 0.5 * rng.standard_normal(length)
            signal[at : at + length] = 0.3 * 0.9**number * np.hanning(length) * (voice + breath)
            at += round(float(rng.uniform(0.17, 0.23)) * SAMPLE_RATE)
        at += round(float(rng.uniform(1.0, 3.0)) * SAMPLE_RATE)
    return formed(signal, ((750, 120), (1300, 150), (2700, 300)))


def breath(count: int) -> Samples:
    """Breathing in and out, 15 times a minute, close to the microphone."""
    rng = np.random.default_rng(15)
    time_s = np.arange(count) / SAMPLE_RATE
    swell = np.maximum(0, np.sin(2 * np.pi * time_s / 4)) ** 2
    swell += 0.6 * np.maximum(0, np.sin(2 * np.pi * (time_s / 4 - 0.5))) ** 2
    air = formed(rng.standard_normal(count).astype(np.float32), ((600, 500), (1700, 900)))
    return np.clip(0.15 * swell * air, -1, 1).astype(np.float32)


def keyboard(count: int) -> Samples:
    """Typing: a press and a release for each of about five keys a second, with pauses."""
    rng = np.random.default_rng(16)
    signal, at = np.zeros(count, np.float32), 0
    length = round(0.03 * SAMPLE_RATE)
    fading = np.exp(-np.arange(length) / (0.006 * SAMPLE_RATE))
    while at < count - SAMPLE_RATE:
        for behind, level in ((0, 0.3), (round(0.08 * SAMPLE_RATE), 0.12)):
            knock = rng.standard_normal(length) + 2 * np.sin(np.arange(length) * 0.35)
            signal[at + behind : at + behind + length] += level * fading * knock
        pause_s = rng.exponential(0.15) + 0.09 if rng.random() < 0.95 else 1.5
        at += round(float(pause_s) * SAMPLE_RATE)
    return np.clip(signal, -1, 1)


def fan(count: int) -> Samples:
    """Fan noise: rushing air with the tone of the blades and its harmonics."""
    return _float32(np.clip(2 * pink(-34)(count) + hum(87, -38)(count), -1, 1))


def office(count: int) -> Samples:
    """Office noise: a fan, typing, and unintelligible people far away."""
    return _float32(np.clip(0.5 * fan(count) + 0.4 * keyboard(count) + 0.15 * babble(count), -1, 1))


def tones(cadence: tuple[tuple[float, tuple[float, ...]], ...]) -> Maker:
    """A signal of a telephone exchange: repeated (seconds, frequencies), at -13 dBFS."""

    def make(count: int) -> Samples:
        rounds = []
        for seconds, pitches_hz in cadence:
            time_s = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
            rounds.append(sum((np.sin(2 * np.pi * f * time_s) for f in pitches_hz), 0 * time_s))
        once = np.concatenate(rounds)
        return np.resize(0.22 * once, count).astype(np.float32)

    return make


VOICES = ("en-us", "en-gb", "ko", "de", "fr", "es", "ru", "ja", "it", "pl", "tr", "hi")
ALPHABET = "a ma no ti ke so la ru be di fa go"


def babble(count: int) -> Samples:
    """A full room: twelve voices of espeak-ng at once, each with different syllables."""
    signal = np.zeros(count, np.float32)
    rng = np.random.default_rng(17)
    for number, voice in enumerate(VOICES):
        text = " ".join(rng.permutation(ALPHABET.split() * 8))
        speed, pitch = str(140 + 7 * number), str(20 + 5 * number)
        said = _said(text, voice, ("-s", speed, "-p", pitch))
        said = np.roll(np.resize(said, count), int(rng.integers(count)))
        signal += said / np.sqrt(np.mean(said**2)) * np.float32(rng.uniform(0.5, 1.0))
    return _float32(np.clip(signal / np.sqrt(np.mean(signal**2)) * 0.05, -1, 1))


def formed(signal: Samples, resonances: tuple[tuple[float, float], ...]) -> Samples:
    """The signal filtered with resonances (Hz, bandwidth), with an unchanged peak."""
    if not np.any(signal):
        return signal
    spectrum = np.fft.rfft(signal)
    at_hz = np.fft.rfftfreq(len(signal), 1 / SAMPLE_RATE)
    shape = sum(1 / (1 + ((at_hz - centre) / width) ** 2) for centre, width in resonances)
    formed = np.fft.irfft(spectrum * shape, len(signal))
    return _float32(formed * np.abs(signal).max() / np.abs(formed).max())


def _said(text: str, voice: str, how: tuple[str, ...]) -> Samples:
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        command = ["espeak-ng", "-v", voice, *how, "-w", file.name]
        subprocess.run(command, input=text, text=True, check=True)
        with wave.open(file.name) as sound:
            pcm = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
            return resampled(pcm, sound.getframerate())


SOUNDS: dict[str, Maker] = {
    "digital silence": digital,
    "white noise, -60 dBFS": white(-60),
    "white noise, -40 dBFS": white(-40),
    "white noise, -20 dBFS": white(-20),
    "pink noise, -40 dBFS": pink(-40),
    "pink noise, -20 dBFS": pink(-20),
    "hum, 50 Hz": hum(50),
    "hum, 60 Hz": hum(60),
    "DTMF": dtmf,
    "clicks": clicks,
    "music: broken chords": music,
    "music: a melody": melody,
    "music: an organ's chords": chords,
    "music: melody, chords and drums": band,
    "humming": humming,
    "laughter": laughter,
    "breath": breath,
    "typing": keyboard,
    "a fan": fan,
    "an office": office,
    "babble of twelve": babble,
    "dial tone": tones(((1.0, (350, 440)),)),
    "ringing": tones(((1.0, (440, 480)), (2.0, ()))),
    "ringing, American": tones(((2.0, (440, 480)), (4.0, ()))),
    "busy": tones(((0.5, (480, 620)), (0.5, ()))),
    "fax calling": tones(((0.5, (1100,)), (3.0, ()))),
    "beeps": tones(((0.2, (1400,)), (14.8, ()))),
}
