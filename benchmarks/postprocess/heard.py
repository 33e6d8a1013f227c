"""Korean utterances as recognisers write them, labelled like those of `privacy_set`.

Nobody writes `공일공 천이백삼십사`, but a model does: the same number comes as figures, as
syllables, as both in one group, counted in native words, or as cardinals; groups are parted by 에,
의, 다시, 짝대기; mail is spelled with names of letters; names come as answers.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from benchmarks.postprocess import values
from benchmarks.postprocess.privacy_set import SLOTS, Half, Utterance, fill, half_of, values_of
from realtime.postprocess.privacy import checks
from realtime.postprocess.privacy.kinds import IdentifierKind

Rng = random.Random
_NATIVE = ("공", "하나", "둘", "셋", "넷", "다섯", "여섯", "일곱", "여덟", "아홉")
_PLACES = ("", "십", "백", "천")
_JOINTS = (" ", " ", "-", "에 ", "의 ", " 다시 ", " 짝대기 ", " 하이픈 ", ", ", ". ")
LETTERS = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        values.pool(
            """에이 비 씨 디 이 에프 지 에이치 아이 제이 케이 엘 엠 엔 오 피 큐 알 에스 티 유 브이
            더블유 엑스 와이 제트"""
        ),
        strict=True,
    )
)
_AT = ("골뱅이", "골뱅이", "골벵이", "꼴뱅이", "앳", "at")
_HOSTS = (
    *(("네이버", "컴"), ("지메일", "컴"), ("네이트", "컴"), ("카카오", "컴")),
    *(("다음", "넷"), ("한메일", "넷")),
)
_BUILDINGS = values.pool(
    "래미안 아파트|푸르지오|주공아파트|한빛빌라|센트럴 오피스텔|엘스아파트", "|"
)


def cardinal(group: str) -> str:
    """1234 → 천이백삼십사."""
    parts = []
    for place, digit in zip(range(len(group) - 1, -1, -1), group, strict=True):
        name = "" if digit == "1" and place else values.SYLLABLE[int(digit)]
        parts.append(name + _PLACES[place] if digit != "0" else "")
    return "".join(parts)


def _figures(rng: Rng, group: str) -> str:
    return group


def _spaced(rng: Rng, group: str) -> str:
    return " ".join(group)


def _syllables(rng: Rng, group: str) -> str:
    return "".join(values.SYLLABLE[int(digit)] for digit in group)


def _mixed(rng: Rng, group: str) -> str:
    return "".join(rng.choice((digit, values.SYLLABLE[int(digit)])) for digit in group)


def _native(rng: Rng, group: str) -> str:
    return "".join(_NATIVE[int(digit)] for digit in group)


def _cardinals(rng: Rng, group: str) -> str:
    return cardinal(group) if len(group) == 4 and group[0] != "0" else _syllables(rng, group)


_WRITTEN: tuple[Callable[[Rng, str], str], ...] = (
    *(_figures, _figures, _syllables, _syllables, _mixed, _spaced, _native, _cardinals),
)


def written(rng: Rng, groups: Sequence[str]) -> str:
    """The groups of one number, most of them written in one way."""
    way = rng.choice(_WRITTEN)
    pieces = [(way if rng.random() < 0.8 else rng.choice(_WRITTEN))(rng, group) for group in groups]
    return rng.choice(_JOINTS).join(pieces)


def _mobile(rng: Rng, language: str) -> str:
    return written(rng, ["010", values.digits(rng, 4), values.digits(rng, 4)])


def _resident(rng: Rng, language: str) -> str:
    year, month, day = values.born(rng)
    kind = rng.choice("12" if year < 2000 else "34")
    return written(rng, [f"{year % 100:02}{month:02}{day:02}", kind + values.digits(rng, 6)])


def _half_resident(rng: Rng, language: str) -> str:
    year, month, day = values.born(rng)
    return written(rng, [f"{year % 100:02}{month:02}{day:02}"])


def _card(rng: Rng, language: str) -> str:
    head = rng.choice(("4", "51", "53", "55", "62", "94"))
    head += values.digits(rng, 15 - len(head))
    whole = next(head + last for last in "0123456789" if checks.luhn(head + last))
    return written(rng, [whole[at : at + 4] for at in range(0, 16, 4)])


def _account(rng: Rng, language: str) -> str:
    sizes = rng.choice(((3, 3, 6), (6, 2, 6), (4, 3, 6), (3, 4, 4, 2)))
    return written(rng, [str(rng.randint(1, 9)) + values.digits(rng, size - 1) for size in sizes])


def _mail(rng: Rng, language: str) -> str:
    local = rng.choice(("hong", "kim", "star", "mina", "park"))
    digits = values.digits(rng, rng.choice((0, 2, 4)))
    form = rng.randrange(4)
    if form == 0:
        local = rng.choice((" ", "")).join(LETTERS[letter] for letter in local)
    elif form == 1:
        local = rng.choice(values.GIVEN)
    elif form == 2:
        link = rng.choice(("점", "언더바"))
        local = f"{rng.choice(values.GIVEN)} {link} {rng.choice(values.SURNAMES)}"
    if digits:
        local += f" {_syllables(rng, digits)}" if rng.random() < 0.5 else digits
    host, top = rng.choice(_HOSTS)
    dot = rng.choice((" 점 ", " 점 ", " 쩜 ", " 닷", " 닷 ", "점"))
    return f"{local} {rng.choice(_AT)} {host}{dot}{top}"


def _address(rng: Rng, language: str) -> str:
    door = f"{rng.randint(101, 130)}동 {rng.randint(1, 25)}{rng.randint(1, 9):02}호"
    if rng.random() < 0.4:
        block, flat = door.split("동 ")
        flat = flat.removesuffix("호")
        flat = cardinal(flat) if "0" not in flat[-2:-1] else _syllables(rng, flat)
        door = f"{cardinal(block)}동 {flat}호"
    town = rng.choice(values.TOWNS) + " " if rng.random() < 0.7 else ""
    return f"{town}{rng.choice(values.QUARTERS)} {rng.choice(_BUILDINGS)} {door}"


def _spaced_name(rng: Rng, language: str) -> str:
    return f"{rng.choice(values.SURNAMES)} {rng.choice(values.GIVEN)}"


def _given(rng: Rng, language: str) -> str:
    return rng.choice(values.GIVEN)


HEARD_SLOTS = {
    "heard_phone": (IdentifierKind.PHONE, _mobile),
    "heard_rrn": (IdentifierKind.RRN, _resident),
    "heard_half": (IdentifierKind.BIRTH_DATE, _half_resident),
    "heard_card": (IdentifierKind.CARD, _card),
    "heard_account": (IdentifierKind.ACCOUNT, _account),
    "heard_mail": (IdentifierKind.EMAIL, _mail),
    "heard_address": (IdentifierKind.ADDRESS, _address),
    "spaced_name": (IdentifierKind.NAME, _spaced_name),
    "given": (IdentifierKind.NAME, _given),
}
TEMPLATES: dict[str, tuple[str, ...]] = {
    "phone": (
        "제 번호는 {heard_phone}[이에요]",
        "네 핸드폰 번호 {heard_phone} 입니다",
        "가입하신 휴대폰 번호 말씀해 주세요 네 {heard_phone}[이고요]",
        "연락처는 {heard_phone}[으로] 해 주세요",
    ),
    "rrn": (
        "주민등록번호 말씀해 주세요 {heard_rrn}[이에요]",
        "주민번호는 {heard_rrn} 입니다",
        "주민등록상의 앞에 여섯 자리 생년월일 말씀 부탁드립니다 네 {heard_half}[이에요]",
        "주민번호 앞자리는 {heard_half} 입니다",
    ),
    "card": (
        "카드번호는 {heard_card}[이에요]",
        "카드 번호 불러 드릴게요 {heard_card} 맞나요",
    ),
    "account": (
        "계좌번호는 {heard_account}[이고요] 국민은행이요",
        "신한은행 {heard_account}[으로] 보내 주세요",
    ),
    "mail": (
        "이메일은 {heard_mail}[이에요]",
        "메일 주소가 {heard_mail} 입니다",
        "{heard_mail}[으로] 보내 주시면 돼요",
        "영수증은 {heard_mail} 여기로 부탁드려요",
    ),
    "name": (
        "고객님 성함이 어떻게 되시나요 네 {name}[이에요]",
        "성함이 어떻게 되세요? {name}이요.",
        "성함 말씀해 주시겠어요 {name} 입니다",
        "네 감사합니다 상담원 {name}이었습니다",
        "저는 {given}[이라고] 합니다",
        "제 이름은 {spaced_name} 입니다",
        "물건은 {name} 앞으로 보내 주세요",
        "받는 사람은 {name}[이에요]",
        "본인이신가요 네 {name} 본인이에요",
    ),
    "address": (
        "집은 {heard_address}[이에요]",
        "{heard_address}[으로] 보내 주세요",
        "배송지는 {heard_address} 입니다",
        "네 거기 {heard_address} 맞아요",
    ),
}


def heard(half: Half, seed: int, count: int) -> list[Utterance]:
    """`count` utterances, each with personal data, determined by half and seed."""
    rng = random.Random(f"{seed} heard {half}")
    pools = {name: half_of(list(pool), half, f"{seed} {name}") for name, pool in TEMPLATES.items()}
    topics, slots = list(pools), {**SLOTS, **HEARD_SLOTS}
    with values_of(half, seed):
        return [
            fill(rng.choice(pools[topics[index % len(topics)]]), rng, "ko", slots)
            for index in range(count)
        ]
