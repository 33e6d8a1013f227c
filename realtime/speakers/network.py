"""Networks of ONNX that a user may have given, or that a package index gave."""

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
"""What onnxruntime says of a file that is none, or of another interface; they share no base."""


class Network:
    """One input, of which the first output is taken; safe from several threads at once."""

    def __init__(self, path: Path, weights: Path | None, trial: tuple[int, ...]) -> None:
        """Load it and try it on zeros of the shape `trial`.

        `weights`: the folder of the files in which its weights lie, where not in its own.
        Raises SetupError where it cannot be used.
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
            # From its bytes: from its path, weights elsewhere would be refused.
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
        """Of one item: `values` of any shape → what the network makes of it, batches left out."""
        outputs = self._session.run(None, {self._input: values[None]})
        made: Values = np.asarray(outputs[0], np.float32)[0]
        return made


def refusal(path: Path, reason: str) -> str:
    """Why a network cannot be used, and what to do."""
    return (
        f"{path} cannot tell speakers apart ({reason}): give STT_SPEAKER_MODEL an ONNX file that "
        "takes features of shape (batch, frames, 80), as WeSpeaker exports them, or leave it out."
    )
