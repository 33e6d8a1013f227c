"""One side of a call, or all of a mono stream: its session, its wishes, what comes of them.

Threads: audio and control come from the intake's threads, windows are taken and hypotheses come
back on the model's workers. The lock guards the session; everything under it is short. The engine
reads `shape`, and the loop reads `lag_s`, `speaking`, `received` and `ended`, without the lock:
plain attributes, set anew after everything that happens to the session.

Locks are taken in one order: a channel's, then the engine's or the outbox's, which call nobody.
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
    """Takes an event and the channel's number; True: a partial was merged into it."""
    progressed: Callable[[], None]
    """Called, from any thread and without a lock held, when there may be news."""
    clock: Callable[[], float] = time.monotonic
    """Seconds, the engine's."""
    speakers: StreamSpeakers | None = None
    """Says who speaks in finals, where the client asked."""


class Channel:
    """See the module."""

    def __init__(self, stream: str, number: int, session: Session, link: ChannelLink) -> None:
        self.lag_s = 0.0
        """How far the model is behind the audio received."""
        self.speaking = False
        """Something was said that is not final yet."""
        self.received = 0
        """Samples so far: the session's clock."""
        self.ended = False
        """The last final after `end` was given out."""
        self.dropped_partials = 0
        """Partials left out because the model was busy."""
        self._key: Hashable = (stream, number)
        self._number = number
        self._session = session
        self._link = link
        self._lock = threading.RLock()
        self._waiting: Urgency | None = None
        """The wish that the engine holds."""
        self._taken_at = link.clock()
        """When the model last began with a window of this channel."""
        self._shape: WindowShape | None = None
        self._closed = False
        self._held = False
        """Nothing is decoded until `hold(False)`."""
        self._partial_id = -1
        """Utterance of the newest partial."""
        self._final: Window | None = None
        """The window that the model decodes, if a final with speakers will come of it."""
        self._early = {"given": 0, "dropped": 0}
        """Samples in finals decoded before they were due, counted so far."""
        self._final_end_s = 0.0
        """Of the newest final: speech before it has its speakers already."""

    # What comes in

    def receive_audio(self, audio: Samples) -> None:
        """The next samples: float32 mono at 16 kHz, shape (n,). Blocks while a detector judges."""
        with self._lock:
            self._session.receive_audio(audio)
            news = self._settle()
        if news:
            self._link.progressed()

    def flush(self, answer: bool) -> None:
        """Finalise everything received; `answer`: even an empty final says so."""
        self._do(lambda: self._session.flush(answer))

    def end(self) -> None:
        """Finalise everything received; `ended` turns true with the last final."""
        self._do(self._end)

    def clear(self) -> None:
        """Drop what is not final."""
        self._do(self._session.clear)

    def update(self, decode: DecodeOptions, words: bool) -> None:
        """Other options from the next utterance on."""
        with self._lock:
            self._session.update(decode, words)

    def ask(self) -> None:
        """Ask the engine again for what it may have refused when it was full."""
        with self._lock:
            self._ask()

    def hold(self, held: bool) -> None:
        """Let what was heard wait, or go on with it. What is in the model comes to its end."""
        with self._lock:
            self._held = held
            self._ask()

    def close(self) -> None:
        """Nothing will be decoded any more, and nothing comes back."""
        with self._lock:
            self._closed = True
        self._link.engine.cancel(self._key)

    @property
    def next_id(self) -> int:
        """Of the next final."""
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
        """After anything happened to the session: pass events on, and the wish to the engine.

        True where there were events.
        """
        session = self._session
        events = session.events_to_send()
        self.received = session.samples_received
        for event in events:
            self._observe(event)
            if self._link.put(event, self._number):
                self._link.metrics.dropped_partials.inc()
        self._count_early(given=session.ahead.given, dropped=session.ahead.dropped)
        self.lag_s, self.speaking = session.lag_s, session.speaking
        self._ask()
        return bool(events)

    def _ask(self) -> None:
        wish = self._session.wish()
        self._shape = wish.shape if wish is not None else None
        if wish is None or self._closed or self._held:
            return
        if self._waiting is not None and wish.urgency >= self._waiting:
            return  # the engine has it already and will take the newest audio when its turn comes
        now = self._link.clock()
        self._waiting = wish.urgency
        self._link.engine.submit(
            Request(
                stream=self._key,
                urgency=wish.urgency,
                wished_at=now,
                cadence_s=wish.cadence_s,
                deadline=self._link.engine.deadline(wish.urgency, now),
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
            if self._closed or self._held:
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
                # Refused before it was taken. `submit` may do that while `_ask` still runs.
                self._waiting = None
                if isinstance(error, Overloaded | Draining):
                    return  # the audio is still here: the next packet asks again, or `ask`
                if self._session.take_window() is None:
                    return
            self._session.receive_failure(error)
            self._settle()
        self._link.progressed()

    # Metrics

    def _observe(self, event: Event) -> None:
        metrics = self._link.metrics
        # On the sample clock, which is the wall clock of a stream that comes in real time.
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
            # A model's word times may lie a little behind the audio.
            self._link.metrics.word_latency_seconds.observe(max(0.0, now_s - end_s))

    def _count_early(self, **samples: int) -> None:
        for outcome, count in samples.items():
            if more := count - self._early[outcome]:
                self._early[outcome] = count
                counter = self._link.metrics.early_final_seconds.labels(outcome)
                counter.inc(more / SAMPLE_RATE)

    def _count_dropped(self) -> None:
        """Partials that were due before this window and that the model had no time for.

        By the sample clock, but no more than by the wall clock: of a file that is sent faster than
        it was spoken, nobody expects a partial every hop.
        """
        wish, now = self._session.wish(), self._link.clock()
        if wish is not None:
            missed = min(wish.missed, int((now - self._taken_at) / wish.cadence_s) - 1)
            if missed > 0:
                self.dropped_partials += missed
                self._link.metrics.dropped_partials.inc(missed)
        self._taken_at = now
