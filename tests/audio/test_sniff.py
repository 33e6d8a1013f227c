import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.audio.sniff import (
    RESYNC_BYTES,
    is_surely_container,
    mp4_index_comes_first,
    sniff,
    sniff_within,
)
from tests.audio.encode import encode, tone


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"RIFF\x00\x00\x00\x00WAVE", "wav"),
        (b"RF64\xff\xff\xff\xffWAVE", "wav"),
        (b"RIFF\x00\x00\x00\x00AVI ", "avi"),
        (b"RIFF\x00\x00\x00\x00WEBP", None),
        (b"RF64\xff\xff\xff\xffAVI ", None),
        (b"FORM\x00\x01\xf4\x2eAIFF", "aiff"),
        (b"FORM\x00\x01\xf4\x2eAIFC", "aiff"),
        (b"FORM\x00\x01\xf4\x2eILBM", None),
        (b".snd\x00\x00\x00\x20", "au"),
        (b"caff\x00\x01\x00\x00", "caf"),
        (b"#!AMR\n\x3c", "amr"),
        (b"#!AMR-WB\n", "amr"),
        (b"#!/bin/sh\n", None),
        (b"NIST_1A\n", "sphere"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
        (b"\x00\x00\x01\xba\x21\x00", "mpeg"),
        (b"\x47\x40\x11\x10\x00\x42", "mpegts"),
        (b"\x47\x40\x11\x10", None),
        (b"\x47\x00\x11\x10\x00\x42", None),
        (b"\x47\x40\x11\x90\x00\x42", None),
        (b"GET / HTTP/1", None),
        (b"\x1a\x45\xdf\xa3\x01\x00\x00\x00", "matroska"),
        (b"OggS\x00\x02", "ogg"),
        (b"fLaC\x00\x00\x00\x22", "flac"),
        (b"ID3\x04\x00\x00", "mp3"),
        (b"\xff\xfb\x90\x64", "mp3"),
        (b"\xff\xf3\x40\xc4", "mp3"),
        (b"\xff\xff\xff\xff", None),
        (b"\xff\xf1\x50\x80", None),
        (b"\xff\xf1\x50\x80\x03\xdf\xfc", "aac"),
        (b"\xff\xf1\x50\x80\x00\x1f\xfc", None),
        (b"\xff\xf1\x7c\x80\x03\xdf\xfc", None),
        (b"\x00\x00\x00\x1cftypM4A ", "mp4"),
        (b"#EXTM3U\nhttp", None),
        (b"v=0\r\no=- 0 0", None),
        (b"ffconcat ver", None),
        (b"", None),
    ],
)
def test_containers_are_told_by_their_first_bytes(head: bytes, expected: str | None) -> None:
    assert sniff(head) == expected


def test_a_bare_frame_header_could_be_raw_samples() -> None:
    assert not is_surely_container(b"\xff\xfb\x90\x64")
    assert not is_surely_container(b"\xff\xf1\x50\x80\x03\xdf\xfc")
    assert not is_surely_container(b"\x47\x40\x11\x10\x00\x42")
    assert is_surely_container(b"OggS\x00\x02")
    assert not is_surely_container(bytes(12))


def box(kind: bytes, body: bytes) -> bytes:
    return (8 + len(body)).to_bytes(4, "big") + kind + body


def long_box(kind: bytes, body: bytes) -> bytes:
    return (1).to_bytes(4, "big") + kind + (16 + len(body)).to_bytes(8, "big") + body


def test_the_position_of_an_mp4s_index_is_found() -> None:
    start = box(b"ftyp", b"isom") + long_box(b"free", b"12345")
    assert mp4_index_comes_first(start + box(b"moov", b"")) is True
    assert mp4_index_comes_first(start + box(b"mdat", b"")) is False
    assert mp4_index_comes_first(start) is None
    assert mp4_index_comes_first(b"") is None
    to_the_end = (0).to_bytes(4, "big") + b"free" + bytes(8)
    assert mp4_index_comes_first(start + to_the_end) is False


@given(st.binary(max_size=64))
def test_any_bytes_get_an_answer(data: bytes) -> None:
    sniff(data)
    mp4_index_comes_first(data)
    mp4_index_comes_first(box(b"ftyp", b"") + data)


@pytest.mark.parametrize("rate", [44_100, 22_050, 8_000], ids=["MPEG-1", "MPEG-2", "MPEG-2.5"])
def test_an_mp3_is_recognised_in_the_middle_of_a_frame(rate: int) -> None:
    whole = encode("mp3", "libmp3lame", [tone(2.0, rate=rate)], rate=rate)
    for cut in range(1_500, 2_000, 37):
        assert sniff_within(whole[cut : cut + RESYNC_BYTES]) == "mp3"
    assert sniff_within(bytes(3_000) + whole) == "mp3"


def test_a_single_frame_header_or_a_change_of_rate_is_no_mp3() -> None:
    mpeg_1, other_rate = b"\xff\xfb\x90\x64" + bytes(413), b"\xff\xfb\x94\x64" + bytes(380)
    assert sniff_within(b"\0" + 3 * mpeg_1) == "mp3"
    assert sniff_within(b"\0" + 2 * mpeg_1) is None
    assert sniff_within(b"\0" + 2 * mpeg_1 + other_rate) is None
    assert sniff_within(3 * (b"\xff\xfd\x90\x64" + bytes(413))) is None, "of another layer"


@given(st.binary(max_size=3_000))
def test_noise_is_no_mp3(data: bytes) -> None:
    assert sniff_within(data) is None
