"""Finds dates of birth: a date beside a cue that says so."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from realtime.postprocess.privacy import checks
from realtime.postprocess.privacy.cues import BEFORE, Cues
from realtime.postprocess.privacy.kinds import Finding, IdentifierKind
from realtime.postprocess.privacy.patterns import lower

RANK = 45
BEHIND = 32
"""Characters before a cue in which a date may begin: 1990년 5월 3일에 태어났어요."""
_MONTHS = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_ORDINALS = (
    r"(?:(?:twenty|thirty|20|30)[\ -])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth"
    r"|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth"
    r"|nineteenth|twentieth|thirtieth)"
)
_DAY = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?\b|{_ORDINALS}\b)"
_YEAR = r"(?:\d{4}|'?\d{2}[\ -]?\d{2}|'\d\d|\d00\d|\d000(?:\ and)?\ ?\d{0,2}|\d\d\ 0?\ ?\d)(?!\d)"
_SAID = r"[일이삼사오육칠팔구십백천영공0-9]"
_DATE = re.compile(
    rf"""(?P<numeric>(?<!\d)(?:(?:19|20)\d\d[-./년]\s?\d{{1,2}}[-./월]\s?\d{{1,2}}(?:일|(?!\d))
        | \d{{1,2}}[-/.]\d{{1,2}}[-/.](?:(?:19|20)?\d\d)(?!\d)
        | (?:19|20)?\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)
        | \d{{2}}\s(?:0[1-9]|1[0-2])\s(?:0[1-9]|[12]\d|3[01])(?!\s?-?\d)))
      | (?P<korean>(?<![가-힣\d]){_SAID}{{2,7}}\s?년도?\s?
          (?:{_SAID}{{1,2}}|유|시)\s?월\s?{_SAID}{{1,3}}\s?일)
      | (?P<english>\b{_MONTHS}\s+(?:the\s+)?{_DAY},?\s+(?:of\s+)?{_YEAR}
        | \b(?:the\s+)?{_DAY}\s+(?:of\s+)?{_MONTHS},?\s+{_YEAR})""",
    re.X,
)
_MAY_BEGIN = re.compile(
    rf"""[\d일이삼사오육칠팔구십백천영공jfmasondte](?:
        (?<=\d)(?<!\d\d)
          (?=\d{{0,3}}[-/.년]\s?\d{{1,2}}[-/.월]\s?\d|\d{{5}}|\d\s[01]\d\s[0-3]\d)
      | (?<={_SAID})(?<![가-힣\d].)(?={_SAID}{{1,6}}\s?년)
      | (?<=[jfmasond])(?<!\w.)
          (?=(?:an|eb|ar|pr|ay|un|ul|ug|ep|ct|ov|ec)[a-z]{{0,6}}\.?\s+[\dtfsen])
      | (?<=[\dtfsen])(?<!\w.)
          (?=(?:he\s+)?[a-z\d\ -]{{0,20}}?\s(?:of\s+)?{_MONTHS},?\s+['\d]))""",
    re.X,
)
"""Where a date may begin, in lower case: searched once, however many cues are near."""
_AHEAD = 128
"""More characters than a date has, and more than are searched around a cue."""
_YEAR_OF_BIRTH = r"(?:19[2-9]\d|20(?:0\d|1[0-2]))(?!\d)"
"""Years in which callers were born."""
_OF_BIRTH = re.compile(rf"(?<!\d){_YEAR_OF_BIRTH}")
_MONTH_OF_BIRTH = re.compile(
    rf"\b{_MONTHS},?\s(?:of\s)?{_YEAR_OF_BIRTH}"
    rf"|(?<!\d){_YEAR_OF_BIRTH}\s?년\s?\d{{1,2}}\s?(?:일\s?)?월"
)
RECENT_DATE = r"\d{1,2}[/.]\d{1,2}[/.](?:201[6-9]|20[2-9]\d)|20[12]\d-\d\d?-\d\d?"
"""Dates of years in which no speaker was born."""
SHORT_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_BORN = re.compile(r"(?:(?<=[일\d])생|\s생일|(?<=[일\d])에?\s?태어|\s?출생)")


def find_birth_dates(text: str) -> Iterator[Finding]:
    """Findings in `text`, the original or the one with spoken digits as digits."""
    small = lower(text)
    cues = Cues(small)
    signs = sorted((*cues.mentions(IdentifierKind.BIRTH_DATE), *_births(text)))
    begins: list[int] = []
    asked = done = 0
    for start, end in signs:
        first, last = max(done, start - BEHIND), min(len(text), end + BEFORE)
        if asked < last:
            begins += _begins(small, max(asked, first), last + _AHEAD)
            asked = last + _AHEAD
        for begin in begins[bisect_left(begins, first) : bisect_left(begins, last)]:
            match = _DATE.match(small, begin, last) if done <= begin else None
            if match:
                done = match.end()
                if _is_of_birth(text, match, cues):
                    yield Finding(*match.span(), IdentifierKind.BIRTH_DATE, RANK)


def days_of_birth(text: str) -> Iterator[tuple[int, int]]:
    """Spans of whole dates, and of months with their year, in years in which callers were born.

    The cue beside them may have been misheard, and few other dates of these years are said.
    """
    small = lower(text)
    done = 0
    for begin in _begins(small, 0, len(small)):
        match = _DATE.match(small, begin) if begin >= done else None
        if match and _is_year_of_birth(match[0]):
            done = match.end()
            yield match.span()
    yield from (match.span() for match in _MONTH_OF_BIRTH.finditer(small))


def _is_year_of_birth(date: str) -> bool:
    return any(_OF_BIRTH.search(part) for part in re.split(r"[^\d]+", date))


def _begins(small: str, start: int, end: int) -> Iterator[int]:
    """Where dates may begin, from `start` on and before `end`."""
    for match in _MAY_BEGIN.finditer(small, start, end + _AHEAD):
        if match.start() >= end:
            return
        yield match.start()


def _births(text: str) -> Iterator[tuple[int, int]]:
    """Spans of cues behind a date: 1990년생, 3월 3일 출생."""
    if "생" in text or "태어" in text:  # every match contains one of the two
        yield from (match.span() for match in _BORN.finditer(text))


def _is_of_birth(text: str, match: re.Match[str], cues: Cues) -> bool:
    behind = _BORN.match(text, match.end())
    if not behind and cues.before(match.start()) != IdentifierKind.BIRTH_DATE:
        return False
    digits = "".join(filter(str.isdecimal, match[0]))
    return not match[0].isdecimal() or checks.month_and_day(digits[-4:-2], digits[-2:])
