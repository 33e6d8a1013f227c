"""One bad stream beside eight good ones, whose results must be the same without it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import numpy as np
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from realtime.backends.scripted import Script, ScriptedBackend
from realtime.types import SAMPLE_RATE, Window
from tests.server.support import Running, check_promises, client, running, script, tones

GOOD = 8
POISON = "poison"
SCRIPTS: dict[str, Script] = {
    f"stream{n}": script(
        f"one{n} two{n} three{n}/four{n} five{n}/six{n} seven{n}", 0.5, 2.5 + n / 20, 4.5
    )
    for n in range(GOOD)
} | {POISON: script("bad worse worst", 0.5)}


def explode(windows: Sequence[Window]) -> None:
    """Make the model fail on batches that contain the bad stream's windows."""
    if any(window.options.prompt == POISON for window in windows):
        raise RuntimeError("illegal memory access")


Finals = list[tuple[object, ...]]


async def speak(served: Running, number: int) -> Finals:
    """Play one good stream; → its finals, with words."""
    talk = SCRIPTS[f"stream{number}"]
    async with client(f"{served.url}/?prompt=stream{number}&words=true") as caller:
        audio = tones(talk, 6.0)
        for at in range(0, len(audio), 4_000):
            await caller.play(audio[at : at + 4_000])
            await asyncio.sleep(0)  # let the others run
        await caller.end()
        check_promises(caller.heard)
        return [
            (
                final["id"],
                final["text"],
                final["start"],
                final["end"],
                final["endpoint"],
                [(word["word"], word["start"], word["end"]) for word in final["words"]],
            )
            for final in caller.finals
        ]


async def together(served: Running, poison: Awaitable[None] | None = None) -> list[Finals]:
    """Play eight good streams at once, with the bad one among them."""
    bad = [asyncio.ensure_future(poison)] if poison is not None else []
    good = await asyncio.gather(*(speak(served, number) for number in range(GOOD)))
    await asyncio.gather(*bad)
    return good


async def bad_options(served: Running) -> None:
    for query in ("sample_rate=1", "encoding=none", "language=%00", "model=none", "words=2"):
        with pytest.raises(InvalidStatus):
            await connect(f"{served.url}/?{query}")
    for _ in range(5):
        async with client(served.url) as caller:
            await caller.say("start", beam_size="many")
            assert await caller.closed() == 1008


async def not_numbers(served: Running) -> None:
    rng = np.random.default_rng(1)
    async with client(f"{served.url}/?vad=off") as caller:
        for value in (np.nan, np.inf, -np.inf, 3e38):
            await caller.play(np.full(SAMPLE_RATE, value, np.float32))
        await caller.play(rng.bytes(40_001))
        await caller.end()
        assert caller.socket.close_code == 1000


async def garbage(served: Running) -> None:
    rng = np.random.default_rng(2)
    for head in (b"", b"RIFF\xff\xff\xff\xffWAVEfmt ", b"OggS", b"\x1aE\xdf\xa3", b"fLaC", b"ID3"):
        async with client(f"{served.url}/?encoding=auto") as caller:
            await caller.play(head + rng.bytes(30_000))
            await caller.end()
            assert caller.heard[-1]["type"] in ("end", "error")
            assert caller.socket.close_code in (1000, 1003)


async def failing_model(served: Running) -> None:
    async with client(f"{served.url}/?prompt={POISON}") as caller:
        await caller.play(tones(SCRIPTS[POISON], 3.0))
        await caller.end()
        assert caller.socket.close_code == 1000
        assert [error["code"] for error in caller.of("error")] == ["decode_failed"]
        assert not caller.of("error")[0]["fatal"]
        assert caller.text == ""


async def killed(served: Running) -> None:
    for _ in range(20):
        async with client(f"{served.url}/?prompt=stream0") as caller:
            await caller.play(tones(SCRIPTS["stream0"])[: 2 * SAMPLE_RATE])
            await caller.say("flush")
            caller.reset()


async def nonsense(served: Running) -> None:
    async with client(served.url) as caller:
        for text in ("{", "[]", '{"type":[]}', "x" * 10_000, '{"type":"ack","seq":-1}', "\x00"):
            await caller.socket.send(text)
            assert (await caller.until("error"))["code"] == "bad_message"


def model() -> ScriptedBackend:
    return ScriptedBackend(SCRIPTS, before_decode=explode, max_batch=16, workers=2)


@pytest.fixture(scope="module")
def alone() -> list[Finals]:
    """Finals of the good streams without a bad one."""

    async def run() -> list[Finals]:
        async with running(model()) as served:
            return await together(served)

    return asyncio.run(run())


@pytest.mark.parametrize(
    "poison",
    [bad_options, not_numbers, garbage, failing_model, killed, nonsense],
    ids=lambda poison: poison.__name__,
)
async def test_eight_good_streams_are_unaffected(
    poison: Callable[[Running], Awaitable[None]], alone: list[Finals]
) -> None:
    async with running(model()) as served:
        assert await together(served, poison(served)) == alone
        for number, finals in enumerate(alone):
            said = " ".join(str(final[1]) for final in finals)
            assert said.split() == [word.text for word in SCRIPTS[f"stream{number}"].words]


def test_client_is_strict() -> None:
    """`check_promises`, on which the tests above rely, fails for broken promises."""
    good = {"type": "final", "text": "a", "id": 0, "seq": 1, "start": 0.0, "end": 1.0}
    shown = {**good, "type": "partial", "stable": "b", "text": "b"}
    for messages in (
        [{**good, "id": 1}],
        [good, good],
        [shown],
        [shown, {**good, "seq": 2}],
        [good, {**good, "id": 1, "seq": 2, "start": 0.5}],
    ):
        with pytest.raises(AssertionError):
            check_promises(messages)
