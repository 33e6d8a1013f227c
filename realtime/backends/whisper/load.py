"""Loads a converted Whisper from a directory, with errors that say what to do."""

from __future__ import annotations

from pathlib import Path

import ctranslate2
from faster_whisper import WhisperModel

from realtime.errors import LoadFailed

NEEDED_FILES = ("model.bin", "config.json", "tokenizer.json")
"""Without the tokenizer's file faster-whisper would download one from the hub."""


def parse_device(device: str) -> tuple[str, int]:
    """`cuda:1` → ("cuda", 1); auto → a GPU if CTranslate2 sees one. Raises LoadFailed."""
    name, _, index = device.partition(":")
    if name == "auto":
        name = "cuda" if ctranslate2.get_cuda_device_count() > 0 else "cpu"
    if name not in ("cpu", "cuda") or not (index or "0").isdigit():
        raise LoadFailed(f"There is no device {device!r}; use cpu, cuda, cuda:1 … or auto.")
    return name, int(index or 0)


def compute_types(device: str, index: int) -> frozenset[str]:
    """Number formats of the device (cpu, cuda). Raises LoadFailed if it cannot be used."""
    try:
        return frozenset(ctranslate2.get_supported_compute_types(device, index))
    except (RuntimeError, ValueError) as error:
        raise LoadFailed(
            f"The device {device} cannot be used ({error}): check that `nvidia-smi` works, or use "
            "the device cpu."
        ) from error


def load_model(
    model_dir: Path, device: str, index: int, compute_type: str, workers: int
) -> WhisperModel:
    """Load a model. Each of its `workers` calls at once has one thread: more streams, not faster
    ones.

    Raises LoadFailed.
    """
    for needed in NEEDED_FILES:
        if not (model_dir / needed).is_file():
            raise LoadFailed(
                f"{model_dir} has no {needed}, which a CTranslate2 Whisper model needs: convert "
                "the weights with `ct2-transformers-converter --copy_files tokenizer.json`, or "
                "name another model."
            )
    try:
        return WhisperModel(
            str(model_dir),
            device=device,
            device_index=index,
            compute_type=compute_type,
            cpu_threads=1,
            num_workers=workers,
            local_files_only=True,
        )
    except (RuntimeError, ValueError, OSError) as error:
        hint = "the files may be damaged, or this machine lacks the memory"
        if device == "cuda":
            hint = "check that `nvidia-smi` works and memory is free, or use the device cpu"
        raise LoadFailed(f"{model_dir} could not be loaded ({error}): {hint}.") from error
