"""In subtitles from every endpoint, a cue begins at the time of its first word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from realtime.backends.scripted import Script, ScriptedBackend, ScriptedWord
from tests.server.http.support import running_api, wav
from tests.server.support import tones

SLOW = [ScriptedWord(f"slow{number}", 1.0 + number, 1.7 + number) for number in range(7)]
QUICK = [
    ScriptedWord(f"quick{number}", 8.0 + 0.15 * number, 8.12 + 0.15 * number)
    for number in range(20)
]
TALK = Script((*SLOW, *QUICK))
"""One long sentence with unevenly spaced words, so that letters do not predict times."""


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/transcribe", {"output": "srt", "language": "en"}),
        ("/transcribe", {"output": "vtt", "language": "en"}),
        ("/v1/audio/transcriptions", {"response_format": "srt", "language": "en"}),
        ("/v1/audio/transcriptions", {"response_format": "vtt", "language": "en"}),
    ],
)
async def test_cues_begin_with_their_words(
    path: str, fields: dict[str, str], tmp_path: Path
) -> None:
    speech = wav(tones(TALK, 13.0))
    async with running_api(tmp_path, ScriptedBackend(TALK)) as api, api.client() as http:
        answer = await http.post(path, data=fields, files={"file": ("a.wav", speech)})
    said = {word.text: word.start_s for word in TALK.words}
    found = re.findall(r"(\d\d):(\d\d)[.,](\d{3}) -->.*\n(\w+)", answer.text)
    assert len(found) >= 3
    for minutes, seconds, milliseconds, first in found:
        start_s = int(minutes) * 60 + int(seconds) + int(milliseconds) / 1000
        assert start_s == pytest.approx(said[first], abs=0.05), answer.text
