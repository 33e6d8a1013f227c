"""Phrases of its training data that Whisper writes where nobody says them. Pure.

Whisper was trained on subtitles, which go on where nobody speaks: thanks for watching, credits of
their authors, laughter spelled out. People say thank you too, so a formula is a matter of evidence
(`evidence.py`); spelled laughter is never a word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from realtime.backends.whisper.checks.guards import letters


@dataclass(frozen=True, slots=True)
class Formula:
    """A phrase that Whisper often writes although nobody said it."""

    pattern: str
    """A regular expression for its letters: casefolded, without spaces and punctuation."""
    why: str
    """Where Whisper learnt it."""


THANKS = "what everybody ends with, and what stock weights write into babble"
VIEWERS = "what video channels end with"
CREDITS = "who made the subtitles: shown, hardly ever said"
NEWS = "how newscasts sign off"

FORMULAS = (
    Formula("(정말|대단히)?(감사|고맙)(합|습)니다", THANKS),
    Formula("thankyou((so|very)much)?", THANKS),
    Formula("(bye)+", THANKS),
    Formula("(오늘도|끝까지|지금까지)?(영상을?)?(시청|봐)해?주셔서(감사|고맙)(합|습)니다", VIEWERS),
    Formula("(구독과?|좋아요와?|알림설정(까지)?)+(부탁드(립니다|려요)|(눌러|해)주세요)?", VIEWERS),
    Formula("다음(영상|시간|주)에서?또?(만나요|뵙겠습니다|봐요|뵐게요)", VIEWERS),
    Formula("thank(you|s)((so|very)much)?for(watching|listening|viewing)(.{0,12}video)?", VIEWERS),
    Formula("(please|dontforgetto)?(likeand)?subscribe(to(my|the)channel)?", VIEWERS),
    Formula("(ill)?seeyou(guys)?(inthe)?next(time|video|one)", VIEWERS),
    Formula("(한글|영어|한국어)?자막(제공|제작|번역|편집)?(by.{0,30})?", CREDITS),
    Formula("(이영상은)?(자막제공및)?(유료)?광고를?포함하고있습니다", CREDITS),
    Formula("(subtitle|caption|transcription|translation)s?by.{1,40}", CREDITS),
    Formula("(transcri|transla|subtit|cap)[a-z]{1,5}edby.{1,40}", CREDITS),
    Formula("(subtitles?)?(bythe)?amaraorgcommunity", CREDITS),
    Formula("(지금까지)?(mbc|kbs|sbs|ytn|jtbc)뉴스.{2,8}(입|였습|이었습)니다", NEWS),
)
MOST_WORDS = 12
"""Most words of a formula."""

LAUGHTER = ("[하허흐히헤호ㅋㅎ]{3,}", "아하{2,}", "아{4,}", "a*(h[aeio]){2,}h?", "(ja){3,}")
"""Spellings of laughter and similar sounds, in one word or in several. Whisper is as sure of them
as of words."""

_FORMULA = re.compile("|".join(f"(?:{formula.pattern})" for formula in FORMULAS))
_LAUGHTER = re.compile("|".join(LAUGHTER))


def is_formula(text: str) -> bool:
    """Whether a text, apart from punctuation and spaces, is one of the formulas."""
    return _FORMULA.fullmatch(letters(text)) is not None


def is_laughter(text: str) -> bool:
    """Whether a text is spelled laughter, in one word or in several."""
    return _LAUGHTER.fullmatch(letters(text)) is not None
