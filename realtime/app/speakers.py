"""Settings → the networks and options that tell speakers apart."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import structlog

from realtime.errors import SetupError
from realtime.settings import Settings
from realtime.speakers.clustering import ClusterOptions
from realtime.speakers.embedding import NetworkFiles
from realtime.speakers.voices import Voices, VoiceSetup
from realtime.transcribe.voice_book import VoiceBook
from realtime.transcribe.voice_memory import VoiceMemory
from realtime.weights.sources import Sources
from realtime.weights.speaker_networks import SpeakerModel, bundled, people

AUTO, BUNDLED = "auto", "bundled"
log = structlog.get_logger(__name__)

_NONE = (
    "This server does not tell speakers apart: it has no speaker networks that were trained on "
    "people, and the bundled one was trained on synthetic voices only. Run `realtime models "
    "download speakers`, set --speaker-model FILE.onnx, or try the bundled one with "
    "--speaker-model bundled."
)


def make_voices(settings: Settings) -> Voices:
    """The setup is resolved on first use, so that an unusable one raises only then."""
    return Voices(lambda: _found(settings))


def make_voice_memory(settings: Settings, voices: Voices) -> VoiceMemory | None:
    """None where the operator does not allow it."""
    if not settings.remember_voices:
        return None
    return VoiceMemory(VoiceBook(settings.data_dir / "voices"), voices)


def fetch_speakers(settings: Settings) -> None:
    """Download the networks that were trained on people, if the settings want them and they are
    missing.

    Blocking. Raises SetupError.
    """
    sources = speaker_sources(settings)
    if settings.speaker_model == AUTO and sources.index.speakers() is None:
        sources.fetch_speakers()


def load_speakers(voices: Voices, settings: Settings) -> None:
    """Load the networks that are present, so that the first stream does not wait. Blocking.

    Raises SetupError where a network that the settings name cannot be used.
    """
    if settings.speaker_model != AUTO or not voices.problem:
        voices.network()


def keep_fetching(voices: Voices, settings: Settings) -> None:
    """Fetch missing networks while the server serves, in a thread that does not delay its exit."""
    if settings.speaker_model != AUTO or not voices.problem:
        return

    def fetch() -> None:
        try:
            fetch_speakers(settings)
            voices.network()
        except SetupError as error:
            log.warning("speakers_off", reason=error.message)

    threading.Thread(target=fetch, name="speaker networks", daemon=True).start()


def speaker_sources(settings: Settings) -> Sources:
    """The sources of networks: the same as those of the speech model."""
    return Sources.from_environment(
        settings.models_dir, settings.hub_timeout_s, settings.model_sources
    )


def _found(settings: Settings) -> VoiceSetup:
    if settings.speaker_model == BUNDLED:
        return _setup(bundled(), None, settings)
    if settings.speaker_model != AUTO:
        options = ClusterOptions(max_speakers=settings.max_speakers)
        return _adjusted(NetworkFiles(Path(settings.speaker_model)), options, settings)
    weights = speaker_sources(settings).index.speakers()
    if weights is None:
        raise SetupError(_NONE)
    return _setup(people(), weights, settings)


def _setup(model: SpeakerModel, weights: Path | None, settings: Settings) -> VoiceSetup:
    policy = model.policy
    files = NetworkFiles(model.embedding, model.segmentation, weights, policy.telephone)
    options = ClusterOptions(
        policy.threshold, settings.max_speakers, policy.founds_s, policy.easing
    )
    return replace(_adjusted(files, options, settings), known_threshold=policy.known)


def _adjusted(files: NetworkFiles, options: ClusterOptions, settings: Settings) -> VoiceSetup:
    """A setup with the threshold of the settings, where they have one."""
    if settings.speaker_threshold:
        options = ClusterOptions(
            settings.speaker_threshold, options.max_speakers, options.founds_s, options.easing
        )
    return VoiceSetup(files, options)
