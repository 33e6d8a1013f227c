"""Numbers that belong to a person: registration, phone, card, account, passport, licence, business.

They are searched in text whose said digits have become digits (`spoken`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from realtime.postprocess.privacy import checks
from realtime.postprocess.privacy.cues import counts, cue_before, cue_behind, mentions
from realtime.postprocess.privacy.joined import JOIN, joined
from realtime.postprocess.privacy.kinds import Finding, Kind
from realtime.postprocess.privacy.shapes import LETTERED, REGION, SHAPES, SURE, Shape

_RUN = re.compile(rf"\+?[ ]?\d(?:{JOIN}\d){{5,}}+")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d\d(?:[ ]?[A-Z0-9]{2,4}){3,8}(?![A-Za-z0-9])")


def find_numbers(text: str) -> Iterator[Finding]:
    """Findings in `text`, in no order; some may overlap. Positions are those of `text`."""
    plain = joined(text)
    for run in _RUN.finditer(plain):
        # No cue stands inside a run: one look before it and one behind it are enough.
        cue = cue_before(text, run.start()) or cue_behind(text, run.end())
        for shape in SHAPES:
            if shape.needs in ("", cue):
                for match in shape.pattern.finditer(plain, run.start(), run.end()):
                    yield from _decide(shape, match, cue, text)
    for shape in LETTERED:
        if shape.needs and not any(mentions(text, shape.needs)):
            continue
        for match in shape.pattern.finditer(plain):
            cue = cue_before(text, match.start(1)) or cue_behind(text, match.end(1))
            if shape.needs in ("", cue):
                yield from _decide(shape, match, cue, text)
    for match in _IBAN.finditer(text):
        if checks.iban(match[0].replace(" ", "")):
            yield Finding(*match.span(), Kind.ACCOUNT, SURE + 1)


def _decide(shape: Shape, match: re.Match[str], cue: str, text: str) -> Iterator[Finding]:
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
    while kind is Kind.PHONE and first and text[first - 1] in "+(":
        first -= 1
    yield Finding(first, last, kind, rank)
