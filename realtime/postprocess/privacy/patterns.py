"""Builds patterns whose search is fast.

`re` skips to where a pattern may begin if the pattern's first character is one of a few, and tries
it at every position if it begins with `\\b`, a lookbehind, or a choice of more than letters. Here
the condition on what stands before is tested behind the first letter instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_TOP_LEVEL = re.compile(r"(?:[^|(]|\((?:[^()]|\([^()]*\))*\))+")
"""One alternative: up to the next bar outside of brackets, which are nested twice at most."""
_NO_WORD_BEFORE = r"(?<!\w.)"
"""`\\b`, tested one character later: the previous character is the first of its word."""
_NO_HANGUL_BEFORE = r"(?<![가-힣].)"


def alternatives(pattern: str) -> list[str]:
    """`a|b(?:c|d)` → `a`, `b(?:c|d)`."""
    return _TOP_LEVEL.findall(pattern)


def by_first_letter(choices: Iterable[str]) -> str:
    """The alternation of `choices`, each first letter in it once: `c(?:ard|all)|p(?:hone)`.

    Each begins with a letter, or with `\\b` and a letter.
    """
    behind: dict[str, list[str]] = {}
    for choice in choices:
        word = choice.removeprefix(r"\b")
        before = _NO_WORD_BEFORE if word != choice else ""
        behind.setdefault(word[0], []).append(before + word[1:])
    return "|".join(f"{letter}(?:{'|'.join(rests)})" for letter, rests in behind.items())


def word_in_any_case(choices: str) -> str:
    """The same as `\\b(?i:…)`; each alternative of `choices` begins with a lower-case letter."""
    behind: dict[str, list[str]] = {}
    for choice in alternatives(choices):
        behind.setdefault(choice[0], []).append(choice[1:])
    first = "".join(behind)
    rests = "|".join(f"(?<={letter})(?:{'|'.join(rest)})" for letter, rest in behind.items())
    return f"[{first}{first.upper()}]{_NO_WORD_BEFORE}(?i:{rests})"


def korean_word(*choices: str) -> str:
    """Matches `choices` that do not follow another syllable."""
    return "|".join(f"{choice}(?<![가-힣]{choice})" for choice in choices)


def syllable_of(first: str) -> str:
    """Matches one of the syllables `first` that does not follow another."""
    return f"[{first}]{_NO_HANGUL_BEFORE}"


def lower(text: str) -> str:
    """Lower case with as many characters as the text; Python alone would turn İ into two."""
    return text.replace("İ", "ı").lower()
