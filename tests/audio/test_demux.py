import io

import av
import numpy as np
import pytest

from realtime.audio.demux import DecodedFrame, FrameKind, decoded_frames, to_sample_frames
from realtime.audio.sniff import Container
from realtime.errors import NotAudio
from tests.audio.encode import RATE, encode, encoded, tone, wav

SOUND = tone(10.0)


def frames(data: bytes, container: Container) -> list[DecodedFrame]:
    return list(decoded_frames(io.BytesIO(data), container))


def duration_s(data: bytes, container: Container) -> float:
    return sum(frame.duration_s for frame in frames(data, container))


@pytest.mark.parametrize(
    ("codec", "step"),
    [("pcm_u8", 2**-7), ("pcm_s16le", 2**-15), ("pcm_s24le", 2**-23), ("pcm_s32le", 2**-31)],
)
def test_integers_of_every_width_are_scaled_to_one(codec: str, step: float) -> None:
    sound = tone(0.1)
    decoded = frames(encode("wav", codec, [sound]), "wav")
    heard = to_sample_frames(decoded[0].kind, [frame.values for frame in decoded])
    assert heard.dtype == np.float32
    assert np.abs(heard[:, 0] - sound).max() <= step + 1e-7


def test_floats_are_made_finite_and_kept_in_range() -> None:
    kind = FrameKind(RATE, 2, "fltp")
    values = np.array([[0.5, np.nan, 3.0], [-np.inf, -0.5, -3.0]], np.float32)
    assert to_sample_frames(kind, [values]).tolist() == [[0.5, 0.0], [0.0, -0.5], [1.0, -1.0]]
    interleaved = FrameKind(RATE, 2, "dbl")
    assert (
        to_sample_frames(interleaved, [np.array([[0.5, 0.25]])] * 2).tolist() == [[0.5, 0.25]] * 2
    )


def broken_flac_packets(data: bytes, every: int) -> bytes:
    """The same Matroska, in which every `every`-th FLAC packet has lost its sync code."""
    pieces = data.split(b"\xff\xf8")
    joined = pieces[0]
    for index, piece in enumerate(pieces[1:]):
        joined += (b"\x00\x00" if index % every == 0 else b"\xff\xf8") + piece
    return joined


def test_damaged_packets_are_skipped() -> None:
    data = encode("matroska", "flac", [SOUND])
    heard = duration_s(broken_flac_packets(data, every=10), "matroska")
    assert 8.0 < heard < 9.5


def test_only_damaged_packets_are_an_error() -> None:
    with pytest.raises(NotAudio, match="too many errors"):
        frames(broken_flac_packets(encode("matroska", "flac", [SOUND]), every=1), "matroska")
    short = encode("matroska", "flac", [SOUND[:RATE]])
    with pytest.raises(NotAudio, match="none of it"):
        frames(broken_flac_packets(short, every=1), "matroska")


@pytest.mark.parametrize("rate", [100, 7_999, 400_000])
def test_rates_beyond_the_limits_are_refused(rate: int) -> None:
    with pytest.raises(NotAudio, match=f"{rate} Hz"):
        frames(wav([tone(0.1)], rate=rate), "wav")


def test_too_many_channels_are_refused() -> None:
    with pytest.raises(NotAudio, match="12 channels"):
        frames(wav([tone(0.1)] * 12), "wav")


def test_codecs_that_are_not_listed_are_refused() -> None:
    with pytest.raises(NotAudio, match="codec"):
        frames(encode("wav", "adpcm_yamaha", [tone(0.5)]), "wav")


def test_a_video_without_sound_is_refused() -> None:
    target = io.BytesIO()
    with av.open(target, "w", format="matroska") as output:
        stream = output.add_stream("ffv1", rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        picture = av.VideoFrame(32, 32, "yuv420p")
        output.mux(stream.encode(picture))
        output.mux(stream.encode(None))
    with pytest.raises(NotAudio, match="no audio track"):
        frames(target.getvalue(), "matroska")


def test_streams_that_appear_later_are_harmless() -> None:
    """A recorder of broadcasts goes on with the next programme, which has eight tracks."""
    pipe = io.BytesIO()
    with av.open(pipe, "w", format="mpegts") as later:
        for stream in [later.add_stream("mp2", rate=RATE, layout="mono") for _ in range(8)]:
            frame = av.AudioFrame.from_ndarray(tone(1.0).reshape(1, -1), "flt", "mono")
            frame.sample_rate, frame.pts = RATE, 0
            later.mux(stream.encode(frame))
            later.mux(stream.encode(None))
    assert duration_s(encoded("ts with mp2", 1.0) + pipe.getvalue(), "mpegts") > 1.0
