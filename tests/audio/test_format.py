import pytest

from realtime.audio.format import AudioFormat
from realtime.encodings import ENCODINGS
from realtime.errors import BadOption


def test_the_default_is_what_the_simplest_client_sends() -> None:
    assert AudioFormat() == AudioFormat(encoding="f32le", sample_rate=16_000, channels=1)


@pytest.mark.parametrize(
    ("encoding", "sample_bytes"),
    [("f32le", 4), ("s16le", 2), ("s32le", 4), ("mulaw", 1), ("alaw", 1)],
)
def test_a_frame_has_one_sample_of_every_channel(encoding: str, sample_bytes: int) -> None:
    for channels in (1, 2, 8):
        assert AudioFormat(encoding, 8000, channels).frame_bytes == sample_bytes * channels  # type: ignore[arg-type]


def test_a_container_has_no_frame_size() -> None:
    with pytest.raises(ValueError, match="no fixed size"):
        _ = AudioFormat("auto").frame_bytes


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("encoding", "mp3"),
        ("encoding", ""),
        ("sample_rate", 7999),
        ("sample_rate", 192_001),
        ("sample_rate", 16_000.0),
        ("sample_rate", True),
        ("channels", 0),
        ("channels", 9),
        ("channels", -1),
    ],
)
def test_a_bad_value_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(BadOption, match=field) as refused:
        AudioFormat(**{field: value})  # type: ignore[arg-type]
    assert refused.value.details["field"] == field


@pytest.mark.parametrize("rate", [8000, 11_025, 44_100, 192_000])
def test_the_ends_of_the_range_are_inside(rate: int) -> None:
    for encoding in ENCODINGS:
        assert AudioFormat(encoding, rate, 8).sample_rate == rate
