"""One stream, from samples to events. No socket, no thread, no wall clock: feed in, drain out.

Feed: `receive_audio`, `receive_hypothesis`, `receive_failure`, `flush`, `end`, `clear`, `update`.
Drain: `next_request` / `take_window` (what to decode next) and `events_to_send`.

Audio runs ahead: the detector judges it as it arrives and queues utterances. Decoding follows at
the model's pace, strictly in order, one window at a time. So a stream that falls behind loses
partials (their hop simply passes) but never a final. Where the words decide when a final comes
(`EndpointOptions.soonest_ms`), audio after a silence waits for that decision.

The recogniser (`session.recognisers`) decides what is decoded and what an answer means. There is
one for models that decode windows, and one for models that keep state and hear every sample once.
"""

from __future__ import annotations

from dataclasses import replace

from realtime.errors import RealtimeError
from realtime.session.chunker import Plan, Purpose, Utterance
from realtime.session.early import EarlyFinals
from realtime.session.events import Event
from realtime.session.flight import DecodeRequest, Flight, missed_hops, urgency_of
from realtime.session.options import SessionOptions
from realtime.session.output import Output
from realtime.session.recall import Recall
from realtime.session.recognisers.base import Recogniser
from realtime.session.recognisers.streaming import Streaming
from realtime.session.recognisers.windowed import Windowed
from realtime.session.tracker import SpeechTracker
from realtime.session.transcript import StreamTranscript
from realtime.types import SAMPLE_RATE, DecodeOptions, Hypothesis, Samples, Window, WindowShape
from realtime.vad.base import SpeechDetector


class Session:
    def __init__(
        self, options: SessionOptions, detector: SpeechDetector, first_id: int = 0
    ) -> None:
        """`first_id`: id of the first final, for a session that continues one of other options."""
        memory = options.chunk.earlier
        self._tracker = SpeechTracker(options.endpoint, detector, self._new_utterance, memory)
        self._transcript = StreamTranscript(
            first_id, options.trust, Recall(memory), options.context_text
        )
        self._output = Output(options, self._tracker, self._transcript)
        kind = Streaming if options.streaming else Windowed
        self._recogniser: Recogniser = kind(self._tracker, self._transcript, self._output)
        self._flight: Flight | None = None

    # Feeding

    def receive_audio(self, audio: Samples) -> None:
        """Take the next samples of the stream: float32 mono at 16 kHz, shape (n,), any n."""
        self._tracker.receive(audio)
        self._tidy()

    def receive_hypothesis(self, hypothesis: Hypothesis) -> None:
        """Take the answer to the window that was taken last."""
        if (flight := self._land()) is not None:
            self._recogniser.receive(flight, hypothesis)
            self._tidy()

    def receive_failure(self, error: RealtimeError) -> None:
        """The window that was taken last could not be decoded: the stream goes on."""
        if (flight := self._land()) is not None:
            self._recogniser.fail(flight, error)
            self._tidy()

    def flush(self, answer: bool = True) -> None:
        """Finalise everything received, stay open. With `answer`, a Final with flush=True follows
        even where nothing was said."""
        self._tracker.close()
        if answer:
            self._tracker.in_turn(self._output.flushed)
        self._tidy()

    def end(self) -> None:
        """Finalise everything received; Ended follows the last final."""
        self._tracker.close()
        self._output.ending = True
        self._tidy()
        self._output.end_if_done()

    def clear(self) -> None:
        """Drop all audio that is not yet final. An id that was shown is closed with its stable
        text."""
        if self._flight is not None:
            self._flight.stale = True
        self._recogniser.forget()
        self._tracker.hurry()
        flushes = sum(utterance.flushes for utterance in self._tracker.utterances)
        self._tracker.clear()
        self._transcript.recall.forget()
        self._output.cleared(flushes)
        self._tidy()

    def update(self, decode: DecodeOptions, words: bool) -> None:
        """Change the language, task, prompt or `words` from the next utterance on."""

        def change() -> None:
            self._output.options = replace(self.options, decode=decode, words=words)

        self._tracker.in_turn(change)

    # Draining

    def next_request(self) -> DecodeRequest | None:
        """What should be decoded next; None while a window is out or nothing is due."""
        plan = self._plan()
        if plan is None:
            return None
        utterance, cadence = self._tracker.utterances[0], self.options.chunk.hop
        urgency = urgency_of(plan.purpose, not self._transcript.open, self._tracker.overdue)
        missed = missed_hops(
            plan, utterance, cadence if self.options.partials else 0, self._tracker.voiced
        )
        final = plan.purpose is not Purpose.PARTIAL
        shape = WindowShape(plan.end - plan.start, final, self._recogniser.decode_options(plan))
        return DecodeRequest(urgency, cadence / SAMPLE_RATE, shape, missed)

    def take_window(self) -> Window | None:
        """Snapshot the newest audio for the request; None where nothing is due any more.

        A caller that asks again while a window is out has lost it, and gets the same one again.
        """
        if self._flight is not None and not self._flight.stale:
            return self._flight.window
        self._flight = None
        plan = self._plan()
        if plan is None:
            return None
        window = self._recogniser.window(plan)
        self._flight = Flight(plan, self._tracker.utterances[0], window)
        return window

    def events_to_send(self) -> list[Event]:
        """Events since the last call, in order."""
        return self._output.take()

    @property
    def options(self) -> SessionOptions:
        """The options of the next utterance."""
        return self._output.options

    @property
    def ahead(self) -> EarlyFinals:
        """Finals decoded before they are due."""
        return self._recogniser.ahead

    @property
    def samples_received(self) -> int:
        return self._tracker.received

    @property
    def next_id(self) -> int:
        """Id of the next final."""
        return self._transcript.next_id

    @property
    def lag_s(self) -> float:
        """Seconds of audio that the model has not heard yet, from the oldest utterance on."""
        utterances = self._tracker.utterances
        return (
            (self.samples_received - utterances[0].decoded_end) / SAMPLE_RATE if utterances else 0.0
        )

    @property
    def speaking(self) -> bool:
        """Something is being said that is not final yet."""
        return self._tracker.speaking

    # Inside

    def _new_utterance(self, start: int, speech_start: int) -> Utterance:
        decode = replace(self.options.decode, word_times=self.options.words)
        utterance = Utterance(start, speech_start, decode)
        # The first partial comes sooner than a hop after the onset.
        utterance.decoded_end = speech_start - self.options.chunk.hop + self.options.chunk.first_hop
        return utterance

    def _plan(self) -> Plan | None:
        if self._flight is not None or not self._tracker.utterances:
            return None
        return self._recogniser.plan()

    def _land(self) -> Flight | None:
        """End and return the flight that is answered; None where `clear` was called meanwhile."""
        flight, self._flight = self._flight, None
        if flight is None or flight.stale:
            return None
        flight.utterance.decoded_end = max(flight.utterance.decoded_end, flight.window.end)
        return flight

    def _settle(self) -> None:
        """Send the detector's events, and what has become due with them."""
        self._output.events += self._tracker.marks()
        self._recogniser.settle()

    def _tidy(self) -> None:
        """Send what is known, decide silences that can be decided, drop audio no longer needed."""
        self._settle()
        while self._tracker.undecided and self._words_complete():
            self._tracker.decide(self._recogniser.silence_ms())
            self._settle()
        if self._flight is None:
            self._tracker.trim()

    def _words_complete(self) -> bool:
        """No further answer can improve the words before the current silence."""
        return self._flight is None and self._recogniser.words_complete(self._plan())
