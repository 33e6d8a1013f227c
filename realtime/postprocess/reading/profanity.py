"""Replaces swear words by asterisks. Pure.

The list is short and holds only words that are nothing else: libraries also mask `hell`, `god` and
`sex`, which transcripts of courts, churches and doctors need. Only stems are masked; Korean endings
stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from realtime.postprocess.reading.changes import Change

ENGLISH = re.compile(
    r"\b(?:mother)?fuck(?:er|ers|ing|in|ed|s|up)?\b|\bbull?shit\w*\b|\bshit(?:ty|s|ting)?\b"
    r"|\bbitch(?:es|y)?\b|\bcunts?\b|\bassholes?\b|\bdickheads?\b|\bwank(?:er|ers|ing)?\b",
    re.IGNORECASE,
)
KOREAN = re.compile(
    r"(?<![가-힣])(?:씨발|씨바|씨팔|시팔|시발(?![점역택행자]))|개새끼|새끼야|병신|지랄|좆|존나|졸라게"
    r"|썅|니미|염병할"
)


def profanity(text: str) -> Iterator[Change]:
    """Changes for swear words in both languages: Korean speakers swear in English, too."""
    for pattern in (ENGLISH, KOREAN):
        for match in pattern.finditer(text):
            word = match[0]
            yield Change(match.start(), match.end(), word[0] + "*" * (len(word) - 1))
