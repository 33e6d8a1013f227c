"""The output of a session: hypotheses from the recogniser → events for the client, in order.

It ensures that every id that was shown gets its final, and every flush its answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from realtime.session.events import Ended, Event, Final
from realtime.session.flight import Flight
from realtime.session.options import SessionOptions
from realtime.session.tracker import SpeechTracker
from realtime.session.transcript import Ending, StreamTranscript, seconds
from realtime.types import SAMPLES_PER_MS, Hypothesis, Word


class Output:
    def __init__(
        self, options: SessionOptions, tracker: SpeechTracker, transcript: StreamTranscript
    ) -> None:
        self.options = options
        """The options of the next utterance."""
        self.events: list[Event] = []
        self.ending = False
        """`Ended` must follow the last utterance."""
        self._tracker = tracker
        self._transcript = transcript

    def take(self) -> list[Event]:
        """Events since the last call, in order."""
        events, self.events = self.events, []
        return events

    def emit(
        self, flight: Flight, fresh: Sequence[Word], hypothesis: Hypothesis | None, *, end: int
    ) -> None:
        """Send a final of the stable words and `fresh`, up to the sample `end`.

        `hypothesis`: None where the window could not be decoded."""
        ending = flight.ending(end, hypothesis, self.lag_ms(flight))
        self._give(self._transcript.final(fresh, hypothesis, ending))

    def finish(self, flight: Flight, fresh: Sequence[Word], hypothesis: Hypothesis | None) -> None:
        """Send the last final of the oldest utterance, which is over."""
        utterance = self._tracker.utterances.popleft()
        end = flight.plan.end if utterance.speech_end is None else utterance.speech_end
        self.emit(flight, fresh, hypothesis, end=end)
        self.answer(utterance.flushes - 1)
        self._transcript.forget_utterance()
        self.end_if_done()

    def flushed(self) -> None:
        """Answer a flush by the final of the newest utterance, or an empty one if none is left."""
        if self._tracker.utterances:
            self._tracker.utterances[-1].flushes += 1
        else:
            self._emit_empty(flush=True)

    def cleared(self, flushes: int) -> None:
        """All utterances were dropped: close the shown id, and answer `flushes` waiting flushes."""
        if self._transcript.open:
            self._emit_empty(flush=flushes > 0)
            flushes -= 1
        self.answer(flushes)
        self._transcript.forget_utterance()

    def answer(self, flushes: int) -> None:
        """Answer each of these flushes with an empty final."""
        for _ in range(flushes):
            self._emit_empty(flush=True)

    def lag_ms(self, flight: Flight) -> int:
        """How far the words of a window trail the newest audio."""
        return (self._tracker.received - flight.window.end) // SAMPLES_PER_MS

    def end_if_done(self) -> None:
        """Send `Ended` once nothing is left to decode."""
        if self.ending and not self._tracker.utterances:
            self.ending = False
            self.events.append(Ended(seconds(self._tracker.received), self._transcript.finals))

    def _emit_empty(self, *, flush: bool) -> None:
        """Close an id that was shown, or answer a flush, where there is nothing to decode."""
        now_s, language = seconds(self._tracker.judged), self.options.decode.language or ""
        ending = Ending(now_s, now_s, language, words=self.options.words, flush=flush)
        self._give(self._transcript.final([], None, ending))

    def _give(self, final: Final | None) -> None:
        if final is not None:
            self.events.append(final)
