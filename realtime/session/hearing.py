"""The detector's side of a session: samples → utterances, in a row, ready to be decoded.

It runs ahead of the model: audio is judged as it comes, whatever the model is doing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np

from realtime.audio.ring import RingBuffer
from realtime.session.chunker import Utterance
from realtime.session.endpoint import Boundary, Endpointer, EndpointOptions, Turn
from realtime.session.events import SpeechEnded, SpeechStarted
from realtime.types import SAMPLE_RATE, SAMPLES_PER_MS, Samples
from realtime.vad.base import FRAME_SAMPLES, SpeechDetector

Mark = SpeechStarted | SpeechEnded


class Hearing:
    """Ring, detector and endpointer of one stream, and the utterances they found."""

    def __init__(
        self,
        options: EndpointOptions,
        detector: SpeechDetector,
        new_utterance: Callable[[int, int], Utterance],
        memory: int = 0,
    ) -> None:
        """`new_utterance(start, speech_start)`: makes one with the options that hold then.
        `memory`: samples kept behind what is still to be decoded."""
        self.utterances: deque[Utterance] = deque()
        """Oldest first; the last one may be open."""
        self.received = 0
        """Samples so far: the session's clock."""
        self._options = options
        self._detector = detector
        self._new_utterance = new_utterance
        self._ring = RingBuffer()
        self._memory = memory
        self._endpointer = Endpointer(options)
        self._marks: list[Mark] = []
        self._floor = 0
        """No utterance may reach back before this sample."""

    def receive(self, audio: Samples) -> None:
        """Take and judge the next samples."""
        self._ring.append(audio)
        self.received += len(audio)
        position = self._endpointer.position
        frames = (self.received - position) // FRAME_SAMPLES
        if frames <= 0:
            return
        whole = self._ring.read(position, position + frames * FRAME_SAMPLES)
        for probability in self._detector.probabilities(whole).tolist():
            boundary = self._endpointer.receive(probability)
            if boundary is not None:
                self._turn(boundary)

    def close(self) -> None:
        """End the running utterance at the newest sample, voiced or not yet believed to be."""
        endpointer = self._endpointer
        if not endpointer.speaking:
            since = endpointer.voiced_since
            if since is None and self._remainder_is_voiced():
                since = endpointer.position
            if since is not None:
                self._open(since)
        if self.utterances and self.utterances[-1].end is None:
            silent_since = endpointer.silent_since
            self._end(self.received, self.received if silent_since is None else silent_since, False)
        self._start_afresh()

    def clear(self) -> None:
        """Drop everything received so far."""
        self.utterances.clear()
        self._start_afresh()

    def read(self, start: int, end: int) -> Samples:
        """Audio by sample index: a copy."""
        return self._ring.read(start, end)

    def trim(self) -> None:
        """Forget audio that nothing can ask for any more."""
        if self.utterances:
            keep = self.utterances[0].window_start
        else:
            since = self._endpointer.voiced_since
            keep = self._endpointer.position if since is None else since
            keep -= self._options.padding_ms * SAMPLES_PER_MS
        keep -= self._memory
        if keep > self._ring.start:
            self._ring.trim(min(keep, self._ring.end))

    def marks(self) -> list[Mark]:
        """Where speech began and ended, since the last call."""
        marks, self._marks = self._marks, []
        return marks

    @property
    def spoken(self) -> int:
        """How far an open utterance reaches: in silence, no further than if it ended there."""
        silent_since, judged = self._endpointer.silent_since, self._endpointer.position
        if silent_since is None:
            return judged
        return min(judged, silent_since + self._trailing)

    @property
    def ending(self) -> int:
        """Where the utterance ends if the silence goes on, once that is to be heard ahead; else
        0."""
        silent_since, early_ms = self._endpointer.silent_since, self._options.early_ms
        if silent_since is None or not early_ms:
            return 0
        wait = max(self._trailing, early_ms * SAMPLES_PER_MS)
        return (
            silent_since + self._trailing if self._endpointer.position - silent_since >= wait else 0
        )

    @property
    def voiced(self) -> int:
        """Sample index up to which somebody spoke, while an utterance is open."""
        silent_since = self._endpointer.silent_since
        return self._endpointer.position if silent_since is None else silent_since

    @property
    def _trailing(self) -> int:
        return self._options.trailing_ms * SAMPLES_PER_MS

    @property
    def speaking(self) -> bool:
        """Something was said that is not final yet, or may just be beginning."""
        return bool(self.utterances) or self._endpointer.voiced_since is not None

    def _turn(self, boundary: Boundary) -> None:
        if boundary.turn is Turn.BEGIN:
            self._open(boundary.start)
        elif boundary.turn is Turn.PAUSE:
            self.utterances[-1].pauses.append((boundary.start, boundary.end))
        else:
            self._end(min(boundary.end, boundary.start + self._trailing), boundary.start, True)

    def _open(self, speech_start: int) -> None:
        padding = self._options.padding_ms * SAMPLES_PER_MS
        start = max(self._floor, speech_start - padding)
        self.utterances.append(self._new_utterance(start, speech_start))
        self._marks.append(SpeechStarted(speech_start / SAMPLE_RATE))

    def _end(self, end: int, speech_end: int, endpoint: bool) -> None:
        utterance = self.utterances[-1]
        utterance.end, utterance.speech_end, utterance.endpoint = end, speech_end, endpoint
        self._floor = end
        self._marks.append(SpeechEnded(speech_end / SAMPLE_RATE))

    def _remainder_is_voiced(self) -> bool:
        """Judge the samples that do not fill a frame, with silence behind them."""
        rest = self._ring.read(self._endpointer.position, self.received)
        if not len(rest):
            return False
        frame = np.zeros(FRAME_SAMPLES, np.float32)
        frame[: len(rest)] = rest
        return bool(self._detector.probabilities(frame)[-1] >= self._options.threshold)

    def _start_afresh(self) -> None:
        """Frames begin anew at the next sample, which is heard without what was before it."""
        self._floor = self._endpointer.position = self.received
        self._endpointer.reset()
        self._detector.reset()
