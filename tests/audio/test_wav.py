"""WAV files as they occur: every sample width, and headers with false values."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.audio.format import SampleFrames
from realtime.audio.wav import WavLayout, wav_frames, wav_layout
from realtime.errors import NotAudio

RAMP = np.linspace(-0.99, 0.99, 300).astype(np.float32)


def chunk(name: bytes, data: bytes, length: int | None = None) -> bytes:
    size = len(data) if length is None else length
    return name + struct.pack("<I", size) + data + b"\0" * (len(data) % 2)


def description(
    kind: int = 1, channels: int = 1, rate: int = 16_000, bits: int = 16, block: int | None = None
) -> bytes:
    width = channels * -(-bits // 8) if block is None else block
    return struct.pack("<HHIIHH", kind, channels, rate, rate * width, width, bits)


def wav(data: bytes, fmt: bytes = b"", length: int | None = None, form: bytes = b"RIFF") -> bytes:
    body = chunk(b"fmt ", fmt or description()) + chunk(b"data", data, length)
    return form + struct.pack("<I", len(body) + 4) + b"WAVE" + body


def read(data: bytes, at_once: int = 1000) -> SampleFrames:
    file = io.BytesIO(data)
    layout = wav_layout(file)
    assert layout is not None
    blocks = list(wav_frames(file, layout, at_once))
    return np.concatenate(blocks) if blocks else np.empty((0, layout.channels), np.float32)


def s16(values: np.ndarray[tuple[int], np.dtype[np.float32]]) -> bytes:
    return (values * 32768).astype("<i2").tobytes()


def s24(values: np.ndarray[tuple[int], np.dtype[np.float32]]) -> bytes:
    wide = (values.astype(np.float64) * 2**31).astype("<i4").view(np.uint8).reshape(-1, 4)
    return wide[:, 1:].tobytes()


@pytest.mark.parametrize(
    ("data", "fmt", "near"),
    [
        ((RAMP * 128 + 128).astype(np.uint8).tobytes(), description(bits=8), 0.01),
        (s16(RAMP), description(), 1e-4),
        (s24(RAMP), description(bits=24), 1e-6),
        ((RAMP.astype(np.float64) * 2**31).astype("<i4").tobytes(), description(bits=32), 1e-6),
        (RAMP.astype("<f4").tobytes(), description(3, bits=32), 0),
        (RAMP.astype("<f8").tobytes(), description(3, bits=64), 0),
    ],
)
def test_every_sample_width_is_read(data: bytes, fmt: bytes, near: float) -> None:
    assert np.allclose(read(wav(data, fmt))[:, 0], RAMP, atol=near + 1e-9)
    extensible = struct.pack("<H", 0xFFFE) + fmt[2:] + struct.pack("<HHI", 22, 0, 0) + fmt[:2]
    assert np.allclose(read(wav(data, extensible + b"\0" * 14))[:, 0], RAMP, atol=near + 1e-9)


@pytest.mark.parametrize("kind", [6, 7])
def test_telephone_codes_are_read(kind: int) -> None:
    values = read(wav(bytes(range(256)), description(kind, bits=8, rate=8000)))
    assert values.shape == (256, 1)
    assert 0.9 < np.abs(values).max() <= 1.0


def test_many_channels_are_read() -> None:
    data = np.arange(64 * 5, dtype="<i2")
    values = read(wav(data.tobytes(), description(channels=64)), at_once=2)
    assert values.shape == (5, 64)
    assert np.array_equal(values * 32768, data.reshape(5, 64))


def test_nan_is_read_as_silence() -> None:
    raw = np.array([np.nan, np.inf, -np.inf, 2.0, -3.0], "<f4").tobytes()
    assert read(wav(raw, description(3, bits=32)))[:, 0].tolist() == [0.0, 0.0, 0.0, 1.0, -1.0]


def test_values_beyond_float32_are_read_as_silence() -> None:
    raw = np.array([1e300, 0.5], "<f8").tobytes()
    assert read(wav(raw, description(3, bits=64)))[:, 0].tolist() == [0.0, 0.5]


@pytest.mark.parametrize("length", [0, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 10**6])
def test_a_false_size_is_ignored(length: int) -> None:
    assert len(read(wav(s16(RAMP), length=length))) == len(RAMP)


def test_a_true_size_ends_before_the_next_chunk() -> None:
    assert len(read(wav(s16(RAMP)) + chunk(b"LIST", b"x" * 100))) == len(RAMP)


def test_chunks_before_the_samples_are_skipped() -> None:
    body = chunk(b"JUNK", b"odd") + chunk(b"fmt ", description()) + chunk(b"LIST", b"ab")
    data = b"RIFF\0\0\0\0WAVE" + body + chunk(b"data", s16(RAMP))
    assert len(read(data)) == len(RAMP)


@pytest.mark.parametrize("form", [b"RF64", b"BW64"])
def test_sizes_of_64_bits_are_read(form: bytes) -> None:
    sizes = struct.pack("<QQQI", 0, len(RAMP) * 2, len(RAMP), 0)
    body = chunk(b"ds64", sizes) + chunk(b"fmt ", description())
    body += chunk(b"data", s16(RAMP), 0xFFFFFFFF) + b"trailing rubbish"
    assert len(read(form + b"\xff\xff\xff\xffWAVE" + body)) == len(RAMP)


class Huge(io.BytesIO):
    """A file of more than 4 GiB, of which only the beginning has data."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return 2**32 + 1000 if whence == 2 else super().seek(offset, whence)


def test_a_size_that_overflowed_is_ignored() -> None:
    layout = wav_layout(Huge(wav(b"", length=900)))
    assert layout is not None
    assert layout.end == 2**32 + 1000
    assert layout.duration_s == pytest.approx((2**32 + 1000 - 44) / 32_000)


def test_other_codecs_are_left_to_the_decoder() -> None:
    assert wav_layout(io.BytesIO(wav(b"", description(17, bits=4)))) is None


def test_a_block_size_of_0_is_corrected() -> None:
    assert len(read(wav(s16(RAMP), description(block=0)))) == len(RAMP)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"RIFF\0\0\0\0WAVE", "no samples"),
        (b"RIFF\0\0\0\0WAVE" + chunk(b"JUNK", b""), "no samples"),
        (b"RIFF\0\0\0\0WAVE" + chunk(b"data", b"1234"), "damaged"),
        (b"RIFF\0\0\0\0WAVE" + chunk(b"fmt ", b"short") + chunk(b"data", b""), "damaged"),
        (wav(b"", description(bits=40)), "claims"),
        (wav(b"", description(channels=0)), "claims"),
        (wav(b"", description(channels=65)), "claims"),
        (wav(b"", description(block=7)), "contradicts"),
        (wav(b"", description(rate=0)), "rate"),
        (wav(b"", description(rate=10**6)), "rate"),
    ],
)
def test_headers_without_sense_are_refused(data: bytes, what: str) -> None:
    with pytest.raises(NotAudio, match=what):
        wav_layout(io.BytesIO(data))


def test_a_file_with_endless_chunks_is_refused() -> None:
    with pytest.raises(NotAudio, match="no samples"):
        wav_layout(io.BytesIO(b"RIFF\0\0\0\0WAVE" + chunk(b"JUNK", b"") * 2000))


def test_a_file_that_shrinks_while_it_is_read_simply_ends() -> None:
    layout = WavLayout(1, 2, 1, 16_000, 44, 44 + 10_000)
    assert sum(len(b) for b in wav_frames(io.BytesIO(wav(s16(RAMP))), layout, 100)) == len(RAMP)


@given(st.binary(max_size=200), st.integers(0, 300))
def test_any_bytes_are_samples_or_an_error(rubbish: bytes, at: int) -> None:
    whole = wav(s16(RAMP))
    damaged = b"RIFF" + whole[4:8] + b"WAVE" + whole[12 : 12 + at] + rubbish
    try:
        layout = wav_layout(io.BytesIO(damaged))
    except NotAudio:
        return
    if layout is not None:
        for block in wav_frames(io.BytesIO(damaged), layout, 50):
            assert np.isfinite(block).all()
            assert np.abs(block).max() <= 1.0
