from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.backends.whisper.context import context_frames
from realtime.backends.whisper.traits import POLICY_FILE, WhisperTraits, traits_for
from realtime.errors import LoadFailed
from realtime.weights.bundled import bundled_dir

POLICY = WhisperTraits(partial_buckets_s=(4, 8, 15, 30), final_buckets_s=(15, 30), margin_s=0.5)


@pytest.mark.parametrize(
    ("seconds", "final", "frames"),
    [
        (1.0, False, 400),
        (3.5, False, 400),
        (3.6, False, 800),
        (1.0, True, 1500),
        (14.6, True, 3000),
        (29.9, True, 3000),
        (40.0, True, 3000),
    ],
)
def test_the_smallest_bucket_that_holds_window_and_margin_is_used(
    seconds: float, final: bool, frames: int
) -> None:
    assert context_frames(round(seconds * 16000), final, POLICY, 80) == frames


@given(
    samples=st.integers(0, 30 * 16000),
    final=st.booleans(),
    buckets=st.lists(st.floats(1.0, 30.0), min_size=1, unique=True),
    n_mels=st.sampled_from([80, 128]),
)
def test_all_audio_is_encoded_and_no_encoding_is_taken_for_features(
    samples: int, final: bool, buckets: list[float], n_mels: int
) -> None:
    ascending = tuple(sorted(buckets))
    traits = WhisperTraits(partial_buckets_s=ascending, final_buckets_s=ascending, margin_s=0.5)
    frames = context_frames(samples, final, traits, n_mels)
    assert samples <= frames * 160 + 160
    assert frames <= 3000
    assert (frames - 1) // 2 + 1 != n_mels  # the encoder halves, rounding up


def test_lengths_that_would_be_encoded_twice_are_never_used() -> None:
    for n_mels, seconds in ((80, 1.6), (128, 2.56)):
        traits = WhisperTraits(
            partial_buckets_s=(seconds,), final_buckets_s=(seconds,), margin_s=0.0
        )
        assert context_frames(16000, True, traits, n_mels) == seconds * 100 + 2


def test_stock_models_get_the_stock_policy(tmp_path: Path) -> None:
    assert traits_for(tmp_path) == WhisperTraits()


def test_the_bundled_model_has_its_own_policy() -> None:
    traits = traits_for(bundled_dir())
    assert traits.partial_buckets_s[0] < 8
    assert not traits.context_text


@pytest.mark.parametrize(
    "change",
    [
        {"partial_buckets_s": []},
        {"partial_buckets_s": [8, 4]},
        {"final_buckets_s": [31]},
        {"final_buckets_s": [0]},
        {"final_buckets_s": "30"},
        {"margin_s": "much"},
        {"margin_s": None},
    ],
)
def test_a_bad_policy_is_named(tmp_path: Path, change: dict[str, object]) -> None:
    good = {
        "partial_buckets_s": [4, 30],
        "final_buckets_s": [30],
        "margin_s": 1,
        "previous_text": True,
    }
    path = tmp_path / POLICY_FILE
    path.write_text(json.dumps(good))
    assert traits_for(tmp_path).partial_buckets_s == (4.0, 30.0)
    path.write_text(json.dumps(good | change))
    with pytest.raises(LoadFailed, match=POLICY_FILE):
        traits_for(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "3"])
def test_a_damaged_policy_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / POLICY_FILE).write_text(text)
    with pytest.raises(LoadFailed, match=POLICY_FILE):
        traits_for(tmp_path)
