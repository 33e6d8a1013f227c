"""Finds numbers that the model has misheard, so that they do not look like what they are.

`my social security number 178.564.4`, `the account is 25098 double for 997`: a digit is missing, a
dot was inserted, a digit became a word that sounds like it. It is only certain that somebody said a
number, but text shown live cannot be taken back, so it is masked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from realtime.postprocess.privacy.cues import NOTHING, Cues, counts
from realtime.postprocess.privacy.joined import joined
from realtime.postprocess.privacy.kinds import Finding, IdentifierKind
from realtime.postprocess.privacy.spoken import Normalised

FEWEST = 4
"""Fewest digits: fewer are a house number, a day or an age."""
NUMBERED = frozenset(
    (
        *(
            IdentifierKind.PHONE,
            IdentifierKind.SSN,
            IdentifierKind.RRN,
            IdentifierKind.CARD,
            IdentifierKind.ACCOUNT,
            IdentifierKind.PASSPORT,
        ),
        *(
            IdentifierKind.DRIVER_LICENSE,
            IdentifierKind.BUSINESS_NUMBER,
            IdentifierKind.LICENSE_PLATE,
        ),
    )
)
_BETWEEN = (
    r"(?:[ ,.:/()-]{0,3}(?:for|four|to|too|two|ate|won|tree|free|sex|double|triple|and|oh|o|uh|um"
    r"|the|dash|dot|point|네|에|의|다시|음|어)?[ ,.:/()-]{1,3}|)"
)
"""What may stand between two digits: signs, and one short word, such as a misheard digit."""
_ISLAND = re.compile(rf"\d(?:{_BETWEEN}\d)*", re.I)
_YEARS = re.compile(r"(?:19|20)\d\d")
_DIGITS = re.compile(r"\d+")


_ONE_BY_ONE = re.compile(
    r"\b(?:(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)\b[ ,.-]{0,3}){4,}"
    r"|(?<![가-힣])[공영일이삼사오육륙칠팔구](?:[ ,-]{0,2}[공영일이삼사오육륙칠팔구]){4,}",
    re.I,
)
"""Digits said one by one are a number, whatever the model made of the words around it."""
_LONG = re.compile(r"\d(?:[ -]?\d){6,}")
"""Written digits, too many for a year, a time or a price."""


def find_misheard(read: Normalised, found: Sequence[Finding]) -> Iterator[tuple[int, int]]:
    """Spans of such digits in the original text that belong to none of `found`."""
    text = read.text
    cues = Cues(text)
    for island in _ISLAND.finditer(text):
        start, end = island.span()
        if sum(map(str.isdigit, island[0])) < FEWEST or _YEARS.fullmatch(island[0]):
            continue
        if cues.before(start) in NUMBERED and not counts(text, start, end):
            spans = (read.span(*digits.span()) for digits in _DIGITS.finditer(text, start, end))
            yield from _apart(spans, found)
    yield from _apart(_unasked(read, cues), found)


def _unasked(read: Normalised, cues: Cues) -> Iterator[tuple[int, int]]:
    """Numbers without a cue, unless the cue `NOTHING` stands before them."""
    for match in _ONE_BY_ONE.finditer(read.original):
        if Cues(read.original).before(match.start()) != NOTHING:
            yield match.start(), match.start() + len(match[0].rstrip(" ,.-"))
    plain = joined(read.text)
    for written in _LONG.finditer(plain):
        start, end = written.span()
        if cues.before(start) != NOTHING and not counts(read.text, start, end):
            yield read.span(start, end)


def _apart(spans: Iterable[tuple[int, int]], found: Sequence[Finding]) -> Iterator[tuple[int, int]]:
    for start, end in spans:
        if not any(f.start < end and start < f.end for f in found):
            yield start, end
