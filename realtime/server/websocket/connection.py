"""One WebSocket connection: socket ⇄ wire ⇄ stream.

The socket passes what it reads to the reader, which puts it into a bounded inbox. Tasks: `_work`
passes it to the stream in order and enforces the time limits, the sender empties the stream's
outbox, and the liveness check detects that the client is gone. A small packet that arrives while
`_work` has nothing to do is taken in at once, without waking a task. Nothing here decodes, and
pings are answered as soon as they are read, whatever the model does.

The stream's `Life` (`realtime.live.life`), which outlives the connection, holds its state and
decides what follows from an event. This module reports the events and executes the actions.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine

from websockets.exceptions import ConnectionClosed

from realtime.errors import BadMessage, Idle, NotAudio, RealtimeError, SlowConsumer
from realtime.live.clock import Due
from realtime.live.life import Action, Event, Life, LifeState
from realtime.live.stream import Stream
from realtime.server.websocket.audio_feed import AudioFeed
from realtime.server.websocket.backpressure import Backpressure
from realtime.server.websocket.context import ConnectionContext
from realtime.server.websocket.inbox import Disconnect, Inbox, ReceiveFailed
from realtime.server.websocket.liveness import LivenessCheck
from realtime.server.websocket.reader import Reader
from realtime.server.websocket.sender import Farewell, Sender, end_of, failure_of
from realtime.server.websocket.socket import StreamSocket
from realtime.server.websocket.wakeup import WakeUp
from realtime.wire.config import StreamConfig
from realtime.wire.messages import Clear, ClientMessage, End, Flush, KeepAlive, Resumed, Start

ASK_AGAIN_S = 1.0
"""How often the last finals are requested again, in case the engine was full."""
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
        """`inbox`: may hold messages for this stream that were read from the socket already."""
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
        """Set from LEAVING on."""
        self._outgoing: asyncio.Task[None]
        """Sends messages and, at the end, closes the connection."""
        self._next: StreamConfig | None = None
        """Options of the next stream on the same socket, after a `start` that names a session."""

    async def run(self) -> StreamConfig | None:
        """Serve until either side is done; → options of the next stream on the socket, if any.
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
            # Anything but a closed connection or an error that was answered is a bug here.
            if isinstance(end, Exception) and not isinstance(end, ConnectionClosed | RealtimeError):
                raise end
        return self._next

    def finish(self, reason: str) -> None:
        """Finalise everything, send `end` and close. `reason`: as in `Codec.end`."""
        self._prepare(Event.FINISH, end_of(self._stream, reason))

    def finish_with(self, error: RealtimeError) -> None:
        """Do the same, with an error as the last message."""
        self._fail(error, Event.FINISH)

    def displace(self) -> None:
        """Another connection takes the stream over: abort this one, and leave the stream alone."""
        if Action.ABORT in self._life.on(Event.DISPLACE):
            self._socket.transport.abort()
        self._alarm.ring()

    # Main loop

    async def _work(self) -> None:
        life = self._life
        while True:
            await self._alarm.wait(self._next_due())
            while self._inbox and life.state is not LifeState.OVER:
                await self._take_next()
                await self._mind_the_clock()
            match life.state:
                case LifeState.GONE | LifeState.OVER:
                    return
                case LifeState.LEAVING:
                    await self._on(Event.TAKEN_IN)
                case LifeState.LAST_FINALS:
                    self._stream.ask()
            if self._outgoing.done():
                await self._sent()
            await self._mind_the_clock()

    def _next_due(self) -> float:
        """Next time at which `_work` must act without an event; a time in the past means now."""
        if self._inbox:
            return 0.0
        match self._life.state:
            case LifeState.LEAVING | LifeState.GONE | LifeState.OVER:
                return 0.0
            case LifeState.LAST_FINALS | LifeState.PARTING:
                return self._now() + ASK_AGAIN_S
            case _:
                return self._clock.next_due()

    async def _on(self, event: Event) -> None:
        """Report an event to the stream's life, and execute the actions that follow."""
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
        """Run `sending` as a task; `_sent` is called when it is done."""
        self._outgoing = asyncio.create_task(sending)
        self._outgoing.add_done_callback(lambda _: self._alarm.ring())

    def _news(self) -> None:
        """The stream has something to send, or the model progressed."""
        self._sender.wake()
        if self._life.state is LifeState.HELD_BACK:
            self._alarm.ring()

    # Taking in

    def _take_at_once(self, audio: bytes) -> bool:
        """Take in audio; False where messages come before it, or backpressure must act."""
        state = self._life.state
        taking = state is LifeState.STREAMING or state is LifeState.OPEN
        if not (taking and self._alarm.idle) or self._inbox or self._backpressure.due:
            return False
        now = self._now()
        if not self._feed.take_at_once(audio, now):
            return False
        self._life.on(Event.AUDIO)
        self._clock.audio(now)
        self._alarm.set(self._clock.next_due(), now)  # the first audio brings it forward
        return True

    async def _take_next(self) -> None:
        item = self._inbox.take()
        match item:
            case bytes():
                await self._take_audio(item)
            case BadMessage():
                self._sender.say(self._stream.codec.error(item, fatal=False))
            case ReceiveFailed(error):
                self._fail(error, Event.SHUT_OUT)
            case Disconnect():
                in_order = self._socket.close_code in CLOSED_BY_CLIENT
                await self._on(Event.CLOSE if in_order else Event.BREAK)
            case _:
                self._clock.message(self._now())
                await self._obey(item)

    async def _take_audio(self, audio: bytes) -> None:
        if audio:
            self._life.on(Event.AUDIO)
        try:
            await self._feed.take(audio)
        except NotAudio as error:
            self._fail(error)
        self._clock.audio(self._now())  # not before: taking it in may take long
        await self._hold_back(len(audio))

    async def _hold_back(self, taken: int) -> None:
        """After `taken` bytes were taken in, wait as long as the next ones should."""
        life, backpressure = self._life, self._backpressure
        backpressure.took(taken)
        while life.accepts_audio and not self._inbox.ending:
            now = self._now()
            wait_s = backpressure.wait_s(now)
            if not wait_s:
                break
            life.on(Event.HOLD)
            await self._alarm.wait(min(now + wait_s, self._clock.next_due()))
            await self._mind_the_clock()
        if life.state is LifeState.HELD_BACK:
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
        """Apply options from a message: all of them before the first audio, some of them later."""
        stream, configurator = self._stream, self._context.configurator
        if not self._feed.has_audio:
            config = configurator.new(values, stream.config)  # an error ends the connection
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
        """Warn of requested options that are not available here; transcription goes on."""
        for code, reason in self._context.configurator.shortfalls(self._stream.config).items():
            self._sender.warn(code, reason)

    # Time

    async def _mind_the_clock(self) -> None:
        now, clock = self._now(), self._clock
        if now < clock.next_due() or not self._life.accepts_audio:
            return
        for what in clock.due(now):
            match what:
                case Due.FLUSH if self._inbox:
                    clock.audio(now)  # it is not missing, but waits
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
                    limit = "when it reaches the longest duration allowed."
                    self._sender.warn("session_soon", f"This stream ends in {left}, {limit}")
                case Due.SESSION_END:
                    self.finish("max_session")

    def _silent(self, now: float) -> None:
        """No audio ever arrived: close, unless a ping or another text did."""
        silent_s, text_at = self._options.first_audio_s, self._reader.text_at
        if now < text_at + silent_s:
            self._clock.message(text_at)
        else:
            self._fail(Idle(f"No audio arrived for {silent_s:g} s: connect when there is audio."))

    # Ending

    def _fail(self, error: RealtimeError, event: Event = Event.FAIL) -> None:
        """End the stream with this error as its last message."""
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
        """The outgoing task is done."""
        if self._life.state is LifeState.PARTING:
            # A client that answered the close has read everything that was sent before.
            answered = self._socket.close_code not in UNANSWERED
            await self._on(Event.ANSWERED if answered else Event.UNANSWERED)
        elif not isinstance(self._outgoing.exception(), ConnectionClosed):
            self._outgoing.result()  # raises SlowConsumer; the reader reports a close, in order
            await self._on(Event.SAID)

    async def _refuse(self, error: RealtimeError) -> None:
        event = Event.SLOW if isinstance(error, SlowConsumer) else Event.REFUSE
        if Action.SAY_WHY in self._life.on(event):
            with contextlib.suppress(ConnectionClosed):
                await self._sender.fail(error)
