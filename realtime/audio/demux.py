"""An open file or stream in a known container → decoded audio, by PyAV and from its bytes alone.

Untrusted data must not make FFmpeg do anything else: the demuxer is named rather than probed,
accepted codecs are listed, and no protocol is allowed that could reach a file or a network (a
playlist or an SDP text disguised as audio would try).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import IO, Any, Final, Protocol

import av
import numpy as np
import numpy.typing as npt

from realtime.audio.cut_off import TrackEnd
from realtime.audio.format import MAX_CHANNELS, MAX_SAMPLE_RATE, MIN_SAMPLE_RATE, SampleFrames
from realtime.audio.sniff import Container
from realtime.errors import NotAudio

_MAX_BAD_PACKETS = 50  # consecutive; fewer are skipped, as players do

_DEMUXERS: Final[dict[Container, str]] = {
    "matroska": "matroska",
    "ogg": "ogg",
    "wav": "wav",
    "mp3": "mp3",
    "mp4": "mov",
    "flac": "flac",
    "aac": "aac",
    "aiff": "aiff",
    "amr": "amr",
    "asf": "asf",
    "au": "au",
    "avi": "avi",
    "caf": "caf",
    "mpeg": "mpeg",
    "mpegts": "mpegts",
    "sphere": "nistsphere",
    "w64": "w64",
}
_CODECS: Final = (
    *("opus", "libopus", "vorbis", "flac", "alac", "aac", "mp2", "mp2float", "mp3", "mp3float"),
    *("pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le"),
    *("pcm_s8", "pcm_s16be", "pcm_s24be", "pcm_s32be", "pcm_f32be", "pcm_f64be"),
    *("pcm_alaw", "pcm_mulaw", "ac3", "eac3", "aac_latm", "adpcm_ima_qt"),
    *("wmav1", "wmav2", "wmapro", "wmalossless", "wmavoice"),
    # Codecs of telephones and call recorders.
    *("adpcm_ms", "adpcm_ima_wav", "gsm", "gsm_ms", "amrnb", "amrwb"),
    *("g722", "g723_1", "g726", "g726le", "g729", "truespeech"),
)
_OPTIONS: Final[dict[str, str]] = {
    "format_whitelist": ",".join(["webm,mp4,m4a,3gp,3g2,mj2", *_DEMUXERS.values()]),
    "codec_whitelist": ",".join(_CODECS),
    "protocol_whitelist": "none",
    # Headers hold all that is needed: probing further only delays the first sample. The flag
    # `nobuffer` would help too, but it discards the packets that were probed.
    "probesize": "4096",
    "analyzeduration": "1",
}
_NO_HEADER: Final[dict[str, str]] = {"probesize": "65536", "max_streams": "24"}
"""For formats with repeated tables and packets instead of a header: the most bytes probed, and the
most streams, since new ones may appear anywhere (see `_packets`)."""
_EXTRA: Final[dict[Container, dict[str, str]]] = {"mpeg": _NO_HEADER, "mpegts": _NO_HEADER}
_TYPES: Final[dict[str, str]] = {
    "u8": "u1",
    "s16": "i2",
    "s32": "i4",
    "s64": "i8",
    "flt": "f4",
    "dbl": "f8",
}
"""FFmpeg's sample format → numpy's."""
_INTEGER_SCALES: Final[dict[str, float]] = {"s16": 2.0**-15, "s32": 2.0**-31, "s64": 2.0**-63}


class ByteSource(Protocol):
    """The input of a demuxer: forward only, unless it is a real file."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class FrameKind:
    """Properties that two decoded frames must share to be joined."""

    sample_rate: int
    """Hz; it may change within a stream, as in chained Ogg."""
    channels: int
    sample_format: str
    """FFmpeg's name: `s16`, `fltp` …; a final p means one row per channel, else interleaved."""


@dataclass(frozen=True, slots=True, eq=False)
class DecodedFrame:
    """One frame as the codec returned it; `to_sample_frames` converts a run of them to audio."""

    kind: FrameKind
    values: npt.NDArray[Any]
    """Shape (channels, n) or, interleaved, (1, n * channels)."""

    @property
    def duration_s(self) -> float:
        return self.values.size / self.kind.channels / self.kind.sample_rate


def decoded_frames(
    source: ByteSource | IO[bytes],
    container: Container,
    tell_total: Callable[[float | None], None] | None = None,
    tell_end: Callable[[TrackEnd], None] | None = None,
) -> Generator[DecodedFrame, None, None]:
    """The frames of the first audio track, in order; `close` it to stop before the end.

    Damaged packets are skipped while others can be decoded. Raises `NotAudio` where there is no
    audio track, where the codec, rate or channel count is not accepted, and where the data is
    broken. `tell_total` is called before the first frame with the length in seconds that the header
    states, `tell_end` after the last one.
    """
    try:
        with av.open(
            source,
            mode="r",
            format=_DEMUXERS[container],
            options={**_OPTIONS, **_EXTRA.get(container, {})},
            metadata_errors="ignore",
        ) as opened:
            if tell_total is not None:
                tell_total(_total_s(opened, container))
            end = yield from _first_track(opened)
            if tell_end is not None:
                tell_end(end)
    except av.FFmpegError as error:
        raise NotAudio(
            f"The {container} data is broken or cut off: {error.strerror}.", reason="damaged"
        ) from error


def to_sample_frames(kind: FrameKind, run: list[npt.NDArray[Any]]) -> SampleFrames:
    """Join the values of frames of one kind: finite, within -1 … 1, shape (n, channels)."""
    values = np.concatenate(run, axis=1)
    planar = kind.sample_format.endswith("p")
    values = values.T if planar else values.reshape(-1, kind.channels)
    name = kind.sample_format.removesuffix("p")
    frames = values.astype(np.float32)
    if name == "u8":
        return (frames - 128.0) / 128.0
    if name in _INTEGER_SCALES:
        return frames * np.float32(_INTEGER_SCALES[name])
    np.nan_to_num(frames, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    return np.clip(frames, -1.0, 1.0, out=frames)


def _total_s(opened: av.container.InputContainer, container: Container) -> float | None:
    """The length that the header states. None for bare AAC: FFmpeg estimates it from the bits of
    the first frames, which are few where nobody speaks yet."""
    if not opened.duration or container == "aac":
        return None
    # FFmpeg counts in microseconds; broken headers give negative lengths.
    return max(opened.duration, 0) / av.time_base


def _first_track(
    opened: av.container.InputContainer,
) -> Generator[DecodedFrame, None, TrackEnd]:
    """The frames of an open container's first audio track; returns how it ended. Raises
    `NotAudio`."""
    if not opened.streams.audio:
        raise NotAudio("The file holds no audio track.", reason="no_track")
    stream = opened.streams.audio[0]
    if stream.codec_context is None or stream.codec_context.name not in _CODECS:
        raise NotAudio("The audio is of a codec that is not accepted here; send Opus or WAV.")
    stream.codec_context.thread_count = 1  # streams are the unit of parallel work
    bad = good = 0
    reached_s = decoded_s = 0.0
    incomplete = damaged = False
    for packet in _packets(opened, stream):
        if packet.size:  # the last one, which empties the codec, has no bytes
            reached_s = max(reached_s, _end_s(packet, stream))
            incomplete, damaged = packet.is_corrupt, False
        try:
            frames = packet.decode()
        except av.InvalidDataError as error:
            bad += 1
            damaged = True
            if bad >= _MAX_BAD_PACKETS:
                raise NotAudio(
                    "The audio data has too many errors to be decoded.", reason="damaged"
                ) from error
            continue
        for frame in frames:
            kind = _checked_kind(frame)
            decoded_s += frame.samples / kind.sample_rate
            yield DecodedFrame(kind, _values(kind, frame))
            bad = 0
            good += 1
    if bad and not good:
        raise NotAudio("The audio data is broken: none of it can be decoded.", reason="damaged")
    return TrackEnd(_stated_s(opened, stream), max(reached_s, decoded_s), incomplete, damaged)


def _end_s(packet: av.Packet[av.AudioStream], stream: av.AudioStream) -> float:
    """The time at which a packet's audio ends, from the start of its track; 0.0: unknown."""
    if packet.pts is None or stream.time_base is None:
        return 0.0
    end = packet.pts - (stream.start_time or 0) + (packet.duration or 0)
    return float(end * stream.time_base)


def _stated_s(opened: av.container.InputContainer, stream: av.AudioStream) -> float | None:
    """The track's length in seconds according to the header. Where the header has only one for the
    whole file, a longer picture may be meant."""
    if stream.duration and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    alone = len(opened.streams) == 1 and opened.duration
    return opened.duration / av.time_base if alone and opened.duration else None


def _packets(
    opened: av.container.InputContainer, stream: av.AudioStream
) -> Iterator[av.Packet[av.AudioStream]]:
    """A stream's packets. PyAV (18.1) allocates a byte for each stream known at the beginning, and
    at the end reads beyond them for streams that appeared later. `max_streams` keeps these reads
    inside the allocated memory; what remains is an IndexError, as its list lacks those streams."""
    try:
        yield from opened.demux(stream)
    except IndexError:
        return


def _values(kind: FrameKind, frame: av.AudioFrame) -> npt.NDArray[Any]:
    """The samples of a frame, one row per plane. PyAV's own `to_ndarray` (18.1) takes the memory
    after the last of eight planes for a ninth plane, and reads out of bounds."""
    sample = np.dtype(_TYPES[kind.sample_format.removesuffix("p")])
    planes = kind.channels if kind.sample_format.endswith("p") else 1
    count = frame.samples * kind.channels // planes
    return np.stack([np.frombuffer(memoryview(p), sample, count) for p in frame.planes[:planes]])


def _checked_kind(frame: av.AudioFrame) -> FrameKind:
    """The kind of a frame. Raises `NotAudio` for a rate or a layout that is not accepted."""
    kind = FrameKind(frame.sample_rate, frame.layout.nb_channels, frame.format.name)
    if not 1 <= kind.channels <= MAX_CHANNELS:
        raise NotAudio(
            f"The audio has {kind.channels} channels; at most {MAX_CHANNELS} are accepted."
        )
    if not MIN_SAMPLE_RATE <= kind.sample_rate <= MAX_SAMPLE_RATE:
        raise NotAudio(
            f"The audio's sample rate is {kind.sample_rate} Hz; "
            f"{MIN_SAMPLE_RATE} to {MAX_SAMPLE_RATE} Hz are accepted."
        )
    return kind
