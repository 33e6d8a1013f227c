"""What numbers that belong to a person look like, and when they are what they look like.

Every pattern starts at a digit behind none and is bounded in length: the search is linear. Those of
digits alone are searched together, in one pass (`search`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from realtime.postprocess.privacy import checks
from realtime.postprocess.privacy.cues import NOTHING
from realtime.postprocess.privacy.joined import JOIN
from realtime.postprocess.privacy.kinds import Kind

_JOIN = JOIN
_START = r"(?<!\d)(?<!\d[-.])"
_END = r"(?!-?\d)(?!\.\d)"
SURE, LIKELY, CUED = 50, 30, 40
"""Ranks: a check digit or an unmistakable shape; a shape; a shape and its cue."""


def _n(count: str) -> str:
    """`count` digits (`8`, or `7,8` for a range) with whatever may stand between."""
    low, _, high = count.partition(",")
    more = f"{{{int(low) - 1},{int(high) - 1}}}" if high else f"{{{int(low) - 1}}}"
    return rf"\d(?:{_JOIN}\d){more}"


def _fixed(digits: str) -> str:
    """These digits, classes of one, or `d` for any, with whatever may stand between and behind."""
    parts = re.findall(r"\[[^]]*\]|d|\d", digits)
    return "".join((r"\d" if part == "d" else part) + _JOIN for part in parts)


Decide = Callable[[str, str, str], int]
"""(digits, as in the joined text, nearest cue) → rank; 0: it is not."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a number looks like, and when it is personal data."""

    kind: Kind
    pattern: str
    decide: Decide
    needs: str = ""
    """The cue without which it is not; "": none."""


def _whenever(rank: int = LIKELY) -> Decide:
    return lambda digits, written, cue: 0 if cue == NOTHING else rank


def _always(rank: int = CUED) -> Decide:
    return lambda digits, written, cue: rank


def _shape(kind: Kind, pattern: str, decide: Decide, needs: str = "") -> Shape:
    """A number of digits alone, which ends where no more digits follow."""
    return Shape(kind, f"({pattern}){_END}", decide, needs)


def _cued(kind: Kind, pattern: str, rank: int = CUED) -> Shape:
    """Nothing in the number itself says what it is: its cue must."""
    return _shape(kind, pattern, _always(rank), kind)


def _resident(digits: str, written: str, cue: str) -> int:
    if not checks.resident(digits):
        return 0
    if cue == Kind.RRN or checks.resident_checksum(digits):
        return SURE
    return 0 if cue == NOTHING else SURE - 2


def _card(digits: str, written: str, cue: str) -> int:
    if checks.card(digits):
        if len(digits) == 13:  # as long as a registration number, and no longer given out
            return CUED if cue == Kind.CARD else 0
        return 0 if cue == NOTHING and written.isdigit() else SURE
    return CUED if cue == Kind.CARD and len(digits) in (15, 16) else 0


def _business(digits: str, written: str, cue: str) -> int:
    if cue == Kind.BUSINESS_NUMBER:
        return CUED + 1
    return LIKELY if checks.business(digits) and cue != NOTHING else 0


def _trunk(digits: str, written: str, cue: str) -> int:
    """Numbers with 0 in front: mobiles most likely, the rest by how many digits they have."""
    if digits.startswith("010"):
        return SURE
    if cue == NOTHING:
        return 0
    return CUED if digits.startswith("01") else LIKELY


def _national(digits: str, written: str, cue: str) -> int:
    """American: 3-3-4, area and exchange from 2 up."""
    if cue == Kind.PHONE:
        return CUED
    if cue and cue != Kind.BIRTH_DATE:
        return 0
    return 0 if written.isdigit() else LIKELY


def _social(digits: str, written: str, cue: str) -> int:
    if not checks.social_security(digits):
        return 0
    if cue == Kind.SSN:
        return CUED + 2
    return LIKELY if not cue and written.count("-") == 2 else 0


def _service(digits: str, written: str, cue: str) -> int:
    """1588-1234: eight digits in a row need a cue, a pair of four does not."""
    if cue == Kind.PHONE:
        return CUED
    return 0 if cue or written.isdigit() else LIKELY


def _routing(digits: str, written: str, cue: str) -> int:
    return CUED - 1 if checks.routing(digits) else 0


def _unasked(rank: int) -> Decide:
    """Where no cue speaks for anything else."""
    return lambda digits, written, cue: 0 if cue else rank


_ACCOUNT_GROUPS = (
    r"(?:\d{3}-(?:\d{3}-\d{6}|\d{4}-\d{4}-\d{2}|\d{6}-(?:\d{2}-\d{3}|\d{5})|\d{2}-\d{6}-\d)"
    r"|\d{6}-\d{2}-\d{6}|\d{4}-(?:\d{3}-\d{6}|\d{2}-\d{7}))"
)
"""How Korean banks group their numbers."""
_TRUNK = (
    rf"0{_JOIN}(?:1{_JOIN}(?:0{_JOIN}{_n('8')}|[16789]{_JOIN}{_n('7,8')})"
    rf"|2{_JOIN}{_n('7,8')}|[3-6]{_JOIN}[1-5]{_JOIN}{_n('7,8')}|[78]{_JOIN}0{_JOIN}{_n('7,8')}"
    rf"|5{_JOIN}0{_JOIN}{_n('8,9')}|7{_JOIN}{_n('9')}|0{_JOIN}[1-9]{_JOIN}{_n('8,14')})"
)
"""Korean mobiles, areas, services, 050x, British mobiles, calls abroad."""

SHAPES: tuple[Shape, ...] = (
    _shape(Kind.RRN, _n("13"), _resident),
    _shape(Kind.PHONE, _TRUNK, _trunk),
    _shape(Kind.PHONE, _fixed("82") + r"0?" + _JOIN + _fixed("10") + _n("8"), _whenever(CUED)),
    _shape(Kind.BUSINESS_NUMBER, r"\d{3}-\d{2}-\d{5}", _business),
    _shape(Kind.PHONE, rf"(?:1{_JOIN})?{_fixed('[2-9]dd[2-9]dd')}{_n('4')}", _national),
    _shape(Kind.PHONE, _fixed("1[568][0134567-9]d") + _n("4"), _service),
    _shape(Kind.CARD, r"[2-69]" + _JOIN + _n("12,18"), _card),
    _shape(Kind.ACCOUNT, _ACCOUNT_GROUPS, _unasked(LIKELY - 1)),
    _shape(Kind.SSN, r"\d{3}-\d{2}-\d{4}", _social),
    _shape(Kind.DRIVER_LICENSE, r"(?:\d\d-)?\d\d-\d{6}-\d\d", _whenever(CUED)),
    _cued(Kind.PHONE, rf"0{_JOIN}{_n('8,10')}"),
    _cued(Kind.PHONE, _n("7,8")),
    _cued(Kind.ACCOUNT, _n("9,16"), CUED - 1),
    _cued(Kind.ACCOUNT, _n("6,8"), CUED - 2),
    _shape(Kind.ACCOUNT, _n("9"), _routing, Kind.ACCOUNT),
    _shape(Kind.BUSINESS_NUMBER, _n("10"), _business, Kind.BUSINESS_NUMBER),
    _shape(Kind.SSN, _n("9"), _social, Kind.SSN),
    _cued(Kind.PASSPORT, _n("8,9")),
    _cued(Kind.DRIVER_LICENSE, _n("7,12")),
)
"""Numbers of digits alone. Of two that are equally sure of the same number the upper wins, and
before it one whose cue is there."""
ABROAD = _shape(Kind.PHONE, _n("9,15"), _always(SURE - 1))
"""Behind a + alone."""
_LETTER = (
    r"(?<![A-Za-z0-9가-힣])(?:[A-Za-z]|에이|비|씨|디|에프|지|에이치|아이|제이|케이|엘|엠|엔|피|큐|알|에스|티"
    r"|유|브이|더블유|엑스|와이|제트)[ -]{0,2}"
)
"""One letter, written or said by its Korean name."""
_INNER = r"(?:[A-Za-z]|에이|비|씨|디|에프|지|에이치|제이|케이|엘|엠|엔)[ -]{0,2}"
REGION = re.compile(
    r"(?:서울|부산|대구|인천|광주|대전|울산|경기|강원|충북|충남|전북|전남|경북|경남|제주)[\s-]?$"
)
"""Before a driver's licence number, in place of the region's code."""

LETTERED: tuple[Shape, ...] = (
    Shape(
        Kind.PASSPORT,
        r"(?<![A-Za-z0-9])([MSRODG](?:\d{8}|\d{3}[A-Z]\d{4}))(?![A-Za-z0-9])",
        _whenever(LIKELY + 2),
    ),
    Shape(
        Kind.PASSPORT,
        rf"({_LETTER}(?:{_n('7,9')}|{_n('3')}{_JOIN}{_INNER}{_n('4')})){_END}",
        _always(),
        Kind.PASSPORT,
    ),
    Shape(Kind.DRIVER_LICENSE, rf"({_LETTER}{_n('6,14')}){_END}", _always(), Kind.DRIVER_LICENSE),
    Shape(
        Kind.DRIVER_LICENSE,
        r"(?<![A-Za-z0-9])((?=[A-Z0-9]*\d{4})[A-Z]{1,5}[0-9][A-Z0-9]{5,14})(?![A-Za-z0-9])",
        _always(),
        Kind.DRIVER_LICENSE,
    ),
)
"""Numbers that begin with a letter."""
FIRST_LETTER = re.compile(
    r"[A-Za-z에비씨디지아제케엘엠엔피큐알티유브더엑와](?<![A-Za-z0-9].)"
    r"(?=[A-Z]{0,4}\d|[가-힣]{0,2}[ -]{0,2}\d)"
)
"""Where one of them, or an IBAN, may begin: the cheap question that comes first."""


@dataclass(frozen=True, slots=True)
class Search:
    """Some shapes, looked for in one pass."""

    shapes: tuple[Shape, ...]
    pattern: re.Pattern[str]
    """Matches where one of the shapes begins; group i + 1 is the number that shape i sees there."""

    @classmethod
    def of(cls, begin: str, shapes: tuple[Shape, ...]) -> Search:
        """`begin`: where to try them. A number may be of several shapes: each is a lookahead."""
        each = "".join(f"(?={shape.pattern}|)" for shape in shapes)
        any_of_them = "|".join(f"\\{group}" for group in range(1, len(shapes) + 1))
        return cls(shapes, re.compile(f"{begin}{each}(?={any_of_them})"))

    def at(self, match: re.Match[str]) -> Iterator[tuple[Shape, int, int]]:
        """The shapes that begin where the pattern matched, each with the span of its number."""
        first = match.end()
        for shape, number in zip(self.shapes, match.groups(), strict=True):
            if number is not None:
                yield shape, first, first + len(number)


@lru_cache
def of_digits(cue: str) -> Search:
    """For numbers of digits alone beside which `cue` stands."""
    asked = [shape for shape in SHAPES if shape.needs == cue != ""]
    return Search.of(rf"{_START}(?=\d)", (*asked, *(s for s in SHAPES if not s.needs)))


@lru_cache
def abroad() -> Search:
    """For numbers behind a +."""
    return Search.of(r"(?<=\+)[ ]?", (ABROAD,))


@lru_cache
def lettered() -> Search:
    """For numbers that begin with a letter, at one that `FIRST_LETTER` found."""
    return Search.of("", LETTERED)
