"""Numbers that belong to a person: registration, phone, card, account, passport, licence, business.

They are searched in text whose said digits have become digits (`spoken`).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from realtime.postprocess.privacy import checks
from realtime.postprocess.privacy.cues import Cues, counts
from realtime.postprocess.privacy.joined import JOIN, joined
from realtime.postprocess.privacy.kinds import Finding, Kind
from realtime.postprocess.privacy.shapes import (
    FIRST_LETTER,
    REGION,
    SURE,
    Shape,
    abroad,
    lettered,
    of_digits,
)

_ISLAND = re.compile(r"\d(?:\D{0,12}\d){5}(?:\d++|\D{1,12}\d)*+")
"""Digits, and what stands between them: the rest of a text holds no number."""
_AROUND = 12
"""Characters around an island that its patterns may look at: letters in front, units behind."""
_FAR = 64
"""Characters from an island that nothing in it depends on: cues are searched in fewer."""
_RUN = re.compile(rf"\+?[ ]?\d(?:{JOIN}\d){{5}}(?:\d++|[ -]{{1,10}}+\d)*+")
_IBAN = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{2}\d\d"
    r"(?=(?:[ ]?[A-Z0-9]{2,3}){3})"
    r"(?:[ ]?(?>[A-Z0-9]{4}(?![A-Z0-9](?![A-Z0-9]))|[A-Z0-9]{2,3})){2,8}(?![A-Za-z0-9])"
)
"""In groups of four, the last one or two shorter; never one character alone."""


def find_numbers(text: str, near: Sequence[int] | None = None) -> Iterator[Finding]:
    """Findings in `text`, in no order; some may overlap. Positions are those of `text`.

    `near`: places in order; what is too far from all of them to be read otherwise on their account
    may be left out.
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
    """Numbers of digits alone in `plain`, which begins at `offset` in the text."""
    for run in _RUN.finditer(plain):
        first, last = run.span()
        # No cue stands inside a run: one look before it and one behind it are enough.
        cue = cues.around(offset + first, offset + last)
        search = of_digits(cue)
        for match in search.pattern.finditer(plain, first, last):
            for found in search.at(match):
                yield from _decide(plain, *found, cue, offset)
        behind = abroad().pattern.match(plain, first + 1, last) if plain[first] == "+" else None
        for found in abroad().at(behind) if behind else ():
            yield from _decide(plain, *found, cue, offset)


def _lettered(plain: str, cues: Cues, offset: int) -> Iterator[Finding]:
    """The same for numbers that begin with a letter."""
    search = lettered()
    for letter in FIRST_LETTER.finditer(plain):
        match = search.pattern.match(plain, letter.start())
        asked, cue = 0, ""
        for shape, first, last in search.at(match) if match else ():
            if last != asked:  # most shapes see the same number
                asked, cue = last, cues.around(offset + first, offset + last)
            if shape.needs in ("", cue):
                yield from _decide(plain, shape, first, last, cue, offset)


def _ibans(part: str, offset: int) -> Iterator[Finding]:
    """International account numbers in `part`, which begins at `offset` in the text."""
    for match in _IBAN.finditer(part):
        if checks.iban(match[0].replace(" ", "")):
            yield Finding(offset + match.start(), offset + match.end(), Kind.ACCOUNT, SURE + 1)


def _decide(
    plain: str, shape: Shape, first: int, last: int, cue: str, offset: int
) -> Iterator[Finding]:
    written = plain[first:last]
    digits = written.replace(" ", "").replace("-", "")
    rank = shape.decide(digits, written, cue)
    if not rank or (rank < SURE - 3 and counts(plain, first, last)):
        return
    kind = shape.kind
    if kind is Kind.RRN and digits[6] in "5678":
        kind = Kind.FRN
    if kind is Kind.DRIVER_LICENSE:
        region = REGION.search(plain, max(0, first - 4), first)
        first = region.start() if region else first
    if kind is Kind.PHONE and first and plain[first - 1] == "+":
        first -= 1
    yield Finding(offset + first, offset + last, kind, rank)
