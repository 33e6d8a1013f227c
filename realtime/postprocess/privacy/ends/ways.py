"""Ways in which a text may go on, so that its last words become personal data."""

from __future__ import annotations

import re
from dataclasses import dataclass

from realtime.postprocess.privacy.names.people import GIVEN_NAMES
from realtime.postprocess.privacy.network import AT_KOREAN, DOT_KOREAN
from realtime.postprocess.privacy.places import HOMES


@dataclass(frozen=True, slots=True)
class Continuation:
    """One way in which a text may go on."""

    text: str
    """What is appended to the text."""
    only: re.Pattern[str]
    """Must match near the end, or the way is not tried: most texts end differently."""
    sure: re.Pattern[str] | None = None
    """Must match too if masking is permanent. None: the way is then not tried, because at most the
    last word depends on it, or because ordinary words look the same."""


def _any(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.I)


_PROVIDERS = "gmail|naver|yahoo|hotmail|outlook|daum|kakao|네이버|지메일|다음|카카오"
_MAIL_WORDS = r"(?:e-?mail|메일|\bdot\b|\s점(?:\s|\Z)|underscore|언더바)"
_MAIL, _MAIL_OPEN = _any(_MAIL_WORDS), _any(rf"{_MAIL_WORDS}.*[^\s.?!]\Z")
"""The second does not match behind the end of a sentence: my e-mail is broken."""
_SENT_TO = _any(r"\b(?:send|write|mail|reply|forward|copy|invoice|receipt)\b.*\bto\s+\S*[^\s.?!]\Z")
_LINK_LAST = _any(r"[a-z0-9]\s(?:dot|점|underscore|언더바|언더스코어|dash|hyphen|대시|하이픈)\Z")
_LOCAL = re.compile(
    rf"(?:[가-힣]\s[a-z][a-z0-9._]*[a-z0-9]|(?<!\S)(?=\S*\d)[A-Za-z][A-Za-z0-9._]*"
    rf"|\b(?:to|is|it's|at|on)\s(?i:{'|'.join(sorted(GIVEN_NAMES))})[.,]?)\Z"
)
"""What may stand before the @ of a mail address although mail is not mentioned."""
_AT = _any(rf"\bat\b|{AT_KOREAN}")
_AT_HOST = _any(
    rf"e-?mail|메일|{AT_KOREAN}|{_PROVIDERS}|\bat\s+\S+(?:\s(?:dot|{DOT_KOREAN})(?:\s\S+)?)?\Z"
)
_AT_LAST = _any(rf"(?:\bat|{AT_KOREAN})\Z")
_AT_DOT_LAST = _any(rf"(?:\bat|{AT_KOREAN}).*(?:\sdot|{DOT_KOREAN})\Z")
_LETTERED = _any(r"여권|면허|passport|licen[cs]e")
SIX_DIGITS = _any(r"")
"""Stands for six digits near the end, in figures or words."""
_YEARS = r"(?:19\d\d|200\d|201[0-5])"
"""Years in which a speaker may have been born."""
_YEAR = (
    rf"{_YEARS}\s?년|(?:천구백|이천|일구|이공)[가-힣\s]{{0,8}}년|{_YEARS}[-./]\d\d?[-./]\d\d?에?\Z"
)
_BORN = r"생년|생일|출생|태어|\bborn\b|birth|\bdob\b"
_DATE_KO, _BORN_KO = _any(r"년|월|생|출생|태어|[-./]\d\d?에?\Z"), _any(rf"{_BORN}|{_YEAR}")
_DATE_EN = _any(rf"{_BORN}|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)")
_BORN_EN = _any(_BORN)
_AREA = (
    r"서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충[북남청]|전[북남라]|경[북남상]|제주"
    r"|[가-힣][시군구]\s"
)
_PLACE = _any(rf"{_AREA}|주소|배송지|사는\s?곳|살고|거주|자택|보내|받[는을]\s?곳")
_ADDRESS = _any(r"주소|배송지|사는\s?곳|받[는을]\s?곳")
_ROAD = _any(rf"(?:{_AREA}|주소|배송지|사는\s?곳).*(?:로|길|동|리|가|읍|면)\Z")
_HOME = _any(rf"(?:{HOMES})\Z|(?:{_AREA}).*동\Z|(?:주소|배송지|집)[은이가]\s.*동\Z")
_BLOCK = _any(r"[\d백십]동\Z|[백십][일이삼사오육칠팔구]동\Z")
_HOUSE = _any(r"\d")
_LIVES = _any(r"\bliv(?:e|es|ing)\s+(?:at|on)|address|deliver|\bship|located|street|moved\s+to")
_STREET = _any(
    r"\b(?:street|st|avenue|ave|road|rd|boulevard|blvd|drive|dr|lane|ln|court|ct|place|way|square)\b"
)
_DOTTED = _any(r"\bip\b|아이피|접속\s?주소|\d\s?(?:\.|dot|점|닷)")
_DOTTED_SURE = _any(r"\bip\b|아이피|접속\s?주소|\d\s?(?:dot|점|닷)")
_WORD = _any(r"[A-Za-z]\Z")
_MYSELF = _any(
    r"(?:저는|제가|나는|여기는|상담사|상담원|담당자|이름[은이]|성함[은이])\s(?:상담[사원]\s)?[가-힣]{2,5}\Z"
)
_CALLED = _any(r"라고\Z")
_DOT_LAST = _any(
    r"(?:\d|\s(?:one|two|three|four|five|six|seven|eight|nine|zero|oh))\s?(?:dot|점|닷)\Z"
)

WAYS: tuple[Continuation, ...] = (
    Continuation(" 12345678", _LETTERED, _LETTERED),
    *(
        Continuation(f" {cue}", SIX_DIGITS, SIX_DIGITS)
        for cue in ("계좌", "카드", "전화", "사업자", "ssn", "여권", "면허", "주민번호")
    ),
    Continuation(" at gmail dot com", _MAIL, _MAIL_OPEN),
    Continuation(" at gmail dot com", _SENT_TO, _SENT_TO),
    Continuation(" at gmail dot com", _LOCAL, _LOCAL),
    Continuation(" 골뱅이 naver.com", _MAIL, _MAIL_OPEN),
    Continuation(" js at gmail dot com", _LINK_LAST, _LINK_LAST),
    Continuation(" js 골뱅이 naver.com", _LINK_LAST, _LINK_LAST),
    Continuation(" dot com", _AT, _AT_HOST),
    Continuation(" gmail dot com", _AT_LAST, _AT_LAST),
    Continuation(" com", _AT_DOT_LAST, _AT_DOT_LAST),
    Continuation(" Smith", _WORD, _WORD),
    Continuation("이라고 합니다", _MYSELF, _MYSELF),
    Continuation(" 합니다", _CALLED, _CALLED),
    Continuation(" 5월 3일생", _DATE_KO, _BORN_KO),
    Continuation(" 3일생", _DATE_KO, _BORN_KO),
    Continuation("생이고요", _DATE_KO, _BORN_KO),
    Continuation("에 태어났어요", _DATE_KO, _BORN_KO),
    Continuation(" 태어났어요", _DATE_KO, _BORN_KO),
    Continuation(" 10th of May 1990", _BORN_EN, _BORN_EN),
    Continuation(" May 1990", _DATE_EN, _BORN_EN),
    Continuation(" of May 1990", _DATE_EN, _BORN_EN),
    Continuation(" 5 1990", _DATE_EN, _BORN_EN),
    Continuation(" 1990", _DATE_EN, _BORN_EN),
    Continuation(" 123", _PLACE, _ROAD),
    Continuation(" 테헤란로 123", _PLACE, _ADDRESS),
    Continuation(" 강남구 테헤란로 123", _PLACE, _ADDRESS),
    Continuation(" Street", _HOUSE, _LIVES),
    Continuation(" 래미안 아파트 101동 1001호", _HOME, _HOME),
    Continuation(" 101동 1001호", _HOME, _HOME),
    Continuation(" 1001호", _BLOCK, _BLOCK),
    Continuation(" Main Street", _HOUSE, _LIVES),
    Continuation(" MA 02116", _STREET, _STREET),
    Continuation(" 02116", _STREET, _STREET),
    Continuation(".0.0.1", _DOTTED, _DOTTED_SURE),
    Continuation(" dot 0 dot 0 dot 1", _DOTTED, _DOTTED_SURE),
    Continuation(" 0 dot 0 dot 1", _DOT_LAST, _DOT_LAST),
    Continuation(" 0 dot 1", _DOT_LAST, _DOT_LAST),
    Continuation(" 1", _DOT_LAST, _DOT_LAST),
)
