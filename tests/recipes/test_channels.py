"""Codecs: the output is the same speech at the same time, but with different samples."""

from __future__ import annotations

import random

import numpy as np
import pytest

from realtime.types import SAMPLE_RATE
from realtime.weights.bundled import samples
from recipes.micro_whisper.channels import CHANNELS, Channel, coded, through_any

SPEECH = samples()[0].read()[: 3 * SAMPLE_RATE]


@pytest.mark.parametrize(
    ("channel", "bits_per_s"),
    [(channel, bits) for channel in CHANNELS for bits in channel.bits_per_s],
    ids=lambda value: value.codec if isinstance(value, Channel) else str(value),
)
def test_coded_speech_is_on_time_and_lossy(channel: Channel, bits_per_s: int) -> None:
    heard = coded(SPEECH, channel, bits_per_s)
    assert heard.dtype == np.float32
    assert len(heard) == len(SPEECH)
    assert 0.95 < np.corrcoef(heard, SPEECH)[0, 1] < 0.99999


def test_a_telephone_carries_nothing_above_four_kilohertz() -> None:
    heard = coded(SPEECH, CHANNELS[0], 0)
    spectrum = np.abs(np.fft.rfft(heard)) ** 2
    high = spectrum[len(spectrum) * 9 // 16 :].sum()
    assert high < 1e-3 * spectrum.sum()


def test_equal_draws_are_equal_channels() -> None:
    first, second = (through_any(SPEECH, random.Random(5)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
