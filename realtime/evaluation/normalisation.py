"""Prepares two texts for comparison: their words or characters, without what cannot be heard.

The rules are Whisper's own (https://cdn.openai.com/papers/whisper.pdf, appendix C), as in
whisper-normalizer: case, punctuation and symbols do not count; in English neither do contractions,
spellings and fillers ("uh"). *Numbers* are compared as they are written, and again with twenty
equal to 20: English as digits (whisper-normalizer), Korean as read aloud, Sino-Korean (num2words).
Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from realtime.errors import SetupError
from realtime.scripts import hangul, split_words, unspaced

EXTRA = "evaluate"
"""The extra of this package that installs the libraries."""
_DIGITS = re.compile(r"\d[\d,]*")
_ZERO_KO = "공"
_DIGITS_KO = (_ZERO_KO, *"일이삼사오육칠팔구")


@dataclass(frozen=True, slots=True)
class Unit:
    """One counted item: a word or a character."""

    text: str
    blank: bool = True
    """Whether there is a blank before it."""


@dataclass(frozen=True, slots=True)
class Normaliser:
    """Normalises texts of one language."""

    written: Callable[[str], str]
    """Numbers stay as they are written."""
    numerals: Callable[[str], str]
    """Equal numbers become equal texts, however they are written."""


@lru_cache(maxsize=128)
def normaliser(language: str) -> Normaliser:
    """The normaliser for an ISO code; the one for no particular language if it is empty.

    Raises SetupError, which names the extra, if the libraries are missing.
    """
    try:
        from num2words import num2words
        from whisper_normalizer.basic import BasicTextNormalizer
        from whisper_normalizer.english import EnglishTextNormalizer
    except ImportError as error:
        raise SetupError(
            f"Texts cannot be compared without {error.name}: "
            f"pip install 'realtime-whisper[{EXTRA}]'."
        ) from error
    if language == "en":
        written, numerals = EnglishTextNormalizer(), EnglishTextNormalizer()
        written.standardize_numbers = str
        return Normaliser(_stripped(written), _stripped(numerals))
    # Marks are vowels in many scripts; without them Hindi would be consonants alone.
    basic = _stripped(BasicTextNormalizer(preserve_marks=True))
    if language != "ko":
        return Normaliser(basic, basic)

    def read(found: re.Match[str]) -> str:
        digits = found[0].replace(",", "")
        if digits.startswith("0"):  # telephone numbers, and zero itself
            return "".join(_DIGITS_KO[int(digit)] for digit in digits)
        return str(num2words(int(digits), lang="ko")).replace(" ", "")

    return Normaliser(basic, lambda text: basic(_DIGITS.sub(read, text)))


def _stripped(rules: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: rules(text).strip()


def by_characters(text: str) -> bool:
    """Whether errors are counted by characters: for Korean, whose blanks vary by writer, and for
    scripts without blanks."""
    letters = [c for c in text if c.isalpha()]
    return 2 * sum(hangul(c) or unspaced(c) for c in letters) > len(letters)


def words(normal: str) -> list[Unit]:
    """The words of a normalised text; characters if its script has no blanks."""
    return [
        Unit(word.strip(), not at or word[0].isspace())
        for at, word in enumerate(split_words(normal))
    ]


def characters(normal: str) -> list[Unit]:
    """The characters of a normalised text, without its blanks."""
    return [
        Unit(character, not at or normal[at - 1].isspace())
        for at, character in enumerate(normal)
        if not character.isspace()
    ]


def spelled(units: Iterable[Unit]) -> str:
    """Units as a text, without a blank before the first."""
    return "".join(f" {unit.text}" if unit.blank else unit.text for unit in units).strip()
