"""Real speech, the real model, the real server."""

from __future__ import annotations

import json

import pytest
from websockets.asyncio.client import connect

from realtime.models.bundled import samples
from tests.serving import Served


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
async def test_every_sample_is_transcribed_word_for_word(server: Served, sample) -> None:
    texts, stable = [], {}
    async with connect(f"{server.url}/?language={sample.language}") as socket:
        await socket.send(sample.read().tobytes())
        await socket.send('{"type":"end"}')
        async for message in socket:
            assert message.endswith("\n")
            said = json.loads(message)
            assert "text" in said
            if said["type"] == "partial":
                assert said["text"].startswith(said["stable"])
                stable[said["id"]] = said["stable"]
            if said["type"] == "final":
                assert said["text"].startswith(stable.get(said["id"], ""))
                texts.append(said["text"])
    assert said["type"] == "end"
    assert said["reason"] == "client"
    assert socket.close_code == 1000
    assert " ".join(texts) == sample.text
