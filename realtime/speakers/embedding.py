"""The network that makes an embedding of a voice: any ONNX file with WeSpeaker's interface.

One input of shape (batch, frames, 80), filterbank features less their mean over time; the first
output of shape (batch, n) is the embedding. WeSpeaker and 3D-Speaker export theirs so.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as onnx_errors

from realtime.errors import SetupError
from realtime.speakers.clustering import unit
from realtime.speakers.fbank import BINS, Features, fbank, voiced, without_mean
from realtime.speakers.stretches import (
    FRAMES_PER_S,
    LEAST_EMBEDDED,
    SIDE,
    STEP,
    Embedding,
    Stretch,
    changes,
    end_seconds,
    parts,
    runs,
    seconds,
)
from realtime.types import Samples

_TRIAL_FRAMES = 200
_UNUSABLE = (
    *(ValueError, IndexError),
    *(onnx_errors.Fail, onnx_errors.InvalidArgument, onnx_errors.InvalidGraph),
    *(onnx_errors.InvalidProtobuf, onnx_errors.NotImplemented, onnx_errors.RuntimeException),
)
"""What onnxruntime says of a file that is none, or of another interface; they share no base."""


class SpeakerNetwork:
    """A loaded network; safe from several threads at once."""

    def __init__(self, path: Path) -> None:
        """Load it and try it. Raises SetupError where it cannot be used."""
        options = onnxruntime.SessionOptions()
        # Streams are the unit of parallel work, as in vad.silero.
        options.inter_op_num_threads = 1
        options.intra_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 3
        if not path.is_file():
            raise SetupError(_refusal(path, "there is no such file"))
        try:
            self._session: Any = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
            self._input = self._session.get_inputs()[0].name
            trial = self._run(np.zeros((_TRIAL_FRAMES, BINS), np.float32))
        except _UNUSABLE as error:
            reason = str(error).strip().splitlines()[0][:200]
            raise SetupError(_refusal(path, reason)) from error
        if trial.ndim != 1:
            raise SetupError(_refusal(path, "it gives no single vector"))

    def stretches(self, samples: Samples, start: int) -> list[Stretch]:
        """Who may speak when: audio cut into stretches of one voice, each with its embedding.

        `samples`: float32 mono at 16 kHz, shape (n,); `start`: sample index of the first one.
        Blocks for 1.5 … 4 ms a second of audio with the bundled network.
        """
        features = fbank(samples)
        found = []
        for run in runs(voiced(features)):
            for part in parts(run, self._changes(features[run])):
                enough = len(part) >= LEAST_EMBEDDED
                times = seconds(part[0], start), end_seconds(part[-1], start)
                embedding = self.embed(features[part]) if enough else None
                found.append(Stretch(*times, len(part) / FRAMES_PER_S, embedding))
        return found

    def _changes(self, features: Features) -> list[int]:
        """The frames, out of speech without a pause, at which the speaker changes."""
        if len(features) < 2 * SIDE:
            return []
        places = range(0, len(features) - SIDE + 1, STEP)
        heard = np.stack([self.embed(features[at : at + SIDE]) for at in places])
        apart = SIDE // STEP
        likeness = (heard[:-apart] * heard[apart:]).sum(axis=1)
        return [place * STEP + SIDE for place in changes(likeness.tolist())]

    def embed(self, features: Features) -> Embedding:
        """The voice in these features, shape (frames, 80), frames >= 1."""
        return unit(self._run(without_mean(features)))

    def _run(self, features: Features) -> Embedding:
        outputs = self._session.run(None, {self._input: features[None]})
        embedding: Embedding = np.asarray(outputs[0], np.float32)[0]
        return embedding


def _refusal(path: Path, reason: str) -> str:
    return (
        f"{path} cannot tell speakers apart ({reason}): give STT_SPEAKER_MODEL an ONNX file that "
        "takes features of shape (batch, frames, 80), as WeSpeaker exports them, or leave it out."
    )
