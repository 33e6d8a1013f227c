"""Identifies the speakers of live finals, on threads apart from the model's workers and the loop.

Bounds: a stream waits for its answer before it submits anything else, so no more requests wait than
there are streams; and the voices of at most `MAX_SESSIONS` sessions are kept, in memory alone.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from realtime.engine.edge import attempt, tell
from realtime.errors import DecodeFailed, RealtimeError
from realtime.speakers.voices import Voices
from realtime.types import SAMPLE_RATE, Hypothesis, SpeakerTurn, Window

MAX_SESSIONS = 500
"""Sessions whose voices are kept in memory for later ones (`voices_from`): 6 kB each with 8
speakers."""
Answer = Callable[[Hypothesis], None]


class SpeakerService:
    """The threads that serve all streams; they start with the first request."""

    def __init__(self, voices: Voices) -> None:
        self.voices = voices
        self._threads = ThreadPoolExecutor(os.cpu_count() or 1, "speakers")
        self._speakers: OrderedDict[str, StreamSpeakers] = OrderedDict()
        """Speakers of the newest sessions, including those that ended."""
        self._lock = threading.Lock()

    def new(self, session: str, like: str | None = None) -> StreamSpeakers:
        """Speakers of one stream; `like`: a session whose speakers keep their numbers, if known."""
        with self._lock:
            before = self._speakers.get(like) if like is not None else None
            known = before.state if before is not None else ()
            speakers = self._speakers[session] = StreamSpeakers(self.voices, self._threads, known)
            self._speakers.move_to_end(session)
            while len(self._speakers) > MAX_SESSIONS:
                self._speakers.popitem(last=False)
        return speakers

    def known_voices(self, session: str) -> tuple[tuple[float, ...], ...]:
        """What is known of the speakers of a session; empty for an unknown session."""
        with self._lock:
            speakers = self._speakers.get(session)
        return speakers.state if speakers is not None else ()

    def close(self) -> None:
        """End the threads. Requests that still wait are not answered."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class StreamSpeakers:
    """One stream's speakers. Accepts one request at a time."""

    def __init__(
        self,
        voices: Voices,
        threads: ThreadPoolExecutor,
        known: Sequence[Sequence[float]] = (),
    ) -> None:
        self._voices = voices
        self._threads = threads
        self._clustering = voices.clustering(known)
        self.known = len(known)
        """Number of speakers who were known before the stream began."""

    @property
    def state(self) -> tuple[tuple[float, ...], ...]:
        """What is known of each speaker (`speakers.clustering`)."""
        return self._clustering.state

    def submit(
        self, window: Window, since_s: float, hypothesis: Hypothesis, answer: Answer
    ) -> None:
        """Call `answer` with the hypothesis and its speaker turns, from another thread.

        `since_s`: end of the finals so far; speakers of audio before it are identified already.
        """
        self._threads.submit(tell, lambda: answer(self.identify(window, since_s, hypothesis)))

    def identify(self, window: Window, since_s: float, hypothesis: Hypothesis) -> Hypothesis:
        """Return the same from the calling thread. Blocks while the network runs."""
        # If there are no words, the sound was no voice.
        return replace(hypothesis, turns=self._turns(window, since_s) if hypothesis.text else ())

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
            return ()  # logged by `attempt`; the words go out without speakers
        return self._clustering.turns(stretches)
