"""From synthetic sentences to a network that distinguishes speakers: a few steps of everything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `recipe` is not installed")
pytest.importorskip("onnx", reason="the extra `recipe` is not installed")

from realtime.errors import SetupError
from realtime.load_test.synthetic.speech import Voice
from realtime.speakers.embedding import NetworkFiles, SpeakerNetwork
from realtime.speakers.fbank import BINS
from realtime.weights.speaker_networks import bundled
from recipes.micro_speaker import features
from recipes.micro_speaker.export import export
from recipes.micro_speaker.features import make_features, speaker_of
from recipes.micro_speaker.train import LENGTHS, Progress, load, save, train
from recipes.micro_whisper.dataset import Clip

FRAMES = LENGTHS[-1]


def test_a_speaker_is_a_voice_at_one_height(clips: list[Clip]) -> None:
    def named(*voice: object) -> str | None:
        return speaker_of(replace(clips[0], voice=Voice(*voice)))  # type: ignore[arg-type]

    assert named("espeak", "ko+m1", 160, 50) == named("espeak", "en-us+m1", 180, 50) == "m1 middle"
    assert named("espeak", "ko", 160, 70) == named("espeak", "en-us", 160, 75) == "plain high"
    assert named("espeak", "ko+m1", 160, 41) is None
    assert named("flite", "slt") == "slt"


def test_a_few_steps_of_everything(clips: list[Clip], tmp_path: Path) -> None:
    voices = (Voice("flite", "slt"), Voice("flite", "rms"))
    spoken = [replace(clip, voice=voices[i % 2]) for i, clip in enumerate(clips)]
    stored = make_features(spoken, frames=FRAMES)
    assert sorted(stored) == [
        f"{name} {speed}" for name in ("rms", "slt") for speed in features.SPEEDS
    ]
    assert {one.shape for one in stored.values()} == {(FRAMES, BINS)}
    assert make_features(spoken[:2], frames=50 * FRAMES) == {}
    features.save(stored, tmp_path / "features.npz")
    assert features.load(tmp_path / "features.npz").keys() == stored.keys()

    torch.set_num_threads(1)
    steps = list[Progress]()
    network, _ = train(stored, 2, 0, steps.append)
    assert [step.step for step in steps] == [1, 2]
    assert all(np.isfinite(step.loss) for step in steps)
    save(network, tmp_path / "checkpoint.pt")
    export(load(tmp_path / "checkpoint.pt"), tmp_path / "speaker.onnx")
    heard = next(iter(stored.values())).astype(np.float32)
    ours = SpeakerNetwork(NetworkFiles(tmp_path / "speaker.onnx")).embed(heard)
    assert ours.shape == SpeakerNetwork(NetworkFiles(bundled().embedding)).embed(heard).shape
    with torch.inference_mode():
        theirs = network(torch.from_numpy(heard - heard.mean(axis=0))[None])[0]
    assert ours == pytest.approx((theirs / theirs.norm()).numpy(), abs=1e-4)


def test_a_missing_file_is_reported_in_a_sentence(tmp_path: Path) -> None:
    for action in (features.load, load):
        with pytest.raises(SetupError, match="make"):
            action(tmp_path / "nothing")
