"""ONNX networks that come from a user or from a package index."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as onnx_errors

from realtime.errors import SetupError

Values: TypeAlias = npt.NDArray[np.float32]

_WEIGHTS_FOLDER = "session.model_external_initializers_file_folder_path"
UNUSABLE = (
    *(ValueError, IndexError),
    *(onnx_errors.Fail, onnx_errors.InvalidArgument, onnx_errors.InvalidGraph),
    *(onnx_errors.InvalidProtobuf, onnx_errors.NotImplemented, onnx_errors.RuntimeException),
)
"""What onnxruntime raises for a file that is no network or has another interface; these errors have
no common base class."""


class Network:
    """A network with one input, of which the first output is used; thread-safe."""

    def __init__(self, path: Path, weights: Path | None, trial: tuple[int, ...]) -> None:
        """Load it and run it on zeros of the shape `trial`.

        `weights`: the folder of the files with its weights, if they are not in `path` itself.
        Raises SetupError if it cannot be used.
        """
        options = onnxruntime.SessionOptions()
        # Streams are the unit of parallel work, as in vad.silero.
        options.inter_op_num_threads = 1
        options.intra_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 3
        if weights is not None:
            options.add_session_config_entry(_WEIGHTS_FOLDER, str(weights))
        if not path.is_file():
            raise SetupError(refusal(path, "there is no such file"))
        try:
            # Loaded from bytes: with a path, weights in another folder would be refused.
            source = path.read_bytes() if weights is not None else str(path)
            self._session: Any = onnxruntime.InferenceSession(
                source, options, providers=["CPUExecutionProvider"]
            )
            self._input = self._session.get_inputs()[0].name
            self.run(np.zeros(trial, np.float32))
        except UNUSABLE as error:
            reason = str(error).strip().splitlines()[0][:200]
            raise SetupError(refusal(path, reason)) from error

    def run(self, values: Values) -> Values:
        """The output for one item: `values` of any shape, both without the batch dimension."""
        outputs = self._session.run(None, {self._input: values[None]})
        made: Values = np.asarray(outputs[0], np.float32)[0]
        return made


def refusal(path: Path, reason: str) -> str:
    """Why a network cannot be used, and what to do."""
    return (
        f"{path} cannot tell speakers apart ({reason}): give STT_SPEAKER_MODEL an ONNX file that "
        "takes features of shape (batch, frames, 80), as WeSpeaker exports them, or leave it out."
    )
