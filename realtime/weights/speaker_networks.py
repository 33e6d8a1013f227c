"""The speaker networks and the thresholds that were measured for each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from realtime.errors import SetupError

_HERE = Path(__file__).parent / "speaker"


@dataclass(frozen=True, slots=True)
class SpeakerPolicy:
    """See `speakers.clustering.ClusterOptions`."""

    threshold: float
    founds_s: float
    easing: tuple[tuple[float, float], ...]
    telephone: tuple[float, ...]
    """The mean embedding of voices on telephone lines; empty: not measured."""
    known: float
    """Similarity from which a voice counts as a remembered one."""


@dataclass(frozen=True, slots=True)
class SpeakerModel:
    """The files of a speaker model's networks, and its thresholds."""

    embedding: Path
    segmentation: Path | None
    policy: SpeakerPolicy


def bundled() -> SpeakerModel:
    """The bundled network, which was trained on synthetic voices
    (`recipes/micro_speaker/README.md`). Raises SetupError."""
    return SpeakerModel(_HERE / "speaker.onnx", None, _policy(_HERE / "policy.json"))


def people() -> SpeakerModel:
    """The graphs of networks that were trained on people; their weights come from a package index
    (`recipes/speaker_networks/README.md`). Raises SetupError."""
    folder = _HERE / "people"
    return SpeakerModel(
        folder / "embedding.onnx", folder / "segmentation.onnx", _policy(folder / "policy.json")
    )


def _policy(path: Path) -> SpeakerPolicy:
    """Raises SetupError where the installation lacks the file."""
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        easing = tuple((float(seconds), float(less)) for seconds, less in read["easing"])
        telephone = tuple(map(float, read["telephone"]))
        return SpeakerPolicy(
            float(read["threshold"]),
            float(read["founds_s"]),
            easing,
            telephone,
            float(read["known"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SetupError(
            f"{path} is missing or damaged: install realtime-whisper again."
        ) from error
