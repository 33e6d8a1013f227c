"""Settings → how speakers are told apart."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path

from realtime.models.bundled import speaker_network, speaker_threshold
from realtime.settings import Settings
from realtime.speakers.clustering import ClusterOptions
from realtime.speakers.embedding import SpeakerNetwork
from realtime.speakers.voices import Voices


def make_voices(settings: Settings) -> Voices:
    """Raises SetupError where the installation is damaged; a bad model shows when it is loaded."""
    options = ClusterOptions(max_speakers=settings.max_speakers)
    threshold = settings.speaker_threshold or options.threshold
    if settings.speaker_model is None:
        threshold = settings.speaker_threshold or speaker_threshold()
    return Voices(
        partial(_load, settings.speaker_model or speaker_network()),
        ClusterOptions(threshold, settings.max_speakers),
    )


@cache
def _load(path: Path) -> SpeakerNetwork:
    """Once a process."""
    return SpeakerNetwork(path)
