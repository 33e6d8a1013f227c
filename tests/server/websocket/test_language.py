"""The language of sentences on the WebSocket: Accept-Language of the handshake, or the server's."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

from realtime.server.websocket.server import ServerOptions
from tests.server.support import PATIENCE_S, running, script

TALK = script("alpha bravo")
KOREAN_SERVER = ServerOptions(port=0, text_language="ko")
ACCEPTED = [
    ({}, "en", False),
    ({}, "ko", True),
    ({"Accept-Language": "ko-KR,ko;q=0.9"}, "en", True),
    ({"Accept-Language": "en-GB"}, "ko", False),
    ({"Accept-Language": "fr"}, "ko", True),
]
"""Headers, the server's own language, and whether the sentences are Korean then."""


def is_korean(message: dict[str, Any]) -> bool:
    return any("가" <= letter <= "힣" for letter in message["message"])


@pytest.mark.parametrize(("headers", "own", "korean"), ACCEPTED)
async def test_sentences_follow_the_clients_language(
    headers: dict[str, str], own: Any, korean: bool
) -> None:
    async with running(TALK, ServerOptions(port=0, text_language=own)) as served:
        with pytest.raises(InvalidStatus) as caught:
            await connect(f"{served.url}/?encoding=mp7", additional_headers=headers)
        detail = json.loads(caught.value.response.body)["detail"]
        assert detail["code"] == "bad_option"
        assert is_korean(detail) is korean
        async with (
            asyncio.timeout(PATIENCE_S),
            connect(f"{served.url}/?encoding=s16le", additional_headers=headers) as socket,
        ):
            await socket.send("no json")
            await socket.send('{"type":"start","beam_size":"many"}')
            heard = {}
            with suppress(ConnectionClosed):
                while True:
                    message = json.loads(await socket.recv())
                    heard[message.get("code")] = message
            assert heard["bad_message"]["fatal"] is False
            assert is_korean(heard["bad_message"]) is korean
            assert is_korean(heard["bad_option"]) is korean


async def test_a_warning_follows_it_too() -> None:
    async with (
        running(TALK, KOREAN_SERVER) as served,
        asyncio.timeout(PATIENCE_S),
        connect(served.url) as socket,
    ):
        await socket.send(np.full(16_000, np.nan, np.float32).tobytes())
        async for raw in socket:
            message = json.loads(raw)
            if message["type"] == "warning":
                break
        assert (message["code"], message["reason"]) == ("audio_suspect", "not_finite")
        assert "NaN" in message["message"]
        assert is_korean(message)


async def test_a_browser_reads_its_refusal_in_its_language() -> None:
    async with (
        running(TALK) as served,
        asyncio.timeout(PATIENCE_S),
        connect(
            f"{served.url}/?session=none",
            origin=Origin("http://localhost"),
            additional_headers={"Accept-Language": "ko"},
        ) as socket,
    ):
        message = json.loads(await socket.recv())
        assert message["code"] == "session_not_found"
        assert "세션" in message["message"]
