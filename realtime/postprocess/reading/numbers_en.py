"""Writes English numbers in digits, by text2num, where there is only one way to do so. Pure.

Numbers below ten (`one of them`) and words that may be several numbers (`nineteen eighty four`,
`seven thirty`) stay unchanged. Digits said one by one become one telephone or code number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from text_to_num import alpha2digit

from realtime.postprocess.reading.changes import Change

_DIGITS = "zero|oh|one|two|three|four|five|six|seven|eight|nine"
_REST = (
    "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty"
    "|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion"
)
_ORDINALS = (
    "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth"
    "|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth"
)
_WORD = rf"(?:{_DIGITS}|{_REST}|{_ORDINALS})"
RUN = re.compile(
    rf"(?<![\w-]){_WORD}(?:(?:\s+(?:and\s+)?|-|\s+point\s+){_WORD})*(?![\w-])", re.IGNORECASE
)
VALUES = dict(zip(_DIGITS.split("|"), "00123456789", strict=True))
UNIT = re.compile(r"\s+(dollars?|euros?|pounds?|percent|per cent)(?!\w)", re.IGNORECASE)
SIGNS = {"dollar": "$", "euro": "€", "pound": "£"}
LEAST = 10
GROUPED_FROM = 10_000
"""Thousands are grouped from here on: a smaller number such as 2026 may well be a year."""
LEAST_DIGITS = 3
NUMBER = re.compile(r"(\d+)(\.\d+)?(st|nd|rd|th)?")
ONE_BY_ONE = re.compile(rf"(?:{_DIGITS})(?:[\s-]+(?:{_DIGITS}))+", re.IGNORECASE)
DIALLED = {7: (3, 4), 10: (3, 3, 4)}
"""Number of digits → groups in which North America writes telephone numbers."""


def numbers(text: str) -> Iterator[Change]:
    """Changes for numbers that can be written in only one way."""
    for match in RUN.finditer(text):
        if ONE_BY_ONE.fullmatch(match[0]):
            yield from _dialled(match)
            continue
        found = NUMBER.fullmatch(alpha2digit(match[0], "en"))
        if found is None:
            continue
        unit = None if found[3] else UNIT.match(text, match.end())
        if unit:
            yield Change(match.start(), unit.end(), _with_unit(found, unit[1].lower()))
        elif float(found[1]) >= LEAST:
            yield Change(match.start(), match.end(), _grouped(found) + (found[3] or ""))


def _dialled(match: re.Match[str]) -> Iterator[Change]:
    digits = [VALUES[word] for word in re.split(r"[\s-]+", match[0].lower())]
    if len(digits) < LEAST_DIGITS:
        return
    whole, parts, at = "".join(digits), [], 0
    for length in DIALLED.get(len(digits), (len(digits),)):
        parts.append(whole[at : at + length])
        at += length
    yield Change(match.start(), match.end(), "-".join(parts))


def _grouped(found: re.Match[str]) -> str:
    whole = int(found[1])
    return (f"{whole:,}" if whole >= GROUPED_FROM else str(whole)) + (found[2] or "")


def _with_unit(found: re.Match[str], unit: str) -> str:
    if unit.startswith("per"):
        return f"{_grouped(found)}%"
    return f"{SIGNS[unit.rstrip('s')]}{int(found[1]):,}{found[2] or ''}"
