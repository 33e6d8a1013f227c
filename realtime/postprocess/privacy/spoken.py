"""Turns digits spoken as words into digits, with a map back to the original text.

`공일공 일이삼사` → `010 1234`, `double five oh` → `550`. Everything else stays as it is.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

SYLLABLES = "공영일이삼사오육륙칠팔구"
_AS_DIGITS = str.maketrans(SYLLABLES, "001234566789")
_CLOSED = frozenset("공영일삼육륙칠팔")
"""Syllables that take the endings 이에요, 이고, 이요, whose 이 may be no digit."""
_ANYWHERE = 7
"""This many digit syllables in a row are a number even if attached to a word."""
_ENDING = re.compile(
    r"""(?: 번(?:호|이|은|을|으로|에|인데요?|이고요?|입니다|이에요|이요|요)?
      | 이?(?:에요|예요|요|고요|구요|고|야|라고요?|라는|라|죠|지요|네요|거든요?|며|랑|신가요)
      | 입니다만? | 입니까 | 인데요? | 인가요? | 다시 | 에 | 의 | 으?로요? | 은요? | 는요?
      | 이 | 가 | 을 | 를 | 와 | 과 | 도 | 만 | 까지 | 부터 | 하고 | 맞(?:아요|죠|나요|습니다)
    )?""",
    re.X,
)
"""What may follow a number in the same word."""
_COPULA = re.compile(r"(?:요|고요|구요|고|야|라고요?|라는|라|죠|지요|네요|거든요?|며|신가요)?")
"""Endings of the copula 이다 without its 이."""
_COUNTED = ("하나", "둘", "셋", "넷", "다섯", "여섯", "일곱", "여덟", "아홉")
_UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen")
_MORE_TEENS = ("sixteen", "seventeen", "eighteen", "nineteen")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
VALUES: dict[str, str] = {
    **dict.fromkeys(("zero", "oh", "o", "nought"), "0"),
    **{word: str(value) for value, word in enumerate(_UNITS, 1)},
    **{word: str(value) for value, word in enumerate(_TEENS + _MORE_TEENS, 10)},
    **{word: str(value) for value, word in zip(range(20, 100, 10), _TENS, strict=True)},
    **{word: str(value) for value, word in enumerate(_COUNTED, 1)},
}
_NATIVE = "|".join(_COUNTED)
_NINE = "[일이삼사오육륙칠팔구]"
_CARDINAL = rf"{_NINE}?천(?:{_NINE}?백)?(?:{_NINE}?십)?{_NINE}?"
"""천이백삼십사, as some people say four digits of a longer number."""
_CARDINAL_SIGNS = dict(zip("십백천", (10, 100, 1000), strict=True))
END_SIGN = "zero"
"""Appended to a text by `ends.digits`, whose end it marks as the place of a further digit."""
_JOINT = r"[에의]?[ ,.-]{0,3}(?:(?:다시|대시|하이픈|[짝작막]대기)[ ]?)?"
_ROW_BEFORE = re.compile(rf"[\d{SYLLABLES}십백천나둘셋넷홉덟곱섯]{_JOINT}\Z")
_THREE = rf"(?:[\d{SYLLABLES}][ ]?){{3}}|(?:{_NATIVE}|공){{3}}"
_LAST = rf"(?:[\d{SYLLABLES}][ ]?){{0,2}}{END_SIGN}"
_ROW_BEHIND = re.compile(rf"{_JOINT}(?:{_CARDINAL}|{_THREE}|{_LAST})")
_GROUP_BEHIND = re.compile(rf"{_JOINT}(?:{_THREE})")
_GROUPS_BEFORE = re.compile(
    rf"(?<![\d{SYLLABLES}])(?:[\d{SYLLABLES}]{{3,5}}{_JOINT}(?<![\d{SYLLABLES}])){{2}}"
    rf"[\d{SYLLABLES}]{{1,3}}\Z"
)
"""Two groups of a number and the beginning of a third: no day stands there."""
_NO_DAY_BEFORE = re.compile(
    rf"(?<![\d가-힣])(?:[\d{SYLLABLES}]{{3,7}}{_JOINT}(?<![\d{SYLLABLES}])[\d{SYLLABLES}]{{4,6}}"
    rf"|[\d{SYLLABLES}]*[{SYLLABLES}]\d{{1,5}})\Z"
)
"""Too many digits for a day, or figures behind a syllable: 일 is a digit, 이 may be an ending."""
_ROW = 36
"""More characters than such groups have."""
_UNIT = f"zero|oh|nought|{'|'.join(_UNITS)}"
_NEAR_DIGIT = rf"[ ,.-]{{0,3}}(?:[\d{SYLLABLES}]|(?:{'|'.join(_COUNTED)}|{_UNIT})\b)"
_BEHIND_DIGIT = "|".join(rf"(?<=[\d{SYLLABLES}][\ ,.-]{{{count}}}o)" for count in range(3))
"""A lone o is a zero only behind or before another digit."""
_NUMBER = re.compile(
    rf"""(?=[{SYLLABLES}천하둘셋넷다여아플dtzonfsep])(?:
        (?<![가-힣A-Za-z])(?P<tally>[공영]{{0,4}}(?:{_NATIVE})(?:{_NATIVE}|[공영])+)(?P<tail>[가-힣]*+)
      | (?<![가-힣A-Za-z\d])(?P<cardinal>{_CARDINAL})(?P<behind>[가-힣]*+)
      | (?P<glued>(?<=[가-힣A-Za-z])[{SYLLABLES}]{{{_ANYWHERE},}}+)(?P<after>[가-힣]*+)
      | (?<![가-힣A-Za-z])(?P<said>[{SYLLABLES}]++)(?P<rest>[가-힣]*+)
      | (?<![가-힣])(?<![점쩜닷][ ])(?P<counted>{_NATIVE})(?![가-힣])
      | (?<![\w.@'-])(?P<en>
            (?P<times>double|triple)[ -](?P<repeated>{_UNIT}|\d(?![\d]))
          | (?P<tens>{"|".join(_TENS)})(?:[ -](?P<unit>{"|".join(_UNITS)}))?
          | (?P<big>{"|".join(_UNITS)})[ ](?P<power>hundred|thousand)
          | (?P<plain>{"|".join(_TEENS + _MORE_TEENS)}|{_UNIT}
                |o(?:{_BEHIND_DIGIT}|(?={_NEAR_DIGIT})))
          | (?P<plus>plus)
        )(?![\w@'])
      | (?P<plus_ko>플러스)(?=[ ]?[\d{SYLLABLES}]))
    """,
    re.X | re.I,
)
_GROUP_BEFORE = re.compile(rf"[\d{SYLLABLES}]{{2}}[ ,.]*$")
_POWERS = {"hundred": "00", "thousand": "000"}
_NEAR = re.compile(_NEAR_DIGIT, re.I)


class Cell(NamedTuple):
    """One character or spoken number of the original text, and what it is read as."""

    start: int
    end: int
    read: str


class Normalised:
    """`text` has digits in place of spoken ones. `span` maps its positions back."""

    def __init__(self, original: str, swaps: list[Cell], doubts: Sequence[int]) -> None:
        """`swaps`: what is replaced, in order without overlaps; `doubts`: original positions."""
        self.original = original
        self._swaps = swaps
        self._doubts = doubts
        self._starts: list[int] = []  # where each swap begins in `text`
        parts: list[str] = []
        done = length = 0
        for swap in swaps:
            length += swap.start - done
            self._starts.append(length)
            parts += [original[done : swap.start], swap.read]
            done, length = swap.end, length + len(swap.read)
        parts.append(original[done:])
        self.text = "".join(parts)
        self.doubts = [self._read_at(place) for place in doubts]
        """Positions in `text` of syllables that may be no digits, in order."""

    def without_doubts(self) -> Normalised:
        """The same text with those syllables as they were written: 이 as a particle."""
        doubtful = set(self._doubts)
        swaps = [swap for swap in self._swaps if swap.start not in doubtful]
        return Normalised(self.original, swaps, self._doubts)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Span of the original that the characters `start` … `end` (at least one) come from."""
        return self._at(start).start, self._at(end - 1).end

    def read_span(self, start: int, end: int) -> tuple[int, int]:
        """Span of `text` that the characters `start` … `end` of the original are read as."""
        return self._read_at(start), self._read_at(end)

    def _read_at(self, place: int) -> int:
        """Position in `text` of the original's character `place`, or of what replaces it."""
        index = bisect_right(self._swaps, place, key=lambda swap: swap.start) - 1
        if index < 0:
            return place
        swap, start = self._swaps[index], self._starts[index]
        return start if place < swap.end else start + len(swap.read) + place - swap.end

    def _at(self, position: int) -> Cell:
        index = bisect_right(self._starts, position) - 1
        if index < 0:
            return Cell(position, position + 1, self.text[position])
        swap = self._swaps[index]
        beyond = position - self._starts[index] - len(swap.read)
        if beyond < 0:
            return swap
        return Cell(swap.end + beyond, swap.end + beyond + 1, self.text[position])

    def cells(self, start: int, end: int) -> Iterator[Cell]:
        """The characters `start` … `end` of the original; a spoken number is one cell."""
        index = bisect_left(self._swaps, start, key=lambda swap: swap.start)
        while start < end:
            if index < len(self._swaps) and self._swaps[index].start == start:
                cell, index = self._swaps[index], index + 1
            else:
                cell = Cell(start, start + 1, self.original[start])
            yield cell
            start = cell.end


def normalise(text: str) -> Normalised:
    """Read spoken digits as digits. Linear in the length of `text`.

    The last 이 of 오육칠팔이고요 is read as a digit and recorded in `doubts`: it may be a particle.
    """
    swaps: list[Cell] = []
    doubts: list[int] = []
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        if match.lastgroup in ("rest", "after"):
            syllables, rest = (
                match.group("said", "rest") if match["said"] else match.group("glued", "after")
            )
            digits = _syllables(text, start, syllables, rest)
            if _is_doubtful(text, digits, rest, start):
                doubts.append(start + len(digits) - 1)
            swaps += _single(start, digits)
        elif match["tally"]:
            swaps += _tallied(match)
        elif match["cardinal"]:
            swaps += _cardinal(match)
        else:
            swaps.append(Cell(start, end, _read(match)))
    return Normalised(text, swaps, doubts)


def _read(match: re.Match[str]) -> str:
    syllables = match["plain"] or match["counted"]
    if syllables:
        return VALUES[syllables.lower()]
    if match["times"]:
        repeated = match["repeated"].lower()
        return VALUES.get(repeated, repeated) * (2 if match["times"].lower() == "double" else 3)
    if match["tens"]:
        ten = VALUES[match["tens"].lower()]
        return ten if not match["unit"] else ten[0] + VALUES[match["unit"].lower()]
    if match["big"]:
        return VALUES[match["big"].lower()] + _POWERS[match["power"].lower()]
    return "+"


def _syllables(text: str, start: int, syllables: str, rest: str) -> str:
    """The part of `syllables`, the digit syllables of a word that ends with `rest`, that is
    digits."""
    end = start + len(syllables)
    if len(syllables) < _ANYWHERE:
        if rest and not _ENDING.fullmatch(rest):
            return ""  # 일반, 이사를
        if start and text[start - 1].isdigit() and not _goes_on(text, syllables, start, end):
            return ""  # 5678이에요, 3월 5일이에요
        if len(syllables) == 1 and not rest and not _close(text, start, end):
            return ""  # 이 사람, 일
        if syllables == "이" and not rest and _behind_group(text, start, end):
            return ""  # 1234 이 번호로
    if len(syllables) > 1 and syllables[-1] == "이" and syllables[-2] in _CLOSED and rest == "에요":
        return syllables[:-1]
    return syllables


def _goes_on(text: str, syllables: str, start: int, end: int) -> bool:
    """Whether syllables right behind a figure are further digits, as in `0일공` or `7공오2`."""
    if len(syllables) > 2 or text[end : end + 1].isdigit():
        return True
    if syllables in ("일", "이", "일이"):  # 66일의 삼1팔0; but 5일, 5678이, 5일이
        return (
            _GROUP_BEHIND.match(text, end) is not None
            or _GROUPS_BEFORE.search(text, max(0, start - _ROW), start) is not None
            or (
                syllables[0] == "일"
                and _NO_DAY_BEFORE.search(text, max(0, start - _ROW), start) is not None
            )
        )
    return True


def _tallied(match: re.Match[str]) -> Iterator[Cell]:
    """`하나둘셋`, `공하나공`: digits by their native names, without blanks."""
    if match["tail"] and not _ENDING.fullmatch(match["tail"]):
        return
    for name in re.finditer(rf"{_NATIVE}|.", match["tally"]):
        start = match.start("tally")
        read = VALUES.get(name[0], "0")
        yield Cell(start + name.start(), start + name.end(), read)


def _cardinal(match: re.Match[str]) -> Iterator[Cell]:
    """`천이백삼십사` as 1234, where other groups of digits stand beside it."""
    start, end = match.span("cardinal")
    if match["behind"] and not _ENDING.fullmatch(match["behind"]):
        return
    joint = match.string[start - 12 : start] if start >= 12 else match.string[:start]
    if _ROW_BEFORE.search(joint) or _ROW_BEHIND.match(match.string, end):
        yield Cell(start, end, str(_value(match["cardinal"])))


def _value(cardinal: str) -> int:
    total = digit = 0
    for sign in cardinal:
        if sign in _CARDINAL_SIGNS:
            total, digit = total + (digit or 1) * _CARDINAL_SIGNS[sign], 0
        else:
            digit = int(sign.translate(_AS_DIGITS))
    return total + digit


def _behind_group(text: str, start: int, end: int) -> bool:
    """Whether a group of digits stands before, and no digit behind."""
    if _NEAR.match(text, end) or _GROUP_BEHIND.match(text, end):
        return False
    return _GROUP_BEFORE.search(text, max(0, start - 5), start) is not None


def _is_doubtful(text: str, syllables: str, rest: str, start: int) -> bool:
    """Whether the last syllable may be no digit: 오육칠팔이고요, 오육칠팔 이 번호로."""
    if not syllables.endswith("이") or (len(syllables) > 1 and syllables[-2] not in _CLOSED):
        return False
    if not rest:
        return not _NEAR.match(text, start + len(syllables))  # otherwise more digits follow
    return _COPULA.fullmatch(rest) is not None


def _single(start: int, syllables: str) -> list[Cell]:
    digits = syllables.translate(_AS_DIGITS)
    return [Cell(start + i, start + i + 1, digit) for i, digit in enumerate(digits)]


def _close(text: str, start: int, end: int) -> bool:
    """Whether another digit, spoken or written, stands beside."""
    before = text[max(0, start - 3) : start].rstrip(" ,.-")[-1:]
    return (
        before.isdigit()
        or (before != "" and before in SYLLABLES)
        or _NEAR.match(text, end) is not None
    )
