"""Writing systems: which have spaces between words, how to split and join texts, and their length.

Han, kana, Thai, Lao, Burmese and Khmer have no spaces between words, nor between consecutive
utterances. All other scripts have them, Korean too. Text may be mixed: each border is judged by the
letters beside it, never by the language that a model reports.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

SENTENCE_ENDS = frozenset(".?!。？！…")
_CLOSING = "\"'”’»)]』」"

LEAST_WORD_S = 0.6
"""Shortest time that anybody takes for a word, with the breath around it."""
FASTEST_LETTERS_PER_S = 25.0
"""Fast speakers say 20 letters, or 8 Korean syllables, per second."""
WIDE = 2.5
"""A Korean syllable, a kana or a Chinese character takes as long as this many Latin letters."""

_UNSPACED = (
    "\u0e00-\u0e7f"  # Thai
    "\u0e80-\u0eff"  # Lao
    "\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f"  # Burmese
    "\u1780-\u17ff\u19e0-\u19ff"  # Khmer
    "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f"  # hiragana, katakana
    "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Han
    "\U00020000-\U0003ffff"  # Han, later extensions
)
_UNSPACED_LETTER = re.compile(f"[{_UNSPACED}]")
_HANGUL_LETTER = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7ff]")
_WIDE_MARK = re.compile(
    "[\u3000-\u3004\u3008-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]"
)
"""Full-width punctuation, which needs no space beside it."""

# One unspaced character with the marks and closing punctuation that follow it, or a run of anything
# else.
_WORD = re.compile(
    rf"\s*(?:[{_UNSPACED}][\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece"
    rf"\u102b-\u103e\u17b4-\u17d3\u3099-\u309c\u30fc、。！？，．…」』）]*|[^\s{_UNSPACED}]+)"
)


def split_words(text: str) -> list[str]:
    """Split a text into words; `"".join(split_words(t)) == t.rstrip()` for every text.

    In scripts without spaces, every character is a word of its own.
    """
    return _WORD.findall(text.rstrip())


def closes(text: str) -> bool:
    """Whether a sentence ends with this word."""
    return text.rstrip().rstrip(_CLOSING)[-1:] in SENTENCE_ENDS


def unspaced(character: str) -> bool:
    """Whether it is a letter of a script without spaces between words."""
    return _UNSPACED_LETTER.match(character) is not None


def hangul(character: str) -> bool:
    """Whether it is a letter of the Korean alphabet, or a syllable of such letters."""
    return _HANGUL_LETTER.match(character) is not None


def join_texts(texts: Iterable[str]) -> str:
    """Join consecutive texts: each is stripped, and empty ones are left out."""
    return placed(text.strip() for text in texts)[0]


def placed(texts: Iterable[str]) -> tuple[str, list[int]]:
    """The joined text, and the index in it at which each text begins."""
    parts: list[str] = []
    places: list[int] = []
    last, length = "", 0
    for text in texts:
        blank = joint(last, text)
        parts += (blank, text)
        places.append(length + len(blank))
        length += len(blank) + len(text)
        last = text or last
    return "".join(parts), places


def joint(before: str, after: str) -> str:
    """The separator between two texts: a space, or nothing.

    Nothing where an unspaced letter meets an unspaced one, one of another script ("第" "3"), or
    full-width punctuation; a space beside Hangul, and after the end of a sentence in a spaced
    script ("Thank you." "謝謝").
    """
    if not before or not after or before[-1].isspace() or after[0].isspace():
        return ""
    left, right = _letter(reversed(before)), _letter(after)
    if _HANGUL_LETTER.match(left) or _HANGUL_LETTER.match(right):
        return " "
    if _WIDE_MARK.match(before[-1]) or _WIDE_MARK.match(after[0]):
        return ""
    if unspaced(left):
        return "" if unspaced(right) or after[0] == right else " "
    ended = before[-1] != left
    return "" if unspaced(right) and not ended else " "


def hurried(text: str, seconds: float) -> bool:
    """Whether nobody can say the text in this time, so that the model wrote more than was said."""
    return length(text) > FASTEST_LETTERS_PER_S * max(seconds, LEAST_WORD_S)


def length(text: str, digit: float = 1.0) -> float:
    """How long a text takes to say, as an equivalent number of Latin letters.

    `digit`: letters per digit: hardly any in 1,000,000, and five in 555-0173. The vowel signs of
    Hindi, Tamil or Thai and other marks are not counted, since they belong to their letters.
    """
    return sum(
        digit if c.isdecimal() else WIDE if unicodedata.east_asian_width(c) in "WF" else 1.0
        for c in text.strip()
        if not unicodedata.category(c).startswith("M")
    )


def _letter(characters: Iterable[str]) -> str:
    """The first letter, mark or digit; empty where there is none."""
    return next((c for c in characters if unicodedata.category(c)[0] in "LMN"), "")
