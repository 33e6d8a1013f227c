"""Korean as recognisers write it: what is personal data in it is found, and nothing else is."""

from __future__ import annotations

import pytest

from realtime.postprocess.privacy.kinds import IdentifierKind
from realtime.postprocess.privacy.live import LiveMask
from realtime.postprocess.privacy.rules import find
from realtime.postprocess.privacy.spoken import normalise

PHONE, CARD, ACCOUNT = IdentifierKind.PHONE, IdentifierKind.CARD, IdentifierKind.ACCOUNT
RRN, EMAIL = IdentifierKind.RRN, IdentifierKind.EMAIL
NAME, ADDRESS = IdentifierKind.NAME, IdentifierKind.ADDRESS

FOUND = {
    "0일공 1234 5678입니다": (PHONE, "0일공 1234 5678"),
    "제 번호는 01공 7공오2 삼8구구예요": (PHONE, "01공 7공오2 삼8구구"),
    "번호는 공하나공 하나둘셋넷 다섯여섯일곱여덟": (PHONE, "공하나공 하나둘셋넷 다섯여섯일곱여덟"),
    "공일공 천이백삼십사 오천육백칠십팔입니다": (PHONE, "공일공 천이백삼십사 오천육백칠십팔"),
    "공일공 짝대기 일이삼사 짝대기 오육칠팔": (PHONE, "공일공 짝대기 일이삼사 짝대기 오육칠팔"),
    "카드번호 사천오백십이에 삼천사백오십육에 칠천팔백구십에 천이백삼십사": (
        CARD,
        "사천오백십이에 삼천사백오십육에 칠천팔백구십에 천이백삼십사",
    ),
    "계좌는 육05 사2일구 75이일 85고요": (ACCOUNT, "육05 사2일구 75이일 85"),
    "주민번호 앞자리는 구공공오일오고요": (RRN, "구공공오일오"),
    "주민등록번호 뒷자리 1234567": (RRN, "1234567"),
    "케이 아이 엠 골벵이 다음 점 넷 이에요": (EMAIL, "케이 아이 엠 골벵이 다음 점 넷"),
    "민수 언더바 김 골뱅이 네이버 쩜 컴으로": (EMAIL, "민수 언더바 김 골뱅이 네이버 쩜 컴"),
    "mina 구칠공사 at 지메일 닷컴으로": (EMAIL, "mina 구칠공사 at 지메일 닷컴"),
    "고객님 성함이 어떻게 되시나요? 네 박지영이요.": (NAME, "박지영"),
    "감사합니다 상담원 이수진이었습니다": (NAME, "이수진"),
    "저는 민수라고 합니다": (NAME, "민수"),
    "저 민수예요": (NAME, "민수"),
    "제 이름은 김 민수입니다": (NAME, "김 민수"),
    "물건은 이영희 앞으로 보내 주세요": (NAME, "이영희"),
    "이름은 박은우고 남자예요": (NAME, "박은우"),
    "받는 사람은 이영희": (NAME, "이영희"),
    "저는 마이클 존슨이라고 합니다": (NAME, "마이클 존슨"),
    "부산 해운대구 우동 래미안 아파트 백일동 이천오백호입니다": (
        ADDRESS,
        "부산 해운대구 우동 래미안 아파트 백일동 이천오백호",
    ),
    "네 거기 엘스아파트 102동 1503호요": (ADDRESS, "엘스아파트 102동 1503호"),
}
NOTHING = (
    "이어서 고객님 주소 확인하겠습니다",
    "본인 확인을 위하여 고객님의 개인정보를 여쭙겠습니다 고객님의 성함이 어떻게 되시나요 네 고객님",
    "이름은 모르겠어요 이름이 예쁘네요 이름마다 달라요 목록: 이름, 서버, 설정",
    "성함 좀 말씀해 주시겠어요 네 잠시만요",
    "저는 그걸 사기라고 합니다 무료라고 해요 배우자 명의로 되어 있어요",
    "천이백 원에서 천오백 원, 천이백 개 천삼백 개, 삼천 사천 정도",
    "3월 5일이 좋고 1일 1회, 10일까지 20일이 지나면",
    "하나 둘 셋 넷, 둘셋 정도, 하나둘셋이다",
    "101동 앞에서 지하철 이호선, 골뱅이 무침 주세요",
)


@pytest.mark.parametrize("text", FOUND)
def test_found(text: str) -> None:
    kind, said = FOUND[text]
    assert [(f.kind, text[f.start : f.end]) for f in find(text)[1]] == [(kind, said)]


@pytest.mark.parametrize("text", NOTHING)
def test_nothing(text: str) -> None:
    assert find(text)[1] == ()


def test_what_masking_wrote_is_no_cue() -> None:
    assert find("[CARD] 900101900101010")[1] == find("900101900101010")[1] == ()


def test_cardinals_are_digits_only_beside_other_groups() -> None:
    assert normalise("천이백삼십사에 이천").text == "1234에 2000"
    assert normalise("천이백삼십사 정도").text == "천이백삼십사 정도"
    assert normalise("이천사람 이천사람").text == "이천사람 이천사람"


def test_a_home_is_hidden_before_its_number_is_said() -> None:
    mask = LiveMask("tag")
    said = ("집은 부산 해운대구 우동 래미안 아파트", "백일동", "이천오백호예요")
    shown = " ".join(mask.final(number, text, None)[0] for number, text in enumerate(said))
    assert not {"래미안", "백일", "이천오백"} & set(shown.replace("동", " ").split())
