"""`flush`, `start`, `clear`, audio and breaks in any order: final ids are unique and without
gaps."""

from __future__ import annotations

import asyncio

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.server.support import Client, client, running, script, tones

TALK = script("alpha bravo", 0.1)
AUDIO = tones(TALK, 1.4)
STEPS = ("flush", "start", "clear", "audio", "break")


async def told(steps: list[str]) -> list[tuple[int, str]]:
    """(id, text) of every final of one stream, in order, without repetitions after a resume."""
    finals: dict[int, str] = {}
    session, at = "", 0
    async with running(TALK) as served:
        for last, part in _parts(steps):
            async with client(f"{served.url}/?{session}") as caller:
                ready = await caller.until("ready")
                session = f"session={ready['session']}"
                at = ready.get("samples_received", 0)
                for step in part:
                    at = await _do(caller, step, at)
                if last:
                    await caller.end()
                else:
                    await caller.say("ping", id="taken")
                    await caller.until("pong", id="taken")
                    caller.reset()
                for final in caller.finals:
                    assert finals.setdefault(final["id"], final["text"]) == final["text"]
    return list(finals.items())


def _parts(steps: list[str]) -> list[tuple[bool, list[str]]]:
    """For each connection: whether it is the last, and its steps."""
    parts: list[list[str]] = [[]]
    for step in steps:
        if step == "break":
            parts.append([])
        else:
            parts[-1].append(step)
    return [(part is parts[-1], part) for part in parts]


async def _do(caller: Client, step: str, at: int) -> int:
    if step == "audio":
        await caller.socket.send(AUDIO[at : at + 6_400].tobytes())
        return at + 6_400
    await caller.say(step)
    if step == "flush":
        await caller.until("final", flush=True)
    return at


@settings(max_examples=25)
@given(st.lists(st.sampled_from(STEPS), max_size=8))
@example(["flush", "start"])
@example(["flush", "start", "flush", "break", "start", "audio", "flush"])
def test_ids_are_dense_and_unique(steps: list[str]) -> None:
    finals = asyncio.run(told(steps))
    assert [id for id, _ in finals] == list(range(len(finals)))
    assert len(finals) >= steps.count("flush")


async def test_ids_are_counted_per_channel_across_starts() -> None:
    async with running(TALK) as served, client(served.url) as caller:
        for multichannel in (False, True, False, True):
            await caller.say("start", channels=2, multichannel=multichannel)
            await caller.say("flush")
        await caller.end()
        ids: dict[object, list[int]] = {}
        for final in caller.finals:
            ids.setdefault(final.get("channel"), []).append(final["id"])
    assert ids == {None: [0, 1], 0: [0, 1], 1: [0, 1]}
