"""Classification by cues: no network, and the same answer every time."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Literal

from realtime.postprocess.base import Classification
from realtime.postprocess.classification.taxonomy import Category, Taxonomy
from realtime.types import Transcript

REPEATS = 3
"""Occurrences of a cue beyond this number add no weight."""
PRIOR = 2.0
"""Evidence for the other classes that is assumed before any cue: one cue of weight 3 is 60 %."""
NO_CUE = 20.0
"""Confidence of the fallback class without a cue or with a tie: it is likelier than any other."""
NAMED = 4
"""Most cues in `reason`."""
LIMIT = 200_000
"""Characters that are searched: a longer text says no more about the subject of a call."""


class RuleClassifier:
    """Adds up the weights of the cues in a text and chooses the class with the highest sum."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        self._weights: dict[str, list[tuple[Category, float]]] = {}
        for category in taxonomy.category:
            for cue, weight in (*category.cues.ko.items(), *category.cues.en.items()):
                self._weights.setdefault(_plain(cue), []).append((category, weight))
        self._cues = _pattern(self._weights)

    async def classify(self, transcript: Transcript) -> Classification:
        """Never fails: without a cue, or with a tie, the result is the fallback class."""
        return self.decide(transcript.text, transcript.language)

    def decide(self, text: str, language: str) -> Classification:
        """The class of `text`.

        Confidence is the share of the class in all evidence, `s₁ ÷ (s₁ + s₂ + PRIOR)` times 100,
        with s₁ its sum and s₂ that of the next class: it grows with evidence and falls with doubt.
        """
        counts = self._cue_counts(text)
        scores: dict[str, float] = {}
        named: dict[str, list[tuple[float, str]]] = {}
        for cue, count in counts.items():
            for category, weight in self._weights[cue]:
                worth = weight * math.log2(1 + min(count, REPEATS))
                scores[category.code] = scores.get(category.code, 0.0) + worth
                named.setdefault(category.code, []).append((worth, cue))
        ranked = sorted(scores.items(), key=lambda item: -item[1])
        best = ranked[0][1] if ranked else 0.0
        second = ranked[1][1] if len(ranked) > 1 else 0.0
        if not ranked or best == second:
            return self._other(ranked, named, language)
        chosen = self._taxonomy.by_code(ranked[0][0]) or self._taxonomy.fallback
        return Classification(
            chosen.code,
            chosen.name(language),
            round(100 * best / (best + second + PRIOR), 1),
            _reason(named[chosen.code], _tongue(language)),
        )

    def _cue_counts(self, text: str) -> dict[str, int]:
        """Cue → how often it occurs. A longer cue hides the shorter ones inside it."""
        counted: dict[str, int] = {}
        for match in self._cues.finditer(_plain(text[:LIMIT])) if self._weights else ():
            cue = match["ko"] or match["en"]
            counted[cue] = counted.get(cue, 0) + 1
        return counted

    def _other(
        self,
        ranked: list[tuple[str, float]],
        named: dict[str, list[tuple[float, str]]],
        language: str,
    ) -> Classification:
        """The fallback class, for no cue or a tie; a tie's reason lists the cues of both."""
        cues = [cue for code, _ in ranked[:2] for cue in named[code]]
        other = self._taxonomy.fallback
        return Classification(
            other.code, other.name(language), NO_CUE, _reason(cues, _tongue(language))
        )


def _pattern(cues: Iterable[str]) -> re.Pattern[str]:
    """Matches cues, the longest first: English ones as whole words; Korean words take endings, so
    Korean cues also match inside words."""
    ordered = sorted(cues, key=len, reverse=True)
    korean = [re.escape(cue) for cue in ordered if _is_korean(cue)]
    english = [re.escape(cue) for cue in ordered if not _is_korean(cue)]
    return re.compile(
        rf"(?P<ko>{'|'.join(korean) or '(?!)'})|(?<!\w)(?P<en>{'|'.join(english) or '(?!)'})(?!\w)"
    )


def _plain(text: str) -> str:
    """Lower case with single blanks: a cue may continue on the next line."""
    return " ".join(text.lower().replace("’", "'").split())


def _is_korean(cue: str) -> bool:
    return any("가" <= char <= "힣" for char in cue)


def _tongue(language: str) -> Literal["ko", "en"]:
    return "ko" if language == "ko" else "en"


def _reason(cues: list[tuple[float, str]], language: Literal["ko", "en"]) -> str:
    """`단서: 환불, 취소` or `cues: refund, cancel`: the heaviest cues first."""
    if not cues:
        return "분류할 단서가 없습니다" if language == "ko" else "no cue was said"
    heaviest = sorted(cues, key=lambda item: -item[0])[:NAMED]
    names = ", ".join(dict.fromkeys(cue for _, cue in heaviest))
    return f"단서: {names}" if language == "ko" else f"cues: {names}"
