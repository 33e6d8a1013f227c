"""A device that lacks the requested compute type uses the nearest one, and logs it."""

from __future__ import annotations

import pytest
import structlog

from realtime.backends.whisper.compute import NEAREST, nearest
from realtime.backends.whisper.load import compute_types
from realtime.backends.whisper.runtimes.faster_whisper import FasterWhisperBackend
from realtime.errors import LoadFailed
from realtime.settings import Settings
from realtime.weights.bundled import bundled_dir

CPU = {"float32", "int16", "int8", "int8_float32"}
OLD_GPU = {"float32", "int8", "int8_float32"}
GPU = {"float32", "float16", "int8", "int8_float32", "int8_float16", "bfloat16", "int8_bfloat16"}
TORCH = {"float32", "float16", "bfloat16"}


@pytest.mark.parametrize(
    ("asked", "possible", "used"),
    [
        ("int8", CPU, "int8"),
        ("default", CPU, "default"),
        ("float16", CPU, "float32"),
        ("bfloat16", CPU, "float32"),
        ("int8_float16", CPU, "int8_float32"),
        ("int8_bfloat16", OLD_GPU, "int8_float32"),
        ("float16", OLD_GPU, "float32"),
        ("int16", GPU, "float16"),
        ("float16", GPU, "float16"),
        ("int8", TORCH, "float16"),
        ("int8", {"float32"}, "float32"),
    ],
)
def test_the_nearest_compute_type_is_used(asked: str, possible: set[str], used: str) -> None:
    with structlog.testing.capture_logs() as logs:
        assert nearest(asked, possible, "this one") == used
    told = [(line["requested"], line["used"]) for line in logs]
    assert told == ([] if asked == used else [(asked, used)])
    assert all(", ".join(sorted(possible)) in line["reason"] for line in logs)


def test_some_device_supports_every_type_of_the_settings() -> None:
    (choices,) = [
        field.annotation.__args__  # type: ignore[union-attr]
        for name, field in Settings.model_fields.items()
        if name == "compute_type"
    ]
    known = CPU | GPU | {"auto", "default"}
    assert set(choices) <= known
    assert set(NEAREST) <= known


def test_half_precision_on_a_cpu_is_not_reported_as_a_damaged_file() -> None:
    if "float16" in compute_types("cpu", 0):
        pytest.skip("this CPU can do float16")
    backend = FasterWhisperBackend(bundled_dir(), "cpu", "float16", workers=1)
    assert backend.info.compute_type == "float32"
    backend.close()


def test_a_missing_device_is_refused() -> None:
    with pytest.raises(LoadFailed, match="use the device cpu"):
        compute_types("cuda", 99)
