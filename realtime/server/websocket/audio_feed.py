"""Passes a connection's audio to its stream: finds its sample rate, keeps work off the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import TypeVar

from realtime.live.rate import RateDetector
from realtime.live.stream import Stream, audio_format
from realtime.server.websocket.sender import Sender
from realtime.types import SAMPLE_RATE

T = TypeVar("T")


class AudioFeed:
    """Feeds one connection's audio. All its methods run on the event loop, one at a time.

    Methods that take in audio raise NotAudio where the bytes are none; audio taken in before stays.
    """

    def __init__(
        self, stream: Stream, sender: Sender, executor: Executor, *, browser: bool
    ) -> None:
        """`browser`: guess the sample rate if it was not given. `executor`: runs what blocks."""
        self._stream = stream
        self._sender = sender
        self._executor = executor
        self._browser = browser
        self.configured()

    def configured(self) -> None:
        """Begin with the stream's options. A stream with audio was resumed: its rate is known."""
        config = self._stream.config
        unsaid = config.encoding != "auto" and not config.sample_rate_given
        frame_bytes = audio_format(config).frame_bytes if unsaid else None
        if self._stream.has_audio:
            frame_bytes = None
        self._rate = RateDetector(frame_bytes, browser=self._browser)

    @property
    def has_audio(self) -> bool:
        """At least one byte of audio has arrived, whether taken in or still held back."""
        return self._stream.has_audio or self._rate.holds_audio

    def arrived(self, size: int, now_s: float) -> None:
        """`size` bytes of audio were read from the socket."""
        self._rate.arrived(size, now_s)

    async def take(self, audio: bytes) -> None:
        """Take in the next bytes, or hold them back until their rate is known."""
        if self._rate.guessing:
            self._rate.hold(audio)
            if self._rate.has_enough_audio:
                await self.settle_rate()
            return
        await self._give(audio)
        self._warn_of_rate()

    def take_at_once(self, audio: bytes, now_s: float) -> bool:
        """Take in the next bytes, which were just read from the socket; False: they need `take`."""
        if self._rate.guessing or not self._stream.is_quick(len(audio)):
            return False
        self._rate.arrived(len(audio), now_s)
        try:
            self._stream.receive(audio)
        finally:
            self._warn_of_audio()
        self._warn_of_rate()
        return True

    async def settle_rate(self) -> None:
        """Decide a browser's sample rate and take in the audio that waited for it."""
        if not self._rate.guessing:
            return
        guess = self._rate.settle()
        self._stream.set_rate(guess.rate)
        self._sender.warn("sample_rate_guessed", guess.message, {"sample_rate": guess.rate})
        if guess.audio:
            await self._give(guess.audio)

    async def flush(self, *, answer: bool) -> None:
        """Finalise everything received."""
        await self.settle_rate()
        await self._run(partial(self._stream.flush, answer=answer))

    async def clear(self) -> None:
        """Drop what is not final."""
        self._rate.forget_audio()
        await self._run(self._stream.clear)

    async def end(self) -> None:
        """Finalise everything, including what decoders hold; no more audio comes."""
        try:
            await self.settle_rate()
        finally:
            await self._run(self._stream.end)

    def cut(self) -> None:
        """The connection is over. Audio held back was not counted as received: it comes again."""
        self._rate.forget_audio()

    async def _give(self, audio: bytes) -> None:
        try:
            if self._stream.is_quick(len(audio)):
                self._stream.receive(audio)
                return
            while await self._run(partial(self._stream.receive, audio)):
                audio = b""
        finally:
            self._warn_of_audio()

    def _warn_of_audio(self) -> None:
        for suspicion in self._stream.take_suspicions():
            self._sender.warn("audio_suspect", suspicion.message, {"reason": suspicion.code})

    def _warn_of_rate(self) -> None:
        rate = self._rate.suspicion()
        if rate is not None:
            self._sender.warn(
                "audio_suspect",
                f"The audio arrives as fast as {rate} Hz but is taken as {SAMPLE_RATE} Hz: "
                f"set sample_rate={rate} if that is what is sent.",
                {"reason": "sample_rate", "sample_rate": rate},
            )

    async def _run(self, work: Callable[[], T]) -> T:
        """Run `work` off the loop, where a detector's milliseconds would stall all streams."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)
