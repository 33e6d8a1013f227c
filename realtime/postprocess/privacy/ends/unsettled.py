"""Finds what at the end of a text may become personal data when the text goes on.

A number gets longer, `김철수` becomes `김철수 고객님`, `123456789` becomes `123456789 is my
account`. Two checks find this: what at the end may be the beginning of an identifier, whatever
follows (`digits`, `words`), and what the finders would see if the text went on in one of the
`WAYS`. A caller that shows an unfinished text
holds these characters back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from realtime.postprocess.privacy.cues import NOTHING, Cues
from realtime.postprocess.privacy.ends.digits import Span, is_amount_or_date, trailing_digits
from realtime.postprocess.privacy.ends.ways import SIX_DIGITS, WAYS, Continuation
from realtime.postprocess.privacy.ends.words import trailing_local, trailing_quarter
from realtime.postprocess.privacy.mask import Style, edits
from realtime.postprocess.privacy.names.people import is_korean_name
from realtime.postprocess.privacy.rules import find
from realtime.postprocess.privacy.spoken import normalise

REACH = 140
"""Characters before the end that may still become personal data: the longest address, and the part
of a mail address before the @, with their cues."""
_SIX = re.compile(r"\d(?:\D{0,12}\d){5}")
_KOREAN_LAST = re.compile(r"(?<![가-힣])[가-힣]{3}\Z")


def unsettled(text: str, style: Style, *, sure: bool) -> list[Span]:
    """Spans of `text` that may be part of unfinished personal data, in no order.

    `sure`: the spans will be masked permanently, not for a moment, so ordinary words at the end of
    a text are left out, such as the last one of "this one".
    """
    first = _word_before(text, len(text) - REACH)
    end = text[first:]
    found = [
        *trailing_digits(end, sure=sure),
        *trailing_local(end, sure=sure),
        *trailing_quarter(end, sure=sure),
        *_ways(end, style, sure=sure),
        *_name(end),
    ]
    return [(first + start, first + stop) for start, stop in found]


def _word_before(text: str, place: int) -> int:
    """Where the word that contains `place` begins; 0 if `place` is before the text."""
    return text.rfind(" ", 0, max(0, place)) + 1


def _name(text: str) -> Iterator[Span]:
    """A Korean name at the end, which 고객님 or 씨 may follow."""
    last = _KOREAN_LAST.search(text)
    if last and is_korean_name(last[0]):
        yield last.span()


def _ways(text: str, style: Style, *, sure: bool) -> Iterator[Span]:
    """What the finders see only if the text goes on in one of the `WAYS`."""
    known: frozenset[int] | None = None
    six = _SIX.search(normalise(text).text) is not None
    six = six and not (sure and is_amount_or_date(text))
    for way in WAYS:
        if way.only is SIX_DIGITS and not six:
            continue
        if not way.only.search(text) or (sure and not _is_sure(way, text)):
            continue
        if known is None:
            known = hidden(text, style)
        yield from _spans(hidden(text + way.text, style, len(text)) - known)


def _is_sure(way: Continuation, text: str) -> bool:
    """Whether masking is right although it is permanent: nothing says that the words are others."""
    match = way.sure.search(text) if way.sure else None
    return match is not None and Cues(text).before(match.start()) != NOTHING


def hidden(text: str, style: Style, end: int | None = None) -> frozenset[int]:
    """Positions of the characters before `end` that are masked in `text`."""
    read, found = find(text)
    return frozenset(
        place
        for edit in edits(read, found, style)
        for place in range(edit.start, min(edit.end, len(text) if end is None else end))
    )


def _spans(places: frozenset[int]) -> Iterator[Span]:
    """Runs of adjacent positions."""
    start = last = -2
    for place in sorted(places):
        if place != last + 1:
            if last >= 0:
                yield start, last + 1
            start = place
        last = place
    if last >= 0:
        yield start, last + 1
