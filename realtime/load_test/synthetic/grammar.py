"""Sentences from the lexicon: the written text, the spoken text, and its meaning in English."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import Literal

from realtime.load_test.synthetic import lexicon

Language = Literal["en", "ko"]
LANGUAGES: tuple[Language, ...] = ("en", "ko")

_SLOT = re.compile(r"\{([^{}]+)\}")
_NUMBER = re.compile(r"(\d[\d-]*)(\D*)")

_SALAD_TABLES = {
    "en": (
        *("number", "product", "technology", "color", "room", "device", "weather"),
        *("food", "animal", "adjective", "verb", "function"),
    ),
    "ko": ("product", "day", "time", "city", "hour", "matter", "function"),
}
_SALAD_NAMES = ("name", "city", "day", "month")
_SALAD_NAME_SHARE = 0.12
"""Share of names among random English words; low, since the templates already contain many."""
_ENGLISH_SALAD_WEIGHT = 2
"""Random words weigh as much as two templates: they teach the words without their usual context."""
_KOREAN_PHRASE_WEIGHT = 3
_REPEATED = 0.25
"""Share of repeated digits in `draw_number`: callers say 555 and 0000, often misrecognised."""


@dataclass(frozen=True, slots=True)
class WordPair:
    """A written word and its spoken form: `55-1.`, `five five one.`"""

    written: str
    spoken: str


@dataclass(frozen=True, slots=True)
class GrammarSentence:
    """One sentence of the grammar."""

    language: Language
    words: tuple[WordPair, ...]
    translation: str | None = None
    """English, where the grammar knows it (Korean sentences only)."""

    @property
    def written(self) -> str:
        """What a transcript should say."""
        return " ".join(word.written for word in self.words)

    @property
    def spoken(self) -> str:
        """The text for the synthesiser."""
        return " ".join(word.spoken for word in self.words)


def draw_sentence(language: Language, rng: random.Random) -> GrammarSentence:
    """A random sentence; the same `rng` state gives the same sentence."""
    return _draw_english(rng) if language == "en" else _draw_korean(rng)


def draw_number(language: Language, rng: random.Random) -> GrammarSentence:
    """A sentence with a telephone or another number, in which digits are often repeated."""
    templates = {
        "en": [(template, None) for template in lexicon.ENGLISH_TEMPLATES],
        "ko": lexicon.KOREAN_TEMPLATES,
    }[language]
    numbers = [pair for pair in templates if "{phone}" in pair[0] or "{digits}" in pair[0]]
    template, _ = rng.choice(numbers)
    for slot in ("phone", "digits"):
        template = template.replace(f"{{{slot}}}", _number(language, slot, rng, _REPEATED))
    return _expand(language, template, None, rng)


def sentence_of(
    language: Language, written: str, translation: str | None = None
) -> GrammarSentence:
    """The sentence with this written form. Numbers in it are spoken digit by digit."""
    words = tuple(WordPair(word, _spell(language, word)) for word in written.split())
    return GrammarSentence(language, words, translation)


def _draw_english(rng: random.Random) -> GrammarSentence:
    choice = rng.randrange(len(lexicon.ENGLISH_TEMPLATES) + _ENGLISH_SALAD_WEIGHT)
    if choice >= len(lexicon.ENGLISH_TEMPLATES):
        return _expand("en", f"{_salad('en', rng.randrange(3, 9), rng)}.", None, rng)
    return _expand("en", lexicon.ENGLISH_TEMPLATES[choice], None, rng)


def _draw_korean(rng: random.Random) -> GrammarSentence:
    choice = rng.randrange(len(lexicon.KOREAN_TEMPLATES) + _KOREAN_PHRASE_WEIGHT + 1)
    if choice < len(lexicon.KOREAN_TEMPLATES):
        return _expand("ko", *lexicon.KOREAN_TEMPLATES[choice], rng)
    if choice == len(lexicon.KOREAN_TEMPLATES):
        return _expand("ko", f"{_salad('ko', rng.randrange(2, 6), rng)}.", None, rng)
    return _expand("ko", *rng.choice(lexicon.KOREAN_PHRASES), rng)


def _salad(language: Language, words: int, rng: random.Random) -> str:
    """A template of `words` random slots."""
    # Weighted by terms: a table of four words must not be drawn as often as one of forty.
    tables = _SALAD_TABLES[language]
    weights = [len(_terms(language, table)) for table in tables]
    slots = []
    for i in range(words):
        if language == "en" and rng.random() < _SALAD_NAME_SHARE:
            table = rng.choice(_SALAD_NAMES)
        else:
            (table,) = rng.choices(tables, weights)
        slots.append(f"{{{table}.{i}}}")
    return " ".join(slots)


def _expand(
    language: Language, template: str, translation: str | None, rng: random.Random
) -> GrammarSentence:
    drawn: dict[str, tuple[str, str]] = {}
    for slot in _SLOT.findall(template):
        if slot not in drawn:
            text, english = _draw_term(language, slot, rng)
            # Some terms are templates themselves: "in {city}".
            text = _SLOT.sub(lambda inner: _draw_term(language, inner[1], rng)[0], text)
            drawn[slot] = (text, english)
    written = _SLOT.sub(lambda slot: drawn[slot[1]][0], template)
    if translation is not None:
        translation = _SLOT.sub(lambda slot: drawn[slot[1]][1], translation)
    return sentence_of(language, written[:1].upper() + written[1:], translation)


def _draw_term(language: Language, slot: str, rng: random.Random) -> tuple[str, str]:
    if slot in ("phone", "digits"):
        return (_number(language, slot, rng), "")
    return rng.choice(_terms(language, slot))


def _number(language: Language, slot: str, rng: random.Random, repeated: float = 0.0) -> str:
    """A telephone or an account number as it is written.

    `repeated`: share of digits that repeat the previous one in any case; others may by accident.
    """

    def digits(count: int) -> str:
        drawn: list[int] = []
        for _ in range(count):
            again = bool(repeated and drawn) and rng.random() < repeated
            drawn.append(drawn[-1] if again else rng.randrange(10))
        return "".join(map(str, drawn))

    if slot == "digits":
        return digits(rng.randrange(4, 9 if language == "en" else 7))
    if language == "en":
        return f"{digits(3)}-{digits(4)}"
    return f"010-{digits(4)}-{digits(4)}"


def _spell(language: Language, word: str) -> str:
    """The spoken form of a written word: digits one by one, a Korean group without spaces."""
    number = _NUMBER.fullmatch(word)
    if number is None:
        return word
    names = lexicon.DIGITS[language]
    between = " " if language == "en" else ""
    groups = (between.join(names[int(digit)] for digit in g) for g in number[1].split("-"))
    return " ".join(groups) + number[2]


def _terms(language: Language, slot: str) -> tuple[tuple[str, str], ...]:
    """The choices for a slot: pairs of a term and its translation."""
    table = slot.split(".")[0]
    if "|" in slot:
        return tuple((term, "") for term in slot.split("|"))
    if language == "ko":
        return lexicon.KOREAN_SLOTS[table]
    if table == "phrase":
        return tuple((phrase, "") for phrase in lexicon.ENGLISH_PHRASES)
    return tuple((term, "") for term in lexicon.ENGLISH_SLOTS[table])
