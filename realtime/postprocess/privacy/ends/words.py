"""Finds what at the end of a text may be the part of a mail address before the @, or the quarter
where somebody lives: nothing in the words themselves says so until the text goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from realtime.postprocess.privacy.ends.digits import Span
from realtime.postprocess.privacy.names.people import has_name_syllables, stands_for_a_name
from realtime.postprocess.privacy.names.spelled import LETTER_NAMES
from realtime.postprocess.privacy.places import HOMES
from realtime.postprocess.privacy.spoken import SYLLABLES

_HANGUL_BEFORE = re.compile(r"[가-힣][.,?!]?\s\Z")
_UNDERSCORE = r"언더바|언더스코어|underscore"
_LINK = rf"{_UNDERSCORE}|점|쩜|dot"
_DIGITS = rf"[\d{SYLLABLES}](?:[\d{SYLLABLES} ]*[\d{SYLLABLES}])?"
_LOCAL = re.compile(
    rf"(?<!\S)(?P<first>[가-힣]{{2,3}}|[A-Za-z][A-Za-z0-9._]*)(?P<early>\s?{_DIGITS})?"
    rf"(?:\s(?P<link>{_LINK})(?:\s(?P<second>[가-힣]{{1,3}}|[A-Za-z]\w{{0,20}})(?P<late>\s?{_DIGITS})?)?)?\Z",
    re.I,
)
"""A name or a word, with digits behind it or a sign and a second word: 민수 언더바 김 이일."""
_SPELLED = re.compile(
    rf"(?<![가-힣])(?:{LETTER_NAMES})(?:[ ,-]{{1,3}}(?:{LETTER_NAMES}))+(?:\s?{_DIGITS})?\Z"
    rf"|(?<![가-힣])(?:{LETTER_NAMES}){{3,}}(?:\s?{_DIGITS})?\Z"
    rf"|(?<![\w'’.-])[A-Za-z](?:[ -]{{1,2}}[A-Za-z])+\Z"
)
_ONE_LETTER = re.compile(rf"(?<![가-힣])(?:{LETTER_NAMES})\Z")
_SURE_LETTERS = """
에이 에프 에이치 제이 케이 엘 엠 엔 큐 에스 브이 더블유 엑스 와이 제트
"""
_ALPHABET = frozenset(_SURE_LETTERS.split())
"""Names of letters that are no words."""
_LONGER_LETTERS = """
에프 에이치 제이 케이 에스 브이 더블유 엑스
"""
_LONG_LETTERS = frozenset(_LONGER_LETTERS.split())
"""Of them those by which a lone letter is known."""
_SAID_LETTER = re.compile(LETTER_NAMES)
_SAID_AS_WORDS = """
유에스비 씨씨티비 시시티비 에스엔에스 브이아이피 에이에스 에이치디
케이티엑스 에이티엠 엠알아이 케이비에스 에스비에스 에이아이
지피에스 엘이디 에스케이 에이피아이 에이치티엠엘 에스큐엘 엑셀
"""
_ABBREVIATIONS = tuple(_SAID_AS_WORDS.split())
"""Letters that are said as a word, and spell no name."""
_SMALL_WORDS = frozenset("aAiIoO")
_QUARTER = re.compile(
    r"(?<![가-힣])(?P<quarter>[가-힣]{1,4}(?<![이운활행감변수공노아자작진연가출반])동)"
    r"(?P<more>(?:\s[가-힣A-Za-z0-9]{2,10}){0,2})\Z"
)
"""A quarter and up to two words, such as the name of a building. The syllables make words that are
none: 운동, 활동, 이동."""
_AREA_BEFORE = re.compile(r"[가-힣][시군구]\s\Z|주소|배송지|집[은이]|사는|살")
_AREA_NEAR = 16
"""Characters before a quarter in which its city or its cue counts."""
_QUARTER_LENGTH = 3
"""Fewest syllables of a quarter without them: nearly all have three, and few words do."""
_HOME_LAST = re.compile(rf"(?:{HOMES})\Z")


def trailing_local(text: str, *, sure: bool) -> Iterator[Span]:
    """What 골뱅이 or `at` may follow: letters said one by one, a name, a word with a link.

    `sure`: only what is most likely a name or spelled letters.
    """
    spelled = _SPELLED.search(text)
    if spelled and _is_spelled(spelled[0]):
        yield spelled.span()
    one = _ONE_LETTER.search(text)
    if one and not (sure and one[0] not in _LONG_LETTERS):
        yield one.span()
    local = _local(text)
    if local and (not sure or _is_local(local)):
        yield local.span()


def _local(text: str) -> re.Match[str] | None:
    """The longest match that ends with the text and is more than a word; None if there is none."""
    words = [match.start() for match in re.finditer(r"\S+", text)][-_LOCAL_WORDS:]
    for start in words:
        match = _LOCAL.match(text, start)
        if match and (match["link"] or match["early"] or _is_named(match["first"])):
            return match
    return None


_LOCAL_WORDS = 7
"""Most words before an @, each digit said alone being one."""


def _is_named(word: str) -> bool:
    return _is_hangul(word) and stands_for_a_name(word)


def _is_local(local: re.Match[str]) -> bool:
    """Whether it is most likely the beginning of an address, and not a word behind which one of a
    number stands."""
    link, first = local["link"], local["first"]
    if link and re.fullmatch(_UNDERSCORE, link, re.I):
        return True
    numbered = len((local["early"] or "").strip()) > 1
    if not _is_hangul(first):
        korean = re.search("[가-힣]", local["early"] or "") is not None
        korean = korean or _HANGUL_BEFORE.search(local.string, 0, local.start()) is not None
        return korean and (link is not None or numbered)
    return has_name_syllables(first) if link or numbered else stands_for_a_name(first)


def _is_hangul(word: str) -> bool:
    return "가" <= word[0] <= "힣"


def _is_spelled(said: str) -> bool:
    """Whether letters are spelled: at least one is no word, and all are no abbreviation."""
    if said.isascii():
        return not set(re.findall(r"[A-Za-z]", said)) <= _SMALL_WORDS
    letters = _SAID_LETTER.findall(said)
    if "".join(letters).startswith(_ABBREVIATIONS):
        return False
    known = sum(letter in _ALPHABET for letter in letters)
    return known > 0 and (" " in said or 2 * known >= len(letters))


def trailing_quarter(text: str, *, sure: bool) -> Iterator[Span]:
    """A quarter (역삼동) at the end, and the words behind it, which may name a building."""
    match = _QUARTER.search(text)
    if not match:
        return
    near = text[max(0, match.start() - _AREA_NEAR) : match.start()]
    asked = _AREA_BEFORE.search(near) is not None
    if not asked and len(match["quarter"]) < _QUARTER_LENGTH:
        return
    if sure and match["more"] and not _names_a_home(match["more"]):
        yield match.span("quarter")
        return
    yield match.span()


def _names_a_home(more: str) -> bool:
    """Whether the words behind a quarter are a building's, or one word without a particle."""
    words = more.split()
    return _HOME_LAST.search(more) is not None or (len(words) == 1 and not _PARTICLE.search(more))


_PARTICLE = re.compile(r"(?:에|에서|은|는|이|가|을|를|으로|로|의|도|요|다|죠)\Z")
