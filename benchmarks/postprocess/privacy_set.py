"""The labelled set: utterances with the positions and kinds of their personal data.

One half (`dev`) is for making rules. The other (`held`) has its own templates, names, mail hosts,
roads and numbers; the seed divides them. Nobody looks at the errors of that half, only at its
figures.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from benchmarks.postprocess import births, negatives, values
from benchmarks.postprocess.templates import ENGLISH, KOREAN
from realtime.postprocess.privacy.kinds import IdentifierKind

Half = Literal["dev", "held"]
Language = Literal["ko", "en"]
COUNT = 1000
"""Utterances per language and half."""
NOTHING_SHARE = 0.35
"""Share of utterances without any personal data: hard negatives."""

Maker = Callable[[random.Random, str], str]
Slot = tuple[IdentifierKind | None, Maker]
SLOTS: dict[str, Slot] = {
    "phone": (IdentifierKind.PHONE, values.phone),
    "rrn": (IdentifierKind.RRN, values.resident),
    "frn": (IdentifierKind.FRN, values.foreign),
    "ssn": (IdentifierKind.SSN, values.ssn),
    "card": (IdentifierKind.CARD, values.card),
    "account": (IdentifierKind.ACCOUNT, values.account),
    "account_en": (IdentifierKind.ACCOUNT, values.account_en),
    "routing": (IdentifierKind.ACCOUNT, values.routing),
    "iban": (IdentifierKind.ACCOUNT, values.iban),
    "passport": (IdentifierKind.PASSPORT, values.passport),
    "passport_en": (IdentifierKind.PASSPORT, values.passport_en),
    "licence": (IdentifierKind.DRIVER_LICENSE, values.licence),
    "licence_en": (IdentifierKind.DRIVER_LICENSE, values.licence_en),
    "business": (IdentifierKind.BUSINESS_NUMBER, values.business),
    "email": (IdentifierKind.EMAIL, values.email),
    "email_en": (IdentifierKind.EMAIL, values.email_en),
    "ip": (IdentifierKind.IP, values.ip),
    "ip_en": (IdentifierKind.IP, values.ip_en),
    "url": (IdentifierKind.URL, values.url),
    "birth": (IdentifierKind.BIRTH_DATE, births.birth),
    "birth_en": (IdentifierKind.BIRTH_DATE, births.birth_en),
    "name": (IdentifierKind.NAME, values.name),
    "name_en": (IdentifierKind.NAME, values.name_en),
    "last_en": (IdentifierKind.NAME, lambda rng, language: rng.choice(values.LAST)),
    "address": (IdentifierKind.ADDRESS, values.address),
    "address_en": (IdentifierKind.ADDRESS, values.address_en),
    "price": (None, negatives.price),
    "price_en": (None, negatives.price_en),
    "order": (None, negatives.order),
    "order_en": (None, negatives.order),
    "tracking": (None, negatives.tracking),
    "tracking_en": (None, negatives.tracking_en),
    "date": (None, negatives.date),
    "date_en": (None, negatives.date_en),
    "time": (
        None,
        negatives.pick("오후 3시 3#분", "열두 시 반", "1#:3#", "오전 9시", "세 시 이십오 분"),
    ),
    "time_en": (None, negatives.pick("3:4# pm", "10:3#", "noon", "five thirty", "eight fifteen")),
    "quantity": (None, negatives.pick("##개", "1,2##개", "세 박스", "이백오십 개", "##0명분")),
    "quantity_en": (
        None,
        negatives.pick("## units", "1,2## pieces", "two hundred fifty", "a dozen"),
    ),
    "model": (
        None,
        negatives.pick("RX-5##0", "SM-G99#N", "KQ65QNC####", "WF##T6000AV", "GT-I9###"),
    ),
    "flight": (None, negatives.pick("KE1##", "OZ7##", "대한항공 6##", "7C1#0#편")),
    "flight_en": (None, negatives.pick("KE 1##", "UA8##", "Delta 1##4", "BA two eight five")),
    "points": (None, negatives.pick("1#,###포인트", "5###점", "삼천이백 포인트")),
    "points_en": (None, negatives.pick("1#,###", "5###", "three thousand two hundred")),
    "receipt": (None, negatives.pick("########", "A####-####", "20260###-0##", "####-####")),
    "receipt_en": (None, negatives.pick("########", "A####-####", "XK####QZ", "CS-######")),
    "version": (None, negatives.pick("1#.4.2.#", "3.1#", "2026.3.#", "5.#.1#")),
    "coupon": (None, negatives.pick("SALE2026####", "WELCOME##", "KR##-####-####")),
    "serial": (None, negatives.pick("SN#########", "R5CT####2AB", "##K#########")),
    "area": (None, negatives.pick("8#.5제곱미터", "3#평", "12#미터")),
    "area_en": (None, negatives.pick("12# miles", "1,2## feet", "3.5 miles")),
    "zip": (None, negatives.pick("0####", "1####", "6####")),
    "short": (None, negatives.pick("1##", "#", "2#")),
    "population": (None, negatives.pick("9,###,###", "51,6##,###", "eight million")),
}
"""Slot → its kind (None: hard negative), and the function that makes its values."""
_PART = re.compile(r"\{(\w+)\}|\[([^\]]+)\]")
_READ = dict(zip("0123456789", "공일이삼사오육칠팔구", strict=True))
_ENDINGS = {
    "이에요": ("이에요", "예요"),
    "이고요": ("이고요", "고요"),
    "이고": ("이고", "고"),
    "이라고": ("이라고", "라고"),
    "인데요": ("인데요", "인데요"),
    "으로": ("으로", "로"),
    "이": ("이", "가"),
}
"""Ending → its form after a consonant, and after a vowel."""


@dataclass(frozen=True)
class Label:
    """Personal data in the characters `start` … `end` of an utterance."""

    start: int
    end: int
    kind: IdentifierKind


@dataclass(frozen=True)
class Utterance:
    text: str
    labels: tuple[Label, ...]
    template: str


def utterances(
    language: Language, half: Half, seed: int = 4, count: int = COUNT
) -> list[Utterance]:
    """`count` utterances, determined by language, half and seed."""
    pools = KOREAN if language == "ko" else ENGLISH
    rng = random.Random(f"{seed} {language} {half}")
    topics = {name: half_of(list(pool), half, f"{seed} {name}") for name, pool in pools.items()}
    nothing = topics.pop("nothing")
    names = list(topics)
    made = []
    with values_of(half, seed):
        for index in range(count):
            if rng.random() < NOTHING_SHARE:
                template = rng.choice(nothing)
            else:
                template = rng.choice(topics[names[index % len(names)]])
            made.append(fill(template, rng, language))
    return made


def fill(
    template: str,
    rng: random.Random,
    language: Language,
    slots: Mapping[str, Slot] = SLOTS,
) -> Utterance:
    """The template with values in its slots, labelled with their positions."""
    text, labels, done = "", [], 0
    for part in _PART.finditer(template):
        text += template[done : part.start()]
        done = part.end()
        if part[2]:
            text += _ending(text, part[2])
            continue
        kind, make = slots[part[1]]
        value = make(rng, language)
        first, last = 0, len(value)
        if "<" in value:  # only the part between them is the label
            first, last = value.index("<"), value.index(">") - 1
            value = value.replace("<", "").replace(">", "")
        if kind is not None:
            labels.append(Label(len(text) + first, len(text) + last, kind))
        text += value
    return Utterance(text + template[done:], tuple(labels), template)


def _ending(text: str, ending: str) -> str:
    closed, opened = _ENDINGS[ending]
    last = _READ.get(text[-1], text[-1])
    if not "가" <= last <= "힣":
        return opened
    final = (ord(last) - ord("가")) % 28
    if ending == "으로" and final == 8:  # ㄹ takes 로: 일로, 칠로
        return opened
    return closed if final else opened


def half_of(pool: list[str], half: Half, seed: str) -> list[str]:
    """The part of the pool that belongs to `half`; both parts have at least one element."""
    random.Random(seed).shuffle(pool)
    middle = (len(pool) + 1) // 2
    return pool[:middle] if half == "dev" else pool[middle:]


class values_of:
    """A context in which makers use only the names, hosts and roads of one half."""

    POOLS = (
        "SURNAMES",
        "GIVEN",
        "FIRST",
        "LAST",
        "ROADS",
        "QUARTERS",
        "STREETS",
        "MAILS",
        "MAILS_EN",
    )

    def __init__(self, half: Half, seed: int) -> None:
        self._half, self._seed = half, seed
        self._saved: dict[str, list[str]] = {}

    def __enter__(self) -> None:
        for name in self.POOLS:
            self._saved[name] = getattr(values, name)
            setattr(
                values, name, half_of(list(self._saved[name]), self._half, f"{self._seed} {name}")
            )

    def __exit__(self, *_: object) -> None:
        for name, pool in self._saved.items():
            setattr(values, name, pool)
