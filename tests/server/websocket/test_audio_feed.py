"""Browsers that do not state their sample rate, and the same audio in other formats."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from realtime.live.rate import SUSPECT_AFTER_S
from realtime.server.websocket.context import ConnectionOptions
from realtime.server.websocket.server import ServerOptions
from realtime.types import Samples
from tests.engine.support import Clock
from tests.server.support import Client, client, running, script, tones

PAGE = "http://localhost:8100"
TALK = script("alpha bravo charlie", 0.4)
BUFFER = 4_096
"""Frames per buffer of a page's ScriptProcessor."""


def resampled(audio: Samples, rate: int) -> Samples:
    """Resample by linear interpolation, which is good enough for tones."""
    length = round(len(audio) * rate / 16_000)
    at = np.arange(length) * 16_000 / rate
    return np.interp(at, np.arange(len(audio)), audio).astype(np.float32)


def by(clock: Clock) -> ServerOptions:
    """Options with this clock for the arrival of audio, which a busy machine would delay."""
    return ServerOptions(port=0, connection=ConnectionOptions(clock=clock))


async def record(page: Client, audio: Samples, rate: int, seconds: float, clock: Clock) -> None:
    """Send buffers at the pace at which a microphone fills them."""
    for at in range(0, min(len(audio), round(seconds * rate)), BUFFER):
        clock.now += BUFFER / rate
        await page.socket.send(audio[at : at + BUFFER].tobytes())
        await page.say("ping", id=at)  # the pong means that the audio before it was read
        await page.until("pong", id=at)


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
async def test_a_browser_with_an_undeclared_rate(rate: int) -> None:
    clock = Clock()
    async with running(TALK, by(clock)) as served, client(served.url, origin=PAGE) as page:
        await page.until("ready")
        await record(page, resampled(tones(TALK, 4.0), rate), rate, 2.6, clock)
        await page.end()
        (warning,) = page.of("warning")
        assert warning["code"] == "sample_rate_guessed"
        assert page.heard.index(warning) < page.heard.index(page.finals[0])
        assert warning["sample_rate"] == rate
        assert f"sample_rate={rate}" in warning["message"]
        assert page.text == "alpha bravo charlie"
        buffers = -(-round(2.6 * rate) // BUFFER)
        assert page.heard[-1]["audio_s"] == pytest.approx(buffers * BUFFER / rate, abs=1e-3)


async def test_an_end_before_the_guess_loses_nothing() -> None:
    clock = Clock()
    talk = script("alpha bravo", 0.1)
    async with running(talk, by(clock)) as served:
        async with client(served.url, origin=PAGE) as page:
            await record(page, resampled(tones(talk, 1.0), 48_000), 48_000, 1.0, clock)
            await page.end()
        assert page.of("warning")[0]["sample_rate"] == 48_000
        assert page.text == "alpha bravo"


async def test_a_flush_before_the_guess_is_answered() -> None:
    async with running(TALK) as served, client(served.url, origin=PAGE) as page:
        await page.play(tones(TALK)[:BUFFER])
        await page.say("flush")
        final = await page.until("final")
        assert final["flush"]
        assert page.of("warning")[0]["sample_rate"] == 16_000


async def test_a_page_that_sends_a_file_is_taken_as_16_khz() -> None:
    async with running(TALK) as served, client(served.url, origin=PAGE) as page:
        await page.play(tones(TALK, 3.0), BUFFER * 4)
        await page.end()
        assert page.text == "alpha bravo charlie"
        warning = page.of("warning")[0]
        assert "cannot be derived" in warning["message"]


async def test_a_declared_rate_is_used_at_once() -> None:
    async with (
        running(TALK) as served,
        client(f"{served.url}/?sample_rate=48000", origin=PAGE) as page,
    ):
        await page.play(resampled(tones(TALK, 3.0), 48_000))
        await page.end()
        assert page.text == "alpha bravo charlie"
        assert not page.of("warning")


async def test_a_client_that_sends_faster_than_declared_is_told_the_rate() -> None:
    clock = Clock()
    async with running(TALK, by(clock)) as served, client(served.url) as caller:
        seconds = SUSPECT_AFTER_S + 0.3
        silence = np.zeros(round(seconds * 48_000), np.float32)
        await record(caller, silence, 48_000, seconds, clock)
        await caller.end()
        (warning,) = caller.of("warning")
        assert (warning["code"], warning["reason"]) == ("audio_suspect", "sample_rate")
        assert warning["sample_rate"] == 48_000
        assert "sample_rate=48000" in warning["message"]


async def test_clear_while_guessing_drops_what_was_held() -> None:
    async with running(TALK) as served, client(served.url, origin=PAGE) as page:
        await page.play(tones(TALK), BUFFER * 4)
        await page.say("clear")
        await page.end()
        assert not page.finals
        assert page.heard[-1]["audio_s"] == 0


async def test_a_page_cut_off_while_guessing_sends_all_again() -> None:
    async with running(TALK) as served:
        async with client(served.url, origin=PAGE) as page:
            await page.play(tones(TALK)[: 2 * BUFFER])
            await page.say("ping", id=1)
            await page.until("pong")
            page.reset()
        async with client(f"{served.url}/?session={page.session}", origin=PAGE) as again:
            ready = await again.until("ready")
            assert (ready["resumed"], ready["samples_received"]) == (True, 0)
            await again.play(tones(TALK, 3.0), BUFFER * 4)
            await again.end()
            assert again.text == "alpha bravo charlie"


@pytest.mark.parametrize(
    ("query", "made"),
    [
        ("encoding=s16le", lambda a: (a * 32767).astype("<i2").tobytes()),
        ("encoding=s32le", lambda a: (a * 2147483647.0).astype("<i4").tobytes()),
        ("channels=2", lambda a: a.repeat(2).tobytes()),
        ("sample_rate=24000", lambda a: resampled(a, 24_000).tobytes()),
        ("sample_rate=44100", lambda a: resampled(a, 44_100).tobytes()),
        ("sample_rate=8000&encoding=s16le", lambda a: (a[::2] * 32767).astype("<i2").tobytes()),
    ],
)
async def test_the_same_words_in_every_format(query: str, made: Callable[[Samples], bytes]) -> None:
    async with running(TALK) as served, client(f"{served.url}/?{query}") as caller:
        await caller.play(made(tones(TALK, 3.0)), 3_201)
        await caller.end()
        assert caller.text == "alpha bravo charlie"
        assert caller.heard[-1]["audio_s"] == pytest.approx(3.0, abs=0.001)
