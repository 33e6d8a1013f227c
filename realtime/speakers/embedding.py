"""Cuts audio into stretches of one voice each, and computes an embedding of each voice.

The embedding network is any ONNX file with WeSpeaker's interface: one input of shape (batch,
frames, 80), filterbank features minus their mean over time; the first output of shape (batch, n).
WeSpeaker and 3D-Speaker export such files. If there is a segmentation network too, it decides where
voices begin and end, and which audio has two at once; otherwise pauses do, and how much the speech
before and behind a position differs.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from realtime.errors import SetupError
from realtime.speakers.activity import LEAST, PIECE, activity, alone, voice_spans
from realtime.speakers.clustering import unit
from realtime.speakers.fbank import (
    BINS,
    HOP_SAMPLES,
    Features,
    fbank,
    is_narrow,
    voiced,
    within_line,
    without_mean,
)
from realtime.speakers.network import Network, refusal
from realtime.speakers.stretches import (
    FRAMES_PER_S,
    LEAST_EMBEDDED,
    LONGEST,
    SIDE,
    STEP,
    Embedding,
    Frames,
    Stretch,
    changes,
    end_seconds,
    evenly,
    parts,
    runs,
    seconds,
)
from realtime.types import SAMPLE_RATE, Samples

_TRIAL_FRAMES = 200


@dataclass(frozen=True, slots=True)
class NetworkFiles:
    """Files of the networks that tell voices apart."""

    embedding: Path
    segmentation: Path | None = None
    weights: Path | None = None
    """The folder with the weights of both, if they are not in the files themselves."""
    telephone: tuple[float, ...] = ()
    """The mean embedding of voices on telephone lines, which makes all of them similar."""


class SpeakerNetwork:
    """The loaded networks; thread-safe."""

    def __init__(self, files: NetworkFiles) -> None:
        """Load the networks and run them once. Raises SetupError if they cannot be used."""
        trial = _TRIAL_FRAMES, BINS
        self._embedding = Network(files.embedding, files.weights, trial)
        identity = files.embedding.read_bytes() + repr(files.telephone).encode()
        self.id = hashlib.sha256(identity).hexdigest()[:16]
        """Embeddings of networks with the same id can be compared."""
        size = self._embedding.run(np.zeros(trial, np.float32)).shape
        if len(size) != 1:
            raise SetupError(refusal(files.embedding, "it gives no single vector"))
        self._line = np.asarray(files.telephone, np.float32) if files.telephone else None
        self._segmentation = None
        if files.segmentation is not None:
            self._segmentation = Network(files.segmentation, files.weights, (1, PIECE))

    def stretches(self, samples: Samples, start: int) -> list[Stretch]:
        """Cut audio into stretches of one voice, each with its embedding.

        `samples`: float32 mono at 16 kHz, shape (n,); `start`: sample index of the first one.
        Blocks for 1.5 … 4 ms per second of audio with the bundled network, for 20 ms with those
        trained on people.
        """
        if self._segmentation is None:
            return self._by_pauses(samples, start)
        found = []
        for begin, end in evenly(0, len(samples), PIECE):
            found += self._by_voices(self._segmentation, samples[begin:end], start + begin)
        return found

    def _by_voices(self, segmentation: Network, samples: Samples, start: int) -> list[Stretch]:
        """The stretches of one piece, from the segmentation network."""
        if len(samples) < LEAST:
            return []
        active, features = activity(segmentation.run(samples[None])), fbank(samples)
        usable = voiced(features) & alone(active, len(features))
        found = []
        for voice_span in voice_spans(active, len(samples)):
            for begin, end in evenly(voice_span.start, voice_span.end, LONGEST * HOP_SAMPLES):
                first = begin // HOP_SAMPLES
                frames = np.flatnonzero(usable[first : end // HOP_SAMPLES]) + first
                found.append(
                    Stretch(
                        (start + begin) / SAMPLE_RATE,
                        (start + end) / SAMPLE_RATE,
                        len(frames) / FRAMES_PER_S,
                        self._embedded(features, frames),
                        (start, voice_span.voice),
                    )
                )
        return found

    def _by_pauses(self, samples: Samples, start: int) -> list[Stretch]:
        features = fbank(samples)
        found = []
        for run in runs(voiced(features)):
            for part in parts(run, self._changes(features[run])):
                times = seconds(part[0], start), end_seconds(part[-1], start)
                voiced_s = len(part) / FRAMES_PER_S
                found.append(Stretch(*times, voiced_s, self._embedded(features, part)))
        return found

    def _embedded(self, features: Features, frames: Frames) -> Embedding | None:
        """The embedding of the voice in these frames; None if there are too few."""
        return self.embed(features[frames]) if len(frames) >= LEAST_EMBEDDED else None

    def _changes(self, features: Features) -> list[int]:
        """The frames of speech without a pause at which the speaker changes."""
        if len(features) < 2 * SIDE:
            return []
        places = range(0, len(features) - SIDE + 1, STEP)
        active = np.stack([self.embed(features[at : at + SIDE]) for at in places])
        apart = SIDE // STEP
        likeness = (active[:-apart] * active[apart:]).sum(axis=1)
        return [place * STEP + SIDE for place in changes(likeness.tolist())]

    def embed(self, features: Features) -> Embedding:
        """The embedding of the voice in these features, shape (frames, 80), frames >= 1."""
        centred = without_mean(features)
        if self._line is None or not is_narrow(features):
            return unit(self._embedding.run(centred))
        return unit(unit(self._embedding.run(within_line(centred))) - self._line)
