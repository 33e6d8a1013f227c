"""What silence and noise cost and say: ten minutes of each, then a spoken sentence.

The real session, detector (silero behind its gate) and model in virtual time. Asked: no text, under
one model pass a minute of silence and six of noise, and the first word afterwards caught whole.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.support import Row, machine, normalise, parser, show, silence
from benchmarks.virtual import VirtualStream, bundled_backend, session_options
from realtime.app import make_detector
from realtime.backends.base import Backend
from realtime.models.bundled import Sample, samples
from realtime.session.session import Session
from realtime.types import SAMPLE_RATE, Samples

MINUTES = 10.0
GAP_S = 0.7
"""Of silence between the noise and the sentence: longer than the hangover."""
DTMF_HZ = {
    **dict(zip("123", ((697, 1209), (697, 1336), (697, 1477)), strict=True)),
    **dict(zip("456", ((770, 1209), (770, 1336), (770, 1477)), strict=True)),
    **dict(zip("789", ((852, 1209), (852, 1336), (852, 1477)), strict=True)),
    **dict(zip("*0#", ((941, 1209), (941, 1336), (941, 1477)), strict=True)),
}
"""ITU-T Q.23."""


def digital(count: int) -> Samples:
    """Nothing but zeros; shape (count,), as of all signals here."""
    return np.zeros(count, np.float32)


def white(level_db: float) -> Callable[[int], Samples]:
    """Gaussian noise of `level_db` dBFS (RMS)."""

    def make(count: int) -> Samples:
        noise = np.random.default_rng(1).standard_normal(count, np.float32)
        scaled: Samples = noise * np.float32(10 ** (level_db / 20))
        return scaled

    return make


def pink(level_db: float) -> Callable[[int], Samples]:
    """Noise that falls by 3 dB an octave, made in pieces of 30 s with white noise's spectrum."""

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
    """Mains and its harmonics up to the tenth, each half as loud as the one before."""

    def make(count: int) -> Samples:
        time_s = np.arange(count) / SAMPLE_RATE
        tone = sum(0.5**n * np.sin(2 * np.pi * mains_hz * (n + 1) * time_s) for n in range(10))
        tone = np.asarray(tone)
        return (tone / np.sqrt(np.mean(tone**2)) * 10 ** (level_db / 20)).astype(np.float32)

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
    """Two a second at random, 5 ms of decaying noise, peaks near full scale."""
    rng = np.random.default_rng(4)
    signal = np.zeros(count, np.float32)
    length = round(0.005 * SAMPLE_RATE)
    fading = np.exp(-np.arange(length) / (0.001 * SAMPLE_RATE))
    for at in rng.integers(0, count - length, 2 * count // SAMPLE_RATE):
        signal[at : at + length] = 0.7 * fading * rng.standard_normal(length)
    return np.clip(signal, -1, 1)


def music(count: int) -> Samples:
    """Broken chords at 120 a minute: plucked notes with eight harmonics, peaks near -10 dBFS."""
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


SIGNALS: dict[str, tuple[Callable[[int], Samples], float]] = {
    "digital silence": (digital, 1.0),
    "white noise, -60 dBFS": (white(-60), 6.0),
    "white noise, -40 dBFS": (white(-40), 6.0),
    "white noise, -20 dBFS": (white(-20), 6.0),
    "pink noise, -40 dBFS": (pink(-40), 6.0),
    "pink noise, -20 dBFS": (pink(-20), 6.0),
    "hum, 50 Hz": (hum(50), 6.0),
    "hum, 60 Hz": (hum(60), 6.0),
    "DTMF": (dtmf, 6.0),
    "clicks": (clicks, 6.0),
    "music without words": (music, 6.0),
}
"""Name → (signal, passes a minute that are allowed)."""


def listen(signal: Samples, sample: Sample, backend: Backend) -> tuple[int, str, str]:
    """→ (passes on the signal, what was said in it, what was heard of the sample after it)."""
    options = session_options(backend, sample.language)
    played = VirtualStream(Session(options, make_detector("silero")), backend)
    played.play(signal)
    played.play(silence(GAP_S))
    passes, text = played.passes, " | ".join(final.text for final in played.finals)
    before = len(played.finals)
    played.play(sample.read())
    played.end()
    after = " ".join(final.text for final in played.finals[before:] if final.text)
    return passes, text, after


def measure(minutes: float = MINUTES) -> list[Row]:
    backend, rows = bundled_backend(), []
    sample = next(s for s in samples() if s.name == "en-call")
    for name, (make, allowed) in SIGNALS.items():
        signal = make(round(minutes * 60 * SAMPLE_RATE))
        passes, text, after = listen(signal, sample, backend)
        whole = normalise(after) == normalise(sample.text)
        said = repr(text) if text else "no text"
        then = "the sentences after it whole" if whole else f"after it {after!r}"
        rows.append(
            Row(
                "f",
                f"{minutes:g} min of {name}",
                f"{said}, {passes / minutes:.2f} passes/min, {then}",
                f"no text, < {allowed:g}/min, whole",
                not text and passes / minutes < allowed and whole,
            )
        )
    return rows


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--minutes", type=float, default=MINUTES, help="of each signal")
    given = arguments.parse_args()
    print(machine())
    show(measure(given.minutes))


if __name__ == "__main__":
    main()
