"""One stream, from samples to events. No socket, no thread, no wall clock: feed in, drain out.

Feed: `receive_audio`, `receive_hypothesis`, `receive_failure`, `flush`, `end`, `clear`, `update`.
Drain: `wish` / `take_window` (what to decode next) and `events_to_send`.

Audio runs ahead: the detector judges it as it comes and lays utterances in a row. Decoding follows
at the model's pace, strictly in order, one window at a time. So a stream that falls behind loses
partials (their hop simply passes) and never a final.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace

import numpy as np

from realtime.audio.ring import RingBuffer
from realtime.errors import RealtimeError
from realtime.session.chunker import ChunkOptions, Plan, Purpose, Utterance, advance, plan, samples
from realtime.session.endpoint import Boundary, Endpointer, EndpointOptions, Turn
from realtime.session.events import Ended, Event, Failed, Final, SpeechEnded, SpeechStarted
from realtime.session.transcript import Transcript, seconds
from realtime.session.words import timed_words
from realtime.types import (
    SAMPLE_RATE,
    SAMPLES_PER_MS,
    DecodeOptions,
    Hypothesis,
    Samples,
    Urgency,
    Window,
    WindowShape,
    Word,
)
from realtime.vad.base import FRAME_SAMPLES, SpeechDetector

SLOWEST_HOP = samples(4)
"""Partials of an utterance in which nothing is heard come no more often than they must."""

PATIENCE = samples(1)
"""A chunk in which no word has ended yet is given so much more at a time."""
LEAST_STEP = samples(0.2)
"""Two cuts in mid-speech lie at least so far apart."""


@dataclass(frozen=True, slots=True)
class SessionOptions:
    decode: DecodeOptions = field(default_factory=DecodeOptions)
    """For partials and finals; `beam_size` is the finals'."""
    chunk: ChunkOptions = field(default_factory=ChunkOptions)
    endpoint: EndpointOptions = field(default_factory=EndpointOptions)
    words: bool = False
    partials: bool = True


@dataclass(frozen=True, slots=True)
class Wish:
    """What the session would like decoded."""

    urgency: Urgency
    cadence_s: float
    """The hop: the pace at which partials are due."""


@dataclass(slots=True)
class _Flight:
    """The window that is being decoded."""

    plan: Plan
    utterance: Utterance
    window: Window
    stale: bool = False
    """`clear` came in between: drop the answer."""


class Session:
    def __init__(self, options: SessionOptions, detector: SpeechDetector) -> None:
        self.options = options
        self.samples_received = 0
        self._detector = detector
        self._ring = RingBuffer()
        self._endpointer = Endpointer(options.endpoint)
        self._transcript = Transcript()
        self._utterances: deque[Utterance] = deque()
        self._flight: _Flight | None = None
        self._events: list[Event] = []
        self._floor = 0
        """No utterance may reach back before this sample."""
        self._ending = False

    # Feeding

    def receive_audio(self, audio: Samples) -> None:
        """Take the next samples of the stream: float32 mono at 16 kHz, shape (n,), any n."""
        self._ring.append(audio)
        self.samples_received += len(audio)
        self._judge()
        self._trim()

    def receive_hypothesis(self, hypothesis: Hypothesis) -> None:
        """The answer to the window that was taken last."""
        flight = self._land()
        if flight is None:
            return
        utterance, heard = flight.utterance, timed_words(hypothesis, flight.window)
        fresh = self._transcript.hear(heard, seconds(flight.window.start))
        utterance.heard = max(utterance.heard, flight.window.end)
        if flight.plan.purpose is Purpose.PARTIAL:
            self._show(flight, fresh)
        elif flight.plan.purpose is Purpose.CUT:
            self._cut(flight, fresh, hypothesis)
        else:
            self._finish(flight, fresh, hypothesis)
        self._trim()

    def receive_failure(self, error: RealtimeError) -> None:
        """The window that was taken last could not be decoded. A lost partial is nobody's loss;
        a final is given with the words that were stable, and the stream goes on."""
        flight = self._land()
        if flight is None:
            return
        flight.utterance.heard = max(flight.utterance.heard, flight.window.end)
        if flight.plan.purpose is Purpose.PARTIAL:
            return
        self._events.append(Failed(self._transcript.next_id, error.message))
        if flight.plan.purpose is Purpose.CUT:
            self._emit_final(flight, [], None, end=flight.plan.limit, endpoint=False)
            advance(flight.utterance, flight.plan.limit, flight.plan.at_pause, self.options.chunk)
        else:
            self._finish(flight, [], None)
        self._trim()

    def forget_window(self) -> None:
        """The window that was taken last will not be answered: wish again."""
        self._flight = None

    def flush(self, answer: bool = True) -> None:
        """Finalise everything received, stay open. With `answer`, a Final with flush=True follows
        even where there is nothing to say."""
        self._close_open_utterance()
        if not answer:
            return
        if self._utterances:
            self._utterances[-1].flush = True
            return
        at = seconds(self.samples_received)
        self._give(self._transcript.final([], None, self._template(at, at, flush=True)))

    def end(self) -> None:
        """Finalise everything received; Ended follows the last final."""
        self._close_open_utterance()
        self._ending = True
        self._end_if_done()

    def clear(self) -> None:
        """Drop all audio that is not yet final. What was shown is closed with its stable text."""
        if self._flight is not None:
            self._flight.stale = True
        self._drop_remainder()
        flush = any(utterance.flush for utterance in self._utterances)
        self._utterances.clear()
        self._endpointer.reset()
        if self._transcript.open or flush:
            at = seconds(self.samples_received)
            self._give(self._transcript.final([], None, self._template(at, at, flush=flush)))
        self._transcript.forget_utterance()
        self._floor = self.samples_received
        self._trim()

    def update(self, decode: DecodeOptions, words: bool) -> None:
        """Other language, task, prompt or words, from the next utterance on."""
        self.options = replace(self.options, decode=decode, words=words)

    # Draining

    def wish(self) -> Wish | None:
        """What should be decoded next; None while a window is out or nothing is due."""
        wanted = self._plan()
        if wanted is None:
            return None
        if wanted.purpose is not Purpose.PARTIAL:
            urgency = Urgency.FINAL
        elif self._transcript.open:
            urgency = Urgency.PARTIAL
        else:
            urgency = Urgency.FIRST_PARTIAL
        return Wish(urgency, self.options.chunk.hop / SAMPLE_RATE)

    def window_shape(self) -> WindowShape | None:
        """The shape of what `take_window` would give now."""
        wanted = self._plan()
        if wanted is None:
            return None
        return WindowShape(
            wanted.end - wanted.start,
            wanted.purpose is not Purpose.PARTIAL,
            self._decode_options(wanted),
        )

    def take_window(self) -> Window | None:
        """Snapshot the newest audio for the wish; None where it has vanished."""
        wanted = self._plan()
        if wanted is None:
            return None
        window = Window(
            self._ring.read(wanted.start, wanted.end),
            wanted.start,
            wanted.purpose is not Purpose.PARTIAL,
            self._decode_options(wanted),
        )
        self._flight = _Flight(wanted, self._utterances[0], window)
        return window

    def events_to_send(self) -> list[Event]:
        """Events since the last call, in order."""
        events, self._events = self._events, []
        return events

    @property
    def lag_s(self) -> float:
        """Received audio that belongs to speech and was not heard by the model yet, in seconds."""
        if not self._utterances:
            return 0.0
        return (self.samples_received - self._utterances[0].heard) / SAMPLE_RATE

    @property
    def speaking(self) -> bool:
        """Something is being said that is not final yet."""
        return bool(self._utterances) or self._endpointer.voiced_since is not None

    @property
    def idle(self) -> bool:
        """Nothing waits to be decoded."""
        return not self._utterances and self._flight is None

    @property
    def finals(self) -> int:
        return self._transcript.finals

    # The detector's side

    def _judge(self) -> None:
        position = self._endpointer.position
        frames = (self._ring.end - position) // FRAME_SAMPLES
        if frames <= 0:
            return
        audio = self._ring.read(position, position + frames * FRAME_SAMPLES)
        for probability in self._detector.probabilities(audio).tolist():
            boundary = self._endpointer.receive(probability)
            if boundary is not None:
                self._turn(boundary)

    def _turn(self, boundary: Boundary) -> None:
        options = self.options.endpoint
        if boundary.turn is Turn.BEGIN:
            start = max(self._floor, boundary.start - options.padding_ms * SAMPLES_PER_MS)
            self._open(start, boundary.start)
        elif boundary.turn is Turn.PAUSE:
            self._utterances[-1].pauses.append((boundary.start, boundary.end))
        else:
            end = min(boundary.end, boundary.start + options.trailing_ms * SAMPLES_PER_MS)
            self._close(end, boundary.start, endpoint=True)

    def _open(self, start: int, speech_start: int) -> None:
        utterance = Utterance(start, speech_start, self._options_now())
        # The first partial comes sooner than a hop: it is what a speaker waits for.
        utterance.heard = speech_start - self.options.chunk.hop + self.options.chunk.first_hop
        self._utterances.append(utterance)
        self._events.append(SpeechStarted(seconds(speech_start)))

    def _close(self, end: int, speech_end: int, *, endpoint: bool) -> None:
        utterance = self._utterances[-1]
        utterance.end, utterance.speech_end, utterance.endpoint = end, speech_end, endpoint
        self._floor = end
        self._events.append(SpeechEnded(seconds(speech_end)))

    def _close_open_utterance(self) -> None:
        """End the running utterance at the newest sample, voiced or not yet believed to be."""
        endpointer, newest = self._endpointer, self.samples_received
        remainder = newest - endpointer.position
        if not endpointer.speaking:
            since = endpointer.voiced_since
            if since is None and remainder and self._remainder_is_voiced():
                since = endpointer.position
            if since is not None:
                padding = self.options.endpoint.padding_ms * SAMPLES_PER_MS
                self._open(max(self._floor, since - padding), since)
        if endpointer.speaking or (self._utterances and self._utterances[-1].end is None):
            self._close(newest, endpointer.silent_since or newest, endpoint=False)
        self._drop_remainder()
        endpointer.reset()

    def _remainder_is_voiced(self) -> bool:
        """Judge the samples that do not fill a frame, with silence behind them."""
        rest = self._ring.read(self._endpointer.position, self.samples_received)
        frame = np.zeros(FRAME_SAMPLES, np.float32)
        frame[: len(rest)] = rest
        voiced = self._detector.probabilities(frame)[-1] >= self.options.endpoint.threshold
        self._detector.reset()
        return bool(voiced)

    def _drop_remainder(self) -> None:
        """Frames begin anew at the next sample."""
        self._endpointer.position = self.samples_received
        self._floor = self.samples_received

    # The model's side

    def _plan(self) -> Plan | None:
        if self._flight is not None or not self._utterances:
            return None
        judged = self._endpointer.position
        voiced = self._endpointer.silent_since or judged
        return plan(
            self._utterances[0], judged, voiced if self.options.partials else 0, self.options.chunk
        )

    def _options_now(self) -> DecodeOptions:
        return replace(self.options.decode, word_times=self.options.words)

    def _decode_options(self, wanted: Plan) -> DecodeOptions:
        utterance = self._utterances[0]
        base = replace(utterance.options, previous_text=self._transcript.context)
        if wanted.purpose is Purpose.LAST and not self._transcript.continues:
            return base
        # Merging and agreeing need to know when the words were said.
        greedy = 1 if wanted.purpose is Purpose.PARTIAL else base.beam_size
        return replace(base, word_times=True, beam_size=greedy)

    def _land(self) -> _Flight | None:
        flight, self._flight = self._flight, None
        return None if flight is None or flight.stale else flight

    def _show(self, flight: _Flight, fresh: list[Word]) -> None:
        utterance = flight.utterance
        start = utterance.speech_start if utterance.cut == utterance.start else utterance.cut
        partial = self._transcript.partial(
            fresh, seconds(start), seconds(flight.window.end), self._lag_ms(flight)
        )
        if partial is None:
            utterance.hop = min(SLOWEST_HOP, 2 * (utterance.hop or self.options.chunk.hop))
        else:
            utterance.hop = 0
            self._events.append(partial)

    def _cut(self, flight: _Flight, fresh: list[Word], hypothesis: Hypothesis) -> None:
        """Finalise the words before the limit; what is behind it will be heard again."""
        utterance, wanted = flight.utterance, flight.plan
        if wanted.at_pause:
            kept, at = fresh, wanted.limit
        else:
            limit_s = seconds(wanted.limit)
            count = sum(1 for word in fresh if word.end_s <= limit_s)
            if fresh and not count and not self._transcript.stable_end_s:
                if self._may_wait(flight):
                    utterance.patience += PATIENCE
                    return
                count = 1
            kept = fresh[:count]
            at = self._between(kept, fresh[count:], wanted)
        # Word times can be off; a cut that does not move on would be made for ever.
        at = min(max(at, utterance.cut + LEAST_STEP), wanted.limit)
        self._emit_final(flight, kept, hypothesis, end=at, endpoint=False)
        advance(utterance, at, wanted.at_pause, self.options.chunk)

    def _may_wait(self, flight: _Flight) -> bool:
        """There is room to hear the first word of the chunk to its end."""
        return self.options.chunk.longest_window - len(flight.window.samples) > PATIENCE

    def _between(self, kept: list[Word], rest: list[Word], wanted: Plan) -> int:
        """A sample between the last word kept and the first left over."""
        if not rest:
            return wanted.limit
        last_s = max([word.end_s for word in kept] + [self._transcript.stable_end_s])
        at = (
            samples((max(last_s, 0.0) + rest[0].start_s) / 2)
            if last_s
            else samples(rest[0].start_s)
        )
        return min(at, wanted.limit)

    def _finish(self, flight: _Flight, fresh: list[Word], hypothesis: Hypothesis | None) -> None:
        utterance = flight.utterance
        end = utterance.speech_end if utterance.speech_end is not None else flight.plan.end
        self._utterances.popleft()
        self._emit_final(flight, fresh, hypothesis, end=end, endpoint=utterance.endpoint)
        self._transcript.forget_utterance()
        self._end_if_done()

    def _emit_final(
        self,
        flight: _Flight,
        fresh: list[Word],
        hypothesis: Hypothesis | None,
        *,
        end: int,
        endpoint: bool,
    ) -> None:
        utterance = flight.utterance
        start = utterance.speech_start if utterance.cut == utterance.start else utterance.cut
        template = self._template(
            seconds(start),
            seconds(end),
            flush=utterance.flush and flight.plan.purpose is Purpose.LAST,
            hypothesis=hypothesis,
            endpoint=endpoint,
            words=utterance.options.word_times,
            lag_ms=self._lag_ms(flight),
        )
        self._give(self._transcript.final(fresh, hypothesis, template))

    def _template(
        self,
        start_s: float,
        end_s: float,
        *,
        flush: bool,
        hypothesis: Hypothesis | None = None,
        endpoint: bool = False,
        words: bool | None = None,
        lag_ms: int = 0,
    ) -> Final:
        with_words = self.options.words if words is None else words
        return Final(
            id=0,
            text="",
            start=start_s,
            end=end_s,
            language=(hypothesis.language if hypothesis else "")
            or self.options.decode.language
            or "",
            language_probability=hypothesis.language_probability if hypothesis else 0.0,
            confidence=0.0,
            words=() if with_words else None,
            endpoint=endpoint,
            flush=flush,
            lag_ms=lag_ms,
        )

    def _give(self, final: Final | None) -> None:
        if final is not None:
            self._events.append(final)

    def _lag_ms(self, flight: _Flight) -> int:
        return (self.samples_received - flight.window.end) // SAMPLES_PER_MS

    def _end_if_done(self) -> None:
        if self._ending and not self._utterances:
            self._ending = False
            self._events.append(Ended(seconds(self.samples_received), self._transcript.finals))

    def _trim(self) -> None:
        """Forget audio that nothing can ask for any more."""
        if self._utterances:
            keep = self._utterances[0].window_start
        else:
            padding = self.options.endpoint.padding_ms * SAMPLES_PER_MS
            since = self._endpointer.voiced_since
            keep = (self._endpointer.position if since is None else since) - padding
        if self._flight is None and keep > self._ring.start:
            self._ring.trim(min(keep, self._ring.end))
