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
"""A cue said more often counts no more."""
PRIOR = 2.0
"""Weight of evidence that the other classes have before anything is said: one weak cue is 60 %."""
NO_CUE = 20.0
"""Confidence where nothing was found: it is more likely none of the classes than any one."""
NAMED = 4
"""So many cues stand in `reason`."""
LIMIT = 200_000
"""Characters that are read: more say no more about what a call is about."""


class RuleClassifier:
    """Adds up the weights of the cues that were said, and takes the class with the most."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        self._weights: dict[str, list[tuple[Category, float]]] = {}
        for category in taxonomy.category:
            for cue, weight in (*category.cues.ko.items(), *category.cues.en.items()):
                self._weights.setdefault(_plain(cue), []).append((category, weight))
        self._cues = _pattern(self._weights)

    async def classify(self, transcript: Transcript) -> Classification:
        """Never fails: without a cue, or with two classes alike, it is the class for the rest."""
        return self.decide(transcript.text, transcript.language)

    def decide(self, text: str, language: str) -> Classification:
        """The class of `text`.

        Confidence is the share of the class in all evidence, `s₁ ÷ (s₁ + s₂ + PRIOR)` times 100,
        with s₂ the next class's: it grows with the evidence and falls with doubt.
        """
        said = self._said(text)
        scores: dict[str, float] = {}
        named: dict[str, list[tuple[float, str]]] = {}
        for cue, count in said.items():
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

    def _said(self, text: str) -> dict[str, int]:
        """Cue → how often it was said. Longer cues hide the shorter ones in them."""
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
        """No cue, or a tie, which says what was found on each side."""
        cues = [cue for code, _ in ranked[:2] for cue in named[code]]
        other = self._taxonomy.fallback
        return Classification(
            other.code, other.name(language), NO_CUE, _reason(cues, _tongue(language))
        )


def _pattern(cues: Iterable[str]) -> re.Pattern[str]:
    """Longest first. An English cue is a whole word or words; Korean words take endings behind."""
    ordered = sorted(cues, key=len, reverse=True)
    korean = [re.escape(cue) for cue in ordered if _is_korean(cue)]
    english = [re.escape(cue) for cue in ordered if not _is_korean(cue)]
    return re.compile(
        rf"(?P<ko>{'|'.join(korean) or '(?!)'})|(?<!\w)(?P<en>{'|'.join(english) or '(?!)'})(?!\w)"
    )


def _plain(text: str) -> str:
    """Lower case, every run of blanks one blank: a cue may go over a line's end."""
    return " ".join(text.lower().replace("’", "'").split())


def _is_korean(cue: str) -> bool:
    return any("가" <= char <= "힣" for char in cue)


def _tongue(language: str) -> Literal["ko", "en"]:
    return "ko" if language == "ko" else "en"


def _reason(cues: list[tuple[float, str]], language: Literal["ko", "en"]) -> str:
    """`단서: 환불, 취소` or `cues: refund, cancel`: the heaviest first."""
    if not cues:
        return "분류할 단서가 없습니다" if language == "ko" else "no cue was said"
    heaviest = sorted(cues, key=lambda item: -item[0])[:NAMED]
    names = ", ".join(dict.fromkeys(cue for _, cue in heaviest))
    return f"단서: {names}" if language == "ko" else f"cues: {names}"
