import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.audio.format import AudioFormat
from realtime.audio.pcm import PcmDecoder
from realtime.encodings import Encoding

RAW: list[Encoding] = ["f32le", "s16le", "s32le", "mulaw", "alaw"]


def cut(data: bytes, positions: list[int]) -> list[bytes]:
    """`data` in pieces, cut at the given positions (empty pieces included)."""
    edges = [0, *sorted(min(p, len(data)) for p in positions), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges)]


@given(
    encoding=st.sampled_from(RAW),
    channels=st.integers(1, 3),
    data=st.binary(max_size=400),
    positions=st.lists(st.integers(0, 400), max_size=12),
)
def test_packets_may_be_cut_anywhere(
    encoding: Encoding, channels: int, data: bytes, positions: list[int]
) -> None:
    audio_format = AudioFormat(encoding, channels=channels)
    whole = PcmDecoder(audio_format).decode(data)
    decoder = PcmDecoder(audio_format)
    pieces = [decoder.decode(piece) for piece in cut(data, positions)]
    assert np.array_equal(np.concatenate(pieces), whole)
    assert whole.shape == (len(data) // audio_format.frame_bytes, channels)


@given(data=st.binary(max_size=800))
def test_any_bytes_give_finite_samples_in_range(data: bytes) -> None:
    for encoding in RAW:
        samples = PcmDecoder(AudioFormat(encoding)).decode(data)
        assert samples.dtype == np.float32
        assert np.all(np.abs(samples) <= 1.0)


def test_integers_are_scaled_to_one() -> None:
    words = np.array([-32768, -1, 0, 1, 32767], "<i2")
    assert PcmDecoder(AudioFormat("s16le")).decode(words.tobytes())[:, 0].tolist() == [
        -1.0,
        -1 / 32768,
        0.0,
        1 / 32768,
        32767 / 32768,
    ]
    longs = np.array([-(2**31), 0, 2**30], "<i4")
    assert PcmDecoder(AudioFormat("s32le")).decode(longs.tobytes())[:, 0].tolist() == [-1, 0, 0.5]


def test_channels_are_columns() -> None:
    words = np.array([1, 2, 3, 4, 5, 6], "<i2")
    frames = PcmDecoder(AudioFormat("s16le", channels=2)).decode(words.tobytes())
    assert (frames * 32768).tolist() == [[1, 2], [3, 4], [5, 6]]


def test_the_result_does_not_alias_the_packet() -> None:
    packet = bytearray(np.ones(4, "<f4").tobytes())
    samples = PcmDecoder(AudioFormat()).decode(memoryview(packet))
    packet[:] = bytes(len(packet))
    assert samples[:, 0].tolist() == [1, 1, 1, 1]


def test_half_a_frame_that_was_kept_can_be_dropped() -> None:
    decoder = PcmDecoder(AudioFormat("s16le"))
    decoder.decode(b"\x01")
    decoder.drop_carry()
    assert decoder.decode(np.array([7], "<i2").tobytes())[0, 0] == pytest.approx(7 / 32768)


def test_nan_and_infinity_become_silence_and_are_counted() -> None:
    decoder = PcmDecoder(AudioFormat())
    values = np.array([0.5, np.nan, np.inf, -np.inf, -0.25], "<f4")
    assert decoder.decode(values.tobytes())[:, 0].tolist() == [0.5, 0, 0, 0, -0.25]
    assert decoder.replaced_samples == 3


def test_containers_are_refused() -> None:
    with pytest.raises(ValueError, match="container"):
        PcmDecoder(AudioFormat("auto"))
