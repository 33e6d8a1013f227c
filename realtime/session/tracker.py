"""The detector's side of a session: samples → a queue of utterances to decode.

It runs ahead of the model: audio is judged as it arrives, whatever the model is doing. Only where
the words decide how long a silence must last, everything after it waits in a queue for that
decision: frames, and the client's requests between them.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable

import numpy as np

from realtime.audio.ring import RingBuffer
from realtime.session.chunker import Utterance
from realtime.session.endpoint import Boundary, Endpointer, EndpointOptions, Turn
from realtime.session.events import SpeechEnded, SpeechStarted
from realtime.types import SAMPLE_RATE, SAMPLES_PER_MS, Samples
from realtime.vad.base import FRAME_SAMPLES, SpeechDetector
from realtime.vad.voice import VoiceStrength

MAX_WAITING_ACTIONS = 256
"""Most actions (requests of a client) that may wait for an undecided silence; beyond it, none
waits."""

Mark = SpeechStarted | SpeechEnded


class SpeechTracker:
    """Ring, detector and endpointer of one stream, and the utterances they found."""

    def __init__(
        self,
        options: EndpointOptions,
        detector: SpeechDetector,
        new_utterance: Callable[[int, int], Utterance],
        memory: int = 0,
    ) -> None:
        """`new_utterance(start, speech_start)`: makes an utterance with the options of that time.
        `memory`: samples kept from before those that are still to be decoded."""
        self.utterances: deque[Utterance] = deque()
        """Oldest first; the last one may be open."""
        self.received = 0
        """Samples received so far: the session's clock."""
        self._options = options
        self._detector = detector
        self._new_utterance = new_utterance
        self._ring = RingBuffer()
        self._voice = VoiceStrength()
        self._memory = memory
        self._endpointer = Endpointer(options)
        self._line: deque[float | Callable[[], None]] = deque()
        """Probabilities of frames that are not judged yet, and actions to run between them."""
        self._waiting = 0
        """How many actions are in `_line`."""
        self._detected = 0
        """Sample index just after the newest frame that went through the detector."""
        self._marks: list[Mark] = []
        self._floor = 0
        """No utterance may begin before this sample."""

    def receive(self, audio: Samples) -> None:
        """Take and judge the next samples."""
        self._ring.append(audio)
        self.received += len(audio)
        position = self._detected
        frames = (self.received - position) // FRAME_SAMPLES
        if frames <= 0:
            return
        self._detected += frames * FRAME_SAMPLES
        whole = self._ring.read(position, self._detected)
        probabilities = self._detector.probabilities(whole).tolist()
        self._voice.append(self._detected, probabilities)
        self._line += probabilities
        self._go_on()

    def decide(self, silence_ms: int) -> None:
        """Let the undecided silence end the utterance once it has lasted `silence_ms`."""
        if (boundary := self._endpointer.decide(silence_ms)) is not None:
            self._turn(boundary)
        self._go_on()

    def hurry(self) -> None:
        """Judge all received audio now: `endpoint_ms` holds for undecided silences."""
        while self._endpointer.undecided:
            self.decide(self._options.endpoint_ms)

    def in_turn(self, action: Callable[[], None]) -> None:
        """Run `action` once all received audio is judged: now, if no silence is undecided."""
        self._line.append(action)
        self._waiting += 1
        self._go_on()
        if self._waiting > MAX_WAITING_ACTIONS:
            self.hurry()

    def close(self) -> None:
        """End the open utterance at the newest sample, even if its onset is not confirmed yet."""
        at, voiced = self.received, self._remainder_is_voiced()
        self._forget()
        self.in_turn(lambda: self._close(at, voiced))

    def clear(self) -> None:
        """Drop everything received so far."""
        self.hurry()
        self.utterances.clear()
        self._forget()
        self._start_afresh(self.received)

    def read(self, start: int, end: int) -> Samples:
        """A copy of the audio between two sample indexes."""
        return self._ring.read(start, end)

    def surest(self, speech: Iterable[tuple[int, int]], start: int, end: int) -> float | None:
        """How sure the detector is of speech between two samples (`vad.voice`)."""
        return self._voice.surest(speech, start, end)

    @property
    def judged(self) -> int:
        """Sample index up to which audio has been judged."""
        return self._endpointer.position

    @property
    def undecided(self) -> bool:
        """A silence may end the utterance: `decide` must be called."""
        return self._endpointer.undecided

    @property
    def overdue(self) -> bool:
        """A silence is still undecided although it has lasted `endpoint_ms`."""
        silent_since = self._endpointer.silent_since
        if silent_since is None or not self.undecided:
            return False
        return self.received - silent_since >= self._options.endpoint_ms * SAMPLES_PER_MS

    def trim(self) -> None:
        """Drop audio that cannot be needed any more."""
        if self.utterances:
            keep = self.utterances[0].window_start
        else:
            since = self._endpointer.voiced_since
            keep = self._endpointer.position if since is None else since
            keep -= self._options.padding_ms * SAMPLES_PER_MS
        self._voice.trim(keep)
        keep -= self._memory
        if keep > self._ring.start:
            self._ring.trim(min(keep, self._ring.end))

    def marks(self) -> list[Mark]:
        """The starts and ends of speech since the last call."""
        marks, self._marks = self._marks, []
        return marks

    @property
    def spoken(self) -> int:
        """How far an open utterance reaches; in silence, no further than its trailing silence."""
        silent_since, judged = self._endpointer.silent_since, self._endpointer.position
        if silent_since is None:
            return judged
        return min(judged, silent_since + self._trailing)

    @property
    def ending(self) -> int:
        """Where the utterance ends if the silence goes on, once its final may be decoded early;
        else 0."""
        left = self._left_before_early
        silent_since = self._endpointer.silent_since
        return silent_since + self._trailing if silent_since is not None and left <= 0 else 0

    @property
    def ending_soon(self) -> bool:
        """A decode begun now would still run when the final may be decoded early."""
        return self._left_before_early < self._options.decode_ms * SAMPLES_PER_MS

    @property
    def voiced(self) -> int:
        """Sample index up to which somebody spoke, while an utterance is open."""
        silent_since = self._endpointer.silent_since
        return self._endpointer.position if silent_since is None else silent_since

    @property
    def _left_before_early(self) -> float:
        """Samples of silence until the final may be decoded early; infinite where it may not."""
        silent_since, early_ms = self._endpointer.silent_since, self._options.early_ms
        if silent_since is None or not early_ms:
            return math.inf
        wait = max(self._trailing, early_ms * SAMPLES_PER_MS)
        return silent_since + wait - self._endpointer.position

    @property
    def _trailing(self) -> int:
        return self._options.trailing_ms * SAMPLES_PER_MS

    @property
    def speaking(self) -> bool:
        """There is speech that is not final yet, or may just be beginning."""
        return bool(self.utterances) or self._endpointer.voiced_since is not None

    def _go_on(self) -> None:
        """Judge the frames and run the actions in `_line`, up to the next undecided silence."""
        while self._line and not self._endpointer.undecided:
            step = self._line.popleft()
            if not isinstance(step, float):
                self._waiting -= 1
                step()
            elif (boundary := self._endpointer.receive(step)) is not None:
                self._turn(boundary)

    def _close(self, at: int, remainder_voiced: bool) -> None:
        endpointer = self._endpointer
        if not endpointer.speaking:
            since = endpointer.voiced_since
            if since is None and remainder_voiced:
                since = endpointer.position
            if since is not None:
                self._open(since)
        if self.utterances and self.utterances[-1].end is None:
            silent_since = endpointer.silent_since
            self._end(at, at if silent_since is None else silent_since, False)
        self._start_afresh(at)

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
        """Judge the last samples, which do not fill a frame, padded with silence."""
        rest = self._ring.read(self._detected, self.received)
        if not len(rest):
            return False
        frame = np.zeros(FRAME_SAMPLES, np.float32)
        frame[: len(rest)] = rest
        return bool(self._detector.probabilities(frame)[-1] >= self._options.threshold)

    def _forget(self) -> None:
        """Reset the detector and begin the next frame at the next sample."""
        self._detected = self.received
        self._detector.reset()

    def _start_afresh(self, at: int) -> None:
        """Reset the endpointer at `at`: no utterance continues after it or begins before it."""
        self._floor = self._endpointer.position = at
        self._endpointer.reset()
