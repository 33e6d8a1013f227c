"""Names spelled out: S-M-I-T-H, `M as in Mike`, 에스 엠 아이 티 에이치, 홍 자 길 자 동 자."""

from __future__ import annotations

import re
from collections.abc import Iterator

from realtime.postprocess.privacy.kinds import Finding, IdentifierKind
from realtime.postprocess.privacy.names.people import SURNAMES

RANK = 22
"""Above a name behind its cue, which contains only the first letters."""
CUE_BEFORE = 48
"""Characters before the letters in which a cue counts."""
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_LETTER = r"(?:double[ -])?[A-Za-z]"
_JOINED = re.compile(
    r"(?<![\w'’.-])[A-Z](?:(?:-|[ ,.]{1,3})(?:double[ -])?[A-Z])+(?![\w'’])"  # S M I T H; S., M.
    rf"|(?<![\w'’-]){_LETTER}(?:-{_LETTER})+(?![\w'’])"  # s-m-i-t-h
)
_AS_IN = re.compile(
    r"(?<![\w'’])(?:double )?[A-Za-z],? (?:as in|for|like) [A-Za-z]+"
    r"(?:[ ,.;]{1,3}(?:and |then )?(?:double )?[A-Za-z],? (?:as in|for|like) [A-Za-z]+)+",
    re.I,
)
_HEARD = re.compile(
    r"(?:(?i:\bspell(?:ed|t|s|ing)?\b)(?:[ ,:]{1,3}(?:it|is|that|as|like|with|out)){0,2}[ ,:]{1,3})"
    r"(?P<name>[A-Za-z]+(?:-[A-Za-z]+){2,})"
)
"""Spelled letters that the model wrote as words: the-vi-eye-dee."""
_CUE = re.compile(
    r"\bname|\bspell|\bspelt\b|\bthat's\b|\bletters?\b|\blast\b|\bfirst\b|\bsurname|이름|성함|성명|스펠|철자"
    r"|영문|여권|\bmr\b|\bmrs\b|\bms\b",
    re.I,
)
KNOWN = """
ymca ywca nasa nato html https http ussr asap faq pdf usb dvd gps vat abc abcd abcde rsvp
imdb iphone wifi ssl tls json yaml uefi bios lgbt lgbtq aarp hdmi ikea icbm pbs bbc cnn
"""
"""Abbreviations that are no names of people."""
_WORDS = frozenset(KNOWN.split())
SURE_LETTERS, CUED_LETTERS = 4, 2
"""Fewest letters of a name without a cue, and with one."""
LETTER_NAMES = (
    r"에이치|에이|더블유|엑스|와이|제트|지이|아이|제이|케이|에스|에프|브이|오|유|알|큐|피|엔|엠|엘|지|이|디|씨"
    r"|시|비|티"
)
"""Latin letters as they are called in Korean."""
_DIGITS = ("이", "오")
"""Names of E and O that also mean two and five."""
_END = r"(?=(?:입니다|이에요|예요|이?요|이?고요|이라고|라고|님|씨)?(?![가-힣]))"
_NAMED_KO = re.compile(
    rf"(?<![가-힣])(?:{LETTER_NAMES})(?:[ ,-]{{1,3}}(?:{LETTER_NAMES})){{2,}}{_END}"
)
_SYLLABLES = re.compile(
    rf"(?<![가-힣])[{SURNAMES}]\s?자[ ,]{{1,3}}[가-힣]\s?자[ ,]{{1,3}}[가-힣]\s?자{_END}"
    rf"|(?<![가-힣])[{SURNAMES}][ ,-]{{1,3}}[가-힣][ ,-]{{1,3}}[가-힣]{_END}"
)
_WITH_JA = re.compile(r"[가-힣]\s?자[ ,]")
_JAMO = (
    r"쌍?(?:기역|니은|디귿|리을|미음|비읍|시옷|이응|지읒|치읓|키읔|티읕|피읖|히읗)"
    r"|[아야어여오요우유으이애에외위의와워](?![가-힣])"
)
_JAMOS = re.compile(
    rf"(?<![가-힣])(?:쌍?(?:기역|니은|디귿|리을|미음|비읍|시옷|이응|지읒|치읓|키읔|티읕|피읖|히읗))"
    rf"(?:[ ,]{{1,3}}(?:{_JAMO})){{3,}}"
)


def find_spelled(text: str) -> Iterator[Finding]:
    """Findings in the original `text`; some may overlap."""
    for match in _JOINED.finditer(text):
        letters = re.sub(r"(?i)double|[^a-z]", "", match[0])
        least = CUED_LETTERS if _cued(text, match.start()) else SURE_LETTERS
        known = letters.lower() in _WORDS or letters.lower() in _ALPHABET
        if len(letters) >= least and not known:
            yield Finding(*match.span(), IdentifierKind.NAME, RANK)
    for match in _AS_IN.finditer(text):
        yield Finding(*match.span(), IdentifierKind.NAME, RANK)
    for match in _HEARD.finditer(text):
        yield Finding(*match.span("name"), IdentifierKind.NAME, RANK)
    for match in _NAMED_KO.finditer(text):
        said = re.split(r"[ ,-]+", match[0])
        if all(letter in _DIGITS for letter in said):
            continue
        if len(said) >= SURE_LETTERS or _cued(text, match.start()):
            yield Finding(*match.span(), IdentifierKind.NAME, RANK)
    for match in _SYLLABLES.finditer(text):
        if _WITH_JA.search(match[0]) or _cued(text, match.start()):
            yield Finding(*match.span(), IdentifierKind.NAME, RANK)
    for match in _JAMOS.finditer(text):
        yield Finding(*match.span(), IdentifierKind.NAME, RANK)


def _cued(text: str, start: int) -> bool:
    return _CUE.search(text, max(0, start - CUE_BEFORE), start) is not None
