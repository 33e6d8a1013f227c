"""Cuts one file into windows: decodes, detects speech, cuts. Blocking; independent of models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from realtime.audio.files import AudioReader
from realtime.audio.ring import RingBuffer
from realtime.files.segmenter import CutOptions, Segmenter
from realtime.files.span import Span
from realtime.types import SAMPLE_RATE, Samples
from realtime.vad.base import FRAME_SAMPLES, SpeechDetector
from realtime.vad.voice import VoiceStrength

SIDES_CANCEL, CUT_OFF = "sides_cancel", "cut_off"
"""Warning: the mean of the channels was nearly silent, so one channel was used alone."""
TURN_SAMPLES = 60 * SAMPLE_RATE
"""Audio after which `advance` returns even where nobody speaks, so that progress is seen."""


@dataclass(frozen=True, slots=True, eq=False)
class CutSpan:
    """One span and its audio."""

    channel: int
    span: Span
    samples: Samples
    voice: float | None
    """As in `Window`."""


class _Channel:
    """Ring, detector and segmenter of one channel."""

    def __init__(
        self, number: int, detector: SpeechDetector, options: CutOptions, start: int
    ) -> None:
        self.segmenter = Segmenter(options, start)
        self._number = number
        self._detector = detector
        self._voice = VoiceStrength()
        self._ring = RingBuffer(start)
        self._judged = start

    def receive(self, audio: Samples) -> list[CutSpan]:
        self._ring.append(audio)
        frames = (self._ring.end - self._judged) // FRAME_SAMPLES
        whole = self._ring.read(self._judged, self._judged + frames * FRAME_SAMPLES)
        return self._read(self._judge(whole))

    def flush(self) -> list[CutSpan]:
        """Judge the last samples, which fill no frame, padded with silence, and end."""
        end = self._ring.end
        spans: list[Span] = []
        if self._judged < end:
            frame = np.zeros(FRAME_SAMPLES, np.float32)
            frame[: end - self._judged] = self._ring.read(self._judged, end)
            spans = self._judge(frame)
        return self._read([*spans, *self.segmenter.flush(end)])

    def _judge(self, frames: Samples) -> list[Span]:
        probabilities = self._detector.probabilities(frames).tolist()
        self._judged += len(frames)
        self._voice.append(self._judged, probabilities)
        return self.segmenter.receive(probabilities)

    def _read(self, spans: list[Span]) -> list[CutSpan]:
        end = self._ring.end
        cuts = [
            CutSpan(
                self._number,
                span,
                self._span_audio(span, end),
                self._voice.surest(span.speech, span.start, span.end),
            )
            for span in spans
        ]
        needed = min(self.segmenter.needed_from, end)
        self._ring.trim(needed)
        self._voice.trim(needed)
        return cuts

    def _span_audio(self, span: Span, end: int) -> Samples:
        """The audio of a span's pieces, concatenated, as far as there is any."""
        return np.concatenate([self._ring.read(a, min(b, end)) for a, b in span.pieces])


class Cutter:
    """One file. Call from one thread at a time."""

    def __init__(
        self,
        reader: AudioReader,
        make_detector: Callable[[], SpeechDetector],
        options: CutOptions,
        start: int = 0,
        done: tuple[int, ...] = (),
    ) -> None:
        """`start`: index of the reader's first sample. `done`: for each channel, the sample at
        which its next span begins, where that is later."""
        count = reader.info.channels
        self._reader = reader
        self.longest = options.longest
        """The most audio in one span, in samples."""
        self._done = done if len(done) == count else (start,) * count
        self._channels = [
            _Channel(number, make_detector(), options, at) for number, at in enumerate(self._done)
        ]
        self.position = start
        """Index just after the newest sample read."""
        self.over = False

    def close(self) -> None:
        """Stop reading at once, from any thread."""
        self._reader.close()

    @property
    def total_s(self) -> float | None:
        """Length according to the file's header; None where it does not say."""
        return self._reader.info.total_s

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warning codes about the audio, known when all of it was read."""
        found = {SIDES_CANCEL: self._reader.sides_cancel, CUT_OFF: self._reader.cut_off}
        return tuple(code for code, holds in found.items() if holds)

    @property
    def channels(self) -> int:
        return len(self._channels)

    def settled(self, channel: int) -> int:
        """The sample before which no further span of this channel begins."""
        return self.position if self.over else self._channels[channel].segmenter.needed_from

    def advance(self) -> list[CutSpan]:
        """Read on until there is something to decode, `TURN_SAMPLES` were read or the file is over.

        Raises NotAudio, MessageTooBig; DecodeFailed where the reader was closed.
        """
        cuts: list[CutSpan] = []
        stop_at = self.position + TURN_SAMPLES
        while not (cuts or self.over) and self.position < stop_at:
            block = self._reader.read()
            if block is None:
                self.over = True
                for channel in self._channels:
                    cuts += channel.flush()
                break
            begin, self.position = self.position, self.position + len(block)
            for index, channel in enumerate(self._channels):
                fresh = block[max(0, self._done[index] - begin) :, index]
                cuts += channel.receive(fresh)
        return cuts
