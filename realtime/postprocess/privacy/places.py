"""Finds postal addresses: a road or a district with a number, and what belongs to it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from realtime.postprocess.privacy.kinds import Finding, IdentifierKind
from realtime.postprocess.privacy.patterns import word_in_any_case

RANK = 25
REGIONS = "서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충북|충남|전북|전남|경북|경남|제주"
"""Cities and provinces by their short names."""
_PROVINCE = (
    rf"(?:{REGIONS}|충청[남북]|전라[남북]|경상[남북])"
    r"(?:특별자치시|특별자치도|특별시|광역시|도|시)?"
)
_SAID_NUMBER = r"(?:\d{1,5}|[공영일이삼사오육칠팔구십백천]{1,7})"
_NUMBER = rf"(?:산\s?)?{_SAID_NUMBER}(?:\s?(?:-|다시|의|에)\s?{_SAID_NUMBER})?(?:\s?번지)?"
HOMES = (
    "아파트|빌라|오피스텔|빌딩|타워|맨션|주공|자이|래미안|푸르지오|힐스테이트|상가|하이츠|캐슬|더샵"
    "|아이파크"
)
"""How the names of buildings end."""
_DETAIL = (
    rf"(?:,?\s?(?:(?:[가-힣A-Za-z0-9]{{1,14}}\s?)?(?:{HOMES})\s?)?"
    rf"(?:,?\s?{_SAID_NUMBER}\s?(?:동|층|호실|호))+)?"
)
_ROAD = re.compile(
    rf"(?P<area>(?:{_PROVINCE}\s)?(?:[가-힣]{{1,5}}(?:시|군|구)\s){{0,2}}(?:[가-힣]{{1,5}}(?:읍|면|동)\s)?)"
    rf"(?P<street>[가-힣][가-힣0-9]{{0,11}}(?:대로|로|길)(?:\s?{_SAID_NUMBER}번?길)?\s?{_NUMBER})(?![가-힣\d]*(?:원|개|명|시간|분\b|퍼센트))"
    rf"(?:번)?{_DETAIL}"
)
_DISTRICT = re.compile(
    rf"(?P<area>(?:{_PROVINCE}\s)?(?:[가-힣]{{1,5}}(?:시|군|구)\s){{0,2}}(?:[가-힣]{{1,5}}(?:읍|면)\s)?)"
    rf"(?P<street>[가-힣]{{1,5}}\d{{0,2}}(?:동|리|가|읍|면)\s(?:{_NUMBER}|[가-힣A-Za-z0-9]{{1,12}}(?:아파트|빌라|오피스텔|맨션)))"
    rf"(?:번)?{_DETAIL}"
)
_ANCHOR = re.compile(
    r"(?:로|길|동|리|가|읍|면)\s?(?:산\s?)?(?=[\d일이삼사오육칠팔구십백천]|[가-힣A-Za-z0-9]{1,12}(?:아파트|빌라|오피스텔|맨션))"
)
_FLAT = re.compile(
    rf"(?:(?:[가-힣A-Za-z0-9]{{1,14}}\s?)?(?:{HOMES})\s?)?"
    r"(?<![가-힣\d])(?:\d{1,4}|(?=[일이삼사오육칠팔구십]{0,3}[백십공])[공일이삼사오육칠팔구십백천]{2,7})\s?동\s?"
    r"(?:\d{2,5}|[공영일이삼사오육칠팔구십백천]{2,7})\s?호"
)
"""Block and flat: nobody counts in pairs of 동 and 호 but addresses."""
_BEFORE_FLAT = re.compile(
    rf"(?:(?:{_PROVINCE}|[가-힣]{{1,5}}(?:시|군|구|읍|면|동))\s){{1,5}}(?:[가-힣A-Za-z0-9]{{1,14}}\s)?\Z"
)
_BACK = 44
_CUE = re.compile(
    r"주소|배송지|사는\s?곳|살고|거주|자택|집은|집이|위치|배달|보내|받는\s?곳|받을\s?곳|본적|소재"
)
_CUE_BEFORE = 40
_AREA_END = re.compile(r"[시군구울산천주전종기원북남도]\s")
"""How every area ends: a cheap test before the expensive one."""
_SURE_AREA = re.compile(rf"{_PROVINCE}\s|[가-힣](?:시|군|구)\s")

_SUFFIXES = (
    "street|st|avenue|ave|road|rd|boulevard|blvd|drive|dr|lane|ln|court|ct|place|pl|terrace|way"
    "|parkway|pkwy|circle|cir|square|highway|hwy|crescent|close|trail"
)
_STREET = re.compile(rf"{word_in_any_case(_SUFFIXES)}\b\.?")
_HOUSE = re.compile(
    r"\d(?<![\d$#.,-].)(?:[ ,-]?\d){0,5}[A-Za-z]?(?:\s(?:North|South|East|West|N|S|E|W)\.?)?"
    r"(?:\s(?:\d{1,3}(?:st|nd|rd|th)|[A-Za-z][A-Za-z'.-]{0,18})){1,3}\s$",
    re.I,
)
_NAMED = re.compile(r"[a-z.'-]\s$", re.I)
"""How every house and street before a suffix end: a cheap test before the expensive one."""
_BEHIND = re.compile(
    r"""(?:,?\s(?:[Aa]partment|[Aa]pt|[Uu]nit|[Ss]uite|[Ss]te|[Ff]loor|\#)\.?[\s-]?(?:[A-Z]?\d[\dA-Z\s-]{0,4}(?<!\s)|[A-Z]\b))?
        (?:,\s?[A-Z][a-z]+(?:\s[A-Z][a-z]+){0,2})?
        (?:,?\s(?:[A-Z]{2}|[A-Z][a-z]{3,12})(?=,?\s\d{5}\b))?
        (?:,?\s\d{5}(?:-\d{4})?\b|,?\s[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}\b)?""",
    re.X,
)
_NO_STREET = re.compile(
    r"\b(?:is|are|was|the|a|an|in|on|of|for|to|and|or|by|minutes?|miles?|days?|hours?|percent|dollars|people|ways?|more"
    r"|at|from|your|my|it|that|this|i|you|we|points?|weeks?|months?|years?)\b",
    re.I,
)


def find_places(text: str) -> Iterator[Finding]:
    """Korean addresses in the original `text`."""
    done = -1
    for anchor in _ANCHOR.finditer(text):
        if anchor.start() < done:
            continue
        found = _korean(text, anchor.start())
        if found:
            done = found.end
            yield found
    for flat in _FLAT.finditer(text) if "호" in text else ():
        area = _BEFORE_FLAT.search(text[max(0, flat.start() - _BACK) : flat.start()])
        start = flat.start() - (len(area[0]) if area else 0)
        yield Finding(start, flat.end(), IdentifierKind.ADDRESS, RANK)


def find_streets(text: str) -> Iterator[Finding]:
    """English addresses in `text`, whose spoken digits are already digits."""
    for suffix in _STREET.finditer(text):
        before = text[max(0, suffix.start() - 70) : suffix.start()]
        if not _NAMED.match(before[-2:]):
            continue
        house = _HOUSE.search(before)
        if not house or _NO_STREET.search(house[0]):
            continue
        start = suffix.start() - (len(before) - house.start())
        behind = _BEHIND.match(text, suffix.end())
        yield Finding(start, behind.end() if behind else suffix.end(), IdentifierKind.ADDRESS, RANK)


def _korean(text: str, anchor: int) -> Finding | None:
    """The address around an anchor; None if there is none."""
    start = max(0, anchor - _BACK)
    if not (
        _CUE.search(text, max(0, start - _CUE_BEFORE), anchor)
        or (_AREA_END.search(text, start, anchor) and _SURE_AREA.search(text, start, anchor))
    ):
        return None
    while start < anchor:
        for pattern in (_ROAD, _DISTRICT):
            match = pattern.match(text, start)
            if match and match.start("street") <= anchor < match.end("street"):
                cued = _CUE.search(text, max(0, start - _CUE_BEFORE), start)
                if cued or _SURE_AREA.match(match["area"]):
                    return Finding(start, match.end(), IdentifierKind.ADDRESS, RANK)
        start += 1
        while start < anchor and not text[start - 1].isspace():
            start += 1
    return None
