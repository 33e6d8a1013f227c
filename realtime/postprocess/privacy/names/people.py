"""Finds names of people behind or before words that mark them as names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from realtime.postprocess.privacy.kinds import Finding, IdentifierKind
from realtime.postprocess.privacy.names.given_names import (
    ENGLISH_GIVEN,
    KOREAN_FIRST,
    KOREAN_NO_GIVEN,
    KOREAN_ORDINARY,
    KOREAN_SECOND,
)
from realtime.postprocess.privacy.names.words import ENGLISH_NO_NAMES, KOREAN_NO_NAMES
from realtime.postprocess.privacy.patterns import korean_word, syllable_of, word_in_any_case

RANK = 20
SURNAMES = (
    "김이박최정강조윤장임한오서신권황안송류유전홍고문양손배백허남심노하곽성차주우구나민진지엄채원천방"
    "공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용예경봉사부"
)
"""First syllables of Korean family names, the most frequent first (2015 census)."""
_PAIRS = ("남궁", "황보", "제갈", "선우", "독고", "사공")
GIVEN_NAMES = frozenset(ENGLISH_GIVEN.split())
NO_GIVEN_NAMES = frozenset(KOREAN_NO_GIVEN.split())
ORDINARY = frozenset(KOREAN_ORDINARY.split())
NOT_NAMES = frozenset(KOREAN_NO_NAMES.split())
"""Words that begin like a name and stand before 님 or 씨."""
_NAME = rf"(?:{'|'.join(_PAIRS)})[가-힣]{{1,2}}|[{SURNAMES}][가-힣]{{1,3}}"
_FIRST = syllable_of(SURNAMES + "독")
_PAIR = "|".join(f"(?<={pair[0]}){pair[1]}" for pair in _PAIRS)
_WHOLE = rf"{_FIRST}(?:(?:{_PAIR})[가-힣]{{1,2}}|(?<!독)[가-힣]{{1,3}}?)"
"""A name that is not the end of a longer word. 독 is a family name only with 고."""
_SHORT = rf"{_FIRST}(?:(?:{_PAIR})[가-힣]{{1,2}}|(?<!독)[가-힣]{{1,2}})"
_TITLED = re.compile(
    rf"(?P<name>{_SHORT})\s?(?:고객님|회원님|선생님|님|씨(?![앗름가-힣])|씨(?=[가는도를의께랑와요이])"
    r"|과장님|부장님|대리님|팀장님|사장님|차장님|실장님|교수님|대표님|이사님|기사님|상담사님|원장님|간호사님|주임님)"
)
_END = (
    r"(?=\s?(?:이?라고|이?라는|입니다|입니다만|이고|이구요|이고요|고요?(?![가-힣])|이에요|예요|이요|요(?![가-힣])|인데|이신|님|씨|고객|으로|로"
    r"|이며|이란|맞|되시|이거든|이시|이십|입니까|인가|[.,!?\s]|$))"
)
_CALLED = re.compile(
    r"(?:이름은|이름이|성함은|성함이|성명은|성명이|성함|성명|이름|예금주(?:는|가)?|예금주명은?|수취인은?|수령인은?|받는\s?분(?:은|이)?"
    r"|받으시는\s?분(?:은|이)?|보내는\s?분(?:은|이)?|(?:받는|보내는)\s?사람(?:은|이)?|명의자(?:는|가)?|명의는|계약자(?:는|가)?|피보험자(?:는|가)?|환자분?\s?이름은"
    r"|신청인(?:은|이)?|신청자(?:는|가)?|예약자(?:는|가)?|예약명은?|탑승자(?:는|가)?|투숙객은?|세대주(?:는|가)?|임차인은?|보호자(?:는|가)?|입금자(?:는|가)?|송금인은?|발신인은?|수신인은?|고객명은?|참석자(?:는|가)?|주문자(?:는|가)?|구매자(?:는|가)?|가입자(?:는|가)?|대표자(?:는|가)?|담당자(?:는|가)?|본인은?)"
    rf"(?:\s?[:,]\s?|\s)(?:제가\s|저는\s|네\s|음\s|어\s)?"
    rf"(?P<name>{_NAME}?|[{SURNAMES}]\s[{KOREAN_FIRST}][{KOREAN_SECOND}]){_END}"
)
_MYSELF = re.compile(
    rf"(?:{korean_word('저는', '제가', '전', '나는', '여기는', '상담사', '상담원', '담당자')})\s"
    rf"(?:상담사\s|상담원\s)?"
    rf"(?P<name>{_NAME}?)(?=이?라고\s?(?:합니다|해요|하는데|하고|하는|하거든|불)|입니다|이에요|예요|인데요?|이고요?|이?었습니다|였습니다)"
)
_SAID_TO_BE = re.compile(
    rf"(?P<name>{_WHOLE})(?=이?라고\s?(?:합니다|해요|하는데|하거든|불러)|이?라는\s?(?:사람|분|이름))"
)
_INTRODUCED = re.compile(
    rf"(?P<name>{_FIRST}[가-힣]{{2}})(?=\s?(?:입니다|이에요|예요|이라고|인데요?|이고요|이었습니다|였습니다|이요|(?<![나지라리])요)(?![가-힣])|\s맞(?:아요|습니다|으세요|으신가요|죠|는데요)"
    r"|\s(?:앞으로|명의로|본인|할아버지|할머니|어머니|아버지|환자)|\s[군양](?![가-힣]))"
)
"""Only the syllables show that it is a name: 네, 김민수입니다."""
_GIVEN_NAME = re.compile(
    r"(?<![가-힣])(?P<name>[가-힣]{2})(?=\s?고객님|\s씨(?![가-힣])|\s씨[가는의]\s)"
)
"""A given name alone: 영희 씨."""
_GIVEN_CALLED = re.compile(
    r"(?<![가-힣])(?:(?:저|나)는?\s|제가\s)?(?P<name>[가-힣]{2})(?=이?라고\s?(?:합니다|해요|하는데|불러))"
    r"|(?<![가-힣])(?:저|저는|제가|나는)\s(?P<copula>[가-힣]{2})(?=예요|이에요|입니다|인데요)"
)
"""A given name by which the speaker is called: 저는 민수라고 합니다, 저 민수예요."""
_FOREIGN = re.compile(
    r"(?<![가-힣])(?:저는|제가|이름은|이름이)\s(?![가-힣]{0,5}[걸을를게서도만]\s)"
    r"(?P<name>[가-힣]{2,6}(?:\s[가-힣]{2,6}?)?)"
    r"(?=이?라고\s(?:합니다|해요|하는데))"
)
_ANSWERED = re.compile(
    r"(?:성함|이름|존함|성명)[을이은도]?\s?(?:좀\s)?(?:어떻|말씀|뭐|무엇|여쭤|알려|확인)[가-힣\s]{0,16}[?.,]?\s"
    rf"(?:(?:네|예|아|음|어|저는|제가|저|제\s이름은|이름은)[\s,.]+){{0,3}}(?P<name>{_NAME}?)"
    r"(?=이?요[\s.,]|이?요\Z|\s?입니다|이에요|예요|인데요|이?라고|이?고요|[.,]|\Z)"
)
"""The answer to the question for the name, which may be all of it: 성함이요? 박지영이요."""
_NOUN_ENDS = (
    "자",
    "인",
    "원",
    "중",
    "건",
    "점",
    "품",
    "편",
    "장",
    "곳",
    "것",
    "때",
    "문",
    "비",
    "금",
)
"""Probably a noun if only the copula suggests a name: 저는 구매자입니다."""

_VERBS = ("하지", "가지", "오지", "나지", "보지")
"""Ends of verbs among the syllables of names: 변하지 않아요."""
_ENDINGS = "서된신은는을를만게면고지해한도로네어니든며야걸금느"
"""Last syllables of verbs and adverbs; few names have one of them behind a syllable that begins no
given name."""

_CAPITAL = r"[A-Z](?:'[A-Z])?[a-z]+(?:['-][A-Z]?[a-z]+)?"
_FULL = rf"{_CAPITAL}(?:\s(?:[A-Z]\.\s)?{_CAPITAL}){{0,2}}"
_ANY_CASE = r"[A-Za-z]+(?:['-][A-Za-z]+)?"
_STOP = frozenset(ENGLISH_NO_NAMES.split())
_MY_NAME = re.compile(
    word_in_any_case(
        r"my\s+(?:full\s+|first\s+|last\s+|legal\s+)?name\s+is|my\s+name's|name\s+is|name's|name:"
        r"|names?\s+of|under\s+the\s+name|account\s+holder\s+is|account\s+holder|cardholder\s+is"
        r"|addressed\s+to|patient\s+is|payee\s+is|recipient\s+is|the\s+caller\s+is|customer\s+is"
    )
    + rf"\s+(?:(?i:is|of|for|it's|uh|um)\s+)?(?P<name>{_ANY_CASE}(?:\s{_ANY_CASE}){{0,2}})"
)
_I_AM = re.compile(
    word_in_any_case(
        r"this\s+is|i'm|i\s+am|it's|speaking\s+with|speaking\s+to|speak\s+with|spoke\s+with"
        r"|speak\s+to|talk\s+to|spoke\s+to|talking\s+to|thank\s+you|thanks|hello|hi|dear|sincerely"
        r"|ask\s+for|attention"
    )
    + rf"[\s,]+(?P<name>{_FULL})"
)
_MISTER = re.compile(
    word_in_any_case("call\\s+me|mr|mrs|ms|miss|dr|mister|doctor|prof|professor|sir|madam")
    + rf"\.?\s+(?P<name>{_FULL})"
)
_GREETED = re.compile(
    r"\b(?i:hello|hi|hey|yes|yeah|good\s+(?:morning|afternoon|evening))[\s,.!]+"
    rf"(?i:this\s+is|it's|i'm|i\s+am)\s+(?P<name>{_CAPITAL})(?=[\s,.!?]|\Z)"
)
"""Speakers say their name after the greeting, so one word is enough."""
_SPEAKING = re.compile(rf"(?<![\w'])(?P<name>{_FULL})\s+(?:speaking|calling|here)(?=[.,!?]|\Z)")
_LOOSE = re.compile(r"(?i:this is|i'm|i am|it's|thank|hello|hi\b|dear)")


def find_people(text: str) -> Iterator[Finding]:
    """Findings in the original `text`; some may overlap."""
    for pattern in (_TITLED, _CALLED, _MYSELF, _SAID_TO_BE, _ANSWERED, _FOREIGN):
        for match in pattern.finditer(text):
            name = match["name"]
            if name in NOT_NAMES or (name[:2] in NOT_NAMES and not _is_whole_name(name)):
                continue
            if pattern is not _FOREIGN and not _is_plausible(name.replace(" ", "")):
                continue
            if pattern is _CALLED and len(name) == 2 and _is_noun(match):
                continue
            if len(name) < 3 and pattern not in (_CALLED, _TITLED):
                continue
            if (
                pattern is _MYSELF
                and name.endswith(_NOUN_ENDS)
                and "라고" not in match.string[match.end() : match.end() + 3]
            ):
                continue
            yield Finding(*match.span("name"), IdentifierKind.NAME, RANK)
    for pattern in (_INTRODUCED, _GIVEN_NAME):
        for match in pattern.finditer(text):
            if is_korean_name(match["name"]):
                yield Finding(*match.span("name"), IdentifierKind.NAME, RANK)
    for match in _GIVEN_CALLED.finditer(text):
        which = "name" if match["name"] else "copula"
        if is_korean_name(match[which]):
            yield Finding(*match.span(which), IdentifierKind.NAME, RANK)
    for pattern in (_MY_NAME, _I_AM, _MISTER, _GREETED):
        for match in pattern.finditer(text):
            found = _english(match, strict=pattern is _I_AM)
            if found:
                yield found
    for match in _SPEAKING.finditer(text):
        if match["name"].split()[0].lower() in GIVEN_NAMES:
            yield Finding(*match.span("name"), IdentifierKind.NAME, RANK)


def _is_plausible(name: str) -> bool:
    """Whether what stands where a name would is no verb or adverb, as in 이어서 고객님."""
    if name.startswith(_PAIRS):
        return True
    return len(name) < 4 and (name[-1] not in _ENDINGS or name[-2] in KOREAN_FIRST)


def _is_whole_name(name: str) -> bool:
    """Whether three syllables are a name although the first two make a word: 이미경."""
    return len(name) == 3 and has_name_syllables(name) and name not in NO_GIVEN_NAMES


def _is_noun(match: re.Match[str]) -> bool:
    """Whether two syllables without a copula are rather a word of a list: 이름 서버."""
    copula = match.string[match.end("name") : match.end("name") + 1]
    return not ("가" <= copula <= "힣") and match["name"][1] not in KOREAN_SECOND


def is_korean_name(word: str) -> bool:
    """Whether a word of three syllables, or of two without a family name, is most likely a name."""
    return (
        has_name_syllables(word)
        and not word.endswith(_VERBS)
        and word not in NO_GIVEN_NAMES
        and word[-2:] not in NOT_NAMES
        and word[:2] not in NOT_NAMES
        and (len(word) == 2 or word[0] in SURNAMES)
    )


def has_name_syllables(word: str) -> bool:
    """Whether the last two syllables are those of given names, whatever else they mean."""
    return word[-2] in KOREAN_FIRST and word[-1] in KOREAN_SECOND


def stands_for_a_name(word: str) -> bool:
    """Whether a word without anything that marks it as a name is most likely one."""
    return is_korean_name(word) and word not in ORDINARY


def _english(match: re.Match[str], strict: bool) -> Finding | None:
    """The words before the first that is no part of a name; None if there are none."""
    start = end = match.start("name")
    count = 0
    for word in re.finditer(r"\S+", match["name"]):
        if word[0].lower().rstrip(".,") in _STOP:
            break
        end, count = start + word.end(), count + 1
    if not count or (strict and count < 2 and not _speaks(match, end)):
        return None
    return Finding(start, end, IdentifierKind.NAME, RANK)


def _speaks(match: re.Match[str], end: int) -> bool:
    """Whether one capitalised word is a name, by the words around it or as a known name."""
    behind = match.string[end : end + 16]
    before = match[0][: match.start("name") - match.start()]
    if not _LOOSE.match(before):
        return True
    if re.match(r"[\s,]+(?:from|speaking|calling|here|with)\b", behind):
        return True
    return match["name"].split()[0].lower() in GIVEN_NAMES
