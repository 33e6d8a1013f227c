"""Files whose speakers are told apart: by the bundled network, with words that are given."""

from __future__ import annotations

import pytest

from realtime.app import make_detector
from realtime.app.speakers import make_voices
from realtime.backends.scripted import Script, ScriptedBackend, ScriptedWord
from realtime.engine.engine import Engine
from realtime.errors import BadOption
from realtime.files.options import Checkpoint, FileOptions
from realtime.files.transcriber import FileTranscriber
from realtime.settings import Settings
from tests.voices import recorded, two_voices

OPTIONS = FileOptions(language="en", diarize=True)


async def test_a_file_taken_up_again_knows_the_voices() -> None:
    """A recording in the second voice alone: speaker 1 for whoever has heard both before."""
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


async def test_who_cannot_tell_speakers_apart_says_so() -> None:
    engine = Engine(lambda: ScriptedBackend(Script(())))
    files = FileTranscriber(engine, lambda: make_detector("energy"))
    with pytest.raises(BadOption, match="diarize"):
        await files.transcribe(two_voices(), OPTIONS)
    files.close()
