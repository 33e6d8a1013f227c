import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.audio.format import AudioFormat
from realtime.audio.intake import MAX_STEP_S, AudioIntake
from realtime.audio.sniff import RESYNC_BYTES
from realtime.errors import NotAudio
from realtime.types import SAMPLE_RATE, Samples
from tests.audio.encode import RATE, encode, tone, wav


def hear(intake: AudioIntake, data: bytes, size: int) -> list[Samples]:
    """All of a stream fed in packets of `size` bytes, one array per channel."""
    steps = []
    for at in range(0, len(data), size):
        steps.append(intake.receive(data[at : at + size]))
        while intake.more:
            steps.append(intake.receive(b""))
    steps.append(intake.finish())
    while intake.more:
        steps.append(intake.finish())
    intake.close()
    heard = [step for step in steps if step]
    return [np.concatenate(channel) for channel in zip(*heard, strict=True)]


def s16(channels: list[Samples]) -> bytes:
    return np.rint(np.stack(channels, axis=1) * 32767).astype("<i2").tobytes()


def assert_tone(samples: Samples, hertz: float) -> None:
    assert len(samples) == pytest.approx(SAMPLE_RATE, abs=1)
    inner = slice(1600, -1600)
    assert np.abs(samples - tone(1.0, hertz, SAMPLE_RATE))[inner].max() < 2e-3


@settings(max_examples=40, deadline=None)
@given(
    rate=st.sampled_from([8000, 16_000, 44_100, 48_000]),
    channels=st.integers(1, 3),
    multichannel=st.booleans(),
    size=st.integers(1, 5000),
    frames=st.integers(0, 3000),
)
def test_packets_may_have_any_size(
    rate: int, channels: int, multichannel: bool, size: int, frames: int
) -> None:
    audio_format = AudioFormat("s16le", rate, channels)
    random = np.random.default_rng(frames)
    data = random.integers(-9999, 9999, frames * channels).astype("<i2").tobytes()
    whole = hear(AudioIntake(audio_format, multichannel=multichannel), data, max(1, len(data)))
    intake = AudioIntake(audio_format, multichannel=multichannel)
    heard = hear(intake, data, size)
    assert len(heard) == (channels if multichannel else 1)
    for a, b in zip(heard, whole, strict=True):
        assert np.array_equal(a, b)
        assert a.dtype == np.float32
        assert len(a) == pytest.approx(frames * SAMPLE_RATE / rate, abs=1)
    assert (intake.bytes_received, intake.frames_received) == (len(data), frames)


@pytest.mark.parametrize("rate", [8000, 16_000, 24_000, 44_100, 48_000])
def test_every_rate_gives_the_same_sound(rate: int) -> None:
    [mono] = hear(AudioIntake(AudioFormat("s16le", rate)), s16([tone(1.0, 440, rate)]), 999)
    assert_tone(mono, 440)


def test_two_channels_are_mixed_to_their_mean() -> None:
    left, right = tone(0.1, 300, SAMPLE_RATE), tone(0.1, 900, SAMPLE_RATE)
    [mono] = hear(AudioIntake(AudioFormat("s16le", channels=2)), s16([left, right]), 640)
    assert np.abs(mono - (left + right) / 2).max() < 1e-4


def test_channels_can_be_kept_apart() -> None:
    data = s16([tone(1.0, 300), tone(1.0, 900)])
    left, right = hear(AudioIntake(AudioFormat("s16le", RATE, 2), multichannel=True), data, 777)
    assert_tone(left, 300)
    assert_tone(right, 900)


def test_a_container_states_its_own_rate_and_channels() -> None:
    data = wav([tone(1.0, 300), tone(1.0, 900)])
    intake = AudioIntake(AudioFormat("auto"), multichannel=True)
    assert intake.channels is None
    assert intake.receive(data[:8]) == []
    left, right = hear(intake, data[8:], 5000)
    assert intake.channels == 2
    assert_tone(left, 300)
    assert_tone(right, 900)
    [mono] = hear(AudioIntake(AudioFormat("auto")), data, 5000)
    assert np.abs(mono - (left + right) / 2).max() < 1e-4


def test_a_stream_may_change_its_rate() -> None:
    chained = b"".join(
        encode("ogg", "flac", [tone(0.5, 440, rate)], rate=rate) for rate in (48_000, 16_000)
    )
    [mono] = hear(AudioIntake(AudioFormat("auto")), chained, 4096)
    assert len(mono) == pytest.approx(SAMPLE_RATE, abs=SAMPLE_RATE // 50)


def test_a_lost_channel_continues_as_silence() -> None:
    both, one = [tone(0.5, 300), tone(0.5, 900)], [tone(0.5, 300)]
    chained = encode("ogg", "flac", both) + encode("ogg", "flac", one)
    intake = AudioIntake(AudioFormat("auto"), multichannel=True)
    assert intake.drain() == []
    left, right = hear(intake, chained, 4096)
    assert len(left) == len(right)
    assert np.abs(left[-4000:]).max() > 0.4
    assert np.abs(right[-4000:]).max() == 0


def test_a_huge_message_is_processed_in_steps() -> None:
    seconds = 35
    intake = AudioIntake(AudioFormat("mulaw", 8000))
    first = intake.receive(bytes(seconds * 8000))
    assert intake.more
    assert len(first[0]) <= MAX_STEP_S * SAMPLE_RATE
    lengths = [len(first[0])]
    lengths += [len(intake.receive(b"more" * 2000)[0])]
    while intake.more:
        lengths.append(len(intake.receive(b"")[0]))
    lengths.append(len(intake.finish()[0]))
    assert sum(lengths) == (seconds + 1) * SAMPLE_RATE
    assert max(lengths) <= (MAX_STEP_S + 1) * SAMPLE_RATE


def test_samples_in_the_filter_can_be_read_at_once() -> None:
    intake = AudioIntake(AudioFormat("s16le", RATE))
    heard = len(intake.receive(s16([tone(0.5)]))[0])
    assert heard < SAMPLE_RATE // 2
    assert heard + len(intake.drain()[0]) == SAMPLE_RATE // 2
    assert len(intake.drain()[0]) == 0
    again = len(intake.receive(s16([tone(0.5)]))[0]) + len(intake.finish()[0])
    assert again == SAMPLE_RATE // 2


def test_half_a_frame_is_dropped_on_resume() -> None:
    intake = AudioIntake(AudioFormat("s16le", channels=2))
    intake.receive(b"\x01\x02\x03")
    intake.drop_carry()
    assert intake.receive(bytes(4))[0].tolist() == [0.0]
    assert intake.frames_received == 1


def test_a_file_sent_as_raw_samples_is_noticed() -> None:
    intake = AudioIntake(AudioFormat("s16le"))
    data = wav([tone(0.1)])
    intake.receive(data[:5])
    intake.receive(data[5:])
    findings = intake.findings()
    assert [finding.code for finding in findings] == ["container_as_pcm"]
    assert "encoding=auto" in findings[0].message
    assert intake.findings() == []


def test_raw_samples_sent_as_a_file_are_refused() -> None:
    intake = AudioIntake(AudioFormat("auto"))
    with pytest.raises(NotAudio, match="encoding"):
        intake.receive(bytes(RESYNC_BYTES))
    assert intake.findings() == []
    intake.drop_carry()
    intake.close()


def test_the_rest_of_a_huge_message_is_processed_in_steps() -> None:
    seconds = 2.5 * MAX_STEP_S
    data = np.zeros(round(seconds * SAMPLE_RATE), "<f4").tobytes()
    intake = AudioIntake(AudioFormat("f32le", SAMPLE_RATE, 1))
    heard = [*intake.receive(data), *intake.finish()]
    while intake.more:
        heard += intake.finish()
    assert len(heard) == 3
    assert sum(len(array) for array in heard) == round(seconds * SAMPLE_RATE)
