"""Estimates of the time and cost of a batch."""

from __future__ import annotations

from pathlib import Path

import pytest

from realtime.app.library.local import audio_length_s
from realtime.commands.transcription.estimate import Estimate, duration, measure_audio
from realtime.commands.transcription.inputs import Input
from realtime.commands.transcription.trial import Speed
from tests.e2e.support import SAMPLES


def test_hours_time_and_cost() -> None:
    speed = Speed(rtfx=30.0, of="your recordings")
    found = Estimate(3, 5400.0, speed, 12.0, "faster-whisper", usd_per_minute=0.006)
    assert found.lines() == [
        "3 files, 1.50 hours of audio (90.0 minutes)",
        "expected time: about 3 min with faster-whisper (12 s to load the model, then 30.0 times "
        "as fast as speech, measured with your recordings)",
        "cost: none; with openai-api $0.54 at $0.006 a minute",
    ]
    unknown = Estimate(1, 60.0, backend="faster-whisper").lines()[1]
    assert unknown == "expected time: not known: none of the recordings could be transcribed"


def test_the_cloud_costs_money() -> None:
    lines = Estimate(1, 600.0, backend="openai-api", usd_per_minute=0.01).lines()
    assert lines[1:] == [
        "expected time: not measured with openai-api: that would cost money",
        "cost: $0.10 at $0.01 a minute",
    ]


def test_audio_is_measured_and_other_files_are_named(tmp_path: Path) -> None:
    sample = SAMPLES["en-hello"]
    broken = tmp_path / "b.wav"
    broken.write_bytes(b"RIFF")
    items = [Input(path, Path(path.name)) for path in (sample.path, broken)]
    lengths, failed = measure_audio(items, audio_length_s)
    assert lengths == {items[0]: pytest.approx(len(sample.read()) / 16_000, abs=0.001)}
    assert [item.path for item, _ in failed] == [broken]


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.1, "1 s"), (89, "89 s"), (300, "5 min"), (9000, "2.5 h")]
)
def test_durations_are_written_short(seconds: float, words: str) -> None:
    assert duration(seconds) == words
