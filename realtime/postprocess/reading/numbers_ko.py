"""Writes Korean numbers in digits where they can be nothing else. Pure.

One syllable alone is rarely a number (`이 분`, `오일`, `사원`): it needs a date around it, or
`퍼센트` behind it. Native numbers (`하나`, `스물`) stay words, as people write them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from realtime.postprocess.reading.changes import Change

DIGITS = {"영": 0, "공": 0, "일": 1, "이": 2, "삼": 3, "사": 4, "오": 5, "육": 6, "륙": 6, "칠": 7}
DIGITS |= {"팔": 8, "구": 9}
SMALL = {"십": 10, "백": 100, "천": 1000}
LARGE = {"만": 10**4, "억": 10**8, "조": 10**12}
_SIGN = "[영공일이삼사오육륙칠팔구십백천만억조]"
_NUMBER = rf"{_SIGN}(?:\s?{_SIGN})*"
_FREE = r"(?<![가-힣A-Za-z0-9])"
DATE = re.compile(
    rf"{_FREE}(?:({_NUMBER})\s?년\s?)?({_NUMBER}|시|유)\s?월\s?({_NUMBER})\s?일(?=[^가-힣]|$|[은는이을에의부까])"
)
COUNTED = re.compile(
    rf"{_FREE}({_NUMBER})\s?(원|퍼센트|프로|년|개월|호|층|번지|킬로미터|킬로그램|미터|센티미터|달러|유로)"
    r"(?![가-힣]*[사장]\b)"
)
SURE_ALONE = frozenset({"퍼센트"})
SHOWN = {"퍼센트": "%", "프로": "%"}
_PHONE_DIGIT = "[영공일이삼사오육륙칠팔구]"
PHONE = re.compile(rf"{_FREE}공(?:[\s,-]?(?:에\s)?{_PHONE_DIGIT}){{8,10}}(?!{_SIGN})")
MONTHS = {"시": 10, "유": 6}
"""Irregular names of months: `시월` and `유월`."""
GROUPED = frozenset({"원", "달러", "유로"})


def numbers(text: str) -> Iterator[Change]:
    """Changes for phone numbers, dates, and numbers before a unit."""
    for match in PHONE.finditer(text):
        digits = "".join(str(DIGITS[sign]) for sign in match[0] if sign in DIGITS)
        yield Change(match.start(), match.end(), phone(digits))
    for match in DATE.finditer(text):
        yield from _date(match)
    for match in COUNTED.finditer(text):
        value, unit = parsed(match[1]), match[2]
        is_short = len(match[1].replace(" ", "")) < 2
        if value is None or (is_short and unit not in SURE_ALONE):
            continue
        shown = f"{value:,}" if unit in GROUPED else str(value)
        yield Change(match.start(), match.end(), f"{shown}{SHOWN.get(unit, unit)}")


def _date(match: re.Match[str]) -> Iterator[Change]:
    year = parsed(match[1]) if match[1] else 0
    month, day = MONTHS.get(match[2]) or parsed(match[2]), parsed(match[3])
    if year is None or month is None or day is None or not (1 <= month <= 12 and 1 <= day <= 31):
        return
    head = f"{year}년 " if match[1] else ""
    yield Change(match.start(), match.end(), f"{head}{month}월 {day}일")


def parsed(words: str) -> int | None:
    """The value of a Sino-Korean number; None for digits one by one or in a wrong order."""
    total, part, digit, last_small, last_large = 0, 0, None, 10**4, 10**16
    for sign in words.replace(" ", ""):
        if sign in DIGITS:
            if digit is not None:
                return None
            digit = DIGITS[sign]
        elif sign in SMALL:
            if SMALL[sign] >= last_small or digit == 0:
                return None
            part += (1 if digit is None else digit) * SMALL[sign]
            last_small, digit = SMALL[sign], None
        else:
            if LARGE[sign] >= last_large or digit == 0:
                return None
            total += (part + (digit or 0) or 1) * LARGE[sign]
            part, digit, last_small, last_large = 0, None, 10**4, LARGE[sign]
    return total + part + (digit or 0)


def phone(digits: str) -> str:
    """Digits in groups: `010-1234-5678`, `02-123-4567`."""
    head = 2 if digits.startswith("02") else 3
    return f"{digits[:head]}-{digits[head:-4]}-{digits[-4:]}"
