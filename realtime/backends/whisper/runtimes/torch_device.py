"""The device and number format of a network on torch."""

from __future__ import annotations

import os

import torch

from realtime.backends.whisper.compute import nearest
from realtime.backends.whisper.runtimes.torch_network import DTYPES
from realtime.backends.whisper.surface import CallCapacity
from realtime.errors import LoadFailed

CPU_MAX_BATCH = 4
GPU_MAX_BATCH = 16


def torch_device(device: str) -> torch.device:
    """Parse `auto`, `cpu`, `cuda`, `cuda:1` … Raises LoadFailed if torch sees no such device."""
    available = torch.cuda.is_available()
    if device == "auto":
        device = "cuda" if available else "cpu"
    try:
        chosen = torch.device(device)
    except RuntimeError as error:
        raise LoadFailed(
            f"There is no device {device!r}; use cpu, cuda, cuda:1 … or auto."
        ) from error
    if chosen.type == "cuda" and not (
        available and (chosen.index or 0) < torch.cuda.device_count()
    ):
        raise LoadFailed(
            f"torch {torch.__version__} sees no GPU {device!r}: install its CUDA build and see "
            "whether `nvidia-smi` works, or use the device cpu."
        )
    return chosen


def torch_dtype(compute_type: str, device: torch.device) -> torch.dtype:
    """The requested type; by default float16 on a GPU and float32 on CPU.

    Only CTranslate2 has the integer types, and no CPU is fast with float16: then the nearest type
    is used, with a warning in the log.
    """
    default = "float32" if device.type == "cpu" else "float16"
    possible = DTYPES.keys() - ({"float16"} if device.type == "cpu" else set())
    asked = default if compute_type in ("auto", "default") else compute_type
    return DTYPES[nearest(asked, possible, str(device))]


def dtype_name(dtype: torch.dtype) -> str:
    """The type's name, such as `float32`."""
    return str(dtype).removeprefix("torch.")


def torch_capacity(device: torch.device) -> CallCapacity:
    """Allow one call at a time: torch spreads it over the cores by itself. One core is left to the
    event loop and the detectors."""
    if device.type == "cpu":
        torch.set_num_threads(max((os.cpu_count() or 2) - 1, 1))
        return CallCapacity(1, CPU_MAX_BATCH, CPU_MAX_BATCH)
    return CallCapacity(1, GPU_MAX_BATCH, GPU_MAX_BATCH)
