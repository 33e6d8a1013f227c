"""What all benchmarks share: word errors, statistics, rows of figures next to what is asked."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from realtime.evaluation.differences import compare, errors
from realtime.evaluation.normalisation import words
from realtime.types import SAMPLE_RATE, Samples


def normalise(text: str) -> str:
    """NFKC, casefolded, punctuation and symbols removed, spaces made single; digits as written.

    A hyphen is removed, not replaced: "555-0142" is one word either way.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = (c for c in folded if unicodedata.category(c)[0] not in "PS")
    return " ".join("".join(kept).split())


@dataclass(slots=True)
class WordErrors:
    """Word errors, summed over texts."""

    words: int = 0
    substituted: int = 0
    deleted: int = 0
    inserted: int = 0

    def add(self, reference: str, hypothesis: str) -> None:
        """Count one more text. Both are normalised; `reference` must hold a word."""
        found = errors(compare(words(normalise(reference)), words(normalise(hypothesis))))
        self.words += found.said
        self.substituted += found.changed
        self.deleted += found.lost
        self.inserted += found.doubled + found.invented

    @property
    def rate(self) -> float:
        """Word error rate in percent."""
        return 100 * (self.substituted + self.deleted + self.inserted) / max(1, self.words)

    def __str__(self) -> str:
        parts = f"{self.substituted} s, {self.deleted} d, {self.inserted} i of {self.words}"
        return f"{self.rate:.1f} % ({parts})"


def word_error_rate(pairs: Iterable[tuple[str, str]]) -> WordErrors:
    """Errors of (reference, hypothesis) pairs."""
    errors = WordErrors()
    for reference, hypothesis in pairs:
        errors.add(reference, hypothesis)
    return errors


def percentile(values: Sequence[float], percent: float) -> float:
    """NaN where there are no values."""
    return float(np.percentile(values, percent)) if len(values) else float("nan")


def theil_sen(x: Sequence[float], y: Sequence[float]) -> float:
    """The median slope over all pairs of points: a trend that single late answers do not bend."""
    xs, ys = np.asarray(x, float), np.asarray(y, float)
    first, second = np.triu_indices(len(xs), 1)
    apart = xs[second] - xs[first]
    slopes = (ys[second] - ys[first])[apart != 0] / apart[apart != 0]
    return float(np.median(slopes)) if len(slopes) else float("nan")


def to_s16(audio: Samples) -> npt.NDArray[np.int16]:
    """float32 in -1 … 1 → int16, rounded and clipped; shape (n,)."""
    scaled: npt.NDArray[np.int16] = np.clip(np.rint(audio * 32768.0), -32768, 32767).astype("<i2")
    return scaled


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * SAMPLE_RATE), np.float32)


@dataclass(frozen=True, slots=True)
class Row:
    """One figure next to what is asked."""

    letter: str
    """The row of the table of requirements."""
    what: str
    figure: str
    asked: str = "report"
    met: bool | None = None
    """None: nothing is asked, or it is for the reader to judge."""


def show(rows: Iterable[Row]) -> None:
    """Print as a table in Markdown, ready for the README."""
    print("| | what | figure | asked | met |\n|---|---|---|---|---|")
    for row in rows:
        met = {True: "yes", False: "**no**", None: ""}[row.met]
        print(f"| {row.letter} | {row.what} | {row.figure} | {row.asked} | {met} |", flush=True)


def machine() -> str:
    """Where, when and on which commit the figures were measured."""
    here = os.path.dirname(os.path.abspath(__file__))
    command = ["git", "rev-parse", "--short", "HEAD"]
    try:
        commit = subprocess.run(command, cwd=here, capture_output=True, text=True).stdout.strip()
    except FileNotFoundError:
        commit = ""
    load = os.getloadavg()[0]
    return (
        f"{date.today()}, commit {commit or 'unknown'}, {os.cpu_count()} CPUs "
        f"({platform.machine()}), Python {platform.python_version()}, load before {load:.1f}"
    )


def parser(description: str | None) -> argparse.ArgumentParser:
    """`description`: the module's docstring, whose first paragraph is shown."""
    return argparse.ArgumentParser(
        description=(description or "").split("\n\n")[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
