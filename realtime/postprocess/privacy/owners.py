"""Finds who is named in a mail address, or by a whole name, where the words around are misheard.

Without its @, its dot or its cue an address is none any more: `Hannahratmail.co.uk`,
`not Robinson at` for `dot robinson at`, `PARK, 올뱅` for `park 골뱅이`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from realtime.postprocess.privacy.cues import counts
from realtime.postprocess.privacy.names.people import GIVEN_NAMES, stands_for_a_name
from realtime.postprocess.privacy.names.spelled import KNOWN

Span = tuple[int, int]
_GIVEN = "|".join(sorted(GIVEN_NAMES))
_MAIL_OF = re.compile(
    r"\b(?i:e-?)?(?i:mail)(?:[a-z]*(?:\s(?:address|on|file|is|to|at|me))*)[\s:,]{1,3}"
    rf"(?P<owner>(?:[A-Z][a-z]+|(?i:{_GIVEN})\b)(?:[ ,.]{{0,2}}\d+)*)"
)
"""A name behind the cue of a mail address, whose @ and host became other words."""
_HOSTS = r"(?:g-?mail|outlook|yahoo|hotmail|icloud|e?mail|naver|aol|proton)"
_TOP = r"(?:com|net|org|co)"
_BEFORE_HOST = re.compile(
    rf"(?<![\w.-])(?P<owner>[\w.'-]{{2,40}}?)(?:[ ,]{{1,2}}(?:at|an|and|in|on|it|a))?[ ,.]{{0,2}}"
    rf"{_HOSTS}\s?\.\s?{_TOP}\b",
    re.I,
)
"""What stands before the host of a mail address, together with it or not."""
_NAMED_HOST = re.compile(
    rf"(?<![\w.-])(?P<owner>(?:{_GIVEN})[\w'-]{{1,30}})\.(?:{_TOP}|co\.uk)\b", re.I
)
_NO_OWNER_WORDS = """
at an and in on it a to the my your our is use of from with via for or www go visit
"""
_NO_OWNERS = frozenset(_NO_OWNER_WORDS.split())
_FULL_NAME = re.compile(rf"\b(?=[A-Z])(?P<owner>(?i:{_GIVEN})\s[A-Z](?:'[A-Z])?[a-z]+)(?!\w)")
"""A given name and a capital word behind it, whatever became of the words before."""
_BEHIND_DOT = re.compile(
    r"\b(?:not|dot)\s(?!(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mon|Tue|Wed|Thu|Fri|Sat"
    r"|Sun|Eng|Kor|Ameri|Brit|I\b))(?P<owner>[A-Z][a-z]{2,})"
)
"""The second half of `laura dot robinson`, for which models write `not Robinson`."""
_ASKED_KOREAN = re.compile(
    r"[메매]일(?:\s?주소)?(?:[은는이가])?\s(?P<asked>[가-힣]{2,3})(?![가-힣])"
    r"|(?<![가-힣])(?P<numbered>[가-힣]{2,3})\s?\d{2,}(?!\d)"
)
"""The same in Korean, and a name with digits behind it: 도윤 39."""
_LETTERS_KOREAN = re.compile(
    r"(?<=[가-힣]\s)(?P<owner>[A-Z]{4,12})(?=,|\s?[골꼴올]\s?[뱅벵병배빵])"
    r"|(?:아이디|ID|[메매]일|답장)[은는이가]?\s(?P<named>[A-Z]{3,12})\b"
)
"""Letters that were spelled, in Korean: 답장은 PARK, 올뱅."""
_KNOWN = frozenset(KNOWN.upper().split())


def find_owners(text: str) -> Iterator[Span]:
    """Spans of such names in the original `text`; some may overlap."""
    for pattern in (_MAIL_OF, _FULL_NAME, _BEHIND_DOT, _NAMED_HOST):
        yield from (match.span("owner") for match in pattern.finditer(text))
    for match in _BEFORE_HOST.finditer(text):
        if match["owner"].lower() not in _NO_OWNERS:
            yield match.span("owner")
    for match in _LETTERS_KOREAN.finditer(text):
        which = "owner" if match["owner"] else "named"
        if match[which] not in _KNOWN:
            yield match.span(which)


def find_korean_owners(text: str) -> Iterator[Span]:
    """The same in Korean in a `text` whose spoken digits are digits."""
    for match in _ASKED_KOREAN.finditer(text):
        group = "asked" if match["asked"] else "numbered"
        if stands_for_a_name(match[group]) and not counts(text, *match.span()):
            yield match.start(group), match.end()
