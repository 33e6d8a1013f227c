"""Shapes of numbers that begin with a letter: passports and driver's licences.

Every pattern begins at a letter without another before it and is bounded in length, so the search
is linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from realtime.postprocess.privacy.joined import JOIN
from realtime.postprocess.privacy.kinds import IdentifierKind
from realtime.postprocess.privacy.shapes import LIKELY, IdentifierShape, always, whenever

_END = r"(?!-?\d)(?!\.\d)"


def _n(low: int, high: int = 0) -> str:
    """Matches `low` digits, or up to `high`, with separators between them."""
    return rf"\d(?:{JOIN}\d){{{low - 1},{(high or low) - 1}}}"


_LETTER = (
    r"(?<![A-Za-z0-9가-힣])(?:[A-Za-z]|에이|비|씨|디|에프|지|에이치|아이|제이|케이|엘|엠|엔|피|큐|알|에스|티"
    r"|유|브이|더블유|엑스|와이|제트)[ -]{0,2}"
)
"""One letter, written or spoken as its Korean name."""
_INNER = r"(?:[A-Za-z]|에이|비|씨|디|에프|지|에이치|제이|케이|엘|엠|엔)[ -]{0,2}"
REGION = re.compile(
    r"(?:서울|부산|대구|인천|광주|대전|울산|경기|강원|충북|충남|전북|전남|경북|경남|제주)[\s-]?$"
)
"""The region before a driver's licence number, in place of its code."""

LETTERED: tuple[IdentifierShape, ...] = (
    IdentifierShape(
        IdentifierKind.PASSPORT,
        r"(?<![A-Za-z0-9])([MSRODG](?:\d{8}|\d{3}[A-Z]\d{4}))(?![A-Za-z0-9])",
        whenever(LIKELY + 2),
    ),
    IdentifierShape(
        IdentifierKind.PASSPORT,
        rf"({_LETTER}(?:{_n(7, 9)}|{_n(3)}{JOIN}{_INNER}{_n(4)})){_END}",
        always(),
        IdentifierKind.PASSPORT,
    ),
    IdentifierShape(
        IdentifierKind.DRIVER_LICENSE,
        rf"({_LETTER}{_n(6, 14)}){_END}",
        always(),
        IdentifierKind.DRIVER_LICENSE,
    ),
    IdentifierShape(
        IdentifierKind.DRIVER_LICENSE,
        r"(?<![A-Za-z0-9])((?=[A-Z0-9]*\d{4})[A-Z]{1,5}[0-9][A-Z0-9]{5,14})(?![A-Za-z0-9])",
        always(),
        IdentifierKind.DRIVER_LICENSE,
    ),
)
"""Numbers that begin with a letter."""
FIRST_LETTER = re.compile(
    r"[A-Za-z에비씨디지아제케엘엠엔피큐알티유브더엑와](?<![A-Za-z0-9].)"
    r"(?=[A-Z]{0,4}\d|[가-힣]{0,2}[ -]{0,2}\d)"
)
"""Where one of them, or an IBAN, may begin: a cheap test that comes first."""
LONGEST = 180
"""No number that begins with a letter has more characters."""


@lru_cache
def _search(cued: bool) -> tuple[tuple[IdentifierShape, ...], re.Pattern[str]]:
    """The shapes, with `cued` also those that need a cue, and a pattern that finds one of them.

    Group i + 1 of the pattern is the number that shape i matches there.
    """
    shapes = tuple(shape for shape in LETTERED if cued or not shape.needs)
    each = "".join(f"(?={shape.pattern}|)" for shape in shapes)
    any_of_them = "|".join(f"\\{group}" for group in range(1, len(shapes) + 1))
    return shapes, re.compile(f"{each}(?={any_of_them})")


def lettered(plain: str, start: int, cued: bool) -> Iterator[tuple[IdentifierShape, int]]:
    """The shapes that match at the letter at `start`, each with the end of its number."""
    shapes, pattern = _search(cued)
    match = pattern.match(plain, start)
    if not match:
        return
    for shape, number in zip(shapes, match.groups(), strict=True):
        if number is not None:
            yield shape, start + len(number)
