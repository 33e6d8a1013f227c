"""Finds the digits that reach the end of a text: they may be the beginning of a number.

In a partial they are held back, whatever they are. In a final they would be masked permanently, so
amounts, dates, times and counts are told from them (`_is_ordinary`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from realtime.postprocess.privacy.cues import NOTHING, Cues
from realtime.postprocess.privacy.dates import RECENT_DATE, SHORT_MONTHS
from realtime.postprocess.privacy.joined import joined
from realtime.postprocess.privacy.kinds import IdentifierKind
from realtime.postprocess.privacy.names.spelled import LETTER_NAMES
from realtime.postprocess.privacy.short import PLATE_FRONT, PLATE_LETTERS
from realtime.postprocess.privacy.spoken import SYLLABLES, Normalised, normalise

_DIGIT = " zero"
"""Appended to a text, it shows which digits a number at the end has."""
_TIMES = re.compile(r"(?:\b(?P<two>double)|\btriple)\s*\Z", re.I)
"""The digit to repeat comes next."""
_JOINT_LAST = re.compile(
    rf"(?<=[\d{SYLLABLES}십백천나둘셋넷섯곱덟홉a-z])(?P<joint>[에의]|\s?(?:다시|대시|하이픈|빼기|[짝작막]대기|dash|hyphen))"
    r"[\s,-]*\Z",
    re.I,
)
"""Words that stand between two groups of digits: the next group comes next."""
_DOUBTFUL_LAST = re.compile(r"(?<=\d)[일이]\s*\Z")
"""A digit behind figures, or a day and a particle: 25일, 66이."""
_PARTICLE_LAST = re.compile(r"(?<![^\s])\d+[에의]\s*\Z")
"""A joint that means something else behind most figures: 포트 8100의."""
_READ = " 0"
"""What `_DIGIT` is read as."""
_RUN = re.compile(r"\d(?:[ -]{0,10}\d)*\Z")
_GROUPED = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d\d(?:[ ]?[A-Z0-9]{1,4})*\s*\Z")
"""The beginning of an international account number."""
_NUMBER_IS = re.compile(
    r"(?:number|번호|digits|code)(?:\s(?:is|was|on\s+\w+\s+is))?[는가은이]?\s*[:,]?\s*\Z", re.I
)
"""Words at the end that announce a number."""
_LETTERS = re.compile(
    rf"(?<![A-Za-z0-9가-힣'’])(?:[A-HJ-Z][A-Z]{{0,4}}|[b-hj-z]|(?!아이|이|오)(?:{LETTER_NAMES}))"
    r"[ -]{0,2}\Z"
)
"""Letters before a number: numbers of passports and licences begin with a letter or two."""
_MOBILE = re.compile(r"01[016-9]?")
"""Unmistakable even where the cue says that it is an order number."""

_AMOUNT = re.compile(r"[$€£₩]\s?\d[\d,.]*|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d\d?", re.A)
_DATE = re.compile(RECENT_DATE, re.A)
_WRITTEN_DATE = re.compile(rf"\b(?:{SHORT_MONTHS})[a-z]*\s\d{{1,2}}(?:,?\s20[12]\d)?\Z", re.I)
_TIME = re.compile(r"\d{1,2}:\d\d", re.A)
_WRITTEN_LAST = re.compile(r"(?:[$€£₩]\s?)?\d[\d,.:/-]*\Z")
_YEAR_BEFORE = re.compile(
    r"\b(?:in|since|until|by|year|of|from|to|and|january|february|march|april|may|june|july"
    r"|august|september|october|november|december)\s*,?\s*\Z",
    re.I,
)
_YEAR = re.compile(
    r"(?:\d{1,2}(?:st|nd|rd|th)?,?\s)?(?:19|20)\d\d|(?:nineteen|twenty)\s(?:[a-z]+)(?:[\s-][a-z]+)?",
    re.I,
)
_CLOCK_BEFORE = re.compile(
    r"\b(?:at|to|from|by|until|till|around|before|after|about|and)\s+\Z", re.I
)
_CLOCK = re.compile(
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\s"
    r"(?:oh\s[a-z]+|ten|fifteen|thirty|(?:twenty|thirty|forty|fifty)(?:[\s-][a-z]+)?|[a-z]+teen)",
    re.I,
)
_COUNT = re.compile(
    r"[1-9]\d?|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
    r"(?:[\s-](?:one|two|three|four|five|six|seven|eight|nine))?"
    r"|(?:[a-z]+teen|ten|eleven|twelve)|[a-z]+\s(?:hundred|thousand)",
    re.I,
)
"""A number below a hundred that is said as one: no number begins with so few digits, but behind
its cue."""
_CARDINAL = re.compile(r"[일이삼사오육칠팔구십백천만]*[십백천만][일이삼사오육칠팔구십백천만]*")
_COUNTED_IN = re.compile(r"[만억월]\s?\Z|(?:\d|[일이삼사오육칠팔구십유시])\s?월\s?\Z")
"""What stands before the rest of an amount or of a date."""
_ORDINARY_WORDS = """
공사 이사 오이 사이 구이 오일 일이 일일 이일 삼일 사일 육일 칠일 팔일 구일 삼사 사오 오육 이삼 이공
사영 영사 사사 공이 영이 오리 이오 사공
"""
_WORDS = frozenset(_ORDINARY_WORDS.split())
"""Ordinary words, days and guesses (삼사, three or four) of digit syllables alone."""
_ANNOUNCED = re.compile(r"번호|계좌|통장|은행|뱅크|number|account")
"""Behind one of them even a number like an amount is the first group: 계좌번호는 오천삼백."""
_NEAR = 24
"""Characters before a number in which one of them counts."""
Span = tuple[int, int]


def trailing_digits(text: str, *, sure: bool) -> Iterator[Span]:
    """Spans of the digits that reach the end, written or spoken, with the letters before them.

    `sure`: leave out those that most likely belong to nobody.
    """
    joint = _JOINT_LAST.search(text)
    whole = text[: joint.start("joint")] if joint else text
    last = _DOUBTFUL_LAST.search(whole)
    said = whole[: last.start()] if last else whole
    read = normalise(said + _DIGIT)
    doubtful = last is not None or _PARTICLE_LAST.search(text) is not None
    for start, end in _run_at_end(read, said, doubtful=doubtful, sure=sure):
        yield start, len(whole) if last else end
    grouped = _GROUPED.search(said)
    if grouped and not (sure and Cues(said).before(grouped.start()) == NOTHING):
        yield grouped.span()
    for shape in (PLATE_FRONT, PLATE_LETTERS):
        front = shape.search(read.text, 0, len(read.text) - len(_READ))
        if front and Cues(read.text).before(front.start()) == IdentifierKind.LICENSE_PLATE:
            yield read.span(*front.span())


def _run_at_end(read: Normalised, said: str, *, doubtful: bool, sure: bool) -> Iterator[Span]:
    """The last digits of `said`, which `read` is with a further digit; none if there are none."""
    run = _RUN.search(joined(read.text))
    times = _TIMES.search(said)
    added = 1 if not times else 2 if times["two"] else 3
    count = sum(map(str.isdigit, run[0])) - added if run else 0
    if run and (count or times):
        first = read.span(run.start(), run.start() + 1)[0]
        letters = _LETTERS.search(said, 0, first)
        start = letters.start() if letters else first
        digits = "".join(filter(str.isdigit, run[0]))[:count]
        if not sure or _may_begin(said, (start, first), digits, doubtful):
            yield start, len(said) if times else _digits_end(read, run.start(), len(said))


def _may_begin(said: str, places: tuple[int, int], digits: str, doubtful: bool) -> bool:
    """Whether the digits at the end of a final are more likely the beginning of a number than an
    amount, a date or a count. `places`: where they begin in `said`, with and without letters."""
    start, first = places
    cue = Cues(said).before(start)
    if cue == NOTHING:
        return _MOBILE.match(digits) is not None
    announced = cue != "" or _NUMBER_IS.search(said, 0, start) is not None
    if doubtful and not announced and not digits.startswith("0"):
        return False
    if is_amount_or_date(said) or _COUNTED_IN.search(said, 0, start):
        return False
    if announced:
        return not _CARDINAL.fullmatch(said[start:]) or _is_announced(said, start)
    if start < first:
        return True
    return len(digits) > 1 and not _is_ordinary(said, start)


def is_amount_or_date(said: str) -> bool:
    """Whether what is written at the end is money, a decimal, a time or a date of these years."""
    said = said.rstrip(".,?! ")
    last = _WRITTEN_LAST.search(said)
    if not last:
        return False
    if _WRITTEN_DATE.search(said):
        return True
    return any(shape.fullmatch(last[0]) for shape in (_AMOUNT, _DATE, _TIME))


def _is_ordinary(said: str, start: int) -> bool:
    """Whether digits without a cue, from `start` to the end, are a year, a time, a count or a
    word: 2024, eight fifteen, 46, 삼만 오천, 공사."""
    last = said[start:].rstrip(" .,?!")
    if _COUNT.fullmatch(last) or _CARDINAL.fullmatch(last):
        return True
    if _YEAR.fullmatch(last) and _YEAR_BEFORE.search(said, 0, start):
        return True
    if _CLOCK.fullmatch(last) and _CLOCK_BEFORE.search(said, 0, start):
        return True
    return all(word in _WORDS for word in last.split(" "))


def _is_announced(said: str, start: int) -> bool:
    return _ANNOUNCED.search(said, max(0, start - _NEAR), start) is not None


def _digits_end(read: Normalised, start: int, end: int) -> int:
    """End of the last digit before `end` in `text`; its run begins at `start` in `read.text`."""
    ends = (
        read.span(at, at + 1)[1] for at in range(start, len(read.text)) if read.text[at].isdigit()
    )
    return max(place for place in ends if place <= end)
