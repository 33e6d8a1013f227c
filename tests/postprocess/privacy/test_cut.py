"""Wherever a final cuts an utterance, no message shows its personal data, and amounts stay."""

from __future__ import annotations

from itertools import pairwise

import pytest

from benchmarks.postprocess.privacy_live import borders, is_readable, shown_places
from realtime.postprocess.privacy.live import LiveMask
from realtime.postprocess.privacy.rules import find

SAID = (
    "카드번호는 <육천이백오십육 2 3 3 3 1 1 6 6 4 2 7 5>예요",
    "카드번호는 <485이 하이픈 9칠구구 하이픈 칠팔18 하이픈 사칠82>예요",
    "계좌번호는 <474이 9칠8 구6공이30>이에요",
    "통장 번호가 <구3일 짝대기 일0이 짝대기 87사구칠구>인데요",
    "<칠팔공사이일 2팔이공구8일> 맞습니다",
    "그 견적서는 <성민 언더바 구86 at 한메일 닷 넷>으로 주세요",
    "연락처는 <공일공 하이픈 칠71일 하이픈 오2육이>로 해 주세요",
    "거기 <공일공 짝대기 일이삼사 짝대기 오육칠팔>로 걸어 주세요",
    "it says <A eight six six one six eight three two> on my passport",
    "네 <민수 언더바 김 이일 골뱅이 네이버 쩜 컴> 맞습니다",
    "답장은 <에이치 오 엔 지 골벵이 다음 닷 넷> 쪽으로 주세요",
    "그 견적서는 <케이아이엠 일오육이 꼴뱅이 네이버 닷컴>으로 주세요",
    "아이디가 <서연 칠공이팔 앳 지메일 점 컴>인데요",
    "계정은 <mina 구칠공사 골뱅이 카카오점컴>이고요",
    "광주 북구 <용봉동 센트럴 오피스텔 123동 1101호>로 보내 주세요",
    "지금 <역삼동 래미안 아파트 백십육동 이오공이호> 앞이에요",
    "배송지는 서울시 강남구 <효원로 67 3층>이에요",
    "예약자 <장예준>으로 되어 있어요",
    "저희 과장 <박서윤> 씨가 받았어요",
    "네 <신상현>요",
    "받으실 분 <이순자> 맞아요",
    "차량번호는 서울 <일이삼 허 사오육칠>이에요",
    "제 차 번호 <12 가 3456> 확인해 주세요",
    "카드 뒷면 숫자는 <일 이 삼>이에요",
    "the security code is <one two three>",
    "the license plate is <A B C one two three four>",
)
"""Personal data stands between < and >."""


@pytest.mark.parametrize("marked", SAID)
def test_nothing_is_shown_wherever_finals_cut(marked: str) -> None:
    start, end = marked.index("<"), marked.index(">") - 1
    text = marked.replace("<", "").replace(">", "")
    places = borders(text)
    for cuts in [[], *([place] for place in places), *map(list, pairwise(places))]:
        shown = shown_places(text, [*cuts, len(text)])
        left = "".join(text[place] for place in range(start, end) if place in shown)
        assert not is_readable(left), (cuts, left)


@pytest.mark.parametrize(
    "final",
    [
        "We met in 2024.",
        "I paid $83,760.74 on 04/11/2023.",
        "The meeting moved from noon to eight fifteen.",
        "We need 46",
        "there are twenty five",
        "주문번호는 일공오공 다시",
        "가격은 삼만 오천",
        "포인트가 삼천이백",
        "삼월 오일에",
        "3월 25일",
        "사과 오이 구이",
        "어제 도로 공사",
        "값은 변하지",
        "대외 활동",
        "이번 비디오",
        "전부 하나",
        "버튼 이름",
    ],
)
def test_ordinary_ends_of_finals_stay(final: str) -> None:
    assert LiveMask().final(0, final, None)[0] == final


def test_a_post_code_is_masked_with_its_address_alone() -> None:
    mask = LiveMask("tag")
    assert "06234" not in mask.final(0, "06234 서울시 강남구 테헤란로 123이에요", None)[0]
    said = "주소는 서울시 강남구 테헤란로 123이고 우편번호는 06234예요"
    assert mask.final(1, said, None)[0] == "주소는 [ADDRESS]이고 우편번호는 [ADDRESS]예요"
    assert "02116" not in mask.final(2, "I live at 1 Main Street zip code 02116 okay", None)[0]
    assert LiveMask().final(3, "우편번호 06234 맞나요", None)[0] == "우편번호 06234 맞나요"


@pytest.mark.parametrize(
    "said", ["12호 3456", "10조 5000억", "12가 3456개 팔렸어요", "그 뒷면에 300원"]
)
def test_what_looks_like_a_plate_or_a_code_stays(said: str) -> None:
    assert find(said)[1] == ()
