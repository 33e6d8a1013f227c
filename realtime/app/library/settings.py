"""The settings behind the library's classes."""

from __future__ import annotations

from os import PathLike

from pydantic import ValidationError

from realtime.errors import SetupError, broken_rule
from realtime.settings import Settings


def library_settings(
    model: str | PathLike[str],
    device: str,
    compute_type: str,
    backend: str | None,
    speaker_model: str | PathLike[str] = "auto",
) -> Settings:
    """Settings of a model for this process alone, not read from the environment or a file.

    Raises SetupError for an invalid value.
    """
    values = {"model": str(model), "device": device, "compute_type": compute_type}
    values["speaker_model"] = str(speaker_model)
    if backend is not None:
        values["backend"] = backend
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise SetupError(f"{first['loc'][0]} cannot be used: {broken_rule(first)}.") from None
