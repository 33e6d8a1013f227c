"""A session's way to its client: what the recogniser knows → events, in order.

Every id that was shown gets its final here, and every flush its answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from realtime.session.events import Ended, Event, Final
from realtime.session.flight import Flight
from realtime.session.hearing import Hearing
from realtime.session.options import SessionOptions
from realtime.session.transcript import Ending, Transcript, seconds
from realtime.types import SAMPLES_PER_MS, Hypothesis, Word


class Output:
    def __init__(self, options: SessionOptions, hearing: Hearing, transcript: Transcript) -> None:
        self.options = options
        """Those that hold for the next utterance."""
        self.events: list[Event] = []
        self.ending = False
        """`Ended` follows the last utterance."""
        self._hearing = hearing
        self._transcript = transcript

    def take(self) -> list[Event]:
        """Events since the last call, in order."""
        events, self.events = self.events, []
        return events

    def emit(
        self, flight: Flight, fresh: Sequence[Word], hypothesis: Hypothesis | None, *, end: int
    ) -> None:
        """A final of the stable words and `fresh`, up to the sample `end`.

        `hypothesis`: None where it could not be decoded."""
        ending = flight.ending(end, hypothesis, self.lag_ms(flight))
        self._give(self._transcript.final(fresh, hypothesis, ending))

    def finish(self, flight: Flight, fresh: Sequence[Word], hypothesis: Hypothesis | None) -> None:
        """The same for the last of the oldest utterance, which is over."""
        utterance = self._hearing.utterances.popleft()
        end = flight.plan.end if utterance.speech_end is None else utterance.speech_end
        self.emit(flight, fresh, hypothesis, end=end)
        self.answer(utterance.flushes - 1)
        self._transcript.forget_utterance()
        self.end_if_done()

    def flushed(self) -> None:
        """What was said before the flush is closed; its final answers it."""
        if self._hearing.utterances:
            self._hearing.utterances[-1].flushes += 1
        else:
            self._emit_empty(flush=True)

    def cleared(self, flushes: int) -> None:
        """All utterances were dropped, with `flushes` that waited for their finals."""
        if self._transcript.open:
            self._emit_empty(flush=flushes > 0)
            flushes -= 1
        self.answer(flushes)
        self._transcript.forget_utterance()

    def answer(self, flushes: int) -> None:
        """Every flush has its own final."""
        for _ in range(flushes):
            self._emit_empty(flush=True)

    def lag_ms(self, flight: Flight) -> int:
        """How far the words of a window trail the newest audio."""
        return (self._hearing.received - flight.window.end) // SAMPLES_PER_MS

    def end_if_done(self) -> None:
        """Tell the end once nothing is left to decode."""
        if self.ending and not self._hearing.utterances:
            self.ending = False
            self.events.append(Ended(seconds(self._hearing.received), self._transcript.finals))

    def _emit_empty(self, *, flush: bool) -> None:
        """Close what was shown, or answer a flush, where there is nothing to decode."""
        now_s, language = seconds(self._hearing.judged), self.options.decode.language or ""
        ending = Ending(now_s, now_s, language, words=self.options.words, flush=flush)
        self._give(self._transcript.final([], None, ending))

    def _give(self, final: Final | None) -> None:
        if final is not None:
            self.events.append(final)
