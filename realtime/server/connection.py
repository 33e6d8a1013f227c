"""One WebSocket connection: socket ⇄ wire ⇄ stream.

Three tasks: `_read` takes messages off the socket into a bounded inbox, `_work` gives them to the
stream in order and minds the clock, `_send` empties the stream's outbox. Nothing here decodes, so
pings are answered whatever the model does. When the connection breaks, the stream stays.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

import structlog
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from realtime.errors import BadMessage, RealtimeError, SlowConsumer
from realtime.server.arrival import ArrivalRate
from realtime.server.handshake import Entry, Handshake
from realtime.server.stream import Stream, audio_format, with_rate
from realtime.types import SAMPLE_RATE
from realtime.wire import native
from realtime.wire.config import StreamConfig, parse_change

log = structlog.get_logger(__name__)

INBOX_BYTES = 1 << 20
"""Audio taken off the socket and not yet given to the stream, beside the message that goes over
it."""
GUESS_S = 1.5
"""A browser's sample rate is read off the first seconds of its packets (spec, section 1)."""
SUSPECT_AFTER_S = 5.0
SURE = 0.04
"""How near to another rate audio must arrive before the rate that was said is doubted."""
BACKLOG_S = 30.0
"""Behind by more than this: say so, and read no faster than real time."""
REPEAT_WARNING_S = 10.0
LONGEST_PAUSE_S = 5.0
"""Pings come over the same socket: reading never pauses for as long as their patience lasts."""
PAUSE_STEP_S = 0.05
SOON_S = 60.0
"""`session_soon` and `idle_soon` come so long before, or at a fifth of a shorter limit."""


@dataclass(frozen=True, slots=True)
class ConnectionOptions:
    max_message_bytes: int = 16 << 20
    max_session_s: float = 14_400.0
    max_backlog_s: float = 600.0
    send_timeout_s: float = 40.0


class Connection:
    """See the module. `run` serves it to its end; the caller owns the stream before and after."""

    def __init__(
        self,
        socket: ServerConnection,
        entry: Entry,
        stream: Stream,
        handshake: Handshake,
        executor: Executor,
        options: ConnectionOptions,
    ) -> None:
        self.stream = stream
        self.done = asyncio.Event()
        """`run` has returned."""
        self.clean = False
        """The stream said `end`, or the client closed in good order."""
        self._socket = socket
        self._handshake = handshake
        self._executor = executor
        self._options = options
        self._inbox: deque[bytes | str] = deque()
        self._inbox_bytes = 0
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()
        self._to_send = asyncio.Event()
        self._gone = False
        self._displaced = False
        self._ready: Callable[[], str] = str
        self._ending: tuple[str, int] | None = None
        """Reason and close code, once the last finals are on their way."""
        self._started_at = self._last_bytes_at = time.monotonic()
        self._idle_flushed = True
        self._warned: dict[str, float] = {}
        self._dropped_said = 0
        self._arrival = ArrivalRate()
        config = stream.config
        self._guessing: list[bytes] | None = None
        unsaid = _raw(config) and not config.sample_rate_given and not stream.bytes_received
        if unsaid and entry.asked.origin is not None:
            self._guessing = []
        self._watch_rate = unsaid and self._guessing is None

    async def run(self, ready: Callable[[], str]) -> None:
        """Serve until either side is done. Never raises ConnectionClosed.

        `ready`: makes the `ready` message of the stream as it is configured by then.
        """
        loop = asyncio.get_running_loop()
        self._ready = ready
        self.stream.notify = lambda: _wake(loop, self._to_send)
        self.stream.outbox.put_first(ready())
        self._to_send.set()
        reader = asyncio.create_task(self._read())
        sender = asyncio.create_task(self._send())
        try:
            await self._work(sender)
        except RealtimeError as error:
            await self._refuse(error)
        finally:
            self.stream.notify = _nobody
            for task in (reader, sender):
                task.cancel()
            await asyncio.gather(reader, sender, return_exceptions=True)
            self.done.set()

    def finish(self, reason: str, code: int) -> None:
        """Finalise everything, say `end` and close; used by the drain and by a takeover."""
        if self._ending is None:
            self._ending = (reason, code)
            self._arrived.set()

    async def displace(self) -> None:
        """Another connection takes the stream over: this one is closed, its stream left alone."""
        self._displaced = self._gone = True
        self._arrived.set()
        self._socket.transport.abort()
        await self.done.wait()

    # Reading

    async def _read(self) -> None:
        try:
            async for message in self._socket:
                self._inbox.append(message)
                self._inbox_bytes += len(message)
                self._arrived.set()
                if self._inbox_bytes > INBOX_BYTES:
                    self._room.clear()
                    await self._room.wait()
        except ConnectionClosed:
            pass
        finally:
            self._gone = True
            self._arrived.set()

    # Working

    async def _work(self, sender: asyncio.Task[None]) -> None:
        while True:
            await self._wait()
            taken, self._inbox, self._inbox_bytes = self._inbox, deque(), 0
            self._room.set()
            before_s = self.stream.audio_s
            await self._handle(taken)
            if self._gone and not self._inbox:
                await self._left()
                return
            if self._ending is not None:
                await self._settle_rate()
                await self._run(self.stream.end)
                self._to_send.set()
                await sender
                return
            await self._mind_the_clock()
            await self._push_back(self.stream.audio_s - before_s)

    async def _wait(self) -> None:
        """Until something arrives or the clock demands something."""
        due = self._next_due()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if due is None else max(0.0, due - time.monotonic())):
                await self._arrived.wait()
        self._arrived.clear()

    async def _handle(self, messages: deque[bytes | str]) -> None:
        """In order; neighbouring audio messages are taken in at once."""
        audio: list[bytes] = []
        for message in messages:
            try:
                decoded = native.decode(message)
            except BadMessage as error:
                self.stream.outbox.put_text(native.error(error, fatal=False))
                self._to_send.set()
                continue
            if decoded is None:
                assert isinstance(message, bytes)
                if message:
                    audio.append(message)
                continue
            await self._take_audio(audio)
            audio = []
            await self._obey(decoded)
        await self._take_audio(audio)

    async def _obey(self, message: native.ClientMessage) -> None:
        stream, outbox = self.stream, self.stream.outbox
        match message:
            case native.Flush():
                await self._settle_rate()
                await self._run(lambda: stream.flush(answer=True))
            case native.End():
                await self._settle_rate()
                self.finish("client", 1000)
            case native.Clear():
                self._guessing = None if self._guessing is None else []
                await self._run(stream.clear)
            case native.Start(values):
                self._start(values)
            case native.Ping(id):
                outbox.put_text(native.pong(id))
            case native.Ack(seq):
                outbox.acknowledge(seq)
            case native.KeepAlive():
                self._last_bytes_at = time.monotonic()
        self._to_send.set()

    def _start(self, values: dict[str, object]) -> None:
        """Options by message: all of them before the first audio, some of them later."""
        stream = self.stream
        fresh = not stream.bytes_received and not self._guessing
        try:
            if fresh:
                config = self._handshake.configure(values, stream.config)
                stream.restart(config)
                if config.sample_rate_given or not _raw(config):
                    self._guessing, self._watch_rate = None, False
            else:
                stream.change(parse_change(values, stream.config))
        except RealtimeError as error:
            if fresh:
                raise
            stream.outbox.put_text(native.error(error, fatal=False))
            return
        stream.outbox.put_text(self._ready())

    async def _take_audio(self, packets: list[bytes]) -> None:
        if not packets:
            return
        now = time.monotonic()
        self._last_bytes_at, self._idle_flushed = now, False
        data = packets[0] if len(packets) == 1 else b"".join(packets)
        if self._guessing is not None:
            self._arrival.receive(len(data) / audio_format(self.stream.config).frame_bytes, now)
            self._guessing.append(data)
            if self._arrival.span_s >= GUESS_S:
                await self._settle_rate()
            return
        if self._watch_rate:
            self._arrival.receive(len(data) / audio_format(self.stream.config).frame_bytes, now)
            self._check_rate()
        await self._run(lambda: self.stream.receive(data))
        for suspicion in self.stream.take_suspicions():
            self._warn("audio_suspect", suspicion.message, {"reason": suspicion.code})

    async def _settle_rate(self) -> None:
        """Decide a browser's sample rate and take in what waited for it."""
        if self._guessing is None:
            return
        waiting, self._guessing = b"".join(self._guessing), None
        rate = self._arrival.guess() or SAMPLE_RATE
        self._arrival = ArrivalRate()
        self.stream.restart(with_rate(self.stream.config, rate))
        self._warn(
            "sample_rate_guessed",
            f"The audio arrives like {rate} Hz and is taken as that: "
            f"say it with ?sample_rate={rate} to be sure.",
            {"sample_rate": rate},
        )
        if waiting:
            await self._run(lambda: self.stream.receive(waiting))

    def _check_rate(self) -> None:
        """A client that says 16 kHz but records faster sends gibberish: tell it which key to
        set."""
        if self._arrival.span_s < SUSPECT_AFTER_S:
            return
        self._watch_rate = False
        rate = self._arrival.guess(tolerance=SURE)
        self._arrival = ArrivalRate()
        if rate is not None and rate != SAMPLE_RATE:
            self._warn(
                "audio_suspect",
                f"The audio arrives as fast as {rate} Hz but is taken as {SAMPLE_RATE} Hz: "
                f"set sample_rate={rate} if that is what is sent.",
                {"reason": "sample_rate", "sample_rate": rate},
            )

    async def _run(self, work: Callable[[], None]) -> None:
        """Off the loop: a detector's milliseconds for one stream are a stall for all."""
        await asyncio.get_running_loop().run_in_executor(self._executor, work)

    # The clock

    def _next_due(self) -> float | None:
        """When `_mind_the_clock` has something to do, in monotonic seconds."""
        config, last = self.stream.config, self._last_bytes_at
        due = [self._started_at + self._options.max_session_s]
        if self._guessing:
            due.append(last + GUESS_S)
        if config.idle_flush_ms and not self._idle_flushed:
            due.append(last + config.idle_flush_ms / 1000)
        if config.idle_close_ms:
            due.append(last + config.idle_close_ms / 1000)
            if "idle_soon" not in self._warned:
                due.append(last + config.idle_close_ms / 1000 - _soon(config.idle_close_ms / 1000))
        if "session_soon" not in self._warned:
            due.append(due[0] - _soon(self._options.max_session_s))
        return min(due)

    async def _mind_the_clock(self) -> None:
        now, config = time.monotonic(), self.stream.config
        idle_ms = (now - self._last_bytes_at) * 1000
        if self._guessing and idle_ms >= GUESS_S * 1000:
            await self._settle_rate()
        if config.idle_flush_ms and not self._idle_flushed and idle_ms >= config.idle_flush_ms:
            self._idle_flushed = True
            if self.stream.speaking:
                await self._run(lambda: self.stream.flush(answer=False))
        if config.idle_close_ms:
            left_s = (config.idle_close_ms - idle_ms) / 1000
            if left_s <= 0:
                self.finish("idle", 1000)
            elif left_s <= _soon(config.idle_close_ms / 1000):
                self._warn("idle_soon", f"No audio comes: closing in {left_s:.1f} s.", once=True)
            else:
                self._warned.pop("idle_soon", None)
        left_s = self._started_at + self._options.max_session_s - now
        if left_s <= 0:
            self.finish("max_session", 1008)
        elif left_s <= _soon(self._options.max_session_s):
            self._warn(
                "session_soon",
                f"This stream ends in {left_s:.0f} s, at the longest duration allowed.",
                once=True,
            )

    async def _push_back(self, taken_s: float) -> None:
        """Read a stream that fell behind no faster than its audio plays; too far behind: not at
        all."""
        stream = self.stream
        if stream.dropped_partials > self._dropped_said and self._warn(
            "dropped_partials", "The model is busy: partials come less often."
        ):
            self._dropped_said = stream.dropped_partials
        if stream.lag_s <= BACKLOG_S:
            return
        lag_s = stream.lag_s
        self._warn("backlog", f"behind by {lag_s:.1f} s", {"lag_ms": round(lag_s * 1000)})
        pause_until = time.monotonic() + min(taken_s, LONGEST_PAUSE_S)
        while stream.lag_s > BACKLOG_S and not self._gone and self._ending is None:
            if time.monotonic() >= pause_until and stream.lag_s < self._options.max_backlog_s:
                return
            await asyncio.sleep(PAUSE_STEP_S)

    def _warn(
        self,
        code: str,
        message: str,
        details: dict[str, object] | None = None,
        *,
        once: bool = False,
    ) -> bool:
        """Say it, but not again within ten seconds (or ever, with `once`)."""
        now, key = time.monotonic(), f"{code}{(details or {}).get('reason', '')}"
        said_at = self._warned.get(key)
        if said_at is not None and (once or now - said_at < REPEAT_WARNING_S):
            return False
        self._warned[key] = now
        self.stream.outbox.put_text(native.warning(code, message, details))
        self._to_send.set()
        return True

    # Sending

    async def _send(self) -> None:
        """Empty the outbox; after the last final of an ending stream, say `end` and close."""
        while True:
            await self._to_send.wait()
            self._to_send.clear()
            outbox = self.stream.outbox
            while (message := outbox.take()) is not None:
                if outbox.overfull or not await self._sent(message):
                    await self._give_up()
                    return
            if self._ending is not None and self.stream.ended:
                reason, code = self._ending
                await self._sent(native.end(reason, self.stream.audio_s, outbox.finals))
                self.clean = True
                await self._socket.close(code, reason)
                return

    async def _sent(self, message: str) -> bool:
        """False where the client does not read, or is gone."""
        try:
            async with asyncio.timeout(self._options.send_timeout_s or None):
                await self._socket.send(message)
        except (TimeoutError, ConnectionClosed):
            return False
        return True

    async def _give_up(self) -> None:
        """The client does not read what it must be told; the stream waits for it to come back."""
        self._gone = True
        self._arrived.set()
        error = SlowConsumer("The client does not read its transcripts.")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await self._socket.close(error.close_code, error.message)
        self._socket.transport.abort()

    async def _refuse(self, error: RealtimeError) -> None:
        """Say what is wrong and close."""
        await self._sent(native.error(error, fatal=True))
        await self._socket.close(error.close_code, error.message[:120])

    async def _left(self) -> None:
        """The client is gone: what it said is decoded all the same, and waits for a resume."""
        await self._settle_rate()
        if not self._displaced and self._socket.close_code in (1000, 1001, 1005):
            await self._run(self.stream.finish_intake)
            await self._run(lambda: self.stream.flush(answer=False))


def _raw(config: StreamConfig) -> bool:
    return config.encoding != "auto"


def _soon(limit_s: float) -> float:
    """How long before a limit it is announced."""
    return min(SOON_S, limit_s / 5)


def _wake(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    """From any thread; the loop may be closing under us."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(event.set)


def _nobody() -> None:
    """No connection listens to the stream."""
