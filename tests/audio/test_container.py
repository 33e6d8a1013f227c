import gc
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.audio.container import MAX_WAITING_S, ContainerDecoder, DecodedBlock
from realtime.audio.format import SampleFrames
from realtime.audio.sniff import RESYNC_BYTES
from realtime.errors import NotAudio
from tests.audio.encode import RATE, encode, tone, wav

SOUND = tone(2.0)


def blocks_of(data: bytes, size: int) -> list[DecodedBlock]:
    """All blocks of a whole container fed in packets of `size` bytes."""
    decoder = ContainerDecoder()
    blocks = []
    try:
        for at in range(0, len(data), size):
            decoder.feed(data[at : at + size])
            blocks += decoder.read()
            while decoder.more:
                decoder.feed(b"")
                blocks += decoder.read()
        decoder.finish()
        blocks += decoder.read()
        while decoder.more:
            decoder.finish()
            blocks += decoder.read()
    finally:
        decoder.close()
    return blocks


def decode(data: bytes, size: int) -> tuple[int, SampleFrames]:
    """Rate and frames of a whole container whose rate and channels do not change."""
    blocks = blocks_of(data, size)
    return blocks[0].sample_rate, np.concatenate([block.frames for block in blocks])


def container_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "container"]


def assert_threads_end() -> None:
    for thread in container_threads():
        thread.join(timeout=20)
        assert not thread.is_alive()


@pytest.fixture(autouse=True)
def _no_thread_stays_behind() -> Iterator[None]:
    yield
    gc.collect()
    assert_threads_end()


# A muxer may add or lose audio at both ends, as much as the framing of its codec needs.
FORMATS = {
    "wav": lambda: wav([SOUND]),
    "wav of unknown length": lambda: wav([SOUND], claimed_bytes=0xFFFFFFFF),
    "wav of length zero": lambda: wav([SOUND], claimed_bytes=0),
    "wav of floats": lambda: encode("wav", "pcm_f32le", [SOUND]),
    "flac": lambda: encode("flac", "flac", [SOUND]),
    "ogg opus": lambda: encode("ogg", "libopus", [SOUND]),
    "webm": lambda: encode("webm", "libopus", [SOUND]),
    "webm live": lambda: encode("webm", "libopus", [SOUND], live=True, options={"live": "1"}),
    "mkv flac": lambda: encode("matroska", "flac", [SOUND]),
    "mp3": lambda: encode("mp3", "libmp3lame", [SOUND]),
    "mp3 without header": lambda: encode(
        "mp3", "libmp3lame", [SOUND], live=True, options={"write_xing": "0", "id3v2_version": "0"}
    ),
    "m4a, index last": lambda: encode("ipod", "aac", [SOUND]),
    "m4a, index first": lambda: encode("ipod", "aac", [SOUND], options={"movflags": "faststart"}),
    "mp4 in fragments": lambda: encode(
        "mp4", "aac", [SOUND], live=True, options={"movflags": "frag_keyframe+empty_moov"}
    ),
    "aac": lambda: encode("adts", "aac", [SOUND], live=True),
    "aiff": lambda: encode("aiff", "pcm_s16be", [SOUND]),
    "au": lambda: encode("au", "pcm_s16be", [SOUND], live=True),
    "avi": lambda: encode("avi", "libmp3lame", [SOUND]),
    "caf": lambda: encode("caf", "pcm_s16le", [SOUND]),
    "mpeg": lambda: encode("mpeg", "mp2", [SOUND], live=True),
    "ts": lambda: encode("mpegts", "mp2", [SOUND], live=True),
    "wma": lambda: encode("asf", "wmav2", [SOUND]),
}


@cache
def encoded(name: str) -> bytes:
    """The container of this name, made once for all tests."""
    return FORMATS[name]()


@pytest.mark.parametrize("name", FORMATS)
def test_every_container_gives_its_audio_whatever_the_packets(name: str) -> None:
    data = encoded(name)
    rate, whole = decode(data, len(data))
    assert rate == RATE
    assert len(whole) / RATE == pytest.approx(2.0, abs=0.07)
    middle = whole[RATE // 2 : RATE, 0]
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.05)
    spectrum = np.abs(np.fft.rfft(middle))
    assert np.argmax(spectrum) * RATE / len(middle) == pytest.approx(440, abs=3)
    for size in (101, 3201):
        assert np.array_equal(decode(data, size)[1], whole)


@pytest.mark.parametrize("size", [1, 700, 100_000])
def test_an_mp3_that_begins_within_a_frame_is_decoded(size: int) -> None:
    """As a recording of a broadcast, or a stream that is taken up in the middle, does."""
    data = encode("mp3", "libmp3lame", [tone(2.0)], options={"write_xing": "0"})[200:]
    rate, frames = decode(data, size)
    assert rate == RATE
    assert len(frames) == pytest.approx(2.0 * RATE, abs=0.1 * RATE)


def test_bytes_are_refused_once_a_frame_would_have_ended() -> None:
    decoder = ContainerDecoder()
    decoder.feed(bytes(RESYNC_BYTES - 1))
    with pytest.raises(NotAudio, match="WebM"):
        decoder.feed(b"\0")


def test_wav_is_exact() -> None:
    left, right = tone(0.2, 300), tone(0.2, 700)
    rate, frames = decode(wav([left, right], rate=44_100), 1000)
    assert rate == 44_100
    expected = np.rint(np.stack([left, right], axis=1) * 32767) / 32768
    assert np.array_equal(frames, expected.astype(np.float32))


def test_a_browsers_recording_is_decoded_after_a_few_kilobytes() -> None:
    data = encoded("webm live")
    decoder = ContainerDecoder()
    decoder.feed(data[:4096])
    blocks = decoder.read()
    decoder.close()
    assert sum(len(block.frames) for block in blocks) > RATE // 20


@pytest.mark.parametrize(
    "data",
    [
        b"#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:9/a.wav\n",
        b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nm=audio 5004 RTP/AVP 0\r\n",
        b"ffconcat version 1.0\nfile /etc/hostname\n",
        bytes(100),
        b"hello",
    ],
)
def test_bytes_that_are_no_container_are_refused_with_advice(data: bytes) -> None:
    with pytest.raises(NotAudio, match="WebM"):
        blocks_of(data, len(data))


@pytest.mark.parametrize(
    "head",
    [b"\x1a\x45\xdf\xa3", b"OggS", b"RIFF\x00\x00\x00\x00WAVE", b"fLaC", b"ID3\x04\x00\x00"],
)
def test_a_good_signature_before_garbage_is_refused(head: bytes) -> None:
    garbage = np.random.default_rng(3).integers(0, 256, 200_000, np.uint8).tobytes()
    with pytest.raises(NotAudio):
        blocks_of(head + garbage, 5000)


def test_text_with_the_signature_of_a_file_opens_nothing() -> None:
    playlist = b"\x00\x00\x00\x18ftypM4A #EXTM3U\nhttp://127.0.0.1:9/a.wav\n" * 9
    with pytest.raises(NotAudio):
        blocks_of(playlist, len(playlist))


def test_audio_before_damage_is_returned_before_the_error() -> None:
    data = encode("mp3", "libmp3lame", [SOUND])
    decoder = ContainerDecoder()
    decoder.feed(data[: len(data) // 2])
    assert decoder.read()
    decoder.finish()
    decoder.read()
    decoder.close()


@settings(max_examples=25, deadline=None)
@given(
    name=st.sampled_from(sorted(FORMATS)),
    keep=st.floats(0, 1),
    hits=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=30),
    size=st.sampled_from([500, 4000, 10**6]),
)
def test_damaged_data_never_hangs_and_ends_its_thread(
    name: str, keep: float, hits: list[tuple[float, int]], size: int
) -> None:
    data = bytearray(encoded(name))
    for place, value in hits:
        data[int(place * (len(data) - 1))] = value
    with suppress(NotAudio):
        blocks_of(bytes(data[: int(keep * len(data))]), size)
    assert_threads_end()


def test_a_decompression_bomb_waits_to_be_read() -> None:
    silence = np.zeros(RATE * 120, np.float32)
    data = encode("flac", "flac", [silence])
    assert len(data) < 50_000
    decoder = ContainerDecoder()
    decoder.feed(data)
    taken = []
    while decoder.more:
        frames = sum(len(block.frames) for block in decoder.read())
        assert frames <= (MAX_WAITING_S + 1) * RATE
        taken.append(frames)
        decoder.feed(b"")
    decoder.finish()
    taken += [len(block.frames) for block in decoder.read()]
    assert sum(taken) == len(silence)
    decoder.close()


def test_an_mp4_that_would_have_to_be_stored_whole_is_refused_at_the_limit() -> None:
    decoder = ContainerDecoder(max_spool_bytes=10_000)
    data = encoded("m4a, index last")
    decoder.feed(data[:10_000])
    with pytest.raises(NotAudio, match="faststart"):
        decoder.feed(data[10_000:])


def test_close_and_collection_end_the_thread() -> None:
    data = encoded("webm")
    closed, dropped = ContainerDecoder(), ContainerDecoder()
    closed.feed(data[:3000])
    dropped.feed(data[:3000])
    assert len(container_threads()) == 2
    closed.close()
    closed.close()
    del dropped
    gc.collect()
    assert_threads_end()


def test_closing_while_decoding_is_paused_ends_the_thread() -> None:
    decoder = ContainerDecoder()
    decoder.feed(encode("flac", "flac", [np.zeros(RATE * 60, np.float32)]))
    assert decoder.more
    decoder.close()
    assert not decoder.more
    assert_threads_end()
    assert decoder.read() == []


def test_an_empty_stream_is_no_error() -> None:
    decoder = ContainerDecoder()
    decoder.feed(b"")
    decoder.finish()
    assert decoder.read() == []
    decoder.close()


def test_bytes_after_the_end_are_ignored() -> None:
    decoder = ContainerDecoder()
    decoder.feed(wav([tone(0.1)]))
    decoder.feed(b"LIST" + bytes(100_000))
    decoder.finish()
    assert sum(len(block.frames) for block in decoder.read()) == RATE // 10
    decoder.feed(b"more")
    decoder.close()
