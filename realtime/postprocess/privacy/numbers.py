"""Numbers that belong to a person: registration, phone, card, account, passport, licence, business.

They are searched in text whose said digits have become digits (`spoken`). Every pattern starts at a
digit behind none and is bounded in length, so that the search is linear.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from realtime.postprocess.privacy import checks
from realtime.postprocess.privacy.cues import NOTHING, counts, cue_before, cue_behind
from realtime.postprocess.privacy.kinds import Finding, Kind

_JOIN = (
    r"(?:[\s\-–—.,()/~·]{0,3}+(?:(?:에|의|다시|대시|하이픈|빼기|번에|국에|이고|이요|네|예|음|어"
    r"|dash|hyphen|uh|um|okay|yes|then|and then)[\s\-.,]{1,3}+)?)"
)
"""What may stand between two digits of one number: signs, pauses, and the other side's 네."""
_START = r"(?<!\d)(?<!\d[-.])"
_END = r"(?!-?\d)(?!\.\d)"
_PRICE = re.compile(
    r"(?<![\d.,])[1-9]\d{0,2}(?:,\d{3})++(?!,?\d)|(?<![\d.])\d{1,6}\.\d{1,2}(?![\d.])"
)
"""1,234,500 and 12.5 are amounts: no part of another number."""

SURE, LIKELY, CUED = 50, 30, 40
"""Ranks: a check digit or an unmistakable shape; a shape; a shape and its cue."""


def _n(count: str) -> str:
    """`count` digits (`8`, or `7,8` for a range) with whatever may stand between."""
    low, _, high = count.partition(",")
    more = f"{{{int(low) - 1},{int(high) - 1}}}" if high else f"{{{int(low) - 1}}}"
    return rf"\d(?:{_JOIN}\d){more}"


def _fixed(digits: str) -> str:
    """These digits (or classes of one), with whatever may stand between them and behind."""
    return "".join(part + _JOIN for part in re.findall(r"\[[^]]*\]|\\d|\d", digits))


@dataclass(frozen=True, slots=True)
class Shape:
    """A pattern, and when what it matches is personal data."""

    kind: Kind
    pattern: re.Pattern[str]
    decide: Callable[[str, str, str], int]
    """(digits, as written, nearest cue) → rank; 0: it is not."""


def _whenever(rank: int = LIKELY) -> Callable[[str, str, str], int]:
    return lambda digits, written, cue: 0 if cue == NOTHING else rank


def _cued(*kinds: Kind) -> Callable[[str, str, str], int]:
    return lambda digits, written, cue: CUED if cue in kinds else 0


def _shape(kind: Kind, pattern: str, decide: Callable[[str, str, str], int]) -> Shape:
    # The lookahead lets matches overlap: one that is refused hides none behind it.
    return Shape(kind, re.compile(f"{_START}(?=({pattern}){_END})", re.I), decide)


def _resident(digits: str, written: str, cue: str) -> int:
    if not checks.resident(digits):
        return 0
    if cue == Kind.RRN or checks.resident_checksum(digits):
        return SURE
    return 0 if cue == NOTHING else SURE - 1


def _card(digits: str, written: str, cue: str) -> int:
    if checks.card(digits):
        return 0 if cue == NOTHING and written.isdigit() else SURE - 2
    return CUED if cue == Kind.CARD and len(digits) in (15, 16) else 0


def _business(digits: str, written: str, cue: str) -> int:
    if cue == Kind.BUSINESS_NUMBER:
        return CUED + 1
    grouped = re.fullmatch(r"\d{3}-\d{2}-\d{5}", written) is not None
    return LIKELY if grouped and checks.business(digits) and cue != NOTHING else 0


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
    grouped = re.fullmatch(r"\d{3}-\d{2}-\d{4}", written) is not None
    return LIKELY if grouped and not cue else 0


def _service(digits: str, written: str, cue: str) -> int:
    """1588-1234: eight digits in a row need a cue, a pair of four does not."""
    if cue == Kind.PHONE:
        return CUED
    return 0 if cue or written.isdigit() or "~" in written else LIKELY


def _account(digits: str, written: str, cue: str) -> int:
    if cue == Kind.ACCOUNT:
        return CUED - 1
    return LIKELY - 1 if not cue and _ACCOUNT_GROUPS.fullmatch(written) else 0


def _routing(digits: str, written: str, cue: str) -> int:
    return CUED if cue == Kind.ACCOUNT and checks.routing(digits) else 0


_ACCOUNT_GROUPS = re.compile(
    r"\d{3}-\d{3}-\d{6}|\d{6}-\d{2}-\d{6}|\d{4}-\d{3}-\d{6}|\d{4}-\d{2}-\d{7}|\d{3}-\d{4}-\d{4}-\d{2}"
    r"|\d{3}-\d{6}-\d{2}-\d{3}|\d{3}-\d{6}-\d{5}|\d{3}-\d{2}-\d{6}-\d"
)
"""How Korean banks group their numbers."""
_AREA = r"(?:" + _fixed("02") + _n("7,8") + "|" + _fixed("0[3-6][1-5]") + _n("7,8") + ")"

SHAPES: tuple[Shape, ...] = (
    _shape(Kind.RRN, _n("13"), _resident),
    _shape(Kind.PHONE, _fixed("010") + _n("8"), _whenever(SURE)),
    _shape(Kind.PHONE, _fixed("01[16789]") + _n("7,8"), _whenever(CUED)),
    _shape(Kind.PHONE, _AREA, _whenever()),
    _shape(Kind.PHONE, _fixed("0[78]0") + _n("7,8"), _whenever()),
    _shape(Kind.PHONE, _fixed("050") + _n("8,9"), _whenever(LIKELY + 1)),
    _shape(Kind.PHONE, _fixed("07") + _n("9"), _whenever(LIKELY - 2)),
    _shape(Kind.PHONE, _fixed("0[12]") + _n("9"), _cued(Kind.PHONE)),
    _shape(Kind.PHONE, _fixed("0") + _n("8,10"), _cued(Kind.PHONE)),
    _shape(Kind.PHONE, _fixed("00[1-9]") + _n("8,14"), _whenever()),
    _shape(Kind.PHONE, r"(?<=\+)(?! )" + _n("9,15"), _whenever(SURE - 1)),
    _shape(Kind.PHONE, r"(?<=\+ )" + _n("9,15"), _whenever(SURE - 1)),
    _shape(Kind.PHONE, _fixed("82") + r"\(?0?\)?" + _JOIN + _fixed("10") + _n("8"), _whenever()),
    _shape(
        Kind.PHONE,
        rf"(?:1{_JOIN})?[2-9]{_JOIN}\d{_JOIN}\d{_JOIN}[2-9]{_JOIN}\d{_JOIN}\d{_JOIN}" + _n("4"),
        _national,
    ),
    _shape(Kind.PHONE, _fixed("1[568][0134567-9]\\d") + _n("4"), _service),
    _shape(Kind.PHONE, _n("7,8"), _cued(Kind.PHONE)),
    _shape(Kind.CARD, r"[2-69]" + _JOIN + _n("12,18"), _card),
    _shape(Kind.ACCOUNT, _n("9,16"), _account),
    _shape(Kind.ACCOUNT, _n("9"), _routing),
    _shape(Kind.ACCOUNT, _n("6,8"), _cued(Kind.ACCOUNT)),
    _shape(Kind.BUSINESS_NUMBER, _n("10"), _business),
    _shape(Kind.SSN, _n("9"), _social),
    _shape(Kind.PASSPORT, _n("8,9"), _cued(Kind.PASSPORT)),
    _shape(Kind.DRIVER_LICENSE, r"\d\d-\d\d-\d{6}-\d\d", _whenever(CUED)),
    _shape(Kind.DRIVER_LICENSE, _n("7,12"), _cued(Kind.DRIVER_LICENSE)),
)
_LETTER = (
    r"(?<![A-Za-z0-9가-힣])(?:[A-Za-z]|에이|비|씨|디|에프|지|에이치|아이|제이|케이|엘|엠|엔|피|큐|알|에스|티"
    r"|유|브이|더블유|엑스|와이|제트)[\s,.-]{0,2}"
)
"""One letter, written or said by its Korean name."""
_INNER = _LETTER[_LETTER.index(")") + 1 :]
_REGIONS = "서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충북|충남|전북|전남|경북|경남|제주"

LETTERED: tuple[Shape, ...] = (
    Shape(
        Kind.PASSPORT,
        re.compile(r"(?<![A-Za-z0-9])([MSRODG](?:\d{8}|\d{3}[A-Z]\d{4}))(?![A-Za-z0-9])"),
        _whenever(LIKELY + 2),
    ),
    Shape(
        Kind.PASSPORT,
        re.compile(rf"({_LETTER}(?:{_n('7,9')}|{_n('3')}{_JOIN}{_INNER}{_n('4')})){_END}", re.I),
        _cued(Kind.PASSPORT),
    ),
    Shape(
        Kind.DRIVER_LICENSE,
        re.compile(rf"((?:{_REGIONS})[\s-]?{_n('10')}){_END}"),
        _cued(Kind.DRIVER_LICENSE),
    ),
    Shape(
        Kind.DRIVER_LICENSE,
        re.compile(rf"((?:{_REGIONS})[\s-]?\d\d-\d{{6}}-\d\d){_END}"),
        _whenever(CUED),
    ),
    Shape(
        Kind.DRIVER_LICENSE,
        re.compile(rf"({_LETTER}{_n('6,14')}){_END}", re.I),
        _cued(Kind.DRIVER_LICENSE),
    ),
    Shape(
        Kind.DRIVER_LICENSE,
        re.compile(
            r"(?<![A-Za-z0-9])((?=[A-Z0-9]*\d{4})[A-Z]{1,5}[0-9][A-Z0-9]{5,14})(?![A-Za-z0-9])"
        ),
        _cued(Kind.DRIVER_LICENSE),
    ),
)
"""Numbers that begin with a letter or a region."""
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d\d(?:[ ]?[A-Z0-9]{2,4}){3,8}(?![A-Za-z0-9])")
_RUN = re.compile(rf"\d(?:{_JOIN}\d){{5,}}+")


def find_numbers(text: str) -> Iterator[Finding]:
    """Findings in `text`, in no order; some may overlap. Positions are those of `text`."""
    text = _PRICE.sub(lambda match: "\0" * len(match[0]), text)
    for run in _RUN.finditer(text):
        for shape in SHAPES:
            yield from _matches(shape, text, run.start(), run.end())
    for shape in LETTERED:
        yield from _matches(shape, text, 0, len(text))
    for match in _IBAN.finditer(text):
        if checks.iban(match[0].replace(" ", "")):
            yield Finding(*match.span(), Kind.ACCOUNT, SURE + 1)


def _matches(shape: Shape, text: str, start: int, end: int) -> Iterator[Finding]:
    for match in shape.pattern.finditer(text, start, end):
        first, last = match.span(1)
        digits = "".join(filter(str.isdecimal, match[1]))
        cue = cue_before(text, first) or cue_behind(text, last)
        rank = shape.decide(digits, match[1], cue)
        if not rank or (rank < SURE - 2 and counts(text, first, last)):
            continue
        yield Finding(*_with_plus(text, first, last), _kind(shape.kind, digits), rank)


def _with_plus(text: str, first: int, last: int) -> tuple[int, int]:
    """A plus or a bracket before a number is part of it."""
    while first and text[first - 1] in "+(":
        first -= 1
    return first, last


def _kind(kind: Kind, digits: str) -> Kind:
    return Kind.FRN if kind is Kind.RRN and digits[6] in "5678" else kind
