"""Files with speakers: the bundled network, with scripted words."""

from __future__ import annotations

import pytest

from realtime.app.detectors import make_detector
from realtime.app.speakers import make_voices
from realtime.backends.scripted import Script, ScriptedBackend, ScriptedWord
from realtime.engine.engine import Engine
from realtime.errors import BadOption
from realtime.files.options import Checkpoint, FileOptions
from realtime.files.transcriber import FileTranscriber
from realtime.settings import Settings
from tests.voices import recorded, two_voices

OPTIONS = FileOptions(language="en", diarize=True)


async def test_a_resumed_file_knows_the_voices() -> None:
    """A recording only in the second voice, which is speaker 1 if both were heard before."""
    script = Script(tuple(ScriptedWord(f" word{i}", i * 0.3, i * 0.3 + 0.25) for i in range(60)))
    engine = Engine(lambda: ScriptedBackend(script))
    engine.start()
    files = FileTranscriber(
        engine,
        lambda: make_detector("energy"),
        voices=make_voices(Settings(speaker_model="bundled")),
    )
    try:
        last = Checkpoint()
        async for piece in files.stream(two_voices(), OPTIONS):
            last = piece.checkpoint
        assert len(last.speakers) == 2
        again = recorded("en-timer", 1.25)
        known = Checkpoint(speakers=last.speakers)
        for resumed, speaker in ((known, 1), (None, 0)):
            segments = [
                segment
                async for piece in files.stream(again, OPTIONS, resumed)
                for segment in piece.segments
            ]
            assert {segment.speaker for segment in segments} == {speaker}
    finally:
        files.close()
        engine.stop()


async def test_without_a_network_diarize_is_refused() -> None:
    engine = Engine(lambda: ScriptedBackend(Script(())))
    files = FileTranscriber(engine, lambda: make_detector("energy"))
    with pytest.raises(BadOption, match="diarize"):
        await files.transcribe(two_voices(), OPTIONS)
    files.close()
