"""Kinds of personal data, and the findings of a search."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class IdentifierKind(StrEnum):
    """What `privacy_types` may list."""

    RRN = "RRN"
    FRN = "FRN"
    SSN = "SSN"
    PHONE = "PHONE"
    CARD = "CARD"
    ACCOUNT = "ACCOUNT"
    PASSPORT = "PASSPORT"
    DRIVER_LICENSE = "DRIVER_LICENSE"
    BUSINESS_NUMBER = "BUSINESS_NUMBER"
    EMAIL = "EMAIL"
    IP = "IP"
    URL = "URL"
    BIRTH_DATE = "BIRTH_DATE"
    LICENSE_PLATE = "LICENSE_PLATE"
    CARD_CODE = "CARD_CODE"
    ADDRESS = "ADDRESS"
    NAME = "NAME"


LABELS: dict[IdentifierKind, tuple[str, str]] = {
    IdentifierKind.RRN: ("주민등록번호", "resident registration number"),
    IdentifierKind.FRN: ("외국인등록번호", "foreigner registration number"),
    IdentifierKind.SSN: ("사회보장번호", "social security number"),
    IdentifierKind.PHONE: ("전화번호", "phone number"),
    IdentifierKind.CARD: ("카드번호", "card number"),
    IdentifierKind.ACCOUNT: ("계좌번호", "bank account number"),
    IdentifierKind.PASSPORT: ("여권번호", "passport number"),
    IdentifierKind.DRIVER_LICENSE: ("운전면허번호", "driver's licence number"),
    IdentifierKind.BUSINESS_NUMBER: ("사업자등록번호", "business number"),
    IdentifierKind.EMAIL: ("이메일", "e-mail address"),
    IdentifierKind.IP: ("IP 주소", "IP address"),
    IdentifierKind.URL: ("로그인 정보가 든 주소", "URL with credentials"),
    IdentifierKind.BIRTH_DATE: ("생년월일", "date of birth"),
    IdentifierKind.LICENSE_PLATE: ("차량번호", "licence plate"),
    IdentifierKind.CARD_CODE: ("카드 보안코드", "card security code"),
    IdentifierKind.ADDRESS: ("주소", "postal address"),
    IdentifierKind.NAME: ("이름", "name"),
}
"""Names of the kinds in Korean and English."""


class Finding(NamedTuple):
    """One piece of personal data: characters `start` … `end` of the text that was searched."""

    start: int
    end: int
    kind: IdentifierKind
    rank: int = 0
    """Of two findings that overlap, the one with the higher rank wins, then the longer."""
