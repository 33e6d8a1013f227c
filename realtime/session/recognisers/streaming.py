"""Recogniser for models that keep state and return words as audio arrives (such as transducers).

Every sample is sent once, in steps of a hop: `Window.state` is the state that the model returned
with the step before, so the model itself stays stateless between calls, and a step can be tried
again. `Hypothesis.words` are those that have become certain with the step, `Hypothesis.unsettled`
those that may still change. The last step of an utterance (`Window.final`) makes the model return
the rest; the next utterance begins without a state. No word is heard twice, so nothing is merged:
long speech is cut before the word that would make it too long.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from realtime.errors import RealtimeError
from realtime.session.chunker import Plan, Purpose
from realtime.session.early import EarlyFinals
from realtime.session.events import Failed
from realtime.session.flight import Flight
from realtime.session.output import Output
from realtime.session.sentences import silence_ms
from realtime.session.tracker import SpeechTracker
from realtime.session.transcript import StreamTranscript, seconds
from realtime.session.words import join_words
from realtime.types import SAMPLE_RATE, DecodeOptions, Hypothesis, Window, Word

LEAST_PROBABILITY = 1e-6
"""Lower bound for a word's probability, so that its logarithm exists."""


class Streaming:
    """A `Recogniser`."""

    def __init__(
        self, tracker: SpeechTracker, transcript: StreamTranscript, output: Output
    ) -> None:
        self.ahead = EarlyFinals()  # always empty: the last step is short
        self._tracker = tracker
        self._transcript = transcript
        self._output = output
        self._state: object | None = None
        """State of the model in the oldest utterance; None at its beginning."""
        self._settled_words: list[Word] = []
        """Certain words of the current id."""
        self._unshown: list[Word] = []
        """Those of them that no partial has shown."""
        self._newest = Hypothesis("")
        self._lost = ""
        """Error message if words of the current id were lost; else empty."""

    def plan(self) -> Plan | None:
        """A step once there is a hop of audio, or less at the end and in an undecided silence."""
        tracker, utterance = self._tracker, self._tracker.utterances[0]
        chunk, start = self._output.options.chunk, utterance.window_start
        available = tracker.spoken if utterance.end is None else utterance.end
        end = min(available, start + chunk.longest_window)
        if utterance.end == end:
            return Plan(Purpose.LAST, start, end, end)
        least = 1 if tracker.undecided else chunk.hop
        return Plan(Purpose.PARTIAL, start, end, end) if end - start >= least else None

    def decode_options(self, plan: Plan) -> DecodeOptions:
        options = self._transcript.decode_options(
            self._tracker.utterances[0].options, seconds(plan.start), plan.duration_s
        )
        return replace(options, word_times=True)

    def window(self, plan: Plan) -> Window:
        return Window(
            self._tracker.read(plan.start, plan.end),
            plan.start,
            plan.purpose is Purpose.LAST,
            self.decode_options(plan),
            state=self._state,
        )

    def receive(self, flight: Flight, hypothesis: Hypothesis) -> None:
        flight.utterance.window_start = flight.window.end
        self._state, self._newest = hypothesis.state, hypothesis
        for word in hypothesis.words:
            self._add(flight, word)
        if flight.plan.purpose is Purpose.LAST:
            self._finish(flight)
        elif self._output.options.partials:
            self._show(flight, hypothesis.unsettled)

    def fail(self, flight: Flight, error: RealtimeError) -> None:
        """The step's audio is lost, as no other step hears it; the model begins anew after it."""
        flight.utterance.window_start = flight.window.end
        self._state, self._lost = None, error.message
        if flight.plan.purpose is Purpose.LAST:
            self._finish(flight)

    def forget(self) -> None:
        self._begin()

    def settle(self) -> None:
        """Do nothing: no final waits for the detector."""

    def words_complete(self, plan: Plan | None) -> bool:
        return plan is None

    def silence_ms(self) -> int:
        text = join_words([*self._settled_words, *self._newest.unsettled])
        return silence_ms(replace(self._newest, text=text), self._output.options.endpoint)

    def _add(self, flight: Flight, word: Word) -> None:
        """Add a certain word; where it goes beyond the chunk, the words before it are final."""
        utterance, chunk = flight.utterance, self._output.options.chunk.chunk
        start, end = round(word.start_s * SAMPLE_RATE), round(word.end_s * SAMPLE_RATE)
        if end > utterance.cut + chunk and self._settled_words:
            at = round((self._settled_words[-1].end_s * SAMPLE_RATE + start) / 2)
            at = min(max(at, utterance.cut), utterance.cut + chunk)
            self._tell_loss()
            cut = flight.as_(Purpose.CUT)  # even if the word comes with the last step
            self._output.emit(cut, self._unshown, self._sure(), end=at)
            self._settled_words, self._unshown = [], []
            utterance.cut = at
        if end > utterance.cut + chunk:
            utterance.cut = max(utterance.cut, start)  # nobody has spoken since the cut
        self._settled_words.append(word)
        self._unshown.append(word)

    def _show(self, flight: Flight, unsettled: Sequence[Word]) -> None:
        partial = self._transcript.settle(
            self._unshown,
            unsettled,
            seconds(flight.utterance.said_from),
            seconds(flight.window.end),
            self._output.lag_ms(flight),
        )
        self._unshown = []
        if partial is not None:
            self._output.events.append(partial)

    def _finish(self, flight: Flight) -> None:
        lost = self._tell_loss()
        hypothesis = None if lost and not self._settled_words else self._sure()
        self._output.finish(flight, self._unshown, hypothesis)
        self._begin()

    def _tell_loss(self) -> bool:
        lost, self._lost = self._lost, ""
        if lost:
            self._output.events.append(Failed(self._transcript.next_id, lost))
        return bool(lost)

    def _sure(self) -> Hypothesis:
        """The hypothesis for a final, with its words from several steps."""
        logs = [math.log(max(word.probability, LEAST_PROBABILITY)) for word in self._settled_words]
        mean = sum(logs) / len(logs) if logs else 0.0
        return replace(self._newest, words=tuple(self._settled_words), avg_logprob=mean)

    def _begin(self) -> None:
        """Reset for the next utterance."""
        self._state, self._newest, self._lost = None, Hypothesis(""), ""
        self._settled_words, self._unshown = [], []
