"""A model of another family than Whisper: only its traits describe what it can do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from realtime.backends.scripted import Script, ScriptedBackend
from realtime.settings import Settings
from realtime.traits import Traits
from realtime.types import Window
from tests.server.support import script, tones
from tests.serving import Served, serving
from tests.voices import as_wav

FIVE = ("de", "es", "fr", "it", "pt")
TRAITS = Traits(
    60.0,
    FIVE,
    word_times=False,
    partials=False,
    file_window_s=55.0,
    file_silence_s=9.0,
    file_pause_s=9.0,
)
TALK = script("eins zwei drei/vier fünf sechs", 0.3, 2.5)
LONG = Script.evenly(" ".join(f"w{n}" for n in range(400)), 0.0, 0.2, 0.05)
"""100 s without a pause."""


@dataclass
class Family:
    """The server, and the windows that its model received."""

    served: Served
    windows: list[Window] = field(default_factory=list)


@pytest.fixture(scope="module")
def family() -> Iterator[Family]:
    windows: list[Window] = []
    backend = ScriptedBackend({"": TALK, "long": LONG}, before_decode=windows.extend)
    backend.traits = TRAITS
    settings = Settings(port=0, api_port=0, web_port=0, model="bundled", vad="energy")
    with serving(settings, lambda resolved, settings: backend) as served:
        yield Family(served, windows)


async def talk(family: Family, query: str) -> list[dict[str, Any]]:
    """All messages of a stream."""
    async with connect(f"{family.served.url}/?vad=energy&{query}") as socket:
        await socket.send(tones(TALK, 4.0).astype("<f4").tobytes())
        await socket.send('{"type":"end"}')
        return [json.loads(message) async for message in socket]


async def test_a_stream_gets_words_and_warnings_about_what_the_model_lacks(family: Family) -> None:
    messages = await talk(family, "language=de&prompt=long&words=true&partials=true")
    ready = messages[0]
    assert ready["ignored"] == ["prompt", "partials"]
    warned = {message["code"] for message in messages if message["type"] == "warning"}
    assert warned == {"context_off", "partials_off", "word_times_estimated"}
    assert not [message for message in messages if message["type"] == "partial"]
    finals = [message for message in messages if message["type"] == "final"]
    assert [final["text"] for final in finals] == ["eins zwei drei", "vier fünf sechs"]
    for final in finals:
        assert " ".join(word["word"] for word in final["words"]) == final["text"]
    assert not any(window.options.previous_text for window in family.windows)


async def test_a_stream_that_requests_nothing_gets_no_warning(family: Family) -> None:
    messages = await talk(family, "")
    assert messages[0]["ignored"] == []
    assert messages[0]["language"] == "auto", "the server's Korean is not among the five"
    assert not [message for message in messages if message["type"] == "warning"]


@pytest.mark.parametrize("query", ["language=ko", "languages=de,ko", "task=translate&language=de"])
async def test_options_that_the_model_does_not_know_are_refused(family: Family, query: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await talk(family, query)
    assert refused.value.response.status_code == 400
    body = json.loads(refused.value.response.body or b"")
    assert "bad_option" in str(body)


async def test_files_are_cut_for_its_window(family: Family) -> None:
    family.windows.clear()
    async with httpx2.AsyncClient(timeout=60) as http:
        answer = await http.post(
            f"{family.served.api}/transcribe",
            data={"language": "de", "prompt": "a call", "word_timestamps": "true"},
            files={"file": ("call.wav", as_wav(tones(LONG)))},
        )
    assert answer.status_code == 200, answer.text
    codes = [warning["code"] for warning in answer.json()["warnings"]]
    assert codes == ["context_off", "word_times_estimated"]
    lengths_s = [window.duration_s for window in family.windows]
    assert 50.0 < max(lengths_s) <= TRAITS.usable_s
    assert not any(window.options.prompt for window in family.windows)


@pytest.mark.parametrize("asked", [{"language": "ko"}, {"language": "de", "task": "translate"}])
async def test_files_with_options_that_it_lacks_are_refused(
    family: Family, asked: dict[str, str]
) -> None:
    async with httpx2.AsyncClient(timeout=60) as http:
        answer = await http.post(
            f"{family.served.api}/transcribe",
            data=asked,
            files={"file": ("call.wav", as_wav(tones(TALK, 4.0)))},
        )
    assert answer.status_code in (400, 422)
    assert answer.json()["detail"]["field"] in asked


async def test_the_api_and_the_page_show_what_it_can_do(family: Family) -> None:
    async with httpx2.AsyncClient(timeout=60) as http:
        backend = (await http.get(f"{family.served.api}/backend/current")).json()
        config = (await http.get(f"{family.served.page}/api/config")).json()
    assert backend["traits"] == config["traits"] == TRAITS.as_json()
    assert config["language"] == "auto"
