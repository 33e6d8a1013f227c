"""Finds identifiers of few digits: licence plates, card security codes, post codes of addresses.

So few digits are personal only by what stands beside them: a letter of plates, a cue, an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from realtime.postprocess.privacy.cues import Cues, counts
from realtime.postprocess.privacy.kinds import Finding, IdentifierKind
from realtime.postprocess.privacy.places import REGIONS

RANK = 28
"""Above an address and a name, below a number with its cue."""
PLATE_SIGNS = "가나다라마거너더러머버서어저고노도로모보소오조구누두루무부수우주바사아자배하허호"
"""Syllables of Korean plates: private, taxis and buses, deliveries, hired cars."""
_UNIT_SIGNS = "나다라서어도로조구수우주바고오사아하호부보소이"
"""Those that are units, particles or parts of dates: 12호 3456, 10조 5000; they need a cue."""
_TENS = "[이삼사오육칠팔구]?십[일이삼사오육칠팔구]?"
_FRONT = rf"(?<![\d가-힣])(?:(?:백{_TENS}|{_TENS})|\d{{2,3}})"
PLATE_FRONT = re.compile(rf"{_FRONT}\s?[{PLATE_SIGNS}](?:\s?\d(?:[ ]?\d){{0,3}})?\s*\Z")
"""The beginning of a plate at the end of a text."""
PLATE_LETTERS = re.compile(
    r"(?<![A-Za-z\d])(?:[A-Z]{1,8}|[a-z](?![a-z]))"
    r"(?:[ -](?:[A-Z\d]{1,8}|[a-z](?![A-Za-z]))){0,7}\s*\Z"
)
"""The same, of letters first."""
_CODE = r"(?<!\d)\d(?:[ ,-]{0,2}\d){2,3}(?![ ,-]{0,2}\d)"
_TOKEN = r"(?:[A-Z\d]{1,8}|(?<![A-Za-z])[a-z](?![A-Za-z]))"
_SPELLED_PLATE = re.compile(rf"(?<![A-Za-z\d]){_TOKEN}(?:[ -]{_TOKEN}){{0,7}}(?![A-Za-z\d])")
"""Letters and figures in groups or one by one: ABC 1234, 7 A B C 1 2 3."""
_PLATE_LENGTHS = range(4, 9)
_PLATE_DIGITS = 2
"""Fewest digits of such a plate."""


@dataclass(frozen=True, slots=True)
class ShortShape:
    """What such a number looks like, and the cue that it requires; "" for none."""

    kind: IdentifierKind
    pattern: re.Pattern[str]
    needs: str = ""


SHORT: tuple[ShortShape, ...] = (
    ShortShape(
        IdentifierKind.LICENSE_PLATE,
        re.compile(
            rf"(?:(?:{REGIONS})\s?)?{_FRONT}\s?(?:(?![{_UNIT_SIGNS}])[{PLATE_SIGNS}])\s?\d{{4}}(?!\d)"
        ),
    ),
    ShortShape(
        IdentifierKind.LICENSE_PLATE,
        re.compile(rf"(?:(?:{REGIONS})\s?)?{_FRONT}\s?[{PLATE_SIGNS}]\s?\d(?:[ ]?\d){{3}}(?!\d)"),
        IdentifierKind.LICENSE_PLATE,
    ),
    ShortShape(IdentifierKind.LICENSE_PLATE, _SPELLED_PLATE, IdentifierKind.LICENSE_PLATE),
    ShortShape(IdentifierKind.CARD_CODE, re.compile(_CODE), IdentifierKind.CARD_CODE),
)
_POST_BEFORE = re.compile(r"(?:우편\s?번호(?:는|가)?\s)?(?<!\d)[(\[]?\d{5}[)\]]?,?\s\Z")
_POST_BEHIND = re.compile(
    r"[^\d]{0,6}?\s?[(\[]?(?:우편\s?번호(?:는|가)?\s|zip(?:\scode)?(?:\sis)?\s|post(?:al)?\s?code(?:\sis)?\s)?"
    r"(?P<code>\d{5})(?!\d|\s?(?:원|개|명))",
    re.I,
)
_POST_LENGTH = 16


def find_short(text: str) -> Iterator[Finding]:
    """Findings in `text`, whose spoken digits are already digits; some may overlap."""
    if not any(map(str.isdigit, text)):
        return
    cues = Cues(text)
    for shape in SHORT:
        if shape.needs and next(cues.mentions(shape.needs), None) is None:
            continue
        for match in shape.pattern.finditer(text):
            start, end = match.span()
            if counts(text, start, end) or not _is_long_enough(shape, match[0]):
                continue
            if not shape.needs or cues.before(start) == shape.needs:
                yield Finding(start, end, shape.kind, RANK)


def _is_long_enough(shape: ShortShape, said: str) -> bool:
    """Whether what was spelled has as many letters and digits as plates have."""
    if shape.pattern is not _SPELLED_PLATE:
        return True
    signs = list(filter(str.isalnum, said))
    return len(signs) in _PLATE_LENGTHS and sum(map(str.isdigit, signs)) >= _PLATE_DIGITS


def post_codes(text: str, addresses: Sequence[tuple[int, int]]) -> Iterator[Finding]:
    """The post codes that stand right before or behind one of the addresses of `text`."""
    for start, end in addresses:
        before = _POST_BEFORE.search(text, max(0, start - _POST_LENGTH), start)
        if before:
            yield Finding(before.start(), start, IdentifierKind.ADDRESS, RANK)
        behind = _POST_BEHIND.match(text, end)
        if behind:
            yield Finding(*behind.span("code"), IdentifierKind.ADDRESS, RANK)
