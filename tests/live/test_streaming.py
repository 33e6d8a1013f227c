"""A stateful model behind the real engine: live and on a file."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from websockets.asyncio.client import connect

from realtime.backends.scripted_stream import ScriptedStream
from realtime.files.options import FileOptions
from tests.files.test_transcriber import transcribing
from tests.server.support import running, script, tones

TALK = script("alpha bravo charlie/delta echo foxtrot", 0.3, 2.5)


async def stream(url: str) -> list[dict[str, Any]]:
    async with connect(f"{url}/?vad=energy&words=true") as socket:
        sound = tones(TALK, 4.0).astype("<f4")
        for at in range(0, len(sound), 1600):
            await socket.send(sound[at : at + 1600].tobytes())
        await socket.send('{"type":"end"}')
        return [json.loads(message) async for message in socket]


async def test_concurrent_streams_get_their_words_once() -> None:
    async with running(ScriptedStream(TALK)) as server:
        heard = await asyncio.gather(*(stream(server.url) for _ in range(3)))
    for messages in heard:
        finals = [message for message in messages if message["type"] == "final"]
        assert [final["text"] for final in finals] == ["alpha bravo charlie", "delta echo foxtrot"]
        assert not [message for message in messages if message["type"] == "error"]
        stable: dict[int, str] = {}
        for message in messages:
            if message["type"] == "partial":
                assert message["stable"].startswith(stable.get(message["id"], ""))
                stable[message["id"]] = message["stable"]


async def test_a_file_is_decoded_one_window_at_a_time() -> None:
    async with transcribing(ScriptedStream(TALK)) as files:
        transcript = await files.transcribe(tones(TALK, 4.0), FileOptions(language="en"))
    assert transcript.text == "alpha bravo charlie delta echo foxtrot"
