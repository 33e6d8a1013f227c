"""Names that a speaker introduces or spells out are found; similar words are not."""

from __future__ import annotations

import pytest

from realtime.postprocess.privacy.kinds import IdentifierKind
from realtime.postprocess.privacy.rules import find

NAMES = {
    "This is Anna.": ["Anna"],
    "Hello, this is Kowalski.": ["Kowalski"],
    "I'm Mary and I live here": ["Mary"],
    "You can call me Abbie": ["Abbie"],
    "John Smith speaking.": ["John Smith"],
    "my name is David, spelled D-A-V-I-D.": ["David", "D-A-V-I-D"],
    "It's spelled the-vi-eye-dee, thanks": ["the-vi-eye-dee"],
    "My last name is S M I T H.": ["S M I T H"],
    "That's K-O, double L": ["K-O, double L"],
    "S as in Sugar, M as in Mike, I for India": ["S as in Sugar, M as in Mike, I for India"],
    "네, 김민수입니다.": ["김민수"],
    "안녕하세요 이서연이에요": ["이서연"],
    "영희 씨 안녕하세요": ["영희"],
    "민수 고객님 반갑습니다": ["민수"],
    "영문 이름은 에스 엠 아이 티 에이치입니다": ["에스 엠 아이 티 에이치"],
    "이름은 홍 길 동이요": ["홍 길 동"],
    "홍 자 길 자 동 자예요": ["홍 자 길 자 동 자"],
    "기역 이 미음 지읒": ["기역 이 미음 지읒"],
}
NONE = (
    "This is England.",
    "This is what a crocodile sounds like",
    "I'm happy to help.",
    "We went to the Y-M-C-A and the U S A",
    "A B C D E F G",
    "X-ray, e-mail, T-shirt",
    "지하철입니다. 서비스입니다. 이야기예요. 전문가입니다. 주소지입니다.",
    "여자 고객님 남자 고객님",
    "주문 번호 삼에 이 이 이 이 배송",
    "케이 비 에스에서 봤어요",
    "이 일이 오",
)


@pytest.mark.parametrize("text", NAMES)
def test_names(text: str) -> None:
    _, found = find(text)
    assert [text[f.start : f.end] for f in found] == NAMES[text]
    assert {f.kind for f in found} == {IdentifierKind.NAME}


@pytest.mark.parametrize("text", NONE)
def test_no_names(text: str) -> None:
    assert find(text)[1] == ()
