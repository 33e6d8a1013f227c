"""Whole files through the decoder process: correct, confined, and ended at once."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from realtime.audio.files import Decoders, FileReader, Source
from realtime.audio.format import SampleFrames
from realtime.errors import MessageTooBig, MissingFile, NotAudio
from realtime.weights.bundled import samples
from tests.audio.encode import FORMATS, encode, encoded, read_all, tone
from tests.audio.test_wav import description, s16, wav

PLAYLISTS = [
    b"",
    b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\n"
    b"t=0 0\r\nm=audio 5004 RTP/AVP 0",
    b"#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n",
    b"#EXTM3U\n#EXTINF:10,\n/etc/passwd\n#EXT-X-ENDLIST\n",
    b"ffconcat version 1.0\nfile /etc/passwd\n",
    b"concat:/etc/passwd|/etc/hosts",
    json.dumps([{"a": "b" * 50}] * 2000).encode(),
    b"\x7fELF" + bytes(5000),
    b"ID3\x04\x00\x00\x00\x00\x0f\x76" + bytes(5000),
    b"RIFF\x24\x00\x00\x00WAVEfmt ",
    b"OggS" + bytes(300),
    b"fLaC" + bytes(300),
    b"\x1a\x45\xdf\xa3" + bytes(300),
    b"\0\0\0\x18ftypM4A " + bytes(300),
    b"\xff\xf1\x60\x40\x03\x9f\xfc" + bytes(300),
    b"FORM\0\0\1\0AIFFCOMM" + bytes(300),
    b"#!AMR\n" + bytes([0x04]) * 3,
    b"#!AMR-WB\n",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\0\xaa\0\x62\xce\x6c" + bytes(300),
    b".snd\0\0\0\x20" + bytes(300),
    b"RIFF\0\0\1\0AVI LIST" + bytes(300),
    b"caff\0\1\0\0desc" + bytes(300),
    b"\0\0\1\xba" + bytes(300),
    (b"\x47\x40\x11\x10" + bytes(184)) * 20,
    b"NIST_1A\n   1024\n" + bytes(1100),
]


def test_of_channels_that_cancel_each_other_one_is_used(decoders: Decoders) -> None:
    said = tone(1.0, rate=16_000)
    inverted, alike = (
        wav(s16(np.stack([said, right], axis=1).reshape(-1)), description(channels=2))
        for right in (-said, said)
    )
    reader = decoders.open(inverted)
    heard = read_all(reader)
    assert np.abs(heard[8000:]).max() == pytest.approx(0.5, abs=0.01)
    assert reader.sides_cancel
    for source, apart in ((inverted, True), (alike, False)):
        reader = decoders.open(source, apart=apart)
        read_all(reader)
        assert not reader.sides_cancel


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_its_audio(decoders: Decoders, name: str) -> None:
    reader = decoders.open(encoded(name, 1.0))
    heard = read_all(reader)
    assert reader.info.channels == 1
    assert len(heard) == pytest.approx(16_000, abs=1600)
    spectrum = np.abs(np.fft.rfft(heard[2000:14_000, 0]))
    assert np.argmax(spectrum) * 16_000 / 12_000 == pytest.approx(440, abs=2)


def test_a_path_and_an_open_file_and_bytes_and_samples_give_the_same(
    decoders: Decoders, tmp_path: Path
) -> None:
    sample = samples()[0]
    with sample.path.open("rb") as file:
        file.seek(1000)  # the file's position does not matter, and does not change
        sources: list[Source] = [sample.path, file, sample.path.read_bytes(), sample.read()]
        heard = [read_all(decoders.open(source)) for source in sources]
        assert file.tell() == 1000
    for one in heard:
        assert np.array_equal(one, heard[0])


def test_eight_channels_are_read_as_eight(decoders: Decoders) -> None:
    channels = [tone(1.0, 200.0 + 100 * index) for index in range(8)]
    reader = decoders.open(encode("mp4", "aac", channels), apart=True)
    heard = read_all(reader)
    assert heard.shape[1] == 8
    loudest = np.argmax(np.abs(np.fft.rfft(heard[2000:14_000], axis=0)), axis=0) * 16_000 / 12_000
    # All but the channel for low frequencies, which has none of these tones.
    assert len(set(np.round(loudest, -2)) & set(range(200, 1000, 100))) >= 7


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg: apt install ffmpeg")
def test_gsm_from_call_recorders_is_read(decoders: Decoders, tmp_path: Path) -> None:
    sound, call = tmp_path / "sound.wav", tmp_path / "gsm.wav"
    sound.write_bytes(wav(s16(tone(1.0, rate=8000)), description(rate=8000)))
    convert = ("ffmpeg", "-v", "error", "-i", sound, "-c:a", "libgsm_ms", call)
    subprocess.run(convert, check=True)
    heard = read_all(decoders.open(call))
    assert len(heard) == pytest.approx(16_000, abs=1600)
    assert np.argmax(np.abs(np.fft.rfft(heard[2000:14_000, 0]))) * 4 / 3 == pytest.approx(
        440, abs=2
    )


def test_sphere_files_of_speech_corpora_are_read(decoders: Decoders) -> None:
    fields = "channel_count -i 1", "sample_rate -i 16000", "sample_n_bytes -i 2"
    coding = "sample_byte_format -s2 01", "sample_coding -s3 pcm", "end_head"
    head = "\n".join(["NIST_1A", "   1024", *fields, *coding, ""]).encode().ljust(1024)
    heard = read_all(decoders.open(head + s16(tone(1.0, rate=16_000))))
    assert np.abs(heard[:, 0] - tone(1.0, rate=16_000)).max() < 1e-3


def test_channels_are_mixed_or_kept_apart(decoders: Decoders) -> None:
    left, right = np.full(400, 0.5, np.float32), np.full(400, 0.25, np.float32)
    data = wav(s16(np.stack([left, right], 1).ravel()), description(channels=2))
    assert np.allclose(read_all(decoders.open(data)), 0.375)
    reader = decoders.open(data, apart=True)
    assert reader.info.channels == 2
    assert np.allclose(read_all(reader)[0], [0.5, 0.25])


def test_too_many_channels_to_keep_apart_are_refused(decoders: Decoders) -> None:
    data = wav(bytes(640), description(channels=16))
    assert len(read_all(decoders.open(data))) == 20
    with pytest.raises(NotAudio, match="16 channels; at most 8"):
        decoders.open(data, apart=True)


def test_the_beginning_can_be_left_out(decoders: Decoders) -> None:
    whole = samples()[0].read()
    for source in (samples()[0].path, whole):
        assert np.array_equal(read_all(decoders.open(source, skip=20_000))[:, 0], whole[20_000:])


def test_a_long_file_is_refused_by_its_header_or_its_audio(
    decoders: Decoders,
) -> None:
    long = wav(bytes(2 * 16_000 * 30))
    with pytest.raises(MessageTooBig, match="hours"):
        decoders.open(long, max_s=10.0)
    with pytest.raises(MessageTooBig):
        decoders.open(np.zeros(16_000 * 30, np.float32), max_s=10.0)
    live = encode("webm", "libopus", [tone(30.0)], live=True)  # its header states no length
    reader = decoders.open(live, max_s=10.0)
    assert reader.info.total_s is None
    with pytest.raises(MessageTooBig):
        read_all(reader)


@pytest.mark.parametrize("data", PLAYLISTS, ids=range(len(PLAYLISTS)))
def test_a_file_without_audio_is_refused(decoders: Decoders, data: bytes) -> None:
    started = time.monotonic()
    with pytest.raises(NotAudio) as refused:
        read_all(decoders.open(data))
    assert refused.value.message.endswith(".")
    assert time.monotonic() - started < 10  # it would otherwise wait for packets of a stream


def test_an_mp3_cut_anywhere_is_read(decoders: Decoders) -> None:
    whole = encoded("mp3", 3.0)
    heard = read_all(decoders.open(whole[len(whole) // 2 :]))
    assert 1.2 < len(heard) / 16_000 < 1.6


def test_a_file_that_ends_after_its_header_is_refused_with_the_reason(decoders: Decoders) -> None:
    with pytest.raises(NotAudio) as refused:
        read_all(decoders.open(encoded("wav", 0.5)[:44]))
    assert refused.value.details == {"reason": "no_samples"}


@pytest.mark.parametrize("name", FORMATS)
def test_damaged_files_give_audio_or_a_sentence(decoders: Decoders, name: str) -> None:
    whole = encoded(name, 0.5)
    rng = random.Random(name)
    damaged, sentences = [whole[: len(whole) * cut // 6] for cut in range(6)], []
    for _ in range(12):
        flipped = bytearray(whole)
        for _ in range(8):
            flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
        damaged.append(bytes(flipped))
    for data in damaged:
        try:
            heard = read_all(decoders.open(data))
        except (NotAudio, MessageTooBig) as error:
            sentences.append(error.message)
        else:
            assert np.isfinite(heard).all()
    assert sentences  # at least for the empty one
    assert all(sentence.endswith(".") for sentence in sentences)


def test_a_day_of_silence_is_read_in_a_few_megabytes(decoders: Decoders) -> None:
    data = encode("flac", "flac", [np.zeros(16_000 * 600, np.float32)], rate=16_000)
    assert len(data) < 300_000
    reader = decoders.open(data)
    assert isinstance(reader, FileReader)
    total = 0
    while (block := reader.read()) is not None:
        total += len(block)
        assert len(block) < 200_000
    assert total == 16_000 * 600
    peak = Path(f"/proc/{reader.pid}/status").read_text().split("VmHWM:")[1].split()[0]
    assert int(peak) < 120_000  # kB


def test_paths_that_are_no_files_are_refused(decoders: Decoders, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path in (tmp_path / "none", Path("/nul\0byte")):
        with pytest.raises(MissingFile):
            decoders.open(path)
    for path in (tmp_path, fifo, Path("/dev/zero")):
        with pytest.raises(NotAudio, match="regular"):
            decoders.open(path)


@pytest.mark.parametrize("bad", [np.zeros((2, 5), np.float32), np.zeros(0, np.float32)])
def test_samples_that_are_no_mono_audio_are_refused(decoders: Decoders, bad: SampleFrames) -> None:
    with pytest.raises(NotAudio):
        decoders.open(bad)


def test_an_empty_file_is_reported_as_empty(decoders: Decoders, tmp_path: Path) -> None:
    path = tmp_path / "empty.wav"
    path.touch()
    for source in (path, b""):
        with pytest.raises(NotAudio, match="is empty") as refused:
            decoders.open(source)
        assert refused.value.details == {"size_bytes": 0}
