"""Sums results up into figures. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from realtime.evaluation.differences import Errors
from realtime.evaluation.folder import SkippedRecording
from realtime.evaluation.normalisation import spelled
from realtime.evaluation.score import Counted, Judgement, Score
from realtime.evaluation.setups import Setup
from realtime.evaluation.transcribers import Measurement


@dataclass(frozen=True, slots=True)
class Result:
    """One recording, recognised in every setup."""

    name: str
    language: str
    """ISO code; empty: the model detected it."""
    duration_s: float
    reference: str
    hypothesis: Mapping[str, Measurement]
    """By name of the setup."""
    judged: Mapping[str, Judgement]

    @property
    def counted(self) -> Counted:
        """Unit of its error rate: words or characters."""
        return next(iter(self.judged.values())).counted


@dataclass(frozen=True, slots=True)
class Figures:
    """One setup, over all recordings of one language."""

    setup: str
    language: str
    recordings: int
    audio_s: float
    counted: Counted
    """Unit of the language's error rate."""
    score: Score
    cpu_s: float | None
    """Processor seconds; None if another process does the work."""
    wall_s: float
    passes: int
    first_partial_s: tuple[float, ...]
    final_s: tuple[float, ...]
    stable: tuple[float, ...]
    retracted: int

    @property
    def errors(self) -> Errors:
        """Errors in the language's unit, with numbers compared by value."""
        return self.score.of(self.counted)

    @property
    def as_written(self) -> Errors:
        """The same with numbers as they are written."""
        score = self.score
        return score.words_as_written if self.counted == "words" else score.characters_as_written

    @property
    def cpu_per_s(self) -> float | None:
        """Processor seconds per second of audio."""
        return None if self.cpu_s is None else self.cpu_s / self.audio_s

    @property
    def speed(self) -> float:
        """Seconds of audio recognised per second."""
        return self.audio_s / self.wall_s if self.wall_s else 0.0

    def as_json(self) -> dict[str, Any]:
        """The figures for JSON, with rates in percent and times in seconds."""
        score = self.score
        return {
            "setup": self.setup,
            "language": self.language or None,
            "recordings": self.recordings,
            "audio_s": round(self.audio_s, 2),
            "counted": self.counted,
            "error_rate": rounded(self.errors.rate),
            "wer": rounded(score.words.rate),
            "cer": rounded(score.characters.rate),
            "wer_numbers_as_written": rounded(score.words_as_written.rate),
            "cer_numbers_as_written": rounded(score.characters_as_written.rate),
            "errors": asdict(self.errors),
            "cpu_s_per_audio_s": rounded(self.cpu_per_s, 4),
            "times_as_fast_as_speech": rounded(self.speed),
            "passes": self.passes,
            "first_partial_s": spread(self.first_partial_s),
            "final_s": spread(self.final_s),
            "stable_share_p50": rounded(percentile(self.stable, 50), 3),
            "retracted": self.retracted,
        }


def figures(
    results: Sequence[Result], setups: Iterable[Setup], *, costed: bool = True
) -> list[Figures]:
    """The figures of all setups for each language, in the order in which languages appear.

    `costed`: whether this process does the work, so that its processor time is the cost.
    """
    languages = dict.fromkeys(result.language for result in results)
    return [
        _sum(setup.name, [r for r in results if r.language == language], costed)
        for language in languages
        for setup in setups
    ]


def _sum(name: str, results: Sequence[Result], costed: bool) -> Figures:
    hypothesis = [result.hypothesis[name] for result in results]
    by_words = sum(result.counted == "words" for result in results)
    return Figures(
        setup=name,
        language=results[0].language,
        recordings=len(results),
        audio_s=sum(result.duration_s for result in results),
        counted="words" if 2 * by_words > len(results) else "characters",
        score=sum((result.judged[name].score for result in results), Score()),
        cpu_s=sum(one.cpu_s for one in hypothesis) if costed else None,
        wall_s=sum(one.wall_s for one in hypothesis),
        passes=sum(one.passes for one in hypothesis),
        first_partial_s=tuple(t for one in hypothesis for t in one.waits.first_partial_s),
        final_s=tuple(t for one in hypothesis for t in one.waits.final_s),
        stable=tuple(share for one in hypothesis for share in one.waits.stable),
        retracted=sum(one.waits.retracted for one in hypothesis),
    )


def percentile(values: Sequence[float], percent: float) -> float | None:
    """A percentile of the values; None if there are none."""
    return float(np.percentile(values, percent)) if values else None


def spread(values: Sequence[float]) -> dict[str, float | int | None]:
    """Number of values, their median and 95th percentile."""
    return {
        "count": len(values),
        "p50": rounded(percentile(values, 50), 3),
        "p95": rounded(percentile(values, 95), 3),
    }


def rounded(value: float | None, digits: int = 2) -> float | None:
    """Rounded for people and JSON."""
    return None if value is None else round(value, digits)


@dataclass(frozen=True, slots=True)
class Report:
    """All results of a run."""

    folder: str
    model: str
    machine: str
    setups: tuple[Setup, ...]
    results: tuple[Result, ...]
    left_out: tuple[SkippedRecording, ...]
    figures: tuple[Figures, ...]
    complete: bool
    """False: the run was interrupted, and these are the recordings before that."""
    partials: bool
    """Whether streams showed partials."""

    def as_json(self) -> dict[str, Any]:
        """The report for JSON."""
        return {
            "folder": self.folder,
            "model": self.model,
            "machine": self.machine,
            "complete": self.complete,
            "partials": self.partials,
            "normalisation": NORMALISATION["en"],
            "setups": {setup.name: {"live": setup.live, **setup.options} for setup in self.setups},
            "figures": [one.as_json() for one in self.figures],
            "recordings": [_recording(result) for result in self.results],
            "left_out": [asdict(one) for one in self.left_out],
        }


NORMALISATION = {
    "en": "Case, punctuation and symbols do not count (Whisper's own rules, by whisper-normalizer; "
    "in English contractions, spellings and fillers such as uh neither). Korean, and scripts "
    "without blanks, are judged by characters, without blanks. Numbers count as right however they "
    "are written: English as digits (whisper-normalizer), Korean as read aloud (num2words); the "
    "rates with numbers as written stand beside. Alignment: jiwer.",
    "ko": "대소문자, 문장 부호, 기호는 세지 않습니다(Whisper의 규칙, whisper-normalizer; 영어는 "
    "축약형, 철자 차이, uh 같은 군말도). 한국어와 띄어쓰기가 없는 문자는 공백을 뺀 글자로 셉니다. "
    "숫자는 어떻게 적어도 맞은 것으로 셉니다: 영어는 숫자로(whisper-normalizer), 한국어는 한자어로 "
    "읽은 대로(num2words). 적힌 그대로 센 비율은 따로 적습니다. 정렬: jiwer.",
}
"""How texts are compared, for readers of a report."""


def _recording(result: Result) -> dict[str, Any]:
    return {
        "file": result.name,
        "language": result.language or None,
        "seconds": round(result.duration_s, 2),
        "reference": result.reference,
        "heard": {name: _one(result, name) for name in result.hypothesis},
    }


def _one(result: Result, name: str) -> dict[str, Any]:
    hypothesis, judged = result.hypothesis[name], result.judged[name]
    errors = judged.score.of(judged.counted)
    return {
        "text": hypothesis.text,
        "counted": judged.counted,
        "error_rate": rounded(errors.rate),
        "errors": asdict(errors),
        "cpu_s": rounded(hypothesis.cpu_s, 3),
        "differences": [
            {
                "kind": piece.kind,
                "said": spelled(piece.reference),
                "heard": spelled(piece.hypothesis),
            }
            for piece in judged.pieces
            if piece.kind != "equal"
        ],
    }
