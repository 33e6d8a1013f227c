"""The core of every process: one model, loaded at start-up and released at the end."""

from __future__ import annotations

import pytest

from realtime.app.core import Core
from realtime.app.transcription import make_transcription
from realtime.backends.base import Backend
from realtime.errors import LoadFailed, NotReady
from realtime.files.options import FileOptions
from realtime.settings import Settings
from realtime.transcribe.service import TranscriptionRequest
from realtime.weights.bundled import samples

BUNDLED = Settings(model="bundled", device="cpu", language="en", speaker_model="bundled")
HELLO = next(sample for sample in samples() if sample.name == "en-hello")


async def heard(core: Core) -> object:
    request = TranscriptionRequest(FileOptions(language="en"), shown_path="hello")
    return (await make_transcription(core).run(HELLO.path, request))["text"]


async def test_it_loads_beside_the_event_loop_and_releases_everything() -> None:
    core = Core(BUNDLED)
    assert not core.engine.ready
    async with core:
        assert core.engine.ready
        assert await heard(core) == HELLO.text
    with pytest.raises(NotReady):
        core.engine.backend  # noqa: B018
    await core.stop()


async def test_it_loads_in_the_calling_thread() -> None:
    with Core(BUNDLED) as core:
        assert await heard(core) == HELLO.text
    assert not core.engine.ready


def refuse(*_: object) -> Backend:
    raise LoadFailed("It is broken.")


def is_closed(core: Core) -> bool:
    with pytest.raises(NotReady):
        core.engine.check(FileOptions().decode)
    return core.files._threads._shutdown


async def test_a_failed_load_leaves_nothing_behind() -> None:
    core = Core(BUNDLED, refuse)
    with pytest.raises(LoadFailed):
        core.__enter__()
    assert is_closed(core)
    core = Core(BUNDLED, refuse)
    with pytest.raises(LoadFailed):
        await core.__aenter__()
    assert is_closed(core)


def test_the_defaults_of_requests() -> None:
    core = Core(BUNDLED.model_copy(update={"beam_size": 3, "overlap_seconds": 2.0}))
    assert core.stream_defaults().beam_size == core.beam_size() == 3
    assert core.file_defaults().overlap_s == 2.0
    assert core.file_defaults().language == core.language() == "en"
