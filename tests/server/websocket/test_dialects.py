"""A protocol takes one file and one line: a toy protocol over a real socket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from realtime.errors import BadMessage, RealtimeError
from realtime.session.events import Event, Final
from realtime.wire.base import Opening
from realtime.wire.dialects import DIALECTS
from realtime.wire.messages import ClientMessage, End, Flush, Greeting
from realtime.wire.texts import Language
from tests.server.support import client, running, script, tones

SAID = script("alpha bravo", 1.0)


class ToyCodec:
    """Commands are words; finals are their text and a byte of `seq`; also a hello and a goodbye."""

    def decode(self, message: str | bytes) -> ClientMessage | bytes:
        if isinstance(message, bytes):
            return message
        if message not in ("now", "bye"):
            raise BadMessage(f"{message}?")
        return Flush() if message == "now" else End()

    def ready(self, greeting: Greeting) -> Sequence[str | bytes]:
        return (f"hello {greeting.config.rate}",)

    def event(self, happened: Event, seq: int, channel: int | None = None) -> Sequence[str | bytes]:
        return (happened.text, bytes([seq])) if isinstance(happened, Final) else ()

    def warning(
        self, code: str, message: str, details: Mapping[str, object] | None = None
    ) -> Sequence[str | bytes]:
        return ()

    def error(self, failure: RealtimeError, *, fatal: bool) -> Sequence[str | bytes]:
        return (f"no: {failure.message}",)

    def pong(self, id: str | int | float | None) -> Sequence[str | bytes]:
        return ()

    def end(self, reason: str, audio_s: float, finals: int) -> Sequence[str | bytes]:
        return (f"bye {finals}",)


class Toy:
    name = "toy"
    paths = frozenset({"/toy"})

    def options(self, opening: Opening) -> Mapping[str, object]:
        return {"language": "en", "sample_rate": opening.headers["x-rate"], "partials": "false"}

    def subprotocol(self, offered: Sequence[str]) -> str | None:
        return "toy" if "toy" in offered else None

    def refusal(self, error: RealtimeError, language: Language = "en") -> bytes:
        return b'"no"'

    def close_code(self, reason: str) -> int:
        return 4000 + len(reason)

    def failure_code(self, error: RealtimeError) -> int:
        return 4999

    def codec(self, language: Language = "en") -> ToyCodec:
        return ToyCodec()


SPOKEN = (*DIALECTS, Toy())


async def rest(socket: ClientConnection) -> list[str | bytes]:
    """All messages up to the close, whatever its code."""
    heard: list[str | bytes] = []
    with suppress(ConnectionClosed):
        while True:
            heard.append(await socket.recv())
    return heard


async def test_a_dialect_is_served_at_its_path_beside_the_native_one() -> None:
    async with running({"": SAID}, dialects=SPOKEN) as served:
        headers = {"x-rate": "16000"}
        async with connect(
            f"{served.url}/toy", additional_headers=headers, subprotocols=[Subprotocol("toy")]
        ) as toy:
            assert toy.subprotocol == "toy"
            assert await toy.recv() == "hello 16000"
            await toy.send("what")
            assert await toy.recv() == "no: what?"
            await toy.send(tones(SAID, 2.0).tobytes())
            await toy.send("bye")
            heard = await rest(toy)
            assert heard[0] == "alpha bravo"
            assert heard[-1] == f"bye {len(heard) // 2}"
            assert heard[1] == b"\x01"
        assert toy.close_code == 4000 + len("client")
        async with client(served.url) as native:
            await native.play(tones(SAID, 2.0))
            await native.end()
            assert native.text == "alpha bravo"


async def test_a_refusal_has_the_format_of_the_dialect() -> None:
    async with running({"": SAID}, dialects=SPOKEN) as served:
        with pytest.raises(InvalidStatus) as refused:
            async with connect(f"{served.url}/toy", additional_headers={"x-rate": "-1"}):
                pass
        assert refused.value.response.body == b'"no"'


async def test_a_browser_gets_the_refusal_in_its_dialect() -> None:
    async with (
        running({"": SAID}, dialects=SPOKEN) as served,
        connect(
            f"{served.url}/toy",
            additional_headers={"x-rate": "-1", "Origin": served.url.replace("ws", "http")},
        ) as toy,
    ):
        heard = await rest(toy)
        assert len(heard) == 1
        assert str(heard[0]).startswith("no: ")
        assert toy.close_code == 4999
