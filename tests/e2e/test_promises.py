"""Random sessions: whatever a client does, the promises of the protocol hold."""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import replace

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed

from realtime.backends.scripted import Hearing, Script, ScriptedBackend, ScriptedWord, SimulatedCost
from realtime.session.chunker import ChunkOptions, samples
from realtime.session.endpoint import EndpointOptions
from realtime.session.events import Event, Final, Partial
from realtime.session.options import SessionOptions
from realtime.session.session import Session
from realtime.types import DecodeOptions
from tests.server.support import Client, Message, check_promises, client, running, tones
from tests.session.driver import Driver, SpanDetector

pytestmark = pytest.mark.slow

IN_PROCESS = 1_000
OVER_THE_WIRE = 100
AT_ONCE = 20


def random_script(chance: random.Random, mark: str = "") -> Script:
    """Up to 14 s of speech with gaps of any length; every word is different."""
    words: list[ScriptedWord] = []
    at = chance.uniform(0, 1.5)
    while at < 14 and len(words) < 40:
        length = chance.uniform(0.08, 0.7)
        text = f"w{mark}{len(words)}{chance.choice(['', '', '.', ','])}"
        words.append(ScriptedWord(text, at, at + length))
        at += length + chance.choice([0.0, 0.05, 0.2, 0.5, chance.uniform(0, 3)])
    return Script(tuple(words), spaces=chance.random() < 0.8)


def random_hearing(chance: random.Random) -> Hearing:
    return Hearing(
        edge=chance.choice(["drop", "keep", "garble"]),
        keep_fraction=chance.uniform(0.3, 0.9),
        jitter_s=chance.choice([0.0, 0.0, 0.05, 0.3]),
        seed=chance.randrange(100),
    )


def check_events(events: list[Event], shape: str) -> None:
    """Apply the checks of the protocol to the events of a session."""
    messages: list[Message] = []
    for event in events:
        if isinstance(event, Partial | Final):
            kind = "partial" if isinstance(event, Partial) else "final"
            values = {name: getattr(event, name) for name in type(event).__slots__}
            messages.append({"type": kind, **values})
    try:
        check_promises(messages)
    except AssertionError as error:
        raise AssertionError(f"{shape}: {messages}") from error


def random_endpoint(chance: random.Random) -> EndpointOptions:
    if chance.random() < 0.3:
        return EndpointOptions(soonest_ms=250, early_ms=250, trailing_ms=250)
    endpoint_ms, early_ms = chance.choice([100, 300, 500, 900]), chance.choice([0, 200, 400])
    return EndpointOptions(endpoint_ms=endpoint_ms, early_ms=early_ms)


def random_session(seed: int) -> None:
    """Run one session with a random script, model, configuration and client behaviour."""
    chance = random.Random(seed)
    script = random_script(chance)
    options = SessionOptions(
        chunk=ChunkOptions(
            chunk=samples(chance.uniform(2, 10)),
            overlap=samples(chance.uniform(0, 1)),
            hop=samples(chance.uniform(0.1, 1)),
            left_context=samples(chance.choice([0, 0, 1.5])),
        ),
        endpoint=random_endpoint(chance),
        words=chance.random() < 0.5,
        partials=chance.random() < 0.9,
    )
    spans = [(word.start_s - 0.05, word.end_s + 0.05) for word in script.words]
    backend = ScriptedBackend(script, random_hearing(chance))
    session = Session(options, SpanDetector(spans))
    driver = Driver(session, backend, delay=chance.choice([0, 0, 1, 3, 12]))
    left = round((script.words[-1].end_s + 2) * 16_000)
    while left > 0:
        count = min(left, chance.choice([1, 160, 1_600, 4_096, 48_000]) or 1)
        if count == 1 and chance.random() < 0.99:
            count = 1_600
        session.receive_audio(np.zeros(count, np.float32))
        left -= count
        driver.step()
        what = chance.random()
        if what < 0.01:
            session.flush(answer=chance.random() < 0.5)
        elif what < 0.015:
            session.clear()
        elif what < 0.02:
            session.update(DecodeOptions(language="ko"), words=chance.random() < 0.5)
        elif what < 0.022:
            session.end()
    driver.end()
    assert driver.ended
    check_events(driver.events, f"seed {seed}")


def test_a_thousand_random_sessions_keep_every_promise() -> None:
    for seed in range(IN_PROCESS):
        random_session(seed)


async def behave(url: str, seed: int, scripts: dict[str, Script]) -> list[Message]:
    """Run a client with random packet sizes, messages, resets and resumes; → all messages about the
    stream, without repetitions after a resume."""
    chance = random.Random(seed)
    talk = scripts[str(seed)]
    data = tones(talk, talk.words[-1].end_s + 1).tobytes()
    query = f"prompt={seed}&hop={chance.choice([0.2, 0.5])}&chunk_duration={chance.choice([2, 5])}"
    told: list[Message] = []
    session, at, ended = "", 0, False
    while not ended:
        async with client(f"{url}/?{query}{session}") as caller:
            ready = await caller.until("ready")
            session = f"&session={ready['session']}"
            at = ready.get("samples_received", 0) * 4
            reading = asyncio.create_task(caller.rest())
            with contextlib.suppress(ConnectionClosed):
                ended = await misbehave(caller, chance, data, at)
            await reading
            seen = {final["id"] for final in told if final["type"] == "final"}
            told += [m for m in caller.heard if "seq" in m and m["id"] not in seen]
            assert not caller.of("error"), caller.of("error")
            if ended:
                assert caller.heard[-1]["type"] == "end"
    return told


async def misbehave(caller: Client, chance: random.Random, data: bytes, at: int) -> bool:
    """Send audio and random messages; → whether the stream was ended rather than reset."""
    for kind in chance.choices(["flush", "start", "clear"], k=chance.randrange(4)):
        await caller.say(kind)
    while at < len(data):
        size = chance.choice([37, 3_201, 6_400, 6_400, 65_536])
        await caller.socket.send(data[at : at + size])
        at += size
        what = chance.random()
        if what < 0.02:
            caller.reset()
            return False
        if what < 0.05:
            await caller.say("flush")
        elif what < 0.06:
            await caller.say("clear")
        elif what < 0.10:
            await caller.say("ping", id=at)
        elif what < 0.15 and caller.finals:
            await caller.say("ack", seq=caller.finals[-1]["seq"])
        elif what < 0.17:
            await caller.say("start", words=chance.random() < 0.5)
        elif what < 0.30:
            await asyncio.sleep(0)
    await caller.say("end")
    return True


async def test_a_hundred_random_clients_keep_the_server_to_its_promises() -> None:
    scripts = {
        str(seed): replace(random_script(random.Random(seed), f"{seed}x"), spaces=True)
        for seed in range(OVER_THE_WIRE)
    }
    hearing, cost = Hearing(edge="keep"), SimulatedCost(0.001, 0.0002)
    backend = ScriptedBackend(scripts, hearing, cost, workers=2)
    async with running(backend) as served:
        for first in range(0, OVER_THE_WIRE, AT_ONCE):
            clients = (behave(served.url, seed, scripts) for seed in range(first, first + AT_ONCE))
            for told in await asyncio.gather(*clients):
                numbered = [{**message, "seq": n} for n, message in enumerate(told, 1)]
                check_promises(numbered)
