"""One WebSocket connection: socket ⇄ wire ⇄ stream.

The socket gives what it reads to the reader, which puts it into a bounded inbox. Tasks: `_work`
gives it to the stream in order and minds the clock, the sender empties the stream's outbox, the
pulse finds out that the client is gone. A small packet that finds all of them at rest is taken in
as it arrives, without waking anybody. Nothing here decodes, and pings are answered as soon as they
are read, whatever the model does.

Where the connection stands and what follows from what happens is told by the stream's `Life`
(`realtime.live.life`), which outlives it. Here its events are found out and its actions done.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine

from websockets.exceptions import ConnectionClosed

from realtime.errors import BadMessage, Idle, NotAudio, RealtimeError, SlowConsumer
from realtime.live.clock import Due
from realtime.live.life import Action, Event, Life, State
from realtime.live.stream import Stream
from realtime.server.websocket.audio_feed import AudioFeed
from realtime.server.websocket.backpressure import Backpressure
from realtime.server.websocket.context import ConnectionContext
from realtime.server.websocket.inbox import Hangup, Inbox, ShutOut
from realtime.server.websocket.liveness import LivenessCheck
from realtime.server.websocket.reader import Reader
from realtime.server.websocket.sender import Farewell, Sender, end_of, failure_of
from realtime.server.websocket.socket import StreamSocket
from realtime.server.websocket.wakeup import WakeUp
from realtime.wire.config import StreamConfig
from realtime.wire.messages import Clear, ClientMessage, End, Flush, KeepAlive, Resumed, Start

ASK_AGAIN_S = 1.0
"""How often the engine is asked again for the last finals, should it have been full."""
CLOSED_BY_CLIENT = (1000, 1001, 1005)
UNANSWERED = (None, 1006)


class Connection:
    """See the module. `run` serves it to its end; the caller owns the stream before and after."""

    def __init__(
        self,
        socket: StreamSocket,
        stream: Stream,
        life: Life,
        context: ConnectionContext,
        inbox: Inbox,
        *,
        browser: bool,
        resumed: Resumed | None,
    ) -> None:
        """`inbox`: may hold what was read off the socket already and is for this stream."""
        self._socket = socket
        self._stream = stream
        self._life = life
        self._context = context
        self._inbox = inbox
        self._resumed = resumed
        self._options = options = context.options
        self._now = options.clock
        self._sender = Sender(socket, stream, options)
        self._feed = AudioFeed(stream, self._sender, context.executor, browser=browser)
        self._alarm = WakeUp(options.clock)
        self._reader = Reader(
            *(stream, life, inbox, self._sender, self._feed, self._alarm), self._take_at_once
        )
        self._pulse = LivenessCheck(socket, inbox, options)
        self._backpressure = Backpressure(stream, self._sender, options)
        self._clock = options.stream_clock(stream)
        self._farewell: Farewell
        """From LEAVING on."""
        self._outgoing: asyncio.Task[None]
        """Sends messages; at the end, closes."""
        self._next: StreamConfig | None = None
        """The stream to go on with on the same socket, after a `start` that names a session."""

    async def run(self) -> StreamConfig | None:
        """Serve until either side is done; → the stream that the socket is for then, if any.
        Never raises ConnectionClosed."""
        self._stream.listen(self._news)
        self._stream.outbox.put_first(self._context.greet(self._stream, self._resumed))
        self._sender.wake()
        self._tell_what_is_off()
        self._send(self._sender.run())
        pulse = asyncio.create_task(self._pulse.run())
        self._socket.listen(self._reader)
        try:
            await self._work()
        except RealtimeError as error:
            await self._refuse(error)
        finally:
            self._socket.listen(None)
            self._stream.listen(None)
            self._alarm.cancel()
            self._feed.cut()
            for task in (self._outgoing, pulse):
                task.cancel()
            ends = await asyncio.gather(self._outgoing, pulse, return_exceptions=True)
        if self._next is not None:
            await self._sender.empty()
        for end in ends:
            # What is neither a closed connection nor an error that was answered is a mistake here.
            if isinstance(end, Exception) and not isinstance(end, ConnectionClosed | RealtimeError):
                raise end
        return self._next

    def finish(self, reason: str) -> None:
        """Finalise everything, say `end` and close. `reason`: as in `Codec.end`."""
        self._prepare(Event.FINISH, end_of(self._stream, reason))

    def finish_with(self, error: RealtimeError) -> None:
        """The same, with an error as the last word."""
        self._fail(error, Event.FINISH)

    def displace(self) -> None:
        """Another connection takes the stream up: this one is cut, its stream left alone."""
        if Action.ABORT in self._life.on(Event.DISPLACE):
            self._socket.transport.abort()
        self._alarm.ring()

    # Working

    async def _work(self) -> None:
        life = self._life
        while True:
            await self._alarm.wait(self._next_due())
            while self._inbox and life.state is not State.OVER:
                await self._take_next()
                await self._mind_the_clock()
            match life.state:
                case State.GONE | State.OVER:
                    return
                case State.LEAVING:
                    await self._on(Event.TAKEN_IN)
                case State.LAST_FINALS:
                    self._stream.ask()
            if self._outgoing.done():
                await self._sent()
            await self._mind_the_clock()

    def _next_due(self) -> float:
        """Next time at which there is something to do though nothing happens; in the past: now."""
        if self._inbox:
            return 0.0
        match self._life.state:
            case State.LEAVING | State.GONE | State.OVER:
                return 0.0
            case State.LAST_FINALS | State.PARTING:
                return self._now() + ASK_AGAIN_S
            case _:
                return self._clock.next_due()

    async def _on(self, event: Event) -> None:
        """Tell the stream's life what happened, and do what follows."""
        for action in self._life.on(event):
            match action:
                case Action.FINALISE:
                    await self._finalise()
                case Action.SAY_GOODBYE:
                    self._sender.part(self._farewell)
                case Action.CLOSE:
                    farewell = self._farewell
                    self._send(self._socket.close(farewell.code, farewell.reason))

    def _send(self, sending: Coroutine[None, None, None]) -> None:
        """Have `_sent` called when it is done."""
        self._outgoing = asyncio.create_task(sending)
        self._outgoing.add_done_callback(lambda _: self._alarm.ring())

    def _news(self) -> None:
        """The stream has something to send, or the model got on."""
        self._sender.wake()
        if self._life.state is State.HELD_BACK:
            self._alarm.ring()

    # Taking in

    def _take_at_once(self, audio: bytes) -> bool:
        """Audio, unless something comes before it, or something is to be said about the stream."""
        state = self._life.state
        taking = state is State.STREAMING or state is State.OPEN
        if not (taking and self._alarm.idle) or self._inbox or self._backpressure.due:
            return False
        now = self._now()
        if not self._feed.take_at_once(audio, now):
            return False
        self._life.on(Event.AUDIO)
        self._clock.audio(now)
        self._alarm.set(self._clock.next_due(), now)  # the first audio of all brings it nearer
        return True

    async def _take_next(self) -> None:
        item = self._inbox.take()
        match item:
            case bytes():
                await self._take_audio(item)
            case BadMessage():
                self._sender.say(self._stream.codec.error(item, fatal=False))
            case ShutOut(error):
                self._fail(error, Event.SHUT_OUT)
            case Hangup():
                in_order = self._socket.close_code in CLOSED_BY_CLIENT
                await self._on(Event.CLOSE if in_order else Event.BREAK)
            case _:
                self._clock.message(self._now())
                await self._obey(item)

    async def _take_audio(self, audio: bytes) -> None:
        self._clock.audio(self._now())
        if audio:
            self._life.on(Event.AUDIO)
        try:
            await self._feed.take(audio)
        except NotAudio as error:
            self._fail(error)
        await self._hold_back(len(audio))

    async def _hold_back(self, taken: int) -> None:
        """After so many bytes were taken in, wait as long as the next ones should."""
        life, backpressure = self._life, self._backpressure
        backpressure.took(taken)
        while life.hears and not self._inbox.ending:
            now = self._now()
            wait_s = backpressure.wait_s(now)
            if not wait_s:
                break
            life.on(Event.HOLD)
            await self._alarm.wait(min(now + wait_s, self._clock.next_due()))
            await self._mind_the_clock()
        if life.state is State.HELD_BACK:
            life.on(Event.GO_ON)

    async def _obey(self, message: ClientMessage) -> None:
        match message:
            case Flush():
                await self._feed.flush(answer=True)
            case End():
                self._prepare(Event.END, end_of(self._stream, "client"))
            case Clear():
                await self._feed.clear()
                if not self._feed.has_audio:
                    self._life.on(Event.CLEARED)
            case Start(values):
                self._start(values)
            case KeepAlive():
                self._clock.alive(self._now())

    def _start(self, values: dict[str, object]) -> None:
        """Options by message: all of them before the first audio, some of them later."""
        stream, configurator = self._stream, self._context.configurator
        if not self._feed.has_audio:
            config = configurator.new(values, stream.config)  # what it raises ends the connection
            if config.session not in (None, stream.id):
                if Action.HAND_OVER in self._life.on(Event.SWITCH):
                    self._next = config
                return
            stream.restart(config)
            self._feed.configured()
            self._clock = self._options.stream_clock(stream)
        else:
            try:
                stream.change(configurator.change(values, stream.config))
            except RealtimeError as error:
                self._sender.say(stream.codec.error(error, fatal=False))
                return
        self._sender.say(self._context.greet(stream, None))
        self._tell_what_is_off()

    def _tell_what_is_off(self) -> None:
        """What was asked for and cannot be had here: the words come all the same."""
        for code, reason in self._context.configurator.shortfalls(self._stream.config).items():
            self._sender.warn(code, reason)

    # Time

    async def _mind_the_clock(self) -> None:
        now, clock = self._now(), self._clock
        if now < clock.next_due() or not self._life.hears:
            return
        for what in clock.due(now):
            match what:
                case Due.FLUSH:
                    await self._feed.settle_rate()
                    if self._stream.speaking:
                        await self._feed.flush(answer=False)
                case Due.IDLE_SOON:
                    left = f"{clock.idle_left_s(now):.1f} s"
                    self._sender.warn("idle_soon", f"No audio is arriving: closing in {left}.")
                case Due.IDLE_CLOSE:
                    self.finish("idle")
                case Due.SILENT_CLOSE:
                    self._silent(now)
                case Due.SESSION_SOON:
                    left = f"{clock.session_left_s(now):.0f} s"
                    message = (
                        f"This stream ends in {left}, when it reaches the longest duration allowed."
                    )
                    self._sender.warn("session_soon", message)
                case Due.SESSION_END:
                    self.finish("max_session")

    def _silent(self, now: float) -> None:
        """No audio ever came: close, unless a ping or the like did."""
        silent_s, text_at = self._options.first_audio_s, self._reader.text_at
        if now < text_at + silent_s:
            self._clock.message(text_at)
        else:
            self._fail(Idle(f"No audio arrived for {silent_s:g} s: connect when there is audio."))

    # Ending

    def _fail(self, error: RealtimeError, event: Event = Event.FAIL) -> None:
        """End the stream with this as its last word."""
        self._prepare(event, failure_of(self._stream, error))

    def _prepare(self, event: Event, farewell: Farewell) -> None:
        actions = self._life.on(event)
        if Action.DROP_UNTAKEN in actions:
            self._inbox.clear()
        if Action.SET_FAREWELL in actions:
            self._farewell = farewell
        self._alarm.ring()

    async def _finalise(self) -> None:
        try:
            await self._feed.end()
        except NotAudio as error:
            self._fail(error)
        await self._on(Event.FINALISED)

    async def _sent(self) -> None:
        """Nothing more is being sent."""
        if self._life.state is State.PARTING:
            # Where the client answered the close, it has read everything that was sent before.
            answered = self._socket.close_code not in UNANSWERED
            await self._on(Event.ANSWERED if answered else Event.UNANSWERED)
        elif not isinstance(self._outgoing.exception(), ConnectionClosed):
            self._outgoing.result()  # raises SlowConsumer; of a close, the reader tells in order
            await self._on(Event.SAID)

    async def _refuse(self, error: RealtimeError) -> None:
        event = Event.SLOW if isinstance(error, SlowConsumer) else Event.REFUSE
        if Action.SAY_WHY in self._life.on(event):
            with contextlib.suppress(ConnectionClosed):
                await self._sender.fail(error)
