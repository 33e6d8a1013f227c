"""Stock weights behind live streams, behind files, and in faster-whisper's own loop."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.recognition.human import PeerTranscriber
from benchmarks.shared.recordings import Recording
from benchmarks.shared.virtual import VirtualStream, session_options, stream
from realtime.app.detectors import make_detector
from realtime.backends.whisper.checks.remedies import FIRST
from realtime.backends.whisper.runtimes.faster_whisper import FasterWhisperBackend
from realtime.engine.engine import Engine
from realtime.engine.options import PATIENT
from realtime.evaluation.differences import Errors
from realtime.evaluation.score import judge
from realtime.evaluation.transcribers import (
    BEHIND_S,
    FileRecordingTranscriber,
    LiveRecordingTranscriber,
    Measurement,
)
from realtime.files.transcriber import FileOptions, FileTranscriber
from realtime.session.options import SessionOptions
from realtime.types import SAMPLE_RATE, Transcript


class TimedBackend(FasterWhisperBackend):
    """Counts final windows, and the seconds spent on them, by the manner of decoding."""

    def __init__(self, folder: Path) -> None:
        self.spent_s: defaultdict[str, float] = defaultdict(float)
        self.heard: Counter[str] = Counter()
        super().__init__(folder, device="cpu", workers=1)

    def _decode_once(self, windows: Any, key: Any, mode: Any = FIRST, encoding: Any = None) -> Any:
        started = time.perf_counter()
        try:
            return super()._decode_once(windows, key, mode, encoding)
        finally:
            if key.final:
                self.spent_s[mode.name] += time.perf_counter() - started
                self.heard[mode.name] += len(windows)


class Transcribers:
    """One model behind live streams, behind files, and in faster-whisper's own loop."""

    def __init__(self, folder: Path) -> None:
        self.backend = TimedBackend(folder)
        self._engine = Engine(lambda: self.backend, PATIENT)
        self._engine.start()
        self._files = FileTranscriber(self._engine, lambda: make_detector("silero"))
        self._reference = PeerTranscriber.loaded(folder, vad_filter=False)

    def reference(self, one: Recording) -> Measurement:
        return self._reference.measure(one)

    def live(self, one: Recording, chunk_s: float = 15.0, overlap_s: float = 1.0) -> Measurement:
        def options(language: str) -> SessionOptions:
            return session_options(self.backend, language, chunk_s, overlap_s, partials=False)

        return LiveRecordingTranscriber(
            self.backend, options, lambda: make_detector("silero")
        ).measure(one)

    def stream(self, one: Recording, chunk_s: float, overlap_s: float) -> VirtualStream:
        """The same stream as `live` plays, with its finals and the windows behind them."""
        options = session_options(self.backend, one.language, chunk_s, overlap_s, partials=False)
        silence = np.zeros(round(BEHIND_S * SAMPLE_RATE), np.float32)
        return stream(np.concatenate([one.samples, silence]), self.backend, options)

    def file(self, one: Recording) -> Measurement:
        return self._file(word_times=True).measure(one)

    def transcript(self, one: Recording, *, word_times: bool) -> Transcript:
        """Transcribe the recording as a file, with segments."""
        return self._file(word_times=word_times).transcribe(one)

    def close(self) -> None:
        self._files.close()
        self._engine.stop()

    def _file(self, *, word_times: bool) -> FileRecordingTranscriber:
        return FileRecordingTranscriber(
            self._files, lambda language: FileOptions(language=language, word_times=word_times)
        )


def errors_of(one: Recording, text: str) -> Errors:
    """Errors in words, or in characters for Korean; none if there is no reference."""
    if not one.reference:
        return Errors()
    judged = judge(one.reference, text, one.language)
    return judged.score.of(judged.counted)
