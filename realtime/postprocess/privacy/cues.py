"""Cues: words around a number that say what it is, or that it is no personal data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from realtime.postprocess.privacy.kinds import IdentifierKind
from realtime.postprocess.privacy.patterns import alternatives, by_first_letter, lower

BEFORE = 48
"""Characters before a number in which a cue counts."""
BEHIND = 20
"""Characters behind a number in which a cue counts."""
NOTHING = "nothing"
"""Label of cues for numbers that are no personal data, such as order numbers."""
NOTHING_BEFORE = 24
"""Characters before a number in which `NOTHING` counts: masking too much is the lesser harm."""

_WORDS: dict[str, str] = {
    IdentifierKind.RRN: r"주민(?:등록)?\s?번호|주민\s?번호|주민등록|외국인\s?등록\s?번호|등록증",
    IdentifierKind.SSN: r"social\s+security(?:\s+number)?|\bssn\b|\bsocial\b",
    IdentifierKind.PHONE: (
        r"전화|연락처|휴대폰|핸드폰|휴대\s?번호|폰\s?번호|모바일|내선|팩스|문자|제\s?번호|내\s?번호|이\s?번호|남편\s?번호|아내\s?번호|본인\s?번호|집\s?번호|수신\s?번호|발신\s?번호"
        r"|\bphone|\bmobile|\bcell\b|\bcell\s?phone|\bcall(?:\s+(?:me|us|him|her|them|back))?\b"
        r"|\btelephone|\btext\s+(?:me|us|him|her)\b|\breach(?:\s+(?:me|us))?\b|\bcontact|\bfax\b"
        r"|\bdial\b|\bring\b|\bcallback|\bhotline"
    ),
    IdentifierKind.CARD: (
        r"카드(?!\s?(?:값|대금|결제|한도|포인트))|\bcard(?:\s+number)?\b|\bvisa\b|\bmastercard\b"
        r"|\bamex\b|\bcredit\s+card|\bdebit\s+card"
    ),
    IdentifierKind.ACCOUNT: (
        r"계좌|통장|입금|송금|이체|환불\s?받을|국민은행|신한은행|우리은행|하나은행|농협|기업은행|은행"
        r"|카카오뱅크|토스뱅크|케이뱅크|새마을금고|신협|우체국\s?예금|수협"
        r"|\bbank\s+account|\bchecking\s+account|\bsavings?\s+account|\bcurrent\s+account"
        r"|\bdeposit\s+account|\baccount\s+(?:number|no)\b|\brouting|\biban\b|\bsort\s+code|\bstand(?:ing|\s+in)\s+order|\bwire\b|\btransfer(?:red)?\b|\bdeposit"
    ),
    IdentifierKind.PASSPORT: r"여권|\bpassport",
    IdentifierKind.DRIVER_LICENSE: (
        r"운전\s?면허|면허\s?번호|면허증|면허|\bdriver'?s?'?\s+licen[cs]e|\bdriving\s+licen[cs]e"
        r"|\blicen[cs]e\s+(?:number|no)|\blicen[cs]e\b|\bpermit\s+to\s+drive|\bdriving\s+permit"
    ),
    IdentifierKind.BUSINESS_NUMBER: (
        r"사업자(?:\s?등록)?(?:\s?번호)?|법인\s?번호|\bbusiness\s+(?:registration\s+)?number"
        r"|\bbusiness\s+regist|\bcompany\s+regist|\bfirm\s+regist"
    ),
    IdentifierKind.BIRTH_DATE: (
        r"생년\s?월일|생일|출생|태어\S{0,2}|생년|\bborn\b|\bbirth(?:day|date)?\b|\bdob\b|\bbirthdate\b"
    ),
    IdentifierKind.IP: r"아이피|\bip\b|접속\s?주소",
    IdentifierKind.LICENSE_PLATE: (
        r"차량\s?번호|번호판|차\s?번호|자동차\s?번호|차량은|차량이|차는|\bplate\b|\bplates\b|\bnumber\s?plate"
    ),
    IdentifierKind.CARD_CODE: (
        r"보안\s?코드|보안\s?번호|뒷면|뒤에\s?세\s?자리|씨브이[씨브]이?|시브이시|\bcvc\b|\bcvv\b|\bcvn\b"
        r"|\bsecurity\s+code"
    ),
    NOTHING: (
        r"주문\s?번호|운송장|송장|접수\s?번호|예약\s?번호|모델|제품|상품|품번|시리얼|일련|쿠폰|포인트|적립|금액|가격|결제\s?금액"
        r"|요금|버전|항공편|편명|바코드|참조|문의\s?번호|티켓|사건|승인|대기|등기|택배|재고|수량|기온|면적|거리"
        r"|재고|코드|우편\s?번호|인증|비밀번호|고유\s?번호|회원\s?번호|계약\s?번호|증권\s?번호|사번|학번"
        r"|\border\b|\btracking|\binvoice|\breference|\bref\b|\bmodel\b|\bserial|\bsku\b|\bpart\s+(?:number|no)\b"
        r"|\bticket|\bcase\b|\bcoupon|\bvoucher|\bpoints\b|\bprice|\bamount|\btotal|\bversion"
        r"|\bflight\b|\bbarcode|\bconfirmation|\bbooking|\breservation|\bitem\b|\bproduct\b"
        r"|\bpopulation|\bpin\b|\bcode\b|\bextension|\bbatch\b|\blot\b|\bproject\b|\bscore"
        r"|\bzip\b|\bclaim\b|\bpolicy\b|\bmembership|\bmember\b|\bemployee\b|\bstudent\b"
        r"|\bupc\b|\bisbn\b|\bpackage\b|\bshipment\b|\bquote\b|\bpermit\b(?!\s+to\s+drive)|\bgate\b"
    ),
}
_ANY = re.compile(
    by_first_letter(
        cue.removeprefix(r"\b") for words in _WORDS.values() for cue in alternatives(words)
    ),
    re.A,
)
"""Matches all cues from their first letter on, even inside a longer word."""
_OF_KIND = {
    kind: re.compile(by_first_letter(alternatives(words)), re.A) for kind, words in _WORDS.items()
}
_CONDITION = re.compile(r"\\b|\(\?!(?:[^()]|\([^()]*\))*\)")
"""Conditions of a pattern on the text beside it."""
_MAY_BEGIN = re.compile(
    by_first_letter(
        cue for words in _WORDS.values() for cue in alternatives(_CONDITION.sub("", words))
    ),
    re.A,
)
"""Matches wherever a cue begins, and elsewhere: a cheap test, made once for each stretch."""
_UNIT = re.compile(
    r"\s?(?:원|달러|유로|엔|위안|개(?!인)|명|시|분|초|년|월|주|퍼센트|프로|%|킬로|그램|미터|km|kg|cm|mm"
    r"|dollars?|won|bucks|cents|percent|pounds|euros|units|pieces|miles|meters|people|points"
    r"|포인트|마일|평|층|건|대|장|권|병|박스|세트|쪽|페이지|배)(?![a-z])",
    re.I,
)
_TAG = re.compile(r"\[[a-z_]+\]")
"""What masking wrote in place of other data says nothing of what stands beside it."""
_CURRENCIES = frozenset("$€£₩")


class Cues:
    """Finds the cues of one text. Positions are those in `text`."""

    def __init__(self, text: str) -> None:
        self._text = _TAG.sub(lambda tag: " " * len(tag[0]), lower(text))
        self._clear = (0, -1)
        """No cue begins from the first position up to the second, where the next one may begin."""

    def before(self, start: int) -> str:
        """Label of the nearest cue before `start`: a Kind, NOTHING, or "" where there is none."""
        edge = max(0, start - BEFORE)
        if self._is_clear(edge, start):
            return ""
        for match in reversed(list(_ANY.finditer(self._text, edge, start))):
            label = self._said(match, edge)
            if label:
                return "" if label == NOTHING and start - match.end() > NOTHING_BEFORE else label
        return ""

    def behind(self, end: int) -> str:
        """The same for the few characters behind `end`, as in "… is my card"."""
        if self._is_clear(end, end + BEHIND):
            return ""
        for match in _ANY.finditer(self._text, end, end + BEHIND):
            label = self._said(match, end)
            if label:
                return label
        return ""

    def around(self, start: int, end: int) -> str:
        """Label of the cue before the number `start` … `end`, or else of the one behind it."""
        return self.before(start) or self.behind(end)

    def may_be_near(self, start: int, end: int) -> bool:
        """Whether a cue may be around a number that lies within `start` … `end`."""
        return not self._is_clear(max(0, start - BEFORE), end + BEHIND)

    def mentions(self, kind: str) -> Iterator[tuple[int, int]]:
        """Spans of the cues for `kind`."""
        return (match.span() for match in _OF_KIND[kind].finditer(self._text))

    def _is_clear(self, start: int, end: int) -> bool:
        """Whether no cue begins in `start` … `end`. Linear if `start` only grows."""
        since, until = self._clear
        if not since <= start <= until:
            found = _MAY_BEGIN.search(self._text, start)
            until = found.start() if found else len(self._text)
            self._clear = (start, until)
        return min(end, len(self._text)) <= until

    def _said(self, match: re.Match[str], edge: int) -> str:
        """Label of a cue found by a search from `edge` on; text before `edge` is ignored."""
        first = match.start()
        before = self._text[first - 1] if first > edge else ""
        return _label(match[0], before.isascii() and before.isalnum())


@lru_cache(maxsize=1024)
def _label(said: str, inside: bool) -> str:
    """Label of a cue; "" for one that is only the end of a longer word, as in `recall`."""
    whole = "a" + said if inside else said
    kinds = (kind for kind, words in _OF_KIND.items() if words.match(whole, inside))
    return next(kinds, "")


def counts(text: str, start: int, end: int) -> bool:
    """Whether the number is an amount: behind a currency sign or before a unit."""
    if text[max(0, start - 2) : start].rstrip()[-1:] in _CURRENCIES:
        return True
    return _UNIT.match(text, end) is not None
