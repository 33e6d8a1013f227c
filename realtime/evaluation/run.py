"""A run over recordings: each goes through every setup before the next begins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from realtime.audio.files import Decoders
from realtime.errors import RealtimeError
from realtime.evaluation.figures import Result
from realtime.evaluation.folder import Entry, SkippedRecording
from realtime.evaluation.recordings import Recording, audio, joined
from realtime.evaluation.score import judge
from realtime.evaluation.transcribers import RecordingTranscriber


class EvaluationDisplay(Protocol):
    """Shows the progress of a run."""

    def begin(self, recording: Recording) -> None: ...
    def progress(self, setup: str, done_s: float) -> None:
        """Show how many seconds of the recording this setup has recognised."""
        ...

    def end(self, recording: Recording) -> None: ...
    def warn(self, left_out: SkippedRecording) -> None: ...


@dataclass(slots=True)
class Run:
    """A run that may be interrupted anywhere: `results` holds complete recordings only."""

    transcribers: Mapping[str, RecordingTranscriber]
    """By name of the setup."""
    display: EvaluationDisplay
    results: list[Result] = field(default_factory=list)
    left_out: list[SkippedRecording] = field(default_factory=list)

    def measure(self, recordings: Iterable[Recording]) -> None:
        """Recognise all recordings. One on which the model fails goes to `left_out`."""
        for recording in recordings:
            self.display.begin(recording)
            try:
                self.results.append(self._result(recording))
            except RealtimeError as error:
                self._leave_out(recording.name, error.message)
            self.display.end(recording)

    def decoded(self, entries: Iterable[Entry], language: str) -> Iterator[Recording]:
        """Decode recordings one at a time. `language`: for entries without one. An entry that
        cannot be decoded goes to `left_out`."""
        decoders = Decoders()
        try:
            for entry in entries:
                try:
                    samples = audio(decoders, entry.path)
                except RealtimeError as error:
                    self._leave_out(entry.name, error.message)
                    continue
                yield Recording(
                    entry.name, entry.language or language, samples, entry.reference or ""
                )
        finally:
            decoders.close()

    def _result(self, recording: Recording) -> Result:
        transcripts = {
            name: transcriber.measure(recording, self._progress(name))
            for name, transcriber in self.transcribers.items()
        }
        judged = {
            name: judge(recording.reference, one.text, recording.language)
            for name, one in transcripts.items()
        }
        return Result(
            recording.name,
            recording.language,
            recording.duration_s,
            recording.reference,
            transcripts,
            judged,
        )

    def _progress(self, name: str) -> Callable[[float], None]:
        return lambda done_s: self.display.progress(name, done_s)

    def _leave_out(self, name: str, why: str) -> None:
        one = SkippedRecording(name, why)
        self.left_out.append(one)
        self.display.warn(one)


def one_after_the_other(found: Iterable[Recording], pause_s: float) -> Iterator[Recording]:
    """Recordings joined with pauses, as in a call, so that short ones do not stand alone. Those
    without speech are not joined."""
    languages: dict[str, list[Recording]] = {}
    for one in found:
        if one.reference:
            languages.setdefault(one.language, []).append(one)
        else:
            yield one
    for group in languages.values():
        yield from joined(group, pause_s, f"{pause_s:g} s apart")
