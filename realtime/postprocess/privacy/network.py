"""Finds e-mail addresses, written and spoken, IP addresses, and URLs with a password."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from realtime.postprocess.privacy.cues import NOTHING, Cues
from realtime.postprocess.privacy.kinds import Finding, IdentifierKind
from realtime.postprocess.privacy.names.spelled import LETTER_NAMES
from realtime.postprocess.privacy.patterns import by_first_letter, lower

RANK = 60
_LOCAL = re.compile(r"[A-Za-z0-9가-힣](?:[A-Za-z0-9._%+'가-힣-]{0,63})$")
_LOCAL_BEFORE = 64
"""Most characters before the @ (RFC 5321)."""
_DOMAIN = re.compile(r"(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}")
_TOP = r"(?:com|net|org|edu|gov|io|co|kr|uk|us|dev|info|biz|me|ai|app)(?![A-Za-z0-9])"
_TOP_KO = r"(?:컴|넷|오알지|(?:씨오|시오|에이씨)\s?(?:점|닷)\s?케이알|씨오|케이알)"
_LABEL = r"[A-Za-z0-9가-힣][A-Za-z0-9-가-힣]{0,62}"
_SAID_DOMAIN = re.compile(
    rf"""\s*(?:{_LABEL}(?:\s{_LABEL})?\s*(?:\bdot\b|[점쩜닷]|\.)\s*){{1,3}}?(?:{_TOP}|{_TOP_KO})
        (?:\s*(?:\bdot\b|[점쩜닷]|\.)\s*(?:{_TOP}|{_TOP_KO}))?""",
    re.X,
)
AT_KOREAN = r"[골꼴]\s?[뱅벵병배]이|골뱅(?!이)|(?<![가-힣])앳"
"""The @, as Korean speakers call it and recognisers write it."""
DOT_KOREAN = "[점쩜닷]"
_AT = re.compile(
    rf"(?:{AT_KOREAN})\s*"
    r"|at(?<=\sat)\s+(?=\S{1,40}(?:\s+\S{1,20})?\s*(?:dot\b|[점쩜닷]|\.))"
)
"""The spoken @, in lower case like all spoken text; blanks before it belong to it."""
_LINKS = (
    *(r"\.", "-", "_", r"\+", "dot", "점", "쩜", "underscore", "언더바", "언더스코어"),
    *("dash", "hyphen", "대시", "하이픈", "plus"),
)
_PIECE = r"[A-Za-z0-9_.+-]+"
_BACKWARDS = "|".join(link if link.startswith("\\") else link[::-1] for link in _LINKS)
_SPELLED = "|".join(name[::-1] for name in LETTER_NAMES.split("|"))
_LOCAL_BACKWARDS = re.compile(
    rf"\n?((?:\d{{1,8}}\s+(?!(?:{_BACKWARDS})\s))?(?:\d{{0,8}}[가-힣]{{1,12}}|{_PIECE})"
    rf"(?:\s+(?:(?:{_BACKWARDS})\s+(?:{_PIECE}|[가-힣]{{1,12}})|[A-Za-z0-9](?![A-Za-z0-9])"
    rf"|(?:{_SPELLED})(?![^\s])))*)"
)
"""The spoken part before the @, backwards: pieces with a link between each two (`john dot smith`),
single letters, written or by their names, and digits. A forward search would have to try every
character."""
_SAID_BEFORE = 80
_MAIL_CUE = re.compile(
    by_first_letter(
        (
            *(rf"{mail}(?:\s?주소)?(?:은|는|이|가)?\s+" for mail in ("이메일", "메일")),
            r"\be-?mail(?:\s+address)?(?:\s+(?:is|me))?(?:\s+(?:at|to))?[\s:,]+",
            *(rf"\b{word}\s+" for word in ("it's", "is", "to")),
        )
    )
)
_FILLER = re.compile(r"^(?:(?:me|us|him|her|them|at|on|uh|um|네|음|어|제가)[\s,]+)+")
"""Words between the cue and the address: write to *me at* …."""
_SENTENCE_END = re.compile(r"[.?!]\s")
_IPV4 = re.compile(
    r"\d(?<![\d.].)(?=[\d\s]{0,7}+[.점d닷])\d{0,2}(?:\s?\d){0,2}"
    r"(?:\s?(?:\.|점|dot|닷)\s?\d(?:\s?\d){0,2}){3}(?!\s?\.?\d)"
)
_DOT = re.compile(r"\s?(?:\.|점|dot|닷)\s?")
_DOTS = (".", "점", "dot", "닷")
_IPV6 = re.compile(
    r"[0-9A-Fa-f:](?<![\w:.].)(?:(?<=:)|[0-9A-Fa-f]{0,3}(?<!:):)"
    r"(?:[0-9A-Fa-f]{0,4}:){1,6}[0-9A-Fa-f]{0,4}(?![\w:])"
)
_CREDENTIALS = re.compile(r"://([^\s/@:*]{1,128}:[^\s/@*]{1,128})@(?=[^\s,])")


def find_network(text: str) -> Iterator[Finding]:
    """Findings in `text`, whose spoken digits are already digits; some may overlap."""
    credentials = {match.end(1): match.start(1) for match in _CREDENTIALS.finditer(text)}
    for end, start in credentials.items():
        yield Finding(start, end, IdentifierKind.URL, RANK + 2)
    yield from _written_mail(text, set(credentials))
    small = lower(text)
    yield from _said_mail(small)
    cues = Cues(small)
    for match in _IPV4.finditer(small) if any(dot in small for dot in _DOTS) else ():
        parts = _DOT.split(match[0])
        right = all(int("".join(part.split())) < 256 for part in parts)
        if right and cues.before(match.start()) != NOTHING:
            yield Finding(*match.span(), IdentifierKind.IP, RANK)
    for match in _IPV6.finditer(text) if ":" in text else ():
        if _is_ipv6(match[0]):
            yield Finding(*match.span(), IdentifierKind.IP, RANK)


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return len(text) > 2  # "::" alone is punctuation, not an address


def _written_mail(text: str, no_mail: set[int]) -> Iterator[Finding]:
    """`no_mail`: positions of @ signs behind a password."""
    at = text.find("@")
    while at >= 0:
        domain = _DOMAIN.match(text, at + 1)
        local = domain and _LOCAL.search(text[max(0, at - _LOCAL_BEFORE) : at])
        if local and domain and at not in no_mail:
            name = re.search(r"[A-Za-z0-9._%+'-]+$", local[0])
            start = at - len(name[0] if name else local[0])
            yield Finding(start, domain.end(), IdentifierKind.EMAIL, RANK + 1)
        at = text.find("@", at + 1)


def _said_mail(text: str) -> Iterator[Finding]:
    """`text`: in lower case."""
    done = 0
    for sign in _AT.finditer(text):
        between = text[done : sign.start()]
        label = between.rstrip()
        if label == between and sign[0].startswith("at"):
            continue  # the previous match includes the blank
        edge = max(done, sign.start() - len(between) + len(label))
        done = sign.end()
        domain = _SAID_DOMAIN.match(text, sign.end())
        if domain:
            start = _local_part(text, edge)
            if start is not None:
                yield Finding(start, domain.end(), IdentifierKind.EMAIL, RANK)


def _local_part(text: str, end: int) -> int | None:
    """Where the spoken part before the @, which ends at `end`, begins; None if there is none."""
    before = text[max(0, end - _SAID_BEFORE) : end]
    cue = None
    for cue in _MAIL_CUE.finditer(before):  # noqa: B007
        pass
    local = _LOCAL_BACKWARDS.match(before[::-1], 0, len(before) - (cue.end() if cue else 0))
    if not local:
        return None
    rest = _FILLER.sub("", before[cue.end() :]) if cue else ""
    if rest and len(rest.split()) <= 8 and not _SENTENCE_END.search(rest):
        return end - len(rest)  # everything since "my e-mail is"
    return end - len(local[1])
