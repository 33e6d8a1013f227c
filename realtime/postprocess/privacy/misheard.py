"""Numbers behind a cue that a model has written as no such number looks.

`my social security number 178.564.4`, `the account is 25098 double for 997`: a digit is missing, a
dot came in, a word sounded like a digit. Nothing is sure but that somebody gave a number away. What
was shown live cannot be taken back: that is enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from realtime.postprocess.privacy.cues import Cues, counts
from realtime.postprocess.privacy.kinds import Finding, Kind
from realtime.postprocess.privacy.spoken import Normalised

FEWEST = 4
"""Digits: fewer are a house, a day or an age."""
NUMBERED = frozenset(
    (
        *(Kind.PHONE, Kind.SSN, Kind.RRN, Kind.CARD, Kind.ACCOUNT, Kind.PASSPORT),
        *(Kind.DRIVER_LICENSE, Kind.BUSINESS_NUMBER),
    )
)
_BETWEEN = (
    r"(?:[ ,.:/()-]{0,3}(?:for|four|to|too|two|ate|won|tree|free|sex|double|triple|and|oh|o|uh|um"
    r"|the|dash|dot|point|네|에|의|다시|음|어)?[ ,.:/()-]{1,3}|)"
)
"""What may stand between two digits: signs, and one short word, such as a digit misheard."""
_ISLAND = re.compile(rf"\d(?:{_BETWEEN}\d)*", re.I)
_YEARS = re.compile(r"(?:19|20)\d\d")
_DIGITS = re.compile(r"\d+")


def find_misheard(read: Normalised, found: Sequence[Finding]) -> Iterator[tuple[int, int]]:
    """Where in the text as it was written such digits are that belong to none of `found`."""
    text = read.text
    cues = Cues(text)
    for island in _ISLAND.finditer(text):
        start, end = island.span()
        if sum(map(str.isdigit, island[0])) < FEWEST or _YEARS.fullmatch(island[0]):
            continue
        if cues.before(start) in NUMBERED and not counts(text, start, end):
            for digits in _DIGITS.finditer(text, start, end):
                first, last = read.span(*digits.span())
                if not any(f.start < last and first < f.end for f in found):
                    yield first, last
