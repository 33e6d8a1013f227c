"""Networks that were trained on people, with recordings of people, where both are available."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
import soxr

from realtime.app.speakers import make_voices
from realtime.settings import Settings
from realtime.speakers.voices import Voices
from realtime.types import SAMPLE_RATE, Samples
from realtime.weights.speaker_networks import people

SPEECH = Path(__file__).parents[3] / "shared" / "speech"
TALKS: dict[str, list[tuple[float, float, int]]] = {
    # Who is certainly speaking in each stretch of seconds, by number of first appearance.
    "en/leopard_diarization.wav": [(2, 3.5, 0), (6.5, 11, 1), (13, 18, 2)],
    "en/watson_Us_English_Narrowband_Sample_1.wav": [(0.3, 1.6, 0), (2, 10, 1)],
    "ko/watson_ko-KR_NarrowbandModel_sample1.wav": [(1, 24, 0)],
}


@pytest.fixture(scope="module")
def voices() -> Voices:
    found = make_voices(Settings())
    if found.problem:
        pytest.skip("run `realtime models download speakers`: the networks of people are not here")
    return found


def recording(name: str) -> Samples:
    path = SPEECH / name
    if not path.is_file():
        pytest.skip(f"{path} is not here: recordings of people are kept apart")
    with wave.open(str(path)) as file:
        rate, data = file.getframerate(), file.readframes(file.getnframes())
    heard = np.frombuffer(data, "<i2").astype(np.float32) / np.float32(32768)
    return heard if rate == SAMPLE_RATE else soxr.resample(heard, rate, SAMPLE_RATE)


@pytest.mark.parametrize("name", TALKS)
def test_people_are_distinguished_in_a_room_and_on_the_telephone(voices: Voices, name: str) -> None:
    """Two women stay two, and one voice stays one, although a telephone makes all voices
    similar."""
    samples, talk = recording(name), TALKS[name]
    turns = voices.clustering().turns(voices.network().stretches(samples, 0))
    assert {turn.speaker for turn in turns} == {speaker for _, _, speaker in talk}
    for start_s, end_s, speaker in talk:
        inside = [turn for turn in turns if turn.start_s < end_s and turn.end_s > start_s]
        assert {turn.speaker for turn in inside if turn.sure} == {speaker}


def test_a_voice_is_recognised_in_another_window_and_state(voices: Voices) -> None:
    samples = recording("en/leopard_diarization.wav")
    network, first = voices.network(), voices.clustering()
    cut = 12 * SAMPLE_RATE
    first.turns(network.stretches(samples[:cut], 0))
    again = voices.clustering(first.state)
    turns = again.turns(network.stretches(samples[5 * SAMPLE_RATE :], 5 * SAMPLE_RATE))
    assert {turn.speaker for turn in turns if turn.end_s < 11.5} == {1}
    assert {turn.speaker for turn in turns if turn.start_s > 12.5 and turn.sure} == {2}


def test_graphs_hold_positions_instead_of_weights() -> None:
    """They have a few hundred kilobytes, beside 34 MB of weights from a package index."""
    for path in (people().embedding, people().segmentation):
        assert path is not None
        assert path.stat().st_size < 300_000
