"""Replaces what stands between the digits of one number by blanks and hyphens, in place.

People pause, say 에 or 다시 between groups, and the other side says 네. After the replacement the
patterns of `shapes` need only two separators, which keeps the search fast.
"""

from __future__ import annotations

import re

JOIN = r"[ -]{0,10}+"
"""What may stand between two digits of one number in a result of `joined`."""
_WORDS = re.compile(
    r"(\d)(?=[ ]{0,3}[에의번국이네예음어다대하빼짝작막uoytadh])[ ]{0,3}"
    r"(?:에|의|번에|국에|이고|이요|네|예|음|어|uh|um|okay|yes|then|and then"
    r"|(?P<dash>다시|대시|하이픈|빼기|[짝작막]대기|dash|hyphen))[ -]{1,3}(?=\d)",
    re.I,
)
_LETTER = re.compile(r"[^\W\d_]")
_SIGNS = str.maketrans("\n\t\r\u00a0–—,()/·", "    --     ")
_DOT = re.compile(r"\.(?<=\d.)[ ]?(?=\d)")
_AMOUNT = re.compile(
    r"\d(?<!\d.)(?:(?<=[1-9])(?<![.,].)\d{0,2}(?:,\d{3})++(?!,?\d)"
    r"|(?<!\..)\d{0,5}\.\d{1,2}(?![\d.])"
    r"|(?<!-.)(?:(?<=1)9|(?<=2)0)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?![\d-])"
    r"|(?<![-/].)\d?/\d{1,2}/(?:19|20)\d\d(?![\d/-]))"
)
"""1,234,500 and 12.5 and 2026-03-05 and 04/11/2023 are no part of another number."""
_IN_AMOUNTS = ",.-/"
"""Every amount contains one of these."""
_COUNTING = re.compile(r"(?<!\d)(?:\d[ -]{1,3}){64,}+")
"""No number has so many single digits: only the ends of such a run may belong to numbers."""
_ENDS = 60


def joined(text: str) -> str:
    """`text` with its separators replaced, and all positions unchanged. Linear."""
    if any(sign in text for sign in _IN_AMOUNTS):
        text = _AMOUNT.sub(lambda match: "\0" * len(match[0]), text)
    text = text.translate(_SIGNS)
    text = _DOT.sub(lambda match: "-" + " " * (len(match[0]) - 1), text)
    if _LETTER.search(text):
        text = _WORDS.sub(_blank, text)
    return _COUNTING.sub(_cut, text)


def _blank(match: re.Match[str]) -> str:
    return match[1] + ("-" if match["dash"] else " ").ljust(len(match[0]) - 1)


def _cut(match: re.Match[str]) -> str:
    text = match[0]
    return text[:_ENDS] + "\0" * (len(text) - 2 * _ENDS) + text[-_ENDS:]
