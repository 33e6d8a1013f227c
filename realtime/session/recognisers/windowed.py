"""Recogniser for models that decode a window at a time and keep no state, such as Whisper.

A window of the utterance is decoded again and again as it grows. Words on which successive
hypotheses agree are stable (`session.agreement`); long speech is cut where `session.chunker` says;
a final may be decoded early while the hangover runs (`session.early`).
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
from realtime.session.events import Failed
from realtime.session.flight import Flight
from realtime.session.output import Output
from realtime.session.sentences import silence_ms
from realtime.session.tracker import SpeechTracker
from realtime.session.transcript import StreamTranscript, seconds
from realtime.session.words import timed_words
from realtime.types import DecodeOptions, Hypothesis, Window, Word


class Windowed:
    """A `Recogniser`."""

    def __init__(
        self, tracker: SpeechTracker, transcript: StreamTranscript, output: Output
    ) -> None:
        self.ahead = EarlyFinals()
        self._tracker = tracker
        self._transcript = transcript
        self._output = output
        self._language = ""
        """The language that was heard last."""

    def plan(self) -> Plan | None:
        tracker, utterance = self._tracker, self._tracker.utterances[0]
        partials = self._output.options.partials and not tracker.ending_soon
        shown = tracker.voiced if partials else 0
        return plan(utterance, tracker.spoken, shown, self._chunk(utterance), tracker.ending)

    def decode_options(self, plan: Plan) -> DecodeOptions:
        base = self._transcript.decode_options(
            self._tracker.utterances[0].options, seconds(plan.start), plan.duration_s
        )
        if plan.purpose in (Purpose.LAST, Purpose.EARLY) and not self._transcript.continues:
            return base
        # Merging and agreement need the times of words.
        greedy = 1 if plan.purpose is Purpose.PARTIAL else base.beam_size
        return replace(base, word_times=True, beam_size=greedy)

    def window(self, plan: Plan) -> Window:
        utterance, read = self._tracker.utterances[0], self._tracker.read
        if plan.purpose is Purpose.EARLY:
            utterance.early = plan.end  # once: if it fails, the final is decoded when it is due
        speech = utterance.speech(self._tracker.voiced) if self._output.options.judged else None
        return Window(
            read(plan.start, plan.end),
            plan.start,
            plan.purpose is not Purpose.PARTIAL,
            self.decode_options(plan),
            speech,
            self._tracker.surest(speech or (), plan.start, plan.end),
            self._transcript.recall.before(plan, utterance, read),
        )

    def receive(self, flight: Flight, hypothesis: Hypothesis) -> None:
        if flight.plan.purpose is Purpose.EARLY:
            partials = self._output.options.partials
            self.ahead.early = early = EarlyFinal(flight, hypothesis, partials)
            if early.visible:
                self._take(flight.as_(Purpose.PARTIAL), hypothesis)
        else:
            self._take(flight, hypothesis)

    def fail(self, flight: Flight, error: RealtimeError) -> None:
        """Ignore the loss of a partial or an early final; send any other final with the stable
        words."""
        if flight.plan.purpose in (Purpose.CUT, Purpose.LAST):
            self._output.events.append(Failed(self._transcript.next_id, error.message))
            self._give_up(flight)

    def forget(self) -> None:
        self.ahead.early = None

    def settle(self) -> None:
        """Send the early final when it is due, and drop it where speech went on."""
        if (early := self.ahead.settle(self._tracker.ending)) is None:
            return
        flight, hypothesis = early.flight.as_(Purpose.LAST), early.hypothesis
        if early.visible:
            transcript = self._transcript
            self._output.finish(flight, transcript.surest(transcript.loose), hypothesis)
        else:
            self._take(flight, hypothesis)

    def words_complete(self, plan: Plan | None) -> bool:
        return plan is None or plan.purpose is Purpose.PARTIAL

    def silence_ms(self) -> int:
        return silence_ms(self.ahead.hypothesis, self._output.options.endpoint)

    def _chunk(self, utterance: Utterance) -> ChunkOptions:
        return self._output.options.chunk.fitted(utterance.options, self._language)

    def _take(self, flight: Flight, hypothesis: Hypothesis) -> None:
        self._language = hypothesis.language or self._language
        words = timed_words(hypothesis, flight.window)
        fresh = self._transcript.align(words, seconds(flight.window.start))
        purpose = flight.plan.purpose
        if purpose is Purpose.PARTIAL:
            self._show(flight, fresh, doubtful=hypothesis.doubtful)
        elif purpose is Purpose.CUT:
            self._cut(flight, self._transcript.surest(fresh), hypothesis)
        else:
            self._output.finish(flight, self._transcript.surest(fresh), hypothesis)

    def _show(self, flight: Flight, fresh: list[Word], *, doubtful: bool) -> None:
        utterance = flight.utterance
        partial = self._transcript.partial(
            fresh,
            seconds(utterance.said_from),
            seconds(flight.window.end),
            self._output.lag_ms(flight),
            settled=flight.window.final,
            doubtful=doubtful,
        )
        if partial is None:
            hop = self._output.options.chunk.hop
            utterance.hop = min(SLOWEST_HOP, 2 * utterance.hop or hop)
        else:
            utterance.hop = 0
            self._output.events.append(partial)

    def _cut(self, flight: Flight, fresh: list[Word], hypothesis: Hypothesis) -> None:
        """Finalise the words before the limit; those after it will be heard again."""
        utterance, plan = flight.utterance, flight.plan
        chunk = self._chunk(utterance)
        cut = place(fresh, utterance, plan, self._transcript.stable_end_s, chunk)
        if cut is None:
            return
        self._output.emit(flight, fresh[: cut.count], hypothesis, end=cut.at)
        advance(utterance, cut.at, cut.at_pause, chunk)
        self._transcript.foresee(fresh[cut.count :], shared=utterance.hears_again)

    def _give_up(self, flight: Flight) -> None:
        utterance, plan = flight.utterance, flight.plan
        if plan.purpose is Purpose.LAST:
            return self._output.finish(flight, [], None)
        self._output.emit(flight, [], None, end=plan.limit)
        advance(utterance, plan.limit, plan.at_pause, self._chunk(utterance))
        self._transcript.foresee((), shared=utterance.hears_again)
