"""Finds personal numbers: registration, phone, card, account, passport, licence, business.

They are searched in text whose spoken digits have become digits (`spoken`).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from realtime.postprocess.privacy import checks
from realtime.postprocess.privacy.cues import Cues, counts
from realtime.postprocess.privacy.joined import JOIN, joined
from realtime.postprocess.privacy.kinds import Finding, IdentifierKind
from realtime.postprocess.privacy.lettered import FIRST_LETTER, LONGEST, REGION, lettered
from realtime.postprocess.privacy.shapes import SURE, of_digits, signs

_ISLAND = re.compile(r"\d(?:\D{0,12}\d){5}(?:\d++|\D{1,12}\d)*+")
"""Six digits or more with what stands between them; the rest of a text holds no number."""
_AROUND = 12
"""Characters around an island that its patterns may look at: letters in front, units behind."""
_FAR = 64
"""Nothing in an island depends on text at this distance: cues are searched in less."""
_RUN = re.compile(rf"\+?[ ]?(\d(?:{JOIN}\d){{5}}(?:\d++|[ -]{{1,10}}+\d)*+)")
RRN_DIGITS = 13
COUNTABLE = SURE - 3
"""Below this rank a number beside a currency or a unit is an amount."""
_IBAN = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{2}\d\d"
    r"(?=(?:[ ]?[A-Z0-9]{2,3}){3})"
    r"(?:[ ]?(?>[A-Z0-9]{4}(?![A-Z0-9](?![A-Z0-9]))|[A-Z0-9]{2,3})){2,8}(?![A-Za-z0-9])"
)
"""In groups of four, the last one or two shorter; never one character alone."""


def find_numbers(text: str, near: Sequence[int] | None = None) -> Iterator[Finding]:
    """Findings in `text`, in no order; some may overlap. Positions are those of `text`.

    `near`: positions in order; numbers that are too far from all of them to depend on them may be
    left out.
    """
    cues = Cues(text)
    for island in _ISLAND.finditer(text):
        if near is not None and not _is_near(near, *island.span()):
            continue
        first = max(0, island.start() - _AROUND)
        part = text[first : island.end() + _AROUND]
        plain = joined(part)
        yield from _plain(plain, cues, first)
        yield from _lettered(plain, cues, first)
        yield from _ibans(part, first)


def _is_near(places: Sequence[int], start: int, end: int) -> bool:
    index = bisect_left(places, start - _FAR)
    return index < len(places) and places[index] <= end + _FAR


def _plain(plain: str, cues: Cues, offset: int) -> Iterator[Finding]:
    """Numbers without letters in `plain`, which begins at `offset` in the text."""
    for run in _RUN.finditer(plain):
        # No cue stands inside a run: one search before it and one behind it are enough.
        cue = cues.around(offset + run.start(), offset + run.end())
        yield from _in_run(plain, run, cue, offset)


def _in_run(plain: str, run: re.Match[str], cue: str, offset: int) -> Iterator[Finding]:
    """Numbers in one match of `_RUN`, beside which `cue` stands."""
    begin, end = run.span(1)
    written, search = signs(run[1]), of_digits(cue, run[0].startswith("+"))
    digits = written[1::2]
    places: list[int] = []  # of the digits; most runs do not need them
    for match in search.pattern.finditer(written):
        places = places or [at for at, char in enumerate(run[1], begin) if char not in " -"]
        first = match.start() // 2
        start = places[first]
        for shape, number in search.numbers(match):
            last = first + len(number) // 2
            stop = places[last - 1] + 1
            rank = shape.decide(digits[first:last], plain[start:stop], cue)
            if not rank:
                continue
            edge = first == 0 or stop == end  # elsewhere no currency and no unit is beside it
            if rank < COUNTABLE and edge and counts(plain, start, stop):
                continue
            whole = shape.kind is IdentifierKind.RRN and last - first == RRN_DIGITS
            foreign = whole and digits[first + 6] in "5678"
            kind = IdentifierKind.FRN if foreign else shape.kind
            front = start if first else _with_what_stands_before(plain, kind, start)
            yield Finding(offset + front, offset + stop, kind, rank)


def _lettered(plain: str, cues: Cues, offset: int) -> Iterator[Finding]:
    """The same for numbers that begin with a letter."""
    for letter in FIRST_LETTER.finditer(plain):
        first = letter.start()
        asked, cue = 0, ""
        cued = cues.may_be_near(offset + first, offset + first + LONGEST)
        for shape, last in lettered(plain, first, cued):
            if last != asked:  # most shapes match the same number
                asked, cue = last, cues.around(offset + first, offset + last)
            rank = shape.decide("", plain[first:last], cue) if shape.needs in ("", cue) else 0
            if rank and not (rank < COUNTABLE and counts(plain, first, last)):
                start = _with_what_stands_before(plain, shape.kind, first)
                yield Finding(offset + start, offset + last, shape.kind, rank)


def _ibans(part: str, offset: int) -> Iterator[Finding]:
    """International account numbers in `part`, which begins at `offset` in the text."""
    for match in _IBAN.finditer(part):
        if checks.iban(match[0].replace(" ", "")):
            yield Finding(
                offset + match.start(), offset + match.end(), IdentifierKind.ACCOUNT, SURE + 1
            )


def _with_what_stands_before(plain: str, kind: IdentifierKind, first: int) -> int:
    """Where a number at `first` begins together with the region or the + before it."""
    if kind is IdentifierKind.DRIVER_LICENSE:
        region = REGION.search(plain, max(0, first - 4), first)
        return region.start() if region else first
    if kind is IdentifierKind.PHONE and first and plain[first - 1] == "+":
        return first - 1
    return first
