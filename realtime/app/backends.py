"""The model backends by name."""

from __future__ import annotations

from realtime.backends.base import Backend
from realtime.backends.faster_whisper import FasterWhisperBackend
from realtime.models.resolve import ResolvedModel
from realtime.settings import Settings


def load_faster_whisper(resolved: ResolvedModel, settings: Settings) -> Backend:
    """The default backend. Raises LoadFailed."""
    return FasterWhisperBackend(
        resolved.path,
        device=settings.device,
        compute_type=settings.compute_type,
        workers=settings.cpu_workers,
        shown_name=resolved.shown_name,
    )
