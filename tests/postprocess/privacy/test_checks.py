"""Check digits: published examples pass, and a changed digit fails."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.postprocess.privacy import checks


def digits(count: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=count, max_size=count)


@pytest.mark.parametrize("number", ["4111111111111111", "378282246310005", "3530111333300000"])
def test_cards(number: str) -> None:
    assert checks.card(number)
    assert not checks.card(number[:-1] + str((int(number[-1]) + 1) % 10))


@pytest.mark.parametrize("number", ["1111111111111117", "41111111111111", "36000000000000"])
def test_no_cards(number: str) -> None:
    assert not checks.card(number)


def test_registration_numbers() -> None:
    assert checks.resident("9001011234567")
    assert not checks.resident("9013011234567")
    assert not checks.resident("9002301234567")
    assert not checks.resident("9001019234567")
    assert checks.resident_checksum("9001011234568")
    assert not checks.resident_checksum("9001011234567")
    assert checks.resident_checksum("9001015234560") != checks.resident_checksum("9001015234561")


def test_business_routing_social_iban() -> None:
    assert checks.business("1208147521")
    assert not checks.business("1208147522")
    assert checks.routing("021000021")
    assert not checks.routing("021000022")
    assert not checks.routing("000000000")
    assert checks.social_security("078051120")
    assert not any(map(checks.social_security, ("000121234", "666121234", "900121234")))
    assert not any(map(checks.social_security, ("078001120", "078050000")))
    assert checks.iban("GB82WEST12345698765432")
    assert not checks.iban("GB82WEST12345698765433")


@pytest.mark.parametrize("number", ["NO9386011117947", "SC18SSCB11010000000000001497USD"])
def test_account_numbers_are_as_long_as_the_country_has_them(number: str) -> None:
    assert checks.iban(number)
    assert not checks.iban(number[:-1])


@pytest.mark.parametrize("number", ["KQ65QNC7180", "ZZ59ABCD12345678901234"])
def test_no_account_number_of_a_country_without_any(number: str) -> None:
    turned = number[4:] + number[:4]
    assert int("".join(str(int(char, 36)) for char in turned)) % 97 == 1
    assert not checks.iban(number)


@given(digits(12))
def test_one_digit_in_ten_passes(head: str) -> None:
    assert sum(checks.luhn(head + last) for last in "0123456789") == 1
    assert 1 <= sum(checks.resident_checksum(head + last) for last in "0123456789") <= 1
