"""E-mail addresses, written and said, IP addresses, and URLs that carry a password."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from realtime.postprocess.privacy.cues import NOTHING, cue_before
from realtime.postprocess.privacy.kinds import Finding, Kind

RANK = 60
_LOCAL = re.compile(r"[A-Za-z0-9가-힣](?:[A-Za-z0-9._%+'가-힣-]{0,63})$")
_LOCAL_BEFORE = 64
"""Characters before @ (RFC 5321)."""
_DOMAIN = re.compile(r"(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}")
_TOP = r"(?:com|net|org|edu|gov|io|co|kr|uk|us|dev|info|biz|me|ai|app)(?![A-Za-z0-9])"
_TOP_KO = r"(?:컴|넷|오알지|(?:씨오|시오|에이씨)\s?(?:점|닷)\s?케이알|씨오|케이알)"
_LABEL = r"[A-Za-z0-9가-힣][A-Za-z0-9-가-힣]{0,62}"
_SAID_DOMAIN = re.compile(
    rf"""\s*(?:{_LABEL}(?:\s{_LABEL})?\s*(?:\bdot\b|점|닷|\.)\s*){{1,3}}?(?:{_TOP}|{_TOP_KO})
        (?:\s*(?:\bdot\b|점|닷|\.)\s*(?:{_TOP}|{_TOP_KO}))?""",
    re.X | re.I,
)
_AT = re.compile(r"\s*(?:골뱅이|앳)\s*|\s+at\s+(?=\S{1,40}(?:\s+\S{1,20})?\s*(?:dot\b|\.))", re.I)
_LINK = r"(?:\.|-|_|\+|dot|점|underscore|언더바|언더스코어|dash|hyphen|대시|하이픈|plus)"
_PIECE = r"[A-Za-z0-9_.+-]+"
_SAID_LOCAL = re.compile(
    rf"(?:(?:[A-Za-z0-9]|{_PIECE}\s+{_LINK})\s+)*(?:[A-Za-z0-9_.+-]+|[가-힣]{{1,12}}\d{{0,8}})$",
    re.I,
)
_SAID_BEFORE = 80
_MAIL_CUE = re.compile(
    r"(?:이메일|메일)(?:\s?주소)?(?:은|는|이|가)?\s+|\be-?mail(?:\s+address)?(?:\s+(?:is|me))?(?:\s+(?:at|to))?[\s:,]+"
    r"|\b(?:it's|is|to)\s+",
    re.I,
)
_FILLER = re.compile(r"^(?:(?:me|us|him|her|them|at|on|uh|um|네|음|어|제가)[\s,]+)+", re.I)
"""Between the cue and the address: write to *me at* …."""
_IPV4 = re.compile(
    r"(?<![\d.])\d{1,3}(?:\s?\d){0,2}(?:\s?(?:\.|점|dot|닷)\s?\d(?:\s?\d){0,2}){3}(?!\s?\.?\d)",
    re.I,
)
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])")
_CREDENTIALS = re.compile(r"://([^\s/@:*]{1,128}:[^\s/@*]{1,128})@(?=[^\s,])")


def find_network(text: str) -> Iterator[Finding]:
    """Findings in `text`, whose said digits are digits already; some may overlap."""
    credentials = {match.end(1): match.start(1) for match in _CREDENTIALS.finditer(text)}
    for end, start in credentials.items():
        yield Finding(start, end, Kind.URL, RANK + 2)
    yield from _written_mail(text, set(credentials))
    yield from _said_mail(text)
    for match in _IPV4.finditer(text):
        parts = re.split(r"\s?(?:\.|점|dot|닷)\s?", match[0], flags=re.I)
        right = all(int(part.replace(" ", "")) < 256 for part in parts)
        if right and cue_before(text, match.start()) != NOTHING:
            yield Finding(*match.span(), Kind.IP, RANK)
    for match in _IPV6.finditer(text):
        if _is_ipv6(match[0]):
            yield Finding(*match.span(), Kind.IP, RANK)


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return len(text) > 2  # "::" alone is a sign, nobody's address


def _written_mail(text: str, no_mail: set[int]) -> Iterator[Finding]:
    """`no_mail`: positions of @ that stand behind a password."""
    at = text.find("@")
    while at >= 0:
        domain = _DOMAIN.match(text, at + 1)
        local = domain and _LOCAL.search(text[max(0, at - _LOCAL_BEFORE) : at])
        if local and domain and at not in no_mail:
            name = re.search(r"[A-Za-z0-9._%+'-]+$", local[0])
            start = at - len(name[0] if name else local[0])
            yield Finding(start, domain.end(), Kind.EMAIL, RANK + 1)
        at = text.find("@", at + 1)


def _said_mail(text: str) -> Iterator[Finding]:
    for sign in _AT.finditer(text):
        domain = _SAID_DOMAIN.match(text, sign.end())
        if not domain:
            continue
        edge = max(0, sign.start() - _SAID_BEFORE)
        before = text[edge : sign.start()]
        cue = list(_MAIL_CUE.finditer(before))
        local = _SAID_LOCAL.search(before[cue[-1].end() :]) if cue else _SAID_LOCAL.search(before)
        if not local:
            continue
        start = sign.start() - len(local[0])
        rest = _FILLER.sub("", before[cue[-1].end() :]) if cue else ""
        if rest and len(rest.split()) <= 8 and not re.search(r"[.?!]\s", rest):
            start = sign.start() - len(rest)  # all of what was said since "my e-mail is"
        yield Finding(start, domain.end(), Kind.EMAIL, RANK)
