"""How long a compressed file plays: only needed to send it at the speed of life."""

from __future__ import annotations

from pathlib import Path

from realtime.client.errors import BadSource
from realtime.client.sources import FileSource


def with_duration(source: FileSource, path: Path) -> FileSource:
    """The same source, its duration known. Raises `BadSource` where PyAV cannot tell it."""
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
        # An open file and not its name: PyAV would take some names for addresses.
        with path.open("rb") as file, av.open(file, "r", metadata_errors="ignore") as container:
            duration = container.duration if container.streams.audio else None
    except (av.FFmpegError, OSError, ValueError):
        duration = None
    if not duration:
        raise BadSource(f"{path} does not say how long it plays: use --pace fast.")
    source.duration_s = duration / 1_000_000  # from FFmpeg's AV_TIME_BASE, microseconds
    return source
