"""Finds what at the end of a text may become personal data when the text goes on.

A number gets longer, `김철수` becomes `김철수 고객님`, `123456789` becomes `123456789 is my
account`. Two checks find this: which digits reach the end, whatever they will be, and what the
finders would see if the text went on in one of the `WAYS`. A caller that shows an unfinished text
holds these characters back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from realtime.postprocess.privacy.cues import NOTHING, Cues
from realtime.postprocess.privacy.joined import joined
from realtime.postprocess.privacy.mask import Style, edits
from realtime.postprocess.privacy.misheard import NUMBERED
from realtime.postprocess.privacy.names.people import GIVEN_NAMES, is_korean_name
from realtime.postprocess.privacy.places import HOMES
from realtime.postprocess.privacy.rules import find
from realtime.postprocess.privacy.spoken import Normalised, normalise

REACH = 140
"""Characters before the end that may still become personal data: the longest address, and the part
of a mail address before the @, with their cues."""
_DIGIT = " zero"
"""Appended to a text, it shows which digits a number at the end has."""
_TIMES = re.compile(r"(?:\b(?P<two>double)|\btriple)\s*\Z", re.I)
"""The digit to repeat comes next."""
_RUN = re.compile(r"\d(?:[ -]{0,10}\d)*\Z")
_GROUPED = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d\d(?:[ ]?[A-Z0-9]{1,4})*\s*\Z")
"""The beginning of an international account number."""
_DOTTED_RUN = re.compile(r"\d[\d.,/ -]*\Z")
"""Behind a cue even what looks like an amount may be the beginning of a number: 173.8."""
_SIX = re.compile(r"\d(?:\D{0,12}\d){5}")
_NUMBER_IS = re.compile(
    r"(?:number|번호|digits|code)(?:\s(?:is|was|on\s+\w+\s+is))?[는가은이]?\s*[:,]?\s*\Z", re.I
)
"""Words at the end that announce a number."""
_CURRENCIES = "$€£₩"
_LETTERS = re.compile(
    r"(?<![A-Za-z0-9가-힣'’])(?:[A-HJ-Z][A-Z]{0,4}|[b-hj-z]|에이|비|씨|디|에프|지|에이치|제이|케이|엘|엠|엔|피|큐|알|에스"
    r"|티|유|브이|엑스|와이|제트)[ -]{0,2}\Z"
)
"""Letters before a number: numbers of passports and licences begin with a letter or two."""

_KOREAN_LAST = re.compile(r"(?<![가-힣])[가-힣]{3}\Z")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Continuation:
    """One way in which a text may go on."""

    text: str
    """What is appended to the text."""
    only: re.Pattern[str]
    """Must match near the end, or the way is not tried: most texts end differently."""
    sure: re.Pattern[str] | None = None
    """Must match too if masking is permanent. None: the way is then not tried, because at most the
    last word depends on it, or because ordinary words look the same."""


def _any(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.I)


_PROVIDERS = "gmail|naver|yahoo|hotmail|outlook|daum|kakao|네이버|지메일|다음|카카오"
_MAIL_WORDS = r"(?:e-?mail|메일|\bdot\b|\s점(?:\s|\Z)|underscore|언더바)"
_MAIL, _MAIL_OPEN = _any(_MAIL_WORDS), _any(rf"{_MAIL_WORDS}.*[^\s.?!]\Z")
"""The second does not match behind the end of a sentence: my e-mail is broken."""
_SENT_TO = _any(r"\b(?:send|write|mail|reply|forward|copy|invoice|receipt)\b.*\bto\s+\S*[^\s.?!]\Z")
_LINK_LAST = _any(r"[a-z0-9]\s(?:dot|점|underscore|언더바|언더스코어|dash|hyphen|대시|하이픈)\Z")
_LOCAL = re.compile(
    rf"(?:[가-힣]\s[a-z][a-z0-9._]*[a-z0-9]|(?<!\S)(?=\S*\d)[A-Za-z][A-Za-z0-9._]*"
    rf"|\b(?:to|is|it's|at|on)\s(?i:{'|'.join(sorted(GIVEN_NAMES))})[.,]?)\Z"
)
"""What may stand before the @ of a mail address although mail is not mentioned."""
_AT = _any(r"\bat\b|골뱅이|앳")
_AT_HOST = _any(rf"e-?mail|메일|골뱅이|앳\s|{_PROVIDERS}|\bat\s+\S+(?:\s(?:dot|점)(?:\s\S+)?)?\Z")
_AT_LAST = _any(r"(?:\bat|골뱅이|앳)\Z")
_AT_DOT_LAST = _any(r"(?:\bat|골뱅이|앳).*\s(?:dot|점|닷)\Z")
_LETTERED = _any(r"여권|면허|passport|licen[cs]e")
_SIX_DIGITS = _any(r"")
_YEARS = r"(?:19\d\d|200\d|201[0-5])"
"""Years in which a speaker may have been born."""
_YEAR = (
    rf"{_YEARS}\s?년|(?:천구백|이천|일구|이공)[가-힣\s]{{0,8}}년|{_YEARS}[-./]\d\d?[-./]\d\d?에?\Z"
)
_BORN = r"생년|생일|출생|태어|\bborn\b|birth|\bdob\b"
_DATE_KO, _BORN_KO = _any(r"년|월|생|출생|태어|[-./]\d\d?에?\Z"), _any(rf"{_BORN}|{_YEAR}")
_DATE_EN = _any(rf"{_BORN}|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)")
_BORN_EN = _any(_BORN)
_AREA = (
    r"서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충[북남청]|전[북남라]|경[북남상]|제주"
    r"|[가-힣][시군구]\s"
)
_PLACE = _any(rf"{_AREA}|주소|배송지|사는\s?곳|살고|거주|자택|보내|받[는을]\s?곳")
_ADDRESS = _any(r"주소|배송지|사는\s?곳|받[는을]\s?곳")
_ROAD = _any(rf"(?:{_AREA}|주소|배송지|사는\s?곳).*(?:로|길|동|리|가|읍|면)\Z")
_HOME = _any(rf"(?:{HOMES})\Z|(?:{_AREA}).*동\Z|(?:주소|배송지|집)[은이가]\s.*동\Z")
_BLOCK = _any(r"[\d백십]동\Z|[백십][일이삼사오육칠팔구]동\Z")
_HOUSE = _any(r"\d")
_LIVES = _any(r"\bliv(?:e|es|ing)\s+(?:at|on)|address|deliver|\bship|located|street|moved\s+to")
_STREET = _any(
    r"\b(?:street|st|avenue|ave|road|rd|boulevard|blvd|drive|dr|lane|ln|court|ct|place|way|square)\b"
)
_DOTTED = _any(r"\bip\b|아이피|접속\s?주소|\d\s?(?:\.|dot|점|닷)")
_DOTTED_SURE = _any(r"\bip\b|아이피|접속\s?주소|\d\s?(?:dot|점|닷)")
_WORD = _any(r"[A-Za-z]\Z")
_MYSELF = _any(
    r"(?:저는|제가|나는|여기는|상담사|상담원|담당자|이름[은이]|성함[은이])\s(?:상담[사원]\s)?[가-힣]{2,5}\Z"
)
_CALLED = _any(r"라고\Z")
_DOT_LAST = _any(
    r"(?:\d|\s(?:one|two|three|four|five|six|seven|eight|nine|zero|oh))\s?(?:dot|점|닷)\Z"
)

WAYS: tuple[Continuation, ...] = (
    Continuation(" 12345678", _LETTERED, _LETTERED),
    *(
        Continuation(f" {cue}", _SIX_DIGITS, _SIX_DIGITS)
        for cue in ("계좌", "카드", "전화", "사업자", "ssn", "여권", "면허", "주민번호")
    ),
    Continuation(" at gmail dot com", _MAIL, _MAIL_OPEN),
    Continuation(" at gmail dot com", _SENT_TO, _SENT_TO),
    Continuation(" at gmail dot com", _LOCAL, _LOCAL),
    Continuation(" 골뱅이 naver.com", _MAIL, _MAIL_OPEN),
    Continuation(" js at gmail dot com", _LINK_LAST, _LINK_LAST),
    Continuation(" js 골뱅이 naver.com", _LINK_LAST, _LINK_LAST),
    Continuation(" dot com", _AT, _AT_HOST),
    Continuation(" gmail dot com", _AT_LAST, _AT_LAST),
    Continuation(" com", _AT_DOT_LAST, _AT_DOT_LAST),
    Continuation(" Smith", _WORD, _WORD),
    Continuation("이라고 합니다", _MYSELF, _MYSELF),
    Continuation(" 합니다", _CALLED, _CALLED),
    Continuation(" 5월 3일생", _DATE_KO, _BORN_KO),
    Continuation(" 3일생", _DATE_KO, _BORN_KO),
    Continuation("생이고요", _DATE_KO, _BORN_KO),
    Continuation("에 태어났어요", _DATE_KO, _BORN_KO),
    Continuation(" 태어났어요", _DATE_KO, _BORN_KO),
    Continuation(" 10th of May 1990", _BORN_EN, _BORN_EN),
    Continuation(" May 1990", _DATE_EN, _BORN_EN),
    Continuation(" of May 1990", _DATE_EN, _BORN_EN),
    Continuation(" 5 1990", _DATE_EN, _BORN_EN),
    Continuation(" 1990", _DATE_EN, _BORN_EN),
    Continuation(" 123", _PLACE, _ROAD),
    Continuation(" 테헤란로 123", _PLACE, _ADDRESS),
    Continuation(" 강남구 테헤란로 123", _PLACE, _ADDRESS),
    Continuation(" Street", _HOUSE, _LIVES),
    Continuation(" 래미안 아파트 101동 1001호", _HOME, _HOME),
    Continuation(" 101동 1001호", _HOME, _HOME),
    Continuation(" 1001호", _BLOCK, _BLOCK),
    Continuation(" Main Street", _HOUSE, _LIVES),
    Continuation(" MA 02116", _STREET, _STREET),
    Continuation(" 02116", _STREET, _STREET),
    Continuation(".0.0.1", _DOTTED, _DOTTED_SURE),
    Continuation(" dot 0 dot 0 dot 1", _DOTTED, _DOTTED_SURE),
    Continuation(" 0 dot 0 dot 1", _DOT_LAST, _DOT_LAST),
    Continuation(" 0 dot 1", _DOT_LAST, _DOT_LAST),
    Continuation(" 1", _DOT_LAST, _DOT_LAST),
)


def unsettled(text: str, style: Style, *, sure: bool) -> list[Span]:
    """Spans of `text` that may be part of unfinished personal data, in no order.

    `sure`: the spans will be masked permanently, not for a moment, so ordinary words at the end of
    a text are left out, such as the last one of "this one".
    """
    first = _word_before(text, len(text) - REACH)
    end = text[first:]
    found = [*_digits(end, sure=sure), *_ways(end, style, sure=sure), *_name(end)]
    return [(first + start, first + stop) for start, stop in found]


def _word_before(text: str, place: int) -> int:
    """Where the word that contains `place` begins; 0 if `place` is before the text."""
    return text.rfind(" ", 0, max(0, place)) + 1


def _digits(text: str, *, sure: bool) -> Iterator[Span]:
    """The digits that reach the end, written or spoken, with the letters before them."""
    read = normalise(text + _DIGIT)
    plain = joined(read.text)
    run = _RUN.search(plain)
    times = _TIMES.search(text)
    added = 1 if not times else 2 if times["two"] else 3
    count = sum(map(str.isdigit, run[0])) - added if run else 0
    if run and (count or times) and plain[max(0, run.start() - 1)] not in _CURRENCIES:
        first = read.span(run.start(), run.start() + 1)[0]
        cued = Cues(read.text).before(run.start()) not in ("", NOTHING)
        cued = cued or _NUMBER_IS.search(text, 0, first) is not None
        if not sure or cued or count > 1:
            letters = _LETTERS.search(text, 0, first)
            stop = len(text) if times else _digits_end(read, run.start(), len(text))
            yield letters.start() if letters else first, stop
    dotted = _DOTTED_RUN.search(read.text, 0, len(read.text) - len(" 0"))
    if dotted and Cues(read.text).before(dotted.start()) in NUMBERED:
        yield read.span(dotted.start(), dotted.start() + 1)[0], len(text)
    grouped = _GROUPED.search(text)
    if grouped:
        yield grouped.span()


def _digits_end(read: Normalised, start: int, end: int) -> int:
    """End of the last digit before `end` in `text`; its run begins at `start` in `read.text`."""
    ends = (
        read.span(at, at + 1)[1] for at in range(start, len(read.text)) if read.text[at].isdigit()
    )
    return max(place for place in ends if place <= end)


def _name(text: str) -> Iterator[Span]:
    """A Korean name at the end, which 고객님 or 씨 may follow."""
    last = _KOREAN_LAST.search(text)
    if last and is_korean_name(last[0]):
        yield last.span()


def _ways(text: str, style: Style, *, sure: bool) -> Iterator[Span]:
    """What the finders see only if the text goes on in one of the `WAYS`."""
    known: frozenset[int] | None = None
    six = _SIX.search(normalise(text).text) is not None
    for way in WAYS:
        if way.only is _SIX_DIGITS and not six:
            continue
        if not way.only.search(text) or (sure and not (way.sure and way.sure.search(text))):
            continue
        if known is None:
            known = hidden(text, style)
        yield from _spans(hidden(text + way.text, style, len(text)) - known)


def hidden(text: str, style: Style, end: int | None = None) -> frozenset[int]:
    """Positions of the characters before `end` that are masked in `text`."""
    read, found = find(text)
    return frozenset(
        place
        for edit in edits(read, found, style)
        for place in range(edit.start, min(edit.end, len(text) if end is None else end))
    )


def _spans(places: frozenset[int]) -> Iterator[Span]:
    """Runs of adjacent positions."""
    start = last = -2
    for place in sorted(places):
        if place != last + 1:
            if last >= 0:
                yield start, last + 1
            start = place
        last = place
    if last >= 0:
        yield start, last + 1
