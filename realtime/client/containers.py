"""Finds the duration of a compressed file, which is needed to send it in real time."""

from __future__ import annotations

from pathlib import Path

from realtime.client.errors import BadSource
from realtime.client.sources import FileSource


def with_duration(source: FileSource, path: Path) -> FileSource:
    """Set the duration of `source` where it has none; → `source`. Raises `BadSource` for a file
    that is no audio, and where PyAV finds no duration."""
    if source.bytes_per_s:
        return source
    try:
        import av
    except ImportError:
        raise BadSource(
            f"{path} is compressed: to send it at pace realtime, pip install av, "
            "or use --pace fast."
        ) from None
    try:
        # PyAV gets an open file, because it would take some names for URLs.
        with path.open("rb") as file, av.open(file, "r", metadata_errors="ignore") as container:
            audible, duration = bool(container.streams.audio), container.duration
    except (av.FFmpegError, ValueError):
        audible, duration = False, None
    except OSError as failure:
        raise BadSource(f"{path} cannot be read: {failure.strerror}.") from None
    if not audible:
        raise BadSource(f"{path} is not an audio file, or it is damaged: choose another file.")
    if not duration:
        raise BadSource(f"{path} does not say how long it plays: use --pace fast.")
    source.duration_s = duration / 1_000_000  # from FFmpeg's AV_TIME_BASE, microseconds
    return source
