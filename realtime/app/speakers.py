"""Settings → how speakers are told apart."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path

from realtime.settings import Settings
from realtime.speakers.clustering import ClusterOptions
from realtime.speakers.embedding import SpeakerNetwork
from realtime.speakers.voices import Voices
from realtime.weights.bundled import speaker_network, speaker_threshold


def make_voices(settings: Settings) -> Voices:
    """Raises SetupError where the installation is damaged; a bad model shows when it is loaded."""
    path, usual = settings.speaker_model, ClusterOptions().threshold
    if path is None:
        path, usual = speaker_network(), speaker_threshold()
    options = ClusterOptions(settings.speaker_threshold or usual, settings.max_speakers)
    return Voices(partial(_load, path), options)


@cache
def _load(path: Path) -> SpeakerNetwork:
    """Once a process."""
    return SpeakerNetwork(path)
