"""Duration of a compressed file, which sending in real time needs."""

from __future__ import annotations

from pathlib import Path

from realtime.client.errors import BadSource
from realtime.client.sources import FileSource


def with_duration(source: FileSource, path: Path) -> FileSource:
    """The same source, its duration known. Raises `BadSource` for what is no audio, and where PyAV
    cannot tell the duration."""
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
