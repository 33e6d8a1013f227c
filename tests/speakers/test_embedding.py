"""The bundled network distinguishes voices, and other files are refused."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from realtime.errors import SetupError
from realtime.speakers.embedding import NetworkFiles, SpeakerNetwork
from realtime.speakers.fbank import fbank, is_narrow
from realtime.speakers.stretches import Embedding
from realtime.types import SAMPLE_RATE
from realtime.weights.speaker_networks import bundled
from recipes.speaker_networks.telephone import telephone
from tests.voices import HIGHER, recorded, two_voices


def loaded() -> SpeakerNetwork:
    return SpeakerNetwork(NetworkFiles(bundled().embedding))


def embedding(network: SpeakerNetwork, name: str, speed: float = 1.0) -> Embedding:
    (stretch,) = network.stretches(recorded(name, speed), 0)
    assert stretch.embedding is not None
    assert np.linalg.norm(stretch.embedding) == pytest.approx(1.0, abs=1e-5)
    return stretch.embedding


def test_a_voice_resembles_itself_in_other_words_and_languages_and_no_other() -> None:
    network, threshold = loaded(), bundled().policy.threshold
    own, other = embedding(network, "en-hello"), embedding(network, "en-timer", HIGHER)
    for name in ("en-timer", "ko-agent", "ko-meeting"):
        assert embedding(network, name) @ own > threshold + 0.1
    assert own @ other < threshold - 0.1
    assert other @ embedding(network, "en-hello", HIGHER) > threshold + 0.1


def test_stretches_lie_where_somebody_speaks() -> None:
    audio, start = two_voices(gap_s=0.4), 5 * SAMPLE_RATE
    stretches = loaded().stretches(audio, start)
    assert len(stretches) == 4
    ends = [0.0, *(stretch.end_s for stretch in stretches)]
    assert all(before < one.start_s for before, one in zip(ends, stretches, strict=False))
    assert stretches[0].start_s > 5
    assert stretches[-1].end_s < 5 + len(audio) / SAMPLE_RATE


def test_too_short_audio_has_no_embedding() -> None:
    network = loaded()
    (word,) = network.stretches(recorded("en-hello")[8_000:14_000], 0)
    assert word.embedding is None
    assert network.stretches(np.zeros(100, np.float32), 0) == []


def test_noise_above_a_telephone_line_is_ignored() -> None:
    """After the mean is subtracted, a codec's noise would be as loud as speech."""
    heard = fbank(telephone(recorded("en-hello")))
    noisy = heard.copy()
    noisy[:, 62:] += np.random.default_rng(1).normal(0, 1, noisy[:, 62:].shape)
    assert is_narrow(heard)
    assert is_narrow(noisy)
    nowhere = (0.0,) * len(loaded().embed(heard))
    network = SpeakerNetwork(NetworkFiles(bundled().embedding, telephone=nowhere))
    assert network.embed(noisy) == pytest.approx(network.embed(heard), abs=1e-5)
    assert loaded().embed(noisy) != pytest.approx(loaded().embed(heard), abs=1e-4)


def test_another_file_is_refused_in_one_sentence(tmp_path: Path) -> None:
    nothing, garbage = tmp_path / "none.onnx", tmp_path / "garbage.onnx"
    garbage.write_bytes(b"no network at all")
    package = importlib.util.find_spec("faster_whisper")
    assert package is not None
    assert package.origin is not None
    other = next((Path(package.origin).parent / "assets").glob("*.onnx"))
    for path in (nothing, garbage, other, tmp_path):
        with pytest.raises(SetupError, match="STT_SPEAKER_MODEL") as refused:
            SpeakerNetwork(NetworkFiles(path))
        assert str(path) in refused.value.message
        assert "\n" not in refused.value.message
