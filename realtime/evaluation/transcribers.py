"""Recognises recordings, live or as files, and measures words, times and cost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from realtime.backends.base import Backend
from realtime.evaluation.recordings import Recording
from realtime.evaluation.virtual import VirtualStream
from realtime.files.options import FileOptions
from realtime.files.transcriber import FileTranscriber
from realtime.session.events import Event, Final, Partial
from realtime.session.options import SessionOptions
from realtime.session.session import Session
from realtime.types import SAMPLE_RATE, Transcript, Word
from realtime.vad.base import SpeechDetector

BEHIND_S = 1.5
"""Silence after each recording of a live stream, as in a call that goes on, so that the last words
get their final after the hangover, as all others do."""
OnProgress = Callable[[float], None]
"""Called with the seconds of audio that are done."""


@dataclass(frozen=True, slots=True)
class StreamLatencies:
    """How long a speaker waits, in seconds, on a stream of their own."""

    first_partial_s: tuple[float, ...] = ()
    """From the beginning of an utterance to its first words."""
    final_s: tuple[float, ...] = ()
    """From the last word to the final, hangover included; only finals that silence ended."""
    stable: tuple[float, ...] = ()
    """Share of each final's text, 0 … 1, that was stable before it."""
    retracted: int = 0
    """Finals that do not begin with the text that was stable."""


NO_WAITS = StreamLatencies()


@dataclass(frozen=True, slots=True)
class Measurement:
    """The result of one recording in one setup."""

    text: str
    cpu_s: float
    """Processor time of this process."""
    wall_s: float
    passes: int
    """Encoder passes; for files, windows."""
    waits: StreamLatencies = NO_WAITS
    words: tuple[Word, ...] = ()
    """With times in the recording, if the options ask for them."""


class RecordingTranscriber(Protocol):
    """One way to recognise a recording."""

    def measure(self, recording: Recording, on_progress: OnProgress | None = None) -> Measurement:
        """Recognise a recording. Raises any error of the model."""
        ...


@dataclass(frozen=True, slots=True)
class LiveRecordingTranscriber:
    """Recognises a recording as the only live stream of a model, in virtual time."""

    backend: Backend
    options: Callable[[str], SessionOptions]
    """Options for an ISO code of a language; if it is empty, the model detects the language."""
    make_detector: Callable[[], SpeechDetector]
    real_delay: bool = False
    """Whether answers take the time that the model really takes, so that there are as many partials
    as on this machine. Otherwise there are as many as possible, and words never depend on speed."""

    def measure(self, recording: Recording, on_progress: OnProgress | None = None) -> Measurement:
        session = Session(self.options(recording.language), self.make_detector())
        played = VirtualStream(session, self.backend, None if self.real_delay else 1)
        clock = Stopwatch()
        played.play(recording.samples, on_progress=on_progress)
        played.play(np.zeros(round(BEHIND_S * SAMPLE_RATE), np.float32))
        played.end()
        cpu_s, wall_s = clock.read()
        delays = waits(played.events, played.arrivals_s)
        return Measurement(played.text, cpu_s, wall_s, played.passes, delays, tuple(played.spoken))


@dataclass(frozen=True, slots=True)
class FileRecordingTranscriber:
    """Recognises a recording as a whole file."""

    files: FileTranscriber
    options: Callable[[str], FileOptions]
    """Options for an ISO code of a language; if it is empty, the model detects the language."""

    def measure(self, recording: Recording, on_progress: OnProgress | None = None) -> Measurement:
        clock = Stopwatch()
        transcript = self.transcribe(recording, on_progress)
        words = tuple(word for segment in transcript.segments for word in segment.words)
        cpu_s, wall_s = clock.read()
        return Measurement(transcript.text, cpu_s, wall_s, transcript.windows, words=words)

    def transcribe(self, recording: Recording, on_progress: OnProgress | None = None) -> Transcript:
        """Recognise a recording and return its segments, too."""
        tell = on_progress or _nobody
        return asyncio.run(
            self.files.transcribe(
                recording.samples,
                self.options(recording.language),
                lambda progress: tell(progress.done_s),
            )
        )


class Stopwatch:
    """Measures from its creation."""

    def __init__(self) -> None:
        self._cpu_s, self._wall_s = time.process_time(), time.perf_counter()

    def read(self) -> tuple[float, float]:
        """(processor seconds of this process, seconds elapsed)."""
        return time.process_time() - self._cpu_s, time.perf_counter() - self._wall_s


def waits(events: Sequence[Event], arrivals_s: Sequence[float]) -> StreamLatencies:
    """The waits of a stream, from its events and their arrival times."""
    first: dict[int, float] = {}
    stable: dict[int, str] = {}
    finals: list[float] = []
    shares: list[float] = []
    retracted = 0
    for event, at_s in zip(events, arrivals_s, strict=True):
        if isinstance(event, Partial):
            first.setdefault(event.id, at_s - event.start)
            stable[event.id] = event.stable
        elif isinstance(event, Final) and event.text:
            if event.endpoint:
                finals.append(at_s - event.end)
            before = stable.get(event.id)
            if before is not None:
                shares.append(min(1.0, len(before) / len(event.text)))
                retracted += not event.text.startswith(before)
    return StreamLatencies(tuple(first.values()), tuple(finals), tuple(shares), retracted)


def _nobody(done_s: float) -> None:
    """Report no progress."""
