"""One channel of a stream (a side of a call, or all of a mono stream): connects its session to the
engine and the outbox.

Threads: audio and control come from the intake's threads; the model's workers take windows and
return hypotheses. The lock guards the session and is held only briefly. The engine reads the shape
of the next window, and the event loop reads `lag_s`, `speaking`, `received` and `ended`, without
the lock: they are plain attributes, updated after every change of the session.

Locks are taken in one order: a channel's, then the engine's or the outbox's, and no other under
these two.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from realtime.engine.engine import Engine
from realtime.engine.queue import Request
from realtime.errors import Draining, Overloaded, RealtimeError
from realtime.live.speakers import StreamSpeakers
from realtime.metrics import Metrics
from realtime.session.events import Ended, Event, Final, Partial
from realtime.session.session import Session
from realtime.types import (
    SAMPLE_RATE,
    DecodeOptions,
    Hypothesis,
    Samples,
    Urgency,
    Window,
    WindowShape,
)


@dataclass(frozen=True, slots=True)
class ChannelLink:
    """What a channel is connected to."""

    engine: Engine
    metrics: Metrics
    put: Callable[[Event, int], bool]
    """Queues an event under the channel's number; True: it replaced a partial that was not sent."""
    progressed: Callable[[], None]
    """Called from any thread, with no lock held, when there may be something new to send."""
    clock: Callable[[], float] = time.monotonic
    """The engine's clock, in seconds."""
    speakers: StreamSpeakers | None = None
    """Identifies the speakers of finals; None where the client did not ask for them."""


class Channel:
    """See the module."""

    def __init__(self, stream: str, number: int, session: Session, link: ChannelLink) -> None:
        self.lag_s = 0.0
        """How far the model is behind the audio received."""
        self.speaking = False
        """There is speech that is not final yet."""
        self.received = 0
        """Samples received so far: the session's clock."""
        self.ended = False
        """After `end`: the last final was sent to the outbox."""
        self.dropped_partials = 0
        """Partials left out because the model was busy."""
        self._key: Hashable = (stream, number)
        self._number = number
        self._session = session
        self._link = link
        self._lock = threading.RLock()
        self._waiting: Urgency | None = None
        """Urgency of the request that waits in the engine; None: no request waits."""
        self._taken_at = link.clock()
        """When the model last took a window of this channel."""
        self._shape: WindowShape | None = None
        self._closed = False
        self._paused = False
        """Nothing is decoded until `hold(False)`."""
        self._partial_id = -1
        """Utterance id of the newest partial."""
        self._final: Window | None = None
        """The window that the model is decoding, if it is a final whose speakers are wanted."""
        self._early = {"given": 0, "dropped": 0}
        """Samples of finals decoded before they were due, as far as the metrics count them."""
        self._final_end_s = 0.0
        """End of the newest final: speakers of the speech before it are identified already."""

    # Input

    def receive_audio(self, audio: Samples) -> None:
        """The next samples: float32 mono at 16 kHz, shape (n,). Blocks while the detector runs."""
        with self._lock:
            self._session.receive_audio(audio)
            news = self._settle()
        if news:
            self._link.progressed()

    def flush(self, answer: bool) -> None:
        """Finalise everything received; `answer`: send a final even if it is empty."""
        self._do(lambda: self._session.flush(answer))

    def end(self) -> None:
        """Finalise everything received; `ended` turns true with the last final."""
        self._do(self._end)

    def clear(self) -> None:
        """Drop what is not final."""
        self._do(self._session.clear)

    def update(self, decode: DecodeOptions, words: bool) -> None:
        """Change the options from the next utterance on."""
        with self._lock:
            self._session.update(decode, words)

    def ask(self) -> None:
        """Submit again a request that the engine may have refused when it was full."""
        with self._lock:
            self._request()

    def hold(self, paused: bool) -> None:
        """Stop decoding, or resume it. The window that the model is decoding is finished."""
        with self._lock:
            self._paused = paused
            self._request()

    def close(self) -> None:
        """End decoding: no window is taken and no result is delivered any more."""
        with self._lock:
            self._closed = True
        self._link.engine.cancel(self._key)

    @property
    def next_id(self) -> int:
        """Id of the next final."""
        with self._lock:
            return self._session.next_id

    # Between session and engine; all under the lock

    def _end(self) -> None:
        self.ended = False
        self._session.end()

    def _do(self, work: Callable[[], None]) -> None:
        with self._lock:
            work()
            news = self._settle()
        if news:
            self._link.progressed()

    def _settle(self) -> bool:
        """After a change of the session: forward its events, and its next request to the engine.

        Returns whether there were events.
        """
        session = self._session
        events = session.events_to_send()
        self.received = session.samples_received
        for event in events:
            self._observe(event)
            if self._link.put(event, self._number):
                self._link.metrics.dropped_partials.inc()
        self._count_early(given=session.ahead.sent, dropped=session.ahead.dropped)
        self.lag_s, self.speaking = session.lag_s, session.speaking
        self._request()
        return bool(events)

    def _request(self) -> None:
        request = self._session.next_request()
        self._shape = request.shape if request is not None else None
        if request is None or self._closed or self._paused:
            return
        if self._waiting is not None and request.urgency >= self._waiting:
            return  # a request at least as urgent waits and will take the newest audio
        now = self._link.clock()
        self._waiting = request.urgency
        self._link.engine.submit(
            Request(
                stream=self._key,
                urgency=request.urgency,
                requested_at=now,
                cadence_s=request.cadence_s,
                deadline=self._link.engine.deadline(request.urgency, now),
                shape=self._shape_now,
                take=self._take,
                done=self._done,
                failed=self._failed,
                vanished=self._vanished,
            )
        )

    # What the engine calls, from its workers

    def _shape_now(self) -> WindowShape | None:
        return self._shape

    def _take(self) -> Window | None:
        with self._lock:
            self._waiting = None
            if self._closed or self._paused:
                return None
            self._count_dropped()
            window = self._session.take_window()
            if self._link.speakers is not None:
                self._final = window if window is not None and window.final else None
            return window

    def _vanished(self) -> None:
        with self._lock:
            self._waiting = None
            self._settle()

    def _done(self, hypothesis: Hypothesis) -> None:
        speakers, final = self._link.speakers, self._final
        if speakers is None or final is None:
            self._receive(hypothesis)
        else:
            speakers.submit(final, self._final_end_s, hypothesis, self._receive)

    def _receive(self, hypothesis: Hypothesis) -> None:
        with self._lock:
            self._session.receive_hypothesis(hypothesis)
            self._settle()
        self._link.progressed()

    def _failed(self, error: RealtimeError) -> None:
        with self._lock:
            if self._waiting is not None:
                # Refused before its window was taken, perhaps by `submit` while `_request` runs.
                self._waiting = None
                if isinstance(error, Overloaded | Draining):
                    return  # the audio is kept: the next packet, or `ask`, submits again
                if self._session.take_window() is None:
                    return
            self._session.receive_failure(error)
            self._settle()
        self._link.progressed()

    # Metrics

    def _observe(self, event: Event) -> None:
        metrics = self._link.metrics
        # Measured on the sample clock, which equals the wall clock if audio comes in real time.
        now_s = self.received / SAMPLE_RATE
        if isinstance(event, Ended):
            self.ended = True
        elif isinstance(event, Final):
            self._final_end_s = event.end
            metrics.finals.inc()
            if event.endpoint:
                metrics.final_latency_seconds.observe(now_s - event.end)
            self._observe_words(event.settled_s, now_s)
        elif isinstance(event, Partial):
            metrics.partials.inc()
            if event.id != self._partial_id:
                metrics.first_partial_seconds.observe(now_s - event.start)
            self._partial_id = event.id
            self._observe_words(event.settled_s, now_s)

    def _observe_words(self, ends_s: tuple[float, ...], now_s: float) -> None:
        for end_s in ends_s:
            # A model's word times may lie slightly past the end of the audio.
            self._link.metrics.word_latency_seconds.observe(max(0.0, now_s - end_s))

    def _count_early(self, **samples: int) -> None:
        for outcome, count in samples.items():
            if more := count - self._early[outcome]:
                self._early[outcome] = count
                counter = self._link.metrics.early_final_seconds.labels(outcome)
                counter.inc(more / SAMPLE_RATE)

    def _count_dropped(self) -> None:
        """Count the partials that were due before this window but for which the model had no time.

        They are due by the sample clock, but no more of them than by the wall clock: nobody expects
        a partial every hop of a file that is sent faster than it was spoken.
        """
        request, now = self._session.next_request(), self._link.clock()
        if request is not None:
            missed = min(request.missed, int((now - self._taken_at) / request.cadence_s) - 1)
            if missed > 0:
                self.dropped_partials += missed
                self._link.metrics.dropped_partials.inc(missed)
        self._taken_at = now
