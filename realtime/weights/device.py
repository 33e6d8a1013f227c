"""Devices of this machine that can run the model."""

from __future__ import annotations

from realtime.errors import SetupError
from realtime.weights.catalogue import Device


def cuda_devices() -> int:
    """How many NVIDIA GPUs CTranslate2 can use; 0 without a driver."""
    import ctranslate2  # heavy, so only on use

    count: int = ctranslate2.get_cuda_device_count()
    return count


def pick_device(device: str) -> Device:
    """`auto` → `cuda` where there is a GPU, else `cpu`; the others as they are.

    Raises SetupError for `cuda` without a usable GPU.
    """
    if device == "cpu":
        return "cpu"
    if cuda_devices() > 0:
        return "cuda"
    if device == "cuda":
        raise SetupError(
            "No NVIDIA GPU is usable here: check that `nvidia-smi` works (a container must be "
            "started with --gpus all), or use --device cpu (`realtime doctor` says more)."
        )
    return "cpu"
