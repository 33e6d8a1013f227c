"""Shapes of numbers without letters, and when such a number is personal data.

Every pattern is bounded in length, so the search is linear. All of them are searched in one pass
(`of_digits`) over a run of digits as `signs` writes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import compress

from realtime.postprocess.privacy import checks
from realtime.postprocess.privacy.cues import NOTHING
from realtime.postprocess.privacy.kinds import IdentifierKind

SURE, LIKELY, CUED = 50, 30, 40
"""Ranks: a check digit or an unmistakable shape; a shape; a shape and its cue."""


LONGEST = 19
"""Digits of the longest card numbers (ISO/IEC 7812-1)."""
_GAP = re.compile(r"[ -]{2,}")


def signs(run: str) -> str:
    """Write a run of digits, blanks and hyphens with one sign between digits and at each end.

    `010-123  45` → `_0.1.0-1.2.3_4.5_`: `.` means that nothing stood there, `-` a hyphen, and `_`
    anything else; a number begins and ends only at `_`. Digit i (from 0) is character 2 i + 1.
    """
    parted = ".".join(_GAP.sub("_", run).replace(" ", "_"))
    return f"_{parted.replace('.-.', '-').replace('._.', '_')}_"


def _last(low: int, high: int = 0) -> str:
    """Matches `low` digits or up to `high`, as many as there are, and the end of the number."""
    return f".{{{2 * low - 1},{2 * (high or low) - 1}}}_"


def _whole(*counts: int, longest: int = LONGEST) -> str:
    """Matches a number of `counts` digits where none of more digits, up to `longest`, ends."""
    more = (longest - count for count in counts)
    return "|".join(
        _last(count) + (f"(?!{_last(1, left)})" if left else "")
        for count, left in zip(counts, more, strict=True)
    )


def _fixed(digits: str) -> str:
    """Matches these digits, classes, or `d` for any digit, with any sign behind each."""
    parts = re.findall(r"\[[^]]*\]|d|\d", digits)
    return "".join((".." if part == "d" else part + ".") for part in parts)


def _groups(*sizes: int) -> str:
    """Matches a number in groups with one hyphen between them: 3, 2 for `123-45`."""
    return "-".join(r"\.".join([r"\d"] * size) for size in sizes) + "_"


Decide = Callable[[str, str, str], int]
"""(digits, number as in the joined text, nearest cue) → rank; 0: no personal data."""


@dataclass(frozen=True, slots=True)
class IdentifierShape:
    """What a number looks like, and when it is personal data."""

    kind: IdentifierKind
    pattern: str
    """Has one group, the number: in a run as `signs` writes it, or in the text (`lettered`)."""
    decide: Decide
    needs: str = ""
    """The cue that it requires; "" for none."""


def whenever(rank: int = LIKELY) -> Decide:
    return lambda digits, written, cue: 0 if cue == NOTHING else rank


def always(rank: int = CUED) -> Decide:
    return lambda digits, written, cue: rank


def _shape(kind: IdentifierKind, pattern: str, decide: Decide, needs: str = "") -> IdentifierShape:
    """The shape of a number without letters."""
    return IdentifierShape(kind, f"({pattern})", decide, needs)


def _cued(kind: IdentifierKind, pattern: str, rank: int = CUED) -> IdentifierShape:
    """A shape that needs a cue, because nothing in the number itself says what it is."""
    return _shape(kind, pattern, always(rank), kind)


def _resident(digits: str, written: str, cue: str) -> int:
    if not checks.resident(digits):
        return 0
    if cue == IdentifierKind.RRN or checks.resident_checksum(digits):
        return SURE
    return 0 if cue == NOTHING else SURE - 2


def _card(digits: str, written: str, cue: str) -> int:
    if not checks.card(digits):
        return 0
    if len(digits) == 13:  # as long as a registration number, and no longer issued
        return CUED if cue == IdentifierKind.CARD else 0
    return 0 if cue == NOTHING and written.isdigit() else SURE


def _business(digits: str, written: str, cue: str) -> int:
    if cue == IdentifierKind.BUSINESS_NUMBER:
        return CUED + 1
    return LIKELY if checks.business(digits) and cue != NOTHING else 0


def _trunk(digits: str, written: str, cue: str) -> int:
    """Numbers with a leading 0: 010 is sure, other mobiles rank above the rest."""
    if digits.startswith("010"):
        return SURE
    if cue == NOTHING:
        return 0
    return CUED if digits.startswith("01") else LIKELY


def _national(digits: str, written: str, cue: str) -> int:
    """American numbers: 3-3-4, with area and exchange from 2 up."""
    if cue == IdentifierKind.PHONE:
        return CUED
    if cue and cue != IdentifierKind.BIRTH_DATE:
        return 0
    return 0 if written.isdigit() else LIKELY


def _social(digits: str, written: str, cue: str) -> int:
    if not checks.social_security(digits):
        return 0
    if cue == IdentifierKind.SSN:
        return CUED + 2
    return LIKELY if not cue and written.count("-") == 2 else 0


def _service(digits: str, written: str, cue: str) -> int:
    """1588-1234: eight digits in a row need a cue, two groups of four do not."""
    if cue == IdentifierKind.PHONE:
        return CUED
    return 0 if cue or written.isdigit() else LIKELY


def _routing(digits: str, written: str, cue: str) -> int:
    return CUED - 1 if checks.routing(digits) else 0


def _unasked(rank: int) -> Decide:
    """Decides for `rank` only if no cue is near."""
    return lambda digits, written, cue: 0 if cue else rank


_ACCOUNT_GROUPS = (
    (3, 3, 6),
    (3, 4, 4, 2),
    (3, 6, 2, 3),
    (3, 6, 5),
    (3, 2, 6, 1),
    (6, 2, 6),
    (4, 3, 6),
    (4, 2, 7),
)
"""How Korean banks group their numbers."""
_TRUNKS = (
    _fixed("10") + _last(8),
    _fixed("1[16789]") + _last(7, 8),
    _fixed("2") + _last(7, 8),
    _fixed("[3-6][1-5]") + _last(7, 8),
    _fixed("[78]0") + _last(7, 8),
    _fixed("50") + _last(8, 9),
    _fixed("7") + _last(9),
    _fixed("0[1-9]") + _last(8, 14),
)
"""Behind a leading 0: Korean mobiles, areas, services, 050x, British mobiles, calls abroad."""


def _of_issuer(firsts: tuple[str, ...], counts: tuple[int, ...]) -> str:
    """Matches card numbers with these first digits (or classes) and these counts of digits."""
    heads = [_fixed(first) for first in firsts]
    sizes = [len(re.sub(r"\[[^]]*\]", "d", first)) for first in firsts]
    return "|".join(
        f"{head}(?:{_whole(*(count - size for count in counts), longest=LONGEST - size)})"
        for head, size in zip(heads, sizes, strict=True)
    )


_BORN = _fixed("dd[^2-9]d[^4-9]d")
"""Roughly a date of birth, in digits of any script; `checks.resident` tests it exactly."""

SHAPES: tuple[IdentifierShape, ...] = (
    _shape(IdentifierKind.RRN, _BORN + _fixed("[1-8]") + _last(6), _resident),
    _cued(IdentifierKind.RRN, _whole(6, 7)),  # one half of it
    _shape(IdentifierKind.PHONE, _fixed("0") + f"(?:{'|'.join(_TRUNKS)})", _trunk),
    _shape(IdentifierKind.PHONE, rf"{_fixed('82')}(?:0.)?{_fixed('10')}{_last(8)}", whenever(CUED)),
    _shape(IdentifierKind.BUSINESS_NUMBER, _groups(3, 2, 5), _business),
    _shape(IdentifierKind.PHONE, rf"(?:1.)?{_fixed('[2-9]dd[2-9]dd')}{_last(4)}", _national),
    _shape(IdentifierKind.PHONE, _fixed("1[568][0134567-9]d") + _last(4), _service),
    _shape(IdentifierKind.CARD, "|".join(_of_issuer(*cards) for cards in checks.CARDS), _card),
    _cued(IdentifierKind.CARD, f"(?=[2-69])(?:{_whole(15, 16)})"),
    _shape(
        IdentifierKind.ACCOUNT, "|".join(_groups(*g) for g in _ACCOUNT_GROUPS), _unasked(LIKELY - 1)
    ),
    _shape(IdentifierKind.SSN, _groups(3, 2, 4), _social),
    _shape(
        IdentifierKind.DRIVER_LICENSE, f"{_groups(2, 6, 2)}|{_groups(2, 2, 6, 2)}", whenever(CUED)
    ),
    _cued(IdentifierKind.PHONE, _fixed("0") + _last(8, 10)),
    _cued(IdentifierKind.PHONE, _last(7, 8)),
    _cued(IdentifierKind.ACCOUNT, _last(9, 16), CUED - 1),
    _cued(IdentifierKind.ACCOUNT, _last(6, 8), CUED - 2),
    _shape(IdentifierKind.ACCOUNT, _last(9), _routing, IdentifierKind.ACCOUNT),
    _shape(IdentifierKind.BUSINESS_NUMBER, _last(10), _business, IdentifierKind.BUSINESS_NUMBER),
    _shape(IdentifierKind.SSN, _last(9), _social, IdentifierKind.SSN),
    _cued(IdentifierKind.PASSPORT, _last(8, 9)),
    _cued(IdentifierKind.DRIVER_LICENSE, _last(7, 12)),
)
"""Of two shapes that give the same number the same rank the upper wins; those that need the cue
which is there come first."""
ABROAD = _shape(IdentifierKind.PHONE, r"(?<=\A_)" + _last(9, 15), always(SURE - 1))
"""Only at the beginning of a run behind a +."""


@dataclass(frozen=True, slots=True)
class ShapeSearch:
    """Shapes that are searched in one pass."""

    shapes: tuple[IdentifierShape, ...]
    pattern: re.Pattern[str]
    """Matches where one of the shapes begins; group i + 1 is the number that shape i matches."""

    @classmethod
    def of(cls, shapes: tuple[IdentifierShape, ...]) -> ShapeSearch:
        """Each shape becomes a lookahead, because a number may have several shapes."""
        each = "".join(f"(?={shape.pattern}|)" for shape in shapes)
        any_of_them = "|".join(f"\\{group}" for group in range(1, len(shapes) + 1))
        return cls(shapes, re.compile(f"_{each}(?={any_of_them})", re.S))

    def numbers(self, match: re.Match[str]) -> Iterator[tuple[IdentifierShape, str]]:
        """The shapes that begin where the pattern matched, each with its number."""
        seen = match.groups()
        return compress(zip(self.shapes, seen, strict=True), seen)


@lru_cache
def of_digits(cue: str, behind_plus: bool) -> ShapeSearch:
    """The search for numbers in a run with `cue` beside it."""
    asked = [shape for shape in SHAPES if shape.needs == cue != ""]
    always_asked = [shape for shape in SHAPES if not shape.needs]
    return ShapeSearch.of((*asked, *always_asked, *([ABROAD] if behind_plus else [])))
