"""Tests of check digits and dates: whether a number can be what it looks like."""

from __future__ import annotations

import re
from functools import lru_cache
from operator import mul

DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_TWICE = str.maketrans("0123456789", "0246813579")
"""Digit → sum of the digits of its double, as in Luhn's formula."""
CARDS: tuple[tuple[tuple[str, ...], tuple[int, ...]], ...] = (
    (("3[47]",), (15,)),
    (("36", "38", "39", "30[0-5]"), (14,)),
    (("35",), (16,)),
    (("4",), (13, 16, 19)),
    (("5[0-9]", "2[2-7]", "6", "9"), (16,)),
)
"""First digits of issuers (ISO/IEC 7812; 9: cards for Korea only) → lengths of their numbers."""
_ISSUERS = tuple((re.compile("|".join(firsts)), lengths) for firsts, lengths in CARDS)
_RRN_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_BRN_WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)
_IBAN_COUNTRIES = {
    15: "NO",
    16: "BE",
    18: "DK FI FK FO GL NL SD",
    19: "MK SI",
    20: "AT BA EE KZ LT LU MN XK",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL IQ OM SO TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST",
    26: "IS TR",
    27: "BI DJ FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU YE",
    31: "MT SC",
    32: "LC",
    33: "RU",
}
"""Length of an account number → the countries with that length (IBAN registry)."""
_IBAN_LENGTHS = {
    country: length for length, some in _IBAN_COUNTRIES.items() for country in some.split()
}


def weighted(digits: str, weights: tuple[int, ...]) -> int:
    """Sum of each digit times its weight."""
    return sum(map(mul, map(int, digits), weights))


def luhn(digits: str) -> bool:
    """Luhn's check (ISO/IEC 7812-1, annex B)."""
    doubled = digits[-2::-2].translate(_TWICE)
    return (sum(map(int, digits[-1::-2])) + sum(map(int, doubled))) % 10 == 0


def card(digits: str) -> bool:
    """Whether a card number has a known issuer, the issuer's length and the right check digit."""
    return len(digits) in _card_lengths(digits[:3]) and luhn(digits)


@lru_cache(maxsize=1024)
def _card_lengths(first: str) -> tuple[int, ...]:
    """Lengths of card numbers that begin with these three digits."""
    return next((lengths for pattern, lengths in _ISSUERS if pattern.match(first)), ())


def month_and_day(month: str, day: str) -> bool:
    """Whether the day exists in some year, leap years included."""
    return 1 <= int(month) <= 12 and 1 <= int(day) <= DAYS[int(month) - 1]


def resident(digits: str) -> bool:
    """Whether 13 digits can be a registration number: a date of birth, then 1 to 8.

    1-4 are for residents, 5-8 for foreigners. Numbers issued from October 2020 on have no check
    digit, so none is required.
    """
    return month_and_day(digits[2:4], digits[4:6]) and digits[6] in "12345678"


def resident_checksum(digits: str) -> bool:
    """Whether the check digit of a number issued before October 2020 is right.

    Residents: (11 - sum % 11) % 10. Foreigners: (13 - sum % 11) % 10.
    """
    base = 13 if digits[6] in "5678" else 11
    return (base - weighted(digits, _RRN_WEIGHTS) % 11) % 10 == int(digits[12])


def business(digits: str) -> bool:
    """Whether the check digit of a Korean business number of 10 digits is right."""
    total = weighted(digits, _BRN_WEIGHTS) + int(digits[8]) * 5 // 10
    return (10 - total % 10) % 10 == int(digits[9])


def routing(digits: str) -> bool:
    """Whether the check digit of an American routing number (ABA) of 9 digits is right."""
    return weighted(digits, (3, 7, 1, 3, 7, 1, 3, 7, 1)) % 10 == 0 and digits != "0" * 9


def social_security(digits: str) -> bool:
    """Whether 9 digits have parts that the US Social Security Administration issues."""
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


def iban(text: str) -> bool:
    """Whether `text`, without spaces, has its country's length and is 1 modulo 97 (ISO 13616)."""
    if _IBAN_LENGTHS.get(text[:2]) != len(text):
        return False
    turned = text[4:] + text[:4]
    return int("".join(str(int(char, 36)) for char in turned)) % 97 == 1
