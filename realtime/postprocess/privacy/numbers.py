"""Numbers that belong to a person: registration, phone, card, account, passport, licence, business.

They are searched in text whose said digits have become digits (`spoken`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from realtime.postprocess.privacy import checks
from realtime.postprocess.privacy.cues import counts, cue_before, cue_behind
from realtime.postprocess.privacy.joined import JOIN, joined
from realtime.postprocess.privacy.kinds import Finding, Kind
from realtime.postprocess.privacy.shapes import LETTERED, REGION, SHAPES, SURE, Shape

_ISLAND = re.compile(r"\d(?:\D{0,12}\d){5,}+")
"""Digits, and what stands between them: the rest of a text holds no number."""
_AROUND = 12
"""Characters around an island that its patterns may look at: letters in front, units behind."""
_RUN = re.compile(rf"\+?[ ]?\d(?:{JOIN}\d){{5,}}+")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d\d(?:[ ]?[A-Z0-9]{2,4}){3,8}(?![A-Za-z0-9])")


def find_numbers(text: str) -> Iterator[Finding]:
    """Findings in `text`, in no order; some may overlap. Positions are those of `text`."""
    for island in _ISLAND.finditer(text):
        first = max(0, island.start() - _AROUND)
        part = text[first : island.end() + _AROUND]
        plain = joined(part)
        for finding in (*_plain(text, plain, first), *_lettered(text, plain, first)):
            yield replace(finding, start=first + finding.start, end=first + finding.end)
        for match in _IBAN.finditer(part):
            if checks.iban(match[0].replace(" ", "")):
                yield Finding(first + match.start(), first + match.end(), Kind.ACCOUNT, SURE + 1)


def _plain(text: str, plain: str, offset: int) -> Iterator[Finding]:
    """Numbers of digits alone, with positions in `plain`, which begins at `offset` in `text`."""
    for run in _RUN.finditer(plain):
        # No cue stands inside a run: one look before it and one behind it are enough.
        cue = cue_before(text, offset + run.start()) or cue_behind(text, offset + run.end())
        for shape in SHAPES:
            if shape.needs in ("", cue):
                for match in shape.pattern.finditer(plain, run.start(), run.end()):
                    yield from _decide(shape, match, cue)


def _lettered(text: str, plain: str, offset: int) -> Iterator[Finding]:
    """The same for numbers that begin with a letter."""
    for shape in LETTERED:
        for match in shape.pattern.finditer(plain):
            first, last = match.span(1)
            cue = cue_before(text, offset + first) or cue_behind(text, offset + last)
            if shape.needs in ("", cue):
                yield from _decide(shape, match, cue)


def _decide(shape: Shape, match: re.Match[str], cue: str) -> Iterator[Finding]:
    text = match.string
    first, last = match.span(1)
    digits = "".join(filter(str.isdecimal, match[1]))
    rank = shape.decide(digits, match[1], cue)
    if not rank or (rank < SURE - 3 and counts(text, first, last)):
        return
    kind = shape.kind
    if kind is Kind.RRN and digits[6] in "5678":
        kind = Kind.FRN
    if kind is Kind.DRIVER_LICENSE:
        region = REGION.search(text, max(0, first - 4), first)
        first = region.start() if region else first
    if kind is Kind.PHONE and first and text[first - 1] == "+":
        first -= 1
    yield Finding(first, last, kind, rank)
