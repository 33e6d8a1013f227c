"""Finds fillers, the sounds that people make while they think. Pure.

Only sounds without a meaning count: `you know`, `like`, `이제`, `막` often have one, and `어` alone
is an answer. Words that are fillers only before a pause need its punctuation behind them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from realtime.postprocess.reading.changes import Change

SIGNS = r"(?:,|\.{2,}|…|、)"
ALWAYS = {
    "en": r"(?:u+m+|u+h+|u+h+m+|e+r+m+|h+m+|m+m+)",
    "ko": r"(?:으*음+|흠+|엄+)",
}
BEFORE_A_SIGN = {"en": r"(?:er|eh)", "ko": r"(?:어+|에+|그+|저|저기|뭐|뭐지|그니까)"}
_PATTERNS = {
    code: re.compile(
        rf"(?<![\w'’-])(?:{ALWAYS[code]}(?![\w'’-]){SIGNS}?|{BEFORE_A_SIGN[code]}{SIGNS})"
        r"(?:\s+|$|(?=[.?!]))",
        re.IGNORECASE,
    )
    for code in ALWAYS
}


def fillers(text: str, language: str) -> Iterator[Change]:
    """Changes that leave out fillers; none for languages other than English and Korean."""
    pattern = _PATTERNS.get(language)
    if pattern is None:
        return
    for match in pattern.finditer(text):
        yield from _left_out(text, match.start(), match.end())


def _left_out(text: str, start: int, end: int) -> Iterator[Change]:
    """At the beginning of a sentence the capital moves to the next word; a filler alone in its
    sentence is left out with the punctuation."""
    begins = not text[:start].strip() or text[:start].rstrip()[-1] in ".?!。"
    if begins and end < len(text) and text[end] in ".?!":
        end += 1
    follows = text[end : end + 1]
    if begins and text[start].isupper() and follows.islower():
        yield Change(start, end + 1, follows.upper())
    elif end > start and text[end - 1].isspace():
        yield Change(start, end, "") if not text[:start].strip() else Change(start, end - 1, "")
    else:
        yield Change(start, end, "")
