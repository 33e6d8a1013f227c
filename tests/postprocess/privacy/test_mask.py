"""Which part of each kind stays readable, and edits that extend past the ends of a span."""

from __future__ import annotations

import pytest

from realtime.postprocess.privacy.mask import Edit, apply, edits
from realtime.postprocess.privacy.rules import find

MASKED = {
    "010-1234-5678": "010-****-5678",
    "02-345-6789": "02-***-6789",
    "+82 10-1234-5678": "+82 **-****-5678",
    "1588-1234": "****-1234",
    "카드 4111-1111-1111-1111": "카드 ****-****-****-1111",
    "국민은행 123456-78-901234": "국민은행 ******-**-***234",
    "900101-1234568": "******-*******",
    "hong@example.com": "h***@example.com",
    "메일은 hong 골뱅이 naver 점 com": "메일은 h*** 골뱅이 naver 점 com",
    "김철수 고객님": "김** 고객님",
    "my name is Ann Lee": "my name is A** L**",
    "서울시 강남구 테헤란로 123": "서울시 강남구 **** ***",
    "주소는 테헤란로 123": "주소는 **** ***",
    "https://me:pw@host.example/": "https://**:**@host.example/",
    "call four one five, double five five, oh one two three": (
        "call four one five, ** *, oh one two three"
    ),
}


@pytest.mark.parametrize("text", MASKED)
def test_what_stays_readable(text: str) -> None:
    read, found = find(text)
    assert apply(text, edits(read, found, "partial")) == MASKED[text]


def test_tags() -> None:
    read, found = find("김철수 고객님 010-1234-5678")
    tagged = apply(read.original, edits(read, found, "tag"))
    assert tagged == "[NAME] 고객님 [PHONE]"


def test_an_edit_over_the_ends_of_a_span_stays_where_it_begins() -> None:
    changes = [Edit(2, 6, "X"), Edit(8, 9, "Y")]
    assert apply("0123456789", changes, 0, 4) == "01X"
    assert apply("0123456789", changes, 4, 8) == "67"
    assert apply("0123456789", changes, 8) == "Y9"
    assert apply("0123456789", changes) == "01X67Y9"
