"""Who speaks in the finals of live streams, found out beside the model's workers and the loop.

Bounds: a stream waits for its answer before it asks for anything else, so no more is ever in line
than there are streams.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from realtime.engine.edge import attempt, tell
from realtime.errors import DecodeFailed, RealtimeError
from realtime.speakers.voices import Voices
from realtime.types import SAMPLE_RATE, Hypothesis, SpeakerTurn, Window

Answer = Callable[[Hypothesis], None]


class SpeakerService:
    """The threads for all streams. They begin with the first stream that asks."""

    def __init__(self, voices: Voices) -> None:
        self.voices = voices
        self._threads = ThreadPoolExecutor(os.cpu_count() or 1, "speakers")

    def new(self) -> StreamSpeakers:
        """For one stream."""
        return StreamSpeakers(self.voices, self._threads)

    def close(self) -> None:
        """End the threads. Who still waits is not answered."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class StreamSpeakers:
    """One stream's speakers. One question at a time."""

    def __init__(self, voices: Voices, threads: ThreadPoolExecutor) -> None:
        self._voices = voices
        self._threads = threads
        self._clustering = voices.clustering()

    def tell(self, window: Window, since_s: float, said: Hypothesis, answer: Answer) -> None:
        """Give `answer` the hypothesis with the turns of its speakers, from another thread.

        `since_s`: what the window hears before this time was told already.
        """
        self._threads.submit(tell, lambda: answer(self.told(window, since_s, said)))

    def told(self, window: Window, since_s: float, said: Hypothesis) -> Hypothesis:
        """The same in this thread. Blocks."""
        # Where nothing was said, whatever sounded was no voice.
        return replace(said, turns=self._turns(window, since_s) if said.text else ())

    def _turns(self, window: Window, since_s: float) -> tuple[SpeakerTurn, ...]:
        skipped = max(0, round(since_s * SAMPLE_RATE) - window.start)
        try:
            stretches = attempt(
                lambda: self._voices.network().stretches(
                    window.samples[skipped:], window.start + skipped
                ),
                DecodeFailed,
                "The speakers could not be told apart",
            )
        except RealtimeError:
            return ()  # logged; the words are not lost with the names
        return self._clustering.turns(stretches)
