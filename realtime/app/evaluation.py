"""Wiring of `realtime evaluate`: transcribes recordings with the model of the settings."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from realtime.app.core import Core
from realtime.app.detectors import make_detector
from realtime.backends.whisper.runtimes.hosted import HostedBackend
from realtime.engine.options import PATIENT
from realtime.errors import BadOption, SetupError
from realtime.evaluation.setups import DEFAULT_SETUPS, Setup
from realtime.evaluation.transcribers import (
    FileRecordingTranscriber,
    LiveRecordingTranscriber,
    RecordingTranscriber,
)
from realtime.files.options import FileOptions
from realtime.languages import AUTO
from realtime.live.options import StreamOptions, session_options
from realtime.session.options import SessionOptions
from realtime.settings import Settings
from realtime.wire.config import StreamConfig, parse_config


@dataclass(frozen=True, slots=True)
class LoadedTranscribers:
    """The loaded model, with a hearer for each setup."""

    transcribers: Mapping[str, RecordingTranscriber]
    """Name of a setup → its hearer."""
    model: str
    """Name, number format and device of the model, for people to read."""
    language: str
    """Language of recordings that name none; empty: the model detects it."""
    costed: bool
    """Whether the model runs in this process, so that its CPU time can be measured."""


def check_setups(setups: Sequence[Setup]) -> None:
    """Raises SetupError for a setup whose options no stream accepts. Loads nothing."""
    for setup in setups:
        _config(setup, StreamConfig(), None, partials=True)


@contextlib.contextmanager
def open_transcribers(
    settings: Settings, setups: Sequence[Setup], *, partials: bool
) -> Iterator[LoadedTranscribers]:
    """Load the model, in this thread so that Ctrl-C ends a download; unload it at the end.

    `partials`: streams decode partials too, as many as this machine's speed allows. Raises
    SetupError, LoadFailed.
    """
    with Core(settings, engine_options=PATIENT) as core:
        backend, spoken = core.engine.backend, core.language()
        yield LoadedTranscribers(
            {setup.name: _transcriber(core, setup, partials=partials) for setup in setups},
            f"{backend.info.model}, {backend.info.compute_type}, {backend.info.device}",
            "" if spoken == AUTO else spoken,
            not isinstance(backend, HostedBackend),
        )


def _transcriber(core: Core, setup: Setup, *, partials: bool) -> RecordingTranscriber:
    """The hearer of one setup on the loaded model."""
    if not setup.live:
        beam, overlap_s = core.beam_size(), core.settings.overlap_seconds
        return FileRecordingTranscriber(
            core.files,
            lambda language: FileOptions(
                language=language or None, beam_size=beam, overlap_s=overlap_s
            ),
        )
    defaults, backend = core.stream_defaults(), core.engine.backend
    config, served = (
        _config(setup, defaults, None, partials=partials),
        StreamOptions(backend.traits),
    )

    def options(language: str) -> SessionOptions:
        config = _config(setup, defaults, language, partials=partials)
        return session_options(config, served)

    return LiveRecordingTranscriber(backend, options, lambda: make_detector(config.vad), partials)


def _config(
    setup: Setup, defaults: StreamConfig, language: str | None, *, partials: bool
) -> StreamConfig:
    """`language`: the recording's, for a setup that names none; empty: the model detects it; None:
    the default stays. Raises SetupError.
    """
    try:
        config = parse_config(
            {"partials": partials, **setup.options},
            defaults if language is None else replace(defaults, language=language or None),
        )
    except BadOption as error:
        raise SetupError(
            f"There is no setup {setup.name!r} ({error.message}): use file, live, a preset, or "
            "options of a stream such as chunk_duration=5, separated by commas, as in "
            f"{DEFAULT_SETUPS}."
        ) from error
    if config.ignored:
        raise SetupError(f"{setup.name!r}: a stream has no option {', '.join(config.ignored)}.")
    return config
