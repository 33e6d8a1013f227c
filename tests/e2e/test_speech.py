"""Real speech, the real model, the real server."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from websockets.asyncio.client import connect

from realtime.weights.bundled import Sample, samples
from tests.serving import Served


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
async def test_every_sample_is_transcribed_word_for_word(server: Served, sample: Sample) -> None:
    texts: list[str] = []
    stable: dict[int, str] = {}
    async with connect(f"{server.url}/?language={sample.language}") as socket:
        await socket.send(sample.read().tobytes())
        await socket.send('{"type":"end"}')
        async for message in socket:
            assert isinstance(message, str)
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


async def finals_of(url: str, audio: np.ndarray) -> dict[int | None, list[dict[str, Any]]]:
    """The finals of a recording by channel, with only the fields that do not depend on batches.

    Word times and probabilities do in their last digits, since rounding differs between batches.
    """
    found: dict[int | None, list[dict[str, Any]]] = {}
    async with connect(url) as socket:
        await socket.send(audio.astype("<f4").tobytes())
        await socket.send('{"type":"end"}')
        async for message in socket:
            said = json.loads(message)
            if said["type"] == "final":
                kept = {key: said[key] for key in ("id", "text", "start", "end")}
                kept["words"] = [word["word"] for word in said["words"]]
                found.setdefault(said.get("channel"), []).append(kept)
    return found


@pytest.mark.parametrize(("left", "right"), [("en-call", "en-hello"), ("ko-meeting", "ko-call")])
async def test_two_sides_of_a_call_are_what_each_is_alone(
    server: Served, left: str, right: str
) -> None:
    sides = [next(s for s in samples() if s.name == name) for name in (left, right)]
    audio = np.zeros((max(len(side.read()) for side in sides) + 16_000, 2), np.float32)
    for channel, side in enumerate(sides):
        audio[: len(side.read()), channel] = side.read()
    url = f"{server.url}/?language={sides[0].language}&words=true"
    call = await finals_of(f"{url}&channels=2&multichannel=true", audio)
    for channel, side in enumerate(sides):
        alone = await finals_of(url, audio[:, channel])
        assert call[channel] == alone[None]
        assert " ".join(final["text"] for final in call[channel]) == side.text
