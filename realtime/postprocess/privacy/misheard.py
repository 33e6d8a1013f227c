"""Finds numbers and dates of birth as a model hears them, so that they look like something else.

`998, Nero 6, Nero 7, 5, 5, 1`, `178.564.4`, `25098 double for 997`, `8 on both March 2, 1992`: a
digit is missing, signs and words stand between digits, the cue became another word. It is only
certain that somebody said a long number, or a day of a year in which callers were born; but text
shown live cannot be taken back, so it is masked.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from realtime.postprocess.privacy.cues import NOTHING, Cues, counts
from realtime.postprocess.privacy.dates import RECENT_DATE, SHORT_MONTHS, days_of_birth
from realtime.postprocess.privacy.kinds import Finding, IdentifierKind
from realtime.postprocess.privacy.owners import find_korean_owners, find_owners
from realtime.postprocess.privacy.spoken import SYLLABLES, Normalised

Span = tuple[int, int]
NUMBERED = frozenset(
    {
        *(IdentifierKind.PHONE, IdentifierKind.SSN, IdentifierKind.RRN, IdentifierKind.CARD),
        *(IdentifierKind.ACCOUNT, IdentifierKind.PASSPORT, IdentifierKind.DRIVER_LICENSE),
        *(IdentifierKind.BUSINESS_NUMBER, IdentifierKind.LICENSE_PLATE),
    }
)
"""Cues of numbers."""
FEWEST = 4
"""Fewest digits behind such a cue: fewer are a house number, a day or an age."""
FEWEST_UNASKED = 7
"""Fewest digits without one: more than a year, a time, a price or two of them with two digits have,
and no more than the shortest phone numbers."""
FEWEST_TOGETHER = 5
"""The same, where digits stand together as no amount is written."""
_SIGNS = r"[ ,.:/()-]"
_KOREAN_LINK = r"[가-힣]{1,2}|하이픈|[짝작막]대기"
_FILLER = (
    r"(?:uh|um|er|oh|no|number|i|i'm|know|and|then|or|so|it's|that's|is|okay|sorry|wait"
    r"|i mean|i said|i have|let me see|hang on|hold on|scratch that|rather|make that|repeating"
    r"|again|dash|hyphen|slash|double|triple|아니|아니요|어|음|그|저기|잠시만요|잠깐만요|죄송해요|죄송합니다|그리고|다음에|다음은)"
)
"""What callers say between the digits of a number, and where they correct themselves."""
_TOKEN = r"\d+(?:[.,:/-]\d+)*"
_TOKENS = re.compile(_TOKEN)
_DIGITS = re.compile(r"\d+")
_FILLERS = rf"(?:{_FILLER}{_SIGNS}{{1,3}}){{0,4}}"
STRETCH = re.compile(
    rf"{_TOKEN}(?:{_SIGNS}{{0,3}}(?:(?<=[\s-])(?i:{_FILLERS})"
    rf"(?:(?:[A-Za-z']{{1,6}}|{_KOREAN_LINK}){_SIGNS}{{1,3}}(?i:{_FILLERS}))?(?:[A-Za-z](?=\d\d))?"
    rf"|(?<=\d)(?:[에의]|다시|[A-Za-z]){_SIGNS}{{0,3}}|{_SIGNS}){_TOKEN})*"
)
"""Digits; between two of them signs, fillers and one short word, heard for a digit, `slash` or
`dash`, or a letter in front, heard for a digit."""
_LONE = rf"(?:\d|(?<![가-힣])[{SYLLABLES}](?![가-힣]))"
_AFTER_CUE = re.compile(rf"\d(?:(?:[^\d.?!]|[.](?=\d)){{0,12}}?{_LONE})*")
"""Digits behind a cue, with whatever the model made of those between: 5080, 적, 대기, 549."""
_BY_SYLLABLES = re.compile(rf"(?<![가-힣])[{SYLLABLES}]{{2,}}")
_WORD = re.compile(r"[^\W\d_]+")
_ORDINARY = re.compile(
    r"\d{1,2}:\d\d(?!:)|[$€£₩]\s?\d[\d,.]*"
    rf"|\b(?:{SHORT_MONTHS})[a-z]*\.?\s\d{{1,2}}(?:st|nd|rd|th)?"
    r"(?:,?\s20[12]\d)?(?!\d)"
    rf"|(?:{RECENT_DATE})(?!\d)",
    re.I,
)
"""Times, money, and dates in which no speaker was born: no part of a number."""
_AMOUNT = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d\d?|(?:19|20)\d\d|\d+00|\d{1,2}")
_MOST_AMOUNTS = 4
"""Nobody says more amounts or years in one breath, with one short word between them."""
_LONG = re.compile(r"\d{7,}(?<!00)")
"""Written without a sign between, as no amount is."""
_ONE_BY_ONE = re.compile(
    r"\b(?:(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)\b[ ,.-]{0,3}){4,}"
    r"|(?<![가-힣])[공영일이삼사오육륙칠팔구](?:[ ,-]{0,2}[공영일이삼사오육륙칠팔구]){4,}",
    re.I,
)
_SPELLED = re.compile(
    r"(?<![A-Za-z\d])(?:\d{1,8}|[A-Za-z])(?:[ ,.-]{1,2}(?:\d{1,8}|[A-Za-z])(?![A-Za-z\d'])){2,}"
)
"""Letters said one by one beside figures: 35996-I-L-E-T-E."""
_SPELLED_SIGNS = 8
"""Fewest letters and figures of them."""
_MIXED = re.compile(
    rf"(?<![\d가-힣.])(?=\d*[{SYLLABLES}])(?=[{SYLLABLES}]*\d)[\d{SYLLABLES}]{{3,}}"
    rf"|(?:\d[\d,]*|(?<![가-힣])[{SYLLABLES}]+)\s?[짝작막]대기"
    rf"|[짝작막]대기[ ,]{{0,2}}(?:\d[\d,]*|[{SYLLABLES}]+)"
)
"""Figures and syllables in one word, 4팔일팔, or beside the hyphen: nobody says an amount so."""
_DAY_LAST = re.compile(r"\d+[일이]{1,2}")
"""25일이 is a day with a particle."""
_FIGURES = re.compile(r"(?<![\d.,:/$€£₩-])\d(?:(?:[ ,-]{1,3}|[.] )\d(?![\d:%])){3,}")
"""Figures one by one."""
_BEYOND = 40
"""Characters behind a number in which its repetition or correction is said."""
_BEHIND = re.compile(
    rf"(?!\d)[^\d]{{1,{_BEYOND}}}?(?P<group>\d(?:[ .,-]?\d){{2,}})(?!\d|[.,:/-]\d)"
)
"""A group of three digits and more there: fewer are a count or a day."""
_LONE_SYLLABLE = re.compile(rf"(?<![가-힣])[{SYLLABLES}](?![가-힣])")
_NEXT = " 0"
"""Appended to a text, it shows which stretch may go on."""


def find_misheard(read: Normalised, found: Sequence[Finding]) -> Iterator[Span]:
    """Spans of such digits in the original text that belong to none of `found`."""
    cues = Cues(read.text)
    spans = [*_numbers(read, cues), *_spelled(read.text, cues)]
    spans += _figures(read, cues)
    spans += _beyond(read, cues, [*spans, *_found_numbers(read, found)])
    spans += [day for day in days_of_birth(read.text) if cues.before(day[0]) != NOTHING]
    original = [read.span(*span) for span in spans]
    original += [*find_owners(read.original), *_mixed(read.original)]
    original += [read.span(*owner) for owner in find_korean_owners(read.text)]
    yield from _apart([*original, *_one_by_one(read.original)], found)


def open_stretch(text: str) -> int:
    """Where the stretch begins that further digits would belong to; the end if there is none."""
    for stretch in STRETCH.finditer(text + _NEXT):
        if stretch.end() > len(text):
            return min(stretch.start(), len(text))
    return len(text)


def _numbers(read: Normalised, cues: Cues) -> Iterator[Span]:
    """Spans of the digits in stretches that are numbers."""
    text = read.text
    plain = _ORDINARY.sub(lambda match: "\0" * len(match[0]), text)
    for near in _AFTER_CUE.finditer(plain):
        cue = cues.before(near.start()) if _is_long(near[0]) else NOTHING
        born = cue == IdentifierKind.BIRTH_DATE
        if born or (cue in NUMBERED and not _is_year(near[0])):
            spans = list(_digits(text, near, amounts=born))
            if sum(end - start for start, end in spans) >= FEWEST:
                yield from spans
    for stretch in STRETCH.finditer(plain):
        said = read.original[slice(*read.span(*stretch.span()))]
        by_syllables = _BY_SYLLABLES.search(said) is not None
        if _is_number(text, stretch, by_syllables) and cues.before(stretch.start()) != NOTHING:
            yield from _digits(text, stretch)


def _is_long(said: str) -> bool:
    return sum(map(str.isdigit, said)) >= FEWEST


def _digits(text: str, match: re.Match[str], *, amounts: bool = False) -> Iterator[Span]:
    """Spans of the digits in `match`; without `amounts`, of those that are none."""
    for token in _TOKENS.finditer(text, *match.span()):
        if amounts or not counts(text, *token.span()) or _LONG.fullmatch(token[0]):
            yield from (digits.span() for digits in _DIGITS.finditer(text, *token.span()))


def _is_year(said: str) -> bool:
    return re.fullmatch(r"(?:19|20)\d\d", said) is not None


def _is_number(text: str, stretch: re.Match[str], by_syllables: bool) -> bool:
    """Whether digits without a cue are one number, and not amounts or years."""
    tokens = _TOKENS.findall(stretch[0])
    together = by_syllables or max(map(len, _DIGITS.findall(stretch[0]))) >= FEWEST_TOGETHER
    if sum(map(str.isdigit, stretch[0])) < (FEWEST_TOGETHER if together else FEWEST_UNASKED):
        return False
    amounts_before = all(_AMOUNT.fullmatch(token) for token in tokens[:-1])
    if len(tokens) < 3 and amounts_before and counts(text, *stretch.span()):
        return _LONG.fullmatch(tokens[-1]) is not None
    words = _WORD.findall(stretch[0])
    if not all(_AMOUNT.fullmatch(token) for token in tokens) or len(tokens) > _MOST_AMOUNTS:
        return True
    return len(tokens) > 2 and (not words or len(set(words)) < len(words))


def _spelled(text: str, cues: Cues) -> Iterator[Span]:
    """Spans of figures and letters that are said one by one."""
    for match in _SPELLED.finditer(text):
        signs = sum(map(str.isalnum, match[0]))
        digits = sum(map(str.isdigit, match[0]))
        if FEWEST <= digits < signs >= _SPELLED_SIGNS and cues.before(match.start()) != NOTHING:
            yield match.span()


def _one_by_one(text: str) -> Iterator[Span]:
    """Spans of digits in words, said one by one."""
    cues = Cues(text)
    for match in _ONE_BY_ONE.finditer(text):
        if cues.before(match.start()) != NOTHING:
            yield match.start(), match.start() + len(match[0].rstrip(" ,.-"))


def _figures(read: Normalised, cues: Cues) -> Iterator[Span]:
    """Spans of figures said one by one, but for those that somebody counts."""
    for match in _FIGURES.finditer(read.text):
        if _LONE_SYLLABLE.search(read.original[slice(*read.span(*match.span()))]):
            continue  # 이, 사, 오 are words, too
        digits = [int(digit) for digit in match[0] if digit.isdigit()]
        steps = {after - before for before, after in itertools.pairwise(digits)}
        counted = len(steps) == 1 and abs(steps.pop()) == 1
        if not counted and cues.before(match.start()) != NOTHING:
            yield match.span()


def _mixed(text: str) -> Iterator[Span]:
    """Spans of Korean digits of which some are figures and some words."""
    return (m.span() for m in _MIXED.finditer(text) if not _DAY_LAST.fullmatch(m[0]))


def _found_numbers(read: Normalised, found: Sequence[Finding]) -> Iterator[Span]:
    return (read.read_span(f.start, f.end) for f in found if f.kind in NUMBERED)


def _beyond(read: Normalised, cues: Cues, numbers: Iterable[Span]) -> Iterator[Span]:
    """Spans of groups of digits shortly behind one of `numbers`: its end, said again."""
    text = _ORDINARY.sub(lambda match: "\0" * len(match[0]), read.text)
    ends = sorted({end for _, end in numbers})
    for end in ends:
        while group := _BEHIND.match(text, end):
            start, end = group.span("group")
            if cues.before(start) == NOTHING or counts(text, start, end):
                break
            yield start, end


def _apart(spans: Iterable[Span], found: Sequence[Finding]) -> Iterator[Span]:
    """The parts of `spans` beside what was `found`, which is in order."""
    for start, end in spans:
        for finding in found:
            if start < finding.end and finding.start < end:
                if start < finding.start:
                    yield start, finding.start
                start = finding.end
        if start < end:
            yield start, end
