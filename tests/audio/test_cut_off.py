"""Files that end before their own end say so; whole ones never do."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from realtime.audio.cut_off import OGG_TAIL_BYTES, TrackEnd, is_cut_off, ogg_is_cut_off
from realtime.audio.files import Decoders
from realtime.audio.wav import wav_layout
from tests.audio.encode import FORMATS, RATE, encode, encoded, read_all, tone, wav

FAST_START = {"movflags": "+faststart"}
SILENT = (
    "wma",
    "wma of old",
    "ts",
    "ts with mp2",
    "mpeg",
    "avi",
    "avi with ac3",
    "amr",
    "3gp",
    "m4a",
    "mov",
    "caf",
)
"""Formats of which some cuts cannot be told from an end, or make the file unreadable."""


def holds(decoders: Decoders, data: bytes) -> bool:
    reader = decoders.open(data)
    read_all(reader)
    return reader.cut_off


@pytest.mark.parametrize("name", FORMATS)
def test_a_whole_file_is_not_cut_off(decoders: Decoders, name: str) -> None:
    assert not holds(decoders, encoded(name, 2.0))


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in SILENT])
@pytest.mark.parametrize("share", [0.503, 0.66])
def test_a_file_that_ends_in_the_middle_is(decoders: Decoders, name: str, share: float) -> None:
    data = encoded(name, 4.0)
    assert holds(decoders, data[: int(share * len(data))])


@pytest.mark.parametrize("share", [0.5, 0.7])
def test_so_is_an_mp4_whose_index_comes_first(decoders: Decoders, share: float) -> None:
    data = encode("mp4", "aac", [tone(6.0)], options=FAST_START)
    assert not holds(decoders, data)
    assert holds(decoders, data[: int(share * len(data))])


def test_an_mp3_that_states_no_length_is_not_guessed_at(decoders: Decoders) -> None:
    data = encode("mp3", "libmp3lame", [tone(4.0)], options={"write_xing": "0"})
    assert not holds(decoders, data)
    assert not holds(decoders, data + b"TAG" + bytes(125))
    assert not holds(decoders, data[: len(data) // 2])


@pytest.mark.parametrize("claimed", [0, 0xFFFFFFFF, 0xFFFFFFDB, 0x7FFFFFDB, RATE * 2 + 40])
def test_a_wav_with_a_wrong_or_unknown_length_is_whole(
    decoders: Decoders, tmp_path: Path, claimed: int
) -> None:
    assert not holds(decoders, wav([tone(1.0)], claimed_bytes=claimed))


@pytest.mark.parametrize(
    ("end", "cut_off"),
    [
        (TrackEnd(None, 1.0, incomplete=False, damaged=False), False),
        (TrackEnd(1.0, 0.6, incomplete=False, damaged=False), False),
        (TrackEnd(1.0, 0.4, incomplete=False, damaged=False), True),
        (TrackEnd(100.0, 99.1, incomplete=False, damaged=False), False),
        (TrackEnd(100.0, 98.9, incomplete=False, damaged=False), True),
        (TrackEnd(1.0, 1.0, incomplete=True, damaged=False), True),
        (TrackEnd(1.0, 1.0, incomplete=False, damaged=True), False),
    ],
)
def test_what_counts_as_cut_off(end: TrackEnd, cut_off: bool) -> None:
    assert is_cut_off("flac", b"fLaC", end) is cut_off


def test_the_length_of_an_mp3_counts_only_where_its_first_frame_states_it() -> None:
    end = TrackEnd(9.0, 1.0, incomplete=False, damaged=False)
    frame = b"\xff\xfb\x90\x00" + bytes(32)
    assert is_cut_off("mp3", frame + b"Xing\0\0\0\x01", end)
    assert not is_cut_off("mp3", frame, end)


@pytest.mark.parametrize(("seconds", "cut_off"), [(2.0, False), (1.6, False), (1.0, True)])
def test_samples_that_a_wav_states_and_lacks(seconds: float, cut_off: bool) -> None:
    data = wav([tone(2.0)])
    part = data[: len(data) - int((2.0 - seconds) * RATE) * 2]
    layout = wav_layout(BytesIO(part))
    assert layout is not None
    assert layout.cut_off is cut_off


def test_damage_at_the_end_counts_where_nothing_else_can_be_there() -> None:
    end = TrackEnd(9.0, 1.0, incomplete=False, damaged=True)
    assert is_cut_off("aac", b"", end)
    assert not is_cut_off("mpegts", b"", end)


def test_an_ogg_file_ends_with_a_whole_page() -> None:
    data = encoded("opus", 2.0)
    tail = data[-OGG_TAIL_BYTES:]
    assert not ogg_is_cut_off(tail)
    last = tail.rfind(b"OggS")
    for length in (last + 4, last + 26, last + 28, len(tail) - 1):
        assert ogg_is_cut_off(tail[:length])
    assert not ogg_is_cut_off(tail[: tail.find(b"OggS")])
    assert not ogg_is_cut_off(b"no page")
