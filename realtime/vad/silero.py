"""Silero's network (version 6, as shipped in faster-whisper), with one state per stream."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from realtime.errors import LoadFailed
from realtime.types import Samples
from realtime.vad.base import FRAME_SAMPLES, Probabilities

_CONTEXT_SAMPLES = 64  # of the previous frame, which the network needs in front of each frame
_STATE_SHAPE = (1, 1, 128)  # of each of the two states of its LSTM
_MAX_FRAMES = 256  # per run of the network: 8 s; more would save no time and take memory
_MODEL_FILE = "assets/silero_vad_v6.onnx"


class SileroDetector:
    """The detector of one stream. All share the network: 2 … 3.5 ms per second of audio.

    Raises `LoadFailed` if the network's file is missing.
    """

    def __init__(self) -> None:
        self._session = _shared_session()
        self.reset()

    def reset(self) -> None:
        """Forget the stream so far."""
        self._h = np.zeros(_STATE_SHAPE, np.float32)
        self._c = np.zeros(_STATE_SHAPE, np.float32)
        self._context = np.zeros(_CONTEXT_SAMPLES, np.float32)

    def probabilities(self, samples: Samples) -> Probabilities:
        """Judge the next frames, shape (k * FRAME_SAMPLES,); see `SpeechDetector`."""
        frames = samples.reshape(-1, FRAME_SAMPLES)
        starts = range(0, len(frames), _MAX_FRAMES)
        runs = [self._run(frames[at : at + _MAX_FRAMES]) for at in starts]
        return np.concatenate(runs) if runs else np.empty(0, np.float32)

    def _run(self, frames: Samples) -> Probabilities:
        """One run of the network over frames, shape (k, FRAME_SAMPLES), k >= 1.

        Its first dimension is time: the LSTM goes through the rows in order.
        """
        rows = np.empty((len(frames), _CONTEXT_SAMPLES + FRAME_SAMPLES), np.float32)
        rows[:, _CONTEXT_SAMPLES:] = frames
        rows[0, :_CONTEXT_SAMPLES] = self._context
        rows[1:, :_CONTEXT_SAMPLES] = frames[:-1, -_CONTEXT_SAMPLES:]
        self._context = frames[-1, -_CONTEXT_SAMPLES:].copy()
        probabilities: Probabilities
        probabilities, self._h, self._c = self._session.run(
            None, {"input": rows, "h": self._h, "c": self._c}
        )
        return probabilities.reshape(-1)


@cache
def _shared_session() -> Any:
    """The network, loaded once. Running it is safe from several threads."""
    options = onnxruntime.SessionOptions()
    # Streams are the unit of parallel work; a run of 0.1 ms gains nothing from threads of its own.
    options.inter_op_num_threads = 1
    options.intra_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.enable_cpu_mem_arena = False  # it would never release the memory of the largest run
    return onnxruntime.InferenceSession(
        str(model_path()), options, providers=["CPUExecutionProvider"]
    )


def model_path(file: str = _MODEL_FILE) -> Path:
    """The network's file inside faster-whisper. It is found without importing that
    heavy package. Raises LoadFailed where there is none."""
    spec = importlib.util.find_spec("faster_whisper")
    if spec is None or spec.origin is None:
        raise LoadFailed("vad=silero needs the package faster-whisper: install it again.")
    path = Path(spec.origin).parent / file
    if not path.is_file():
        raise LoadFailed(
            "This version of faster-whisper lacks silero's network: install faster-whisper 1.2.1 "
            "or later, or choose vad=webrtc."
        )
    return path
