"""Live speech to text for many streams at once on one shared Whisper model.

The way of the data::

    bytes ─ audio/ ─ session/(tracker: ring → vad → endpoint; chunker) ─Window─▶ engine/ ─ backends/
                                                              queue → batcher → worker │ Hypothesis
    JSON ◀─ wire/ ◀─ session/(agreement → transcript → events) ◀────────────────────────┘
                                                       server/ carries it, app/ wires it together

A folder is a layer; in `vad/` and `backends/` a file is an alternative, elsewhere a file is a step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime.quiet import keep_quiet
from realtime.version import __version__

if TYPE_CHECKING:
    from realtime.app.library.live import RealtimeWhisperProcessor
    from realtime.app.library.stt import WhisperSTT

keep_quiet()  # at every entry point, before the first import of a library with telemetry

__all__ = ["RealtimeWhisperProcessor", "WhisperSTT", "__version__"]


def __getattr__(name: str) -> object:
    """The library's classes, imported when they are asked for: they bring the whole engine."""
    if name == "WhisperSTT":
        from realtime.app.library.stt import WhisperSTT

        return WhisperSTT
    if name == "RealtimeWhisperProcessor":
        from realtime.app.library.live import RealtimeWhisperProcessor

        return RealtimeWhisperProcessor
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
