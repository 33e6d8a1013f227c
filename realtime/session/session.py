"""One stream, from samples to events. No socket, no thread, no wall clock: feed in, drain out.

Feed: `receive_audio`, `receive_hypothesis`, `receive_failure`, `flush`, `end`, `clear`, `update`.
Drain: `wish` / `take_window` (what to decode next) and `events_to_send`.

Audio runs ahead: the detector judges it as it comes and lays utterances in a row. Decoding follows
at the model's pace, strictly in order, one window at a time. So a stream that falls behind loses
partials (their hop simply passes) and never a final. Where what was said decides when a final comes
(`EndpointOptions.soonest_ms`), audio behind a silence waits until that is known.
"""

from __future__ import annotations

from dataclasses import replace

from realtime.errors import RealtimeError
from realtime.session.chunker import (
    SLOWEST_HOP,
    ChunkOptions,
    Plan,
    Purpose,
    Utterance,
    advance,
    place,
    plan,
)
from realtime.session.early import EarlyFinal, EarlyFinals
from realtime.session.events import Ended, Event, Failed, Final
from realtime.session.flight import Flight, Wish, missed_hops, urgency_of
from realtime.session.hearing import Hearing
from realtime.session.options import SessionOptions
from realtime.session.recall import Recall
from realtime.session.sentences import silence_ms
from realtime.session.transcript import Ending, Transcript, seconds
from realtime.session.words import timed_words
from realtime.types import (
    SAMPLE_RATE,
    SAMPLES_PER_MS,
    DecodeOptions,
    Hypothesis,
    Samples,
    Window,
    WindowShape,
    Word,
)
from realtime.vad.base import SpeechDetector


class Session:
    def __init__(
        self, options: SessionOptions, detector: SpeechDetector, first_id: int = 0
    ) -> None:
        """`first_id`: of its first final, where it goes on for a session of other options."""
        self.options = options
        memory = options.chunk.earlier
        self._hearing = Hearing(options.endpoint, detector, self._new_utterance, memory)
        self._transcript = Transcript(first_id, options.trust, Recall(memory), options.context_text)
        self._flight: Flight | None = None
        self.ahead = EarlyFinals()
        self._events: list[Event] = []
        self._ending = False
        self._language = ""
        """The one that was heard last."""

    # Feeding

    def receive_audio(self, audio: Samples) -> None:
        """Take the next samples of the stream: float32 mono at 16 kHz, shape (n,), any n."""
        self._hearing.receive(audio)
        self._tidy()

    def receive_hypothesis(self, hypothesis: Hypothesis) -> None:
        """The answer to the window that was taken last."""
        if (flight := self._land()) is None:
            return
        flight.utterance.heard = max(flight.utterance.heard, flight.window.end)
        if flight.plan.purpose is Purpose.EARLY:
            self.ahead.early = early = EarlyFinal(flight, hypothesis, self.options.partials)
            if early.shown:
                self._take(flight.as_(Purpose.PARTIAL), hypothesis)
        else:
            self._take(flight, hypothesis)
        self._tidy()

    def receive_failure(self, error: RealtimeError) -> None:
        """The window that was taken last could not be decoded. A lost partial is nobody's loss, nor
        is a final before its time; another is given with the stable words. The stream goes on."""
        if (flight := self._land()) is None:
            return
        flight.utterance.heard = max(flight.utterance.heard, flight.window.end)
        if flight.plan.purpose in (Purpose.CUT, Purpose.LAST):
            self._events.append(Failed(self._transcript.next_id, error.message))
            self._give_up(flight)
        self._tidy()

    def flush(self, answer: bool = True) -> None:
        """Finalise everything received, stay open. With `answer`, a Final with flush=True follows
        even where there is nothing to say."""
        self._hearing.close()
        if answer:
            self._hearing.in_turn(self._flushed)
        self._tidy()

    def end(self) -> None:
        """Finalise everything received; Ended follows the last final."""
        self._hearing.close()
        self._ending = True
        self._tidy()
        self._end_if_done()

    def clear(self) -> None:
        """Drop all audio that is not yet final. What was shown is closed with its stable text."""
        if self._flight is not None:
            self._flight.stale = True
        self.ahead.early = None
        self._hearing.hurry()
        flushes = sum(utterance.flushes for utterance in self._hearing.utterances)
        self._hearing.clear()
        self._transcript.recall.forget()
        if self._transcript.open:
            self._emit_empty(flush=flushes > 0)
            flushes -= 1
        self._answer(flushes)
        self._transcript.forget_utterance()
        self._tidy()

    def update(self, decode: DecodeOptions, words: bool) -> None:
        """Other language, task, prompt or words, from the next utterance on."""

        def change() -> None:
            self.options = replace(self.options, decode=decode, words=words)

        self._hearing.in_turn(change)

    # Draining

    def wish(self) -> Wish | None:
        """What should be decoded next; None while a window is out or nothing is due."""
        wanted = self._plan()
        if wanted is None:
            return None
        utterance, cadence = self._hearing.utterances[0], self.options.chunk.hop
        urgency = urgency_of(wanted.purpose, not self._transcript.open, self._hearing.overdue)
        missed = missed_hops(
            wanted, utterance, cadence if self.options.partials else 0, self._hearing.voiced
        )
        final = wanted.purpose is not Purpose.PARTIAL
        shape = WindowShape(wanted.end - wanted.start, final, self._decode_options(wanted))
        return Wish(urgency, cadence / SAMPLE_RATE, shape, missed)

    def take_window(self) -> Window | None:
        """Snapshot the newest audio for the wish; None where it has vanished.

        Whoever asks again while a window is out has lost it: it is given once more.
        """
        if self._flight is not None and not self._flight.stale:
            return self._flight.window
        self._flight = None
        wanted = self._plan()
        if wanted is None:
            return None
        utterance, read = self._hearing.utterances[0], self._hearing.read
        window = Window(
            read(wanted.start, wanted.end),
            wanted.start,
            wanted.purpose is not Purpose.PARTIAL,
            self._decode_options(wanted),
            utterance.speech(self._hearing.voiced) if self.options.judged else None,
            self._transcript.recall.before(wanted, utterance, read),
        )
        if wanted.purpose is Purpose.EARLY:
            utterance.early = wanted.end  # once: if it fails, the final is decoded when it is due
        self._flight = Flight(wanted, utterance, window)
        return window

    def events_to_send(self) -> list[Event]:
        """Events since the last call, in order."""
        events, self._events = self._events, []
        return events

    @property
    def samples_received(self) -> int:
        return self._hearing.received

    @property
    def next_id(self) -> int:
        """Of the next final."""
        return self._transcript.next_id

    @property
    def lag_s(self) -> float:
        """Received audio that belongs to speech and was not heard by the model yet, in seconds."""
        utterances = self._hearing.utterances
        return (self.samples_received - utterances[0].heard) / SAMPLE_RATE if utterances else 0.0

    @property
    def speaking(self) -> bool:
        """Something is being said that is not final yet."""
        return self._hearing.speaking

    # Inside

    def _new_utterance(self, start: int, speech_start: int) -> Utterance:
        decode = replace(self.options.decode, word_times=self.options.words)
        utterance = Utterance(start, speech_start, decode)
        # The first partial comes sooner than a hop after the onset.
        utterance.heard = speech_start - self.options.chunk.hop + self.options.chunk.first_hop
        return utterance

    def _plan(self) -> Plan | None:
        hearing = self._hearing
        if self._flight is not None or not hearing.utterances:
            return None
        shown = hearing.voiced if self.options.partials else 0
        utterance = hearing.utterances[0]
        chunk = self._chunk(utterance)
        return plan(utterance, hearing.spoken, shown, chunk, hearing.ending)

    def _chunk(self, utterance: Utterance) -> ChunkOptions:
        return self.options.chunk.fitted(utterance.options, self._language)

    def _decode_options(self, wanted: Plan) -> DecodeOptions:
        base = self._transcript.asked(self._hearing.utterances[0].options, wanted.duration_s)
        if wanted.purpose in (Purpose.LAST, Purpose.EARLY) and not self._transcript.continues:
            return base
        # Merging and agreeing need to know when the words were said.
        greedy = 1 if wanted.purpose is Purpose.PARTIAL else base.beam_size
        return replace(base, word_times=True, beam_size=greedy)

    def _land(self) -> Flight | None:
        flight, self._flight = self._flight, None
        return None if flight is None or flight.stale else flight

    def _take(self, flight: Flight, hypothesis: Hypothesis) -> None:
        self._language = hypothesis.language or self._language
        heard = timed_words(hypothesis, flight.window)
        fresh = self._transcript.hear(heard, seconds(flight.window.start))
        purpose = flight.plan.purpose
        if purpose is Purpose.PARTIAL:
            self._show(flight, fresh)
        elif purpose is Purpose.CUT:
            self._cut(flight, fresh, hypothesis)
        else:
            self._finish(flight, fresh, hypothesis)

    def _settle(self) -> None:
        """Pass on what the detector said; give out what was heard ahead when it is due, and drop it
        where speech went on."""
        self._events += self._hearing.marks()
        if (early := self.ahead.settle(self._hearing.ending)) is None:
            return
        flight, heard = early.flight.as_(Purpose.LAST), early.hypothesis
        if early.shown:
            self._finish(flight, self._transcript.loose, heard)
        else:
            self._take(flight, heard)

    def _show(self, flight: Flight, fresh: list[Word]) -> None:
        utterance = flight.utterance
        partial = self._transcript.partial(
            fresh,
            seconds(utterance.said_from),
            seconds(flight.window.end),
            self._lag_ms(flight),
            settled=flight.window.final,
        )
        if partial is None:
            utterance.hop = min(SLOWEST_HOP, 2 * (utterance.hop or self.options.chunk.hop))
        else:
            utterance.hop = 0
            self._events.append(partial)

    def _cut(self, flight: Flight, fresh: list[Word], hypothesis: Hypothesis) -> None:
        """Finalise the words before the limit; what is behind it will be heard again."""
        utterance, wanted = flight.utterance, flight.plan
        room = self._chunk(utterance).longest_window - len(flight.window.samples)
        placed = place(fresh, utterance, wanted, self._transcript.stable_end_s, room)
        if placed is None:
            return
        count, at = placed
        self._emit(flight, fresh[:count], hypothesis, end=at)
        self._transcript.foresee(fresh[count:], shared=not wanted.at_pause)
        advance(utterance, at, wanted.at_pause, self._chunk(utterance))

    def _give_up(self, flight: Flight) -> None:
        utterance, wanted = flight.utterance, flight.plan
        if wanted.purpose is Purpose.LAST:
            return self._finish(flight, [], None)
        self._emit(flight, [], None, end=wanted.limit)
        self._transcript.foresee((), shared=not wanted.at_pause)
        return advance(utterance, wanted.limit, wanted.at_pause, self._chunk(utterance))

    def _finish(self, flight: Flight, fresh: list[Word], hypothesis: Hypothesis | None) -> None:
        utterance = self._hearing.utterances.popleft()
        end = flight.plan.end if utterance.speech_end is None else utterance.speech_end
        self._emit(flight, fresh, hypothesis, end=end)
        self._answer(utterance.flushes - 1)
        self._transcript.forget_utterance()
        self._end_if_done()

    def _emit(
        self, flight: Flight, fresh: list[Word], hypothesis: Hypothesis | None, *, end: int
    ) -> None:
        ending = flight.ending(end, hypothesis, self._lag_ms(flight))
        self._give(self._transcript.final(fresh, hypothesis, ending))

    def _flushed(self) -> None:
        """What was said before the flush is closed; its final answers it."""
        if self._hearing.utterances:
            self._hearing.utterances[-1].flushes += 1
        else:
            self._emit_empty(flush=True)

    def _answer(self, flushes: int) -> None:
        """Every flush has its own final."""
        for _ in range(flushes):
            self._emit_empty(flush=True)

    def _emit_empty(self, *, flush: bool) -> None:
        """Close what was shown, or answer a flush, where there is nothing to decode."""
        now_s, language = seconds(self._hearing.judged), self.options.decode.language or ""
        ending = Ending(now_s, now_s, language, words=self.options.words, flush=flush)
        self._give(self._transcript.final([], None, ending))

    def _give(self, final: Final | None) -> None:
        if final is not None:
            self._events.append(final)

    def _lag_ms(self, flight: Flight) -> int:
        return (self.samples_received - flight.window.end) // SAMPLES_PER_MS

    def _end_if_done(self) -> None:
        if self._ending and not self._hearing.utterances:
            self._ending = False
            self._events.append(Ended(seconds(self.samples_received), self._transcript.finals))

    def _tidy(self) -> None:
        """Tell what is known, decide what can be decided; forget audio that nobody needs."""
        self._settle()
        while self._hearing.undecided and self._heard_out():
            self._hearing.decide(silence_ms(self.ahead.hypothesis, self.options.endpoint))
            self._settle()
        if self._flight is None:
            self._hearing.trim()

    def _heard_out(self) -> bool:
        """Nothing that is said before the present silence will be known better than it is."""
        wanted = self._plan()
        return self._flight is None and (wanted is None or wanted.purpose is Purpose.PARTIAL)
