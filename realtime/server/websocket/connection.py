"""One WebSocket connection: socket ⇄ wire ⇄ stream.

The socket gives what it reads to the reader, which puts it into a bounded inbox. Tasks: `_work`
gives it to the stream in order and minds the clock, the sender empties the stream's outbox, the
pulse finds out that the client is gone. A small packet that finds all of them at rest is taken in
as it arrives, without waking anybody. Nothing here decodes, and pings are answered as soon as they
are read, whatever the model does. When the connection breaks, the stream stays.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from functools import partial

from websockets.exceptions import ConnectionClosed

from realtime.errors import BadMessage, Idle, NotAudio, RealtimeError, SlowConsumer
from realtime.live.clock import Due, StreamClock, TimeLimits
from realtime.live.stream import Stream
from realtime.live.throttle import BACKLOG_S, IntakeThrottle
from realtime.server.websocket.audio_feed import AudioFeed
from realtime.server.websocket.context import ConnectionContext
from realtime.server.websocket.inbox import Inbox
from realtime.server.websocket.liveness import LivenessCheck
from realtime.server.websocket.reader import Reader
from realtime.server.websocket.sender import Farewell, Sender
from realtime.server.websocket.socket import StreamSocket
from realtime.server.websocket.wakeup import WakeUp
from realtime.wire.base import Messages
from realtime.wire.config import StreamConfig
from realtime.wire.messages import Clear, ClientMessage, End, Flush, KeepAlive, Resumed, Start

ASK_AGAIN_S = 1.0
"""How often the engine is asked again for the last finals, should it have been full."""
CLOSED_BY_CLIENT = (1000, 1001, 1005)
BROKEN = 1006


class Connection:
    """See the module. `run` serves it to its end; the caller owns the stream before and after."""

    def __init__(
        self,
        socket: StreamSocket,
        stream: Stream,
        around: ConnectionContext,
        inbox: Inbox,
        *,
        browser: bool,
        resumed: Resumed | None,
    ) -> None:
        """`inbox`: may hold what was read off the socket already and is for this stream."""
        self.done = asyncio.Event()
        """`run` has returned."""
        self.over = False
        """Nothing of the stream is left to be said: nobody will resume it."""
        self.wanted: StreamConfig | None = None
        """Set by a `start` that names a session: the stream to go on with, on the same socket."""
        self._socket = socket
        self._stream = stream
        self._around = around
        self._inbox = inbox
        self._resumed = resumed
        self._sender = Sender(socket, stream, around.options.send_timeout_s)
        self._listener = AudioFeed(stream, self._sender, around.executor, browser=browser)
        self._alarm = WakeUp()
        self._reader = Reader(
            stream.codec,
            inbox,
            stream.outbox,
            self._sender,
            self._listener,
            self._alarm.ring,
            self._take_at_once,
        )
        options = around.options
        self._pulse = LivenessCheck(socket, inbox, options.ping_interval_s, options.ping_timeout_s)
        self._brake = IntakeThrottle(options.max_backlog_s, stream.audio_s, time.monotonic())
        self._clock = self._new_clock()
        self._resting = False
        """Everything that came was taken in: the next packet need not wait its turn."""
        self._holding = False
        """Reading is held back until the model gets on."""
        self._displaced = False
        self._leaving: Farewell | None = None
        self._dropped_said = stream.dropped_partials

    def _new_clock(self) -> StreamClock:
        config, options = self._stream.config, self._around.options
        limits = TimeLimits(
            config.idle_flush_ms / 1000,
            config.idle_close_ms / 1000,
            options.max_session_s,
            0.0 if self._stream.has_audio else options.first_audio_s,
        )
        return StreamClock(limits, self._stream.opened_at, time.monotonic())

    async def run(self) -> None:
        """Serve until either side is done. Never raises ConnectionClosed."""
        self._stream.listen(self._news)
        self._stream.outbox.put_first(self._around.greet(self._stream, self._resumed))
        self._sender.wake()
        self._tell_what_is_off()
        self._socket.listen(self._reader)
        sender = asyncio.create_task(self._sender.run())
        pulse = asyncio.create_task(self._pulse.run())
        sender.add_done_callback(lambda _: self._alarm.ring())
        try:
            await self._work(sender)
        except RealtimeError as error:
            await self._refuse(error)
        except ConnectionClosed:
            pass
        finally:
            self._socket.listen(None)
            self._stream.listen(None)
            self._alarm.cancel()
            for task in (sender, pulse):
                task.cancel()
            ends = await asyncio.gather(sender, pulse, return_exceptions=True)
            self.done.set()
        if self.wanted is not None:
            await self._sender.empty()
        for end in ends:
            # What is neither a closed connection nor an error that was answered is a mistake here.
            if isinstance(end, Exception) and not isinstance(end, ConnectionClosed | RealtimeError):
                raise end

    def finish(self, reason: str) -> None:
        """Finalise everything, say `end` and close. `reason`: as in `Codec.end`."""
        stream = self._stream
        self._leave(partial(stream.farewell, reason), stream.dialect.close_code(reason), reason)

    async def displace(self) -> None:
        """Another connection takes the stream over: this one is closed, its stream left alone."""
        self._displaced = True
        self._alarm.ring()
        self._socket.transport.abort()
        await self.done.wait()

    def _leave(self, messages: Callable[[], Messages], code: int, reason: str) -> None:
        if self._leaving is None:
            self._leaving = Farewell(messages, code, reason)
            self._reader.deaf = True
            self._alarm.ring()

    def _news(self) -> None:
        """The stream has something to send, or the model got on."""
        self._sender.wake()
        if self._holding:
            self._alarm.ring()

    # Working

    async def _work(self, sender: asyncio.Task[None]) -> None:
        while True:
            self._resting = True
            await self._alarm.wait(self._next_due())
            self._resting = False
            while self._inbox and self.wanted is None:
                await self._take_next()
                await self._mind_the_clock()
            if self.wanted is not None:
                self.over = True  # nobody ever spoke into this stream
                return
            if self._reader.refusal is not None and self._leaving is None:
                self._fail(self._reader.refusal)
            if self._leaving is not None:
                await self._part(self._leaving, sender)
                return
            if sender.done() and not isinstance(sender.exception(), ConnectionClosed):
                sender.result()  # raises SlowConsumer; of a close, the reader tells in order
            if self._reader.gone:
                await self._left()
                return
            await self._mind_the_clock()

    def _next_due(self) -> float:
        """When there is something to do though nothing happens; in the past: at once."""
        if self._inbox or self._reader.over or self._leaving is not None:
            return 0.0
        return self._clock.next_due()

    def _take_at_once(self, audio: bytes) -> bool:
        """Audio, unless something comes before it, or something is to be said about the stream."""
        busy = not self._resting or self._alarm.rung or bool(self._inbox)
        if busy or self._reader.deaf or self._behind:
            return False
        now = time.monotonic()
        if not self._listener.take_at_once(audio, now):
            return False
        self._clock.audio(now)
        self._alarm.set(self._clock.next_due(), now)  # the first audio of all brings it nearer
        return True

    @property
    def _behind(self) -> bool:
        stream = self._stream
        return stream.lag_s > BACKLOG_S or stream.dropped_partials > self._dropped_said

    async def _take_next(self) -> None:
        item = self._inbox.take()
        match item:
            case bytes():
                self._clock.audio(time.monotonic())
                try:
                    await self._listener.take(item)
                except NotAudio as error:
                    self._fail(error)
                await self._hold_back(len(item))
            case BadMessage():
                self._sender.say(self._stream.codec.error(item, fatal=False))
            case _:
                self._clock.message(time.monotonic())
                await self._obey(item)

    async def _obey(self, message: ClientMessage) -> None:
        match message:
            case Flush():
                await self._listener.flush(answer=True)
            case End():
                self._inbox.clear()
                self.finish("client")
            case Clear():
                await self._listener.clear()
            case Start(values):
                self._start(values)
            case KeepAlive():
                self._clock.alive(time.monotonic())

    def _start(self, values: dict[str, object]) -> None:
        """Options by message: all of them before the first audio, some of them later."""
        stream, configurator = self._stream, self._around.configurator
        if not self._listener.has_audio:
            config = configurator.new(values, stream.config)  # what it raises ends the connection
            if config.session not in (None, stream.id):
                self.wanted = config
                return
            stream.restart(config)
            self._listener.configured()
            self._clock = self._new_clock()
        else:
            try:
                stream.change(configurator.change(values, stream.config))
            except RealtimeError as error:
                self._sender.say(stream.codec.error(error, fatal=False))
                return
        self._sender.say(self._around.greet(stream, None))
        self._tell_what_is_off()

    def _tell_what_is_off(self) -> None:
        """Speakers were asked for that cannot be told apart here: the words come all the same."""
        if reason := self._around.configurator.speakers_off(self._stream.config):
            self._sender.warn("speakers_off", reason)

    async def _mind_the_clock(self) -> None:
        now, clock = time.monotonic(), self._clock
        if now < clock.next_due():
            return
        for what in clock.due(now):
            match what:
                case Due.FLUSH:
                    await self._listener.settle_rate()
                    if self._stream.speaking:
                        await self._listener.flush(answer=False)
                case Due.IDLE_SOON:
                    left = f"{clock.idle_left_s(now):.1f} s"
                    self._sender.warn("idle_soon", f"No audio comes: closing in {left}.")
                case Due.IDLE_CLOSE:
                    self.finish("idle")
                case Due.SILENT_CLOSE:
                    self._silent(now)
                case Due.SESSION_SOON:
                    left = f"{clock.session_left_s(now):.0f} s"
                    message = f"This stream ends in {left}, at the longest duration allowed."
                    self._sender.warn("session_soon", message)
                case Due.SESSION_END:
                    self.finish("max_session")

    def _silent(self, now: float) -> None:
        """No audio ever came: close, unless a ping or the like did."""
        silent_s, text_at = self._around.options.first_audio_s, self._reader.text_at
        if now < text_at + silent_s:
            self._clock.message(text_at)
        else:
            self._fail(Idle(f"Nothing came for {silent_s:g} s: connect when there is audio."))

    async def _hold_back(self, taken: int) -> None:
        """Say that the stream fell behind, and read it as slowly as its brake wants, after so many
        bytes were taken."""
        stream, sender, brake = self._stream, self._sender, self._brake
        if stream.dropped_partials > self._dropped_said and sender.warn(
            "dropped_partials", "The model is busy: partials come less often."
        ):
            self._dropped_said = stream.dropped_partials
        lag_s = stream.lag_s
        if lag_s > BACKLOG_S:
            sender.warn("backlog", f"behind by {lag_s:.1f} s", {"lag_ms": round(lag_s * 1000)})
        brake.took(taken, stream.audio_s, lag_s, time.monotonic())
        self._holding = True
        while not (self._reader.over or self._displaced or self._leaving is not None):
            now = time.monotonic()
            wait_s = brake.wait_s(stream.lag_s, now)
            if not wait_s:
                break
            await self._alarm.wait(min(now + wait_s, self._clock.next_due()))
            await self._mind_the_clock()
        self._holding = False

    # Ending

    def _fail(self, error: RealtimeError) -> None:
        """End the stream with this as its last word, in place of any other."""
        self._inbox.clear()
        self._leaving = None
        code, say = self._stream.dialect.failure_code(error), self._stream.codec.error
        self._leave(partial(say, error, fatal=True), code, error.message[:120])

    async def _part(self, farewell: Farewell, sender: asyncio.Task[None]) -> None:
        """The last finals, the last word, the close."""
        try:
            await self._listener.end()
        except NotAudio as error:
            self._fail(error)
        self._sender.part(self._leaving or farewell)
        while not sender.done():
            if self._displaced or (self._reader.gone and not self._sender.parting):
                return  # nobody is left to be told
            await self._alarm.wait(time.monotonic() + ASK_AGAIN_S)
            self._stream.ask()
        sender.result()
        # Where the client answered the close, it has read everything that was sent before.
        self.over = self._socket.close_code not in (None, BROKEN)

    async def _refuse(self, error: RealtimeError) -> None:
        with contextlib.suppress(ConnectionClosed):
            await self._sender.fail(error)
            self.over = not isinstance(error, SlowConsumer) and not self._stream.has_audio

    async def _left(self) -> None:
        """The client is gone. Closed in good order, it has said all: that is decoded all the same,
        for whoever resumes. A broken connection may go on in mid-word."""
        if self._displaced or self._socket.close_code not in CLOSED_BY_CLIENT:
            self._listener.cut()
            return
        self.over = not self._listener.has_audio
        await self._listener.close()
