"""Decides a window's language by its sound and by the expected languages. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from realtime.types import DecodeOptions

LISTED = 5
"""Likeliest languages that a hypothesis lists, besides the expected ones."""


@dataclass(frozen=True, slots=True)
class DetectedLanguage:
    """The language of one window."""

    language: str
    probability: float
    probabilities: tuple[tuple[str, float], ...] = ()
    """See `Hypothesis.languages`."""


def detect(probabilities: Mapping[str, float], options: DecodeOptions) -> DetectedLanguage:
    """The likeliest of the languages that the options allow.

    `probabilities`: code → probability by the sound alone, of every language that the model knows.
    """
    allowed = {
        code: probabilities[code] for code in options.candidates if code in probabilities
    } or dict(probabilities)
    weights = dict(options.expected)
    others = weights.pop("", 1.0)
    scores = {code: share * weights.get(code, others) for code, share in allowed.items()}
    best = max(scores, key=scores.__getitem__)
    mass, total = sum(allowed.values()), sum(scores.values())
    likeliest = sorted(allowed, key=allowed.__getitem__, reverse=True)
    listed = dict.fromkeys([*likeliest[:LISTED], *(code for code in weights if code in allowed)])
    return DetectedLanguage(
        best,
        scores[best] / total if total else 0.0,
        tuple((code, allowed[code] / mass if mass else 0.0) for code in listed),
    )
