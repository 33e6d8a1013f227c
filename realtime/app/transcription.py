"""Wiring of file transcription: the engine's words, and the steps after them."""

from __future__ import annotations

from realtime.app.core import Core
from realtime.app.speakers import make_voice_memory
from realtime.app.steps import make_postprocessor
from realtime.keys.quotas import Quotas
from realtime.transcribe.service import Transcription
from realtime.transcribe.slots import FileSlots


def make_transcription(core: Core, quotas: Quotas | None = None) -> Transcription:
    """Transcribes up to `max_files` files at once, while as many again may wait. `quotas`: those of
    the keys. Raises SetupError where the steps cannot be set up."""
    places = FileSlots(core.settings.max_files, core.settings.max_files)
    return Transcription(
        core.files,
        core.engine,
        make_postprocessor(core.settings),
        places,
        quotas=quotas,
        voice_memory=make_voice_memory(core.settings, core.voices),
    )
