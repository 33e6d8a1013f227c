"""Made-up personal data in the forms in which people say and write them."""

from __future__ import annotations

import random
from collections.abc import Sequence

from realtime.postprocess.privacy import checks

SYLLABLE = "공일이삼사오육칠팔구"
WORD = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def pool(words: str, sign: str | None = None) -> list[str]:
    return [" ".join(word.split()) for word in words.split(sign)]


SURNAMES = pool("김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권 황 안 송 류 홍 남궁 문 배 백")
GIVEN = pool(
    """민수 지훈 서연 하은 영희 철수 도윤 은정 미경 상훈 정아 보람 태현 수빈 현우
    지영 성호 나래 예린 동욱 가영 혜진 준호 소희 재석 명숙 경자 진우 유나 승민"""
)
FIRST = pool(
    """John Mary James Linda Robert Susan David Karen Emily Daniel Laura Kevin Olivia Peter Grace
    Samuel Rachel Thomas Hannah Brian"""
)
LAST = pool(
    """Smith Johnson Miller Davis Wilson Anderson Thompson Garcia Martinez Robinson Clark Lewis
    Walker Young King Wright Hill Baker Carter O'Brien"""
)
TOWNS = pool(
    """서울시 강남구|서울특별시 마포구|부산 해운대구|대구광역시 수성구|경기도 수원시
    |인천 남동구|광주 북구|경기도 성남시 분당구|제주도 제주시|강원도 춘천시""",
    "|",
)
ROADS = pool(
    "테헤란로 세종대로 월드컵로 해운대로 중앙로 효원로 판교역로 첨단과기로 동백로 은행나무길"
)
QUARTERS = pool("역삼동 연남동 우동 범어동 매탄동 구월동 용봉동 서현동 노형동 퇴계동")
STREETS = pool(
    """Main Street|Oak Avenue|Maple Drive|Church Road|Park Lane|Lincoln Boulevard|Elm Street
    |River Road|Washington Avenue|Cedar Court|Highland Drive|Green Lane|Mill Road
    |Victoria Street""",
    "|",
)
CITIES = pool(
    """Boston, MA 02116|Austin, TX 78701|Denver, CO 80203|Seattle, WA 98101|Chicago, IL 60611
    |Portland""",
    "|",
)
MONTHS = pool(
    """January February March April May June July August September October November December"""
)
MAILS = pool("naver.com gmail.com daum.net example.com hanmail.net kakao.com company.co.kr")
MAILS_EN = pool("gmail.com yahoo.com outlook.com example.org company.net mail.co.uk")
HOSTS = pool("intra.example.com files.example.org nas.company.net")
Rng = random.Random


def digits(rng: Rng, count: int) -> str:
    return "".join(str(rng.randrange(10)) for _ in range(count))


def said_ko(rng: Rng, groups: Sequence[str]) -> str:
    """Digits in Korean words, such as `공일공 일이삼사 오육칠팔`, with a random joint and zero."""
    zero = rng.choice("공영")
    join = rng.choice((" ", " ", ", ", "에 ", " 다시 ", ""))
    inner = rng.choice(("", "", "", " "))
    if inner:
        join = " " if join == "" else join
    return join.join(
        inner.join(zero if d == "0" else SYLLABLE[int(d)] for d in group) for group in groups
    )


def said_en(rng: Rng, groups: Sequence[str]) -> str:
    """Digits in English words, `five five five, oh one two three`, some pairs as `double`."""
    zero, join = rng.choice(("zero", "oh")), rng.choice((" ", ", ", " "))
    double = rng.random() < 0.4
    return join.join(" ".join(_said_group(group, zero, double)) for group in groups)


def _said_group(group: str, zero: str, double: bool) -> list[str]:
    words, index = [], 0
    while index < len(group):
        word = zero if group[index] == "0" else WORD[int(group[index])]
        if double and group[index : index + 2] == group[index] * 2:
            word, index = "double " + word, index + 1
        words.append(word)
        index += 1
    return words


def spoken(rng: Rng, groups: Sequence[str], language: str) -> str:
    return said_ko(rng, groups) if language == "ko" else said_en(rng, groups)


def number(rng: Rng, groups: Sequence[str], language: str, said: float = 0.45) -> str:
    """The groups of digits, in words with probability `said`, else in figures."""
    if rng.random() < said:
        return spoken(rng, groups, language)
    return rng.choice(("-", "-", " ", "")).join(groups)


def phone(rng: Rng, language: str) -> str:
    if language == "ko":
        return rng.choice((_mobile, _mobile, _mobile, _area, _service, _abroad))(rng, language)
    return rng.choice((_american, _american, _american, _british, _abroad))(rng, language)


def _mobile(rng: Rng, language: str) -> str:
    old = rng.random() < 0.1
    groups = (
        [rng.choice(("011", "016", "019")), "2" + digits(rng, 2), digits(rng, 4)]
        if old
        else ["010", str(rng.randint(2, 9)) + digits(rng, 3), digits(rng, 4)]
    )
    return number(rng, groups, language)


def _area(rng: Rng, language: str) -> str:
    code = rng.choice(("02", "031", "051", "053", "064", "070", "032"))
    middle = str(rng.randint(2, 9)) + digits(rng, 3 if code == "070" else rng.choice((2, 3)))
    return number(rng, [code, middle, digits(rng, 4)], language)


def _service(rng: Rng, language: str) -> str:
    groups = [rng.choice(("1588", "1577", "1544", "1600", "1899", "1661")), digits(rng, 4)]
    return "-".join(groups) if rng.random() < 0.7 else said_ko(rng, groups)


def _abroad(rng: Rng, language: str) -> str:
    if language == "ko" or rng.random() < 0.4:
        rest = ["10", str(rng.randint(2, 9)) + digits(rng, 3), digits(rng, 4)]
        return "+82" + rng.choice(("-", " ")) + rng.choice(("-", " ")).join(rest)
    rest = [str(rng.randint(2, 9)) + digits(rng, 2), str(rng.randint(2, 9)) + digits(rng, 2)]
    return "+1 " + rng.choice((" ", "-")).join([*rest, digits(rng, 4)])


def _american(rng: Rng, language: str) -> str:
    area = str(rng.randint(2, 9)) + digits(rng, 2)
    groups = [area, str(rng.randint(2, 9)) + digits(rng, 2), digits(rng, 4)]
    if rng.random() < 0.45:
        return said_en(rng, groups)
    if rng.random() < 0.25:
        return f"({groups[0]}) {groups[1]}-{groups[2]}"
    return rng.choice(("-", "-", " ", ".")).join(groups)


def _british(rng: Rng, language: str) -> str:
    return number(rng, ["07" + digits(rng, 3), digits(rng, 6)], language)


def born(rng: Rng) -> tuple[int, int, int]:
    return rng.randint(1940, 2009), rng.randint(1, 12), rng.randint(1, 28)


def resident(rng: Rng, language: str, foreign: bool = False) -> str:
    """A number with the check digit or, as issued since October 2020, without one."""
    year, month, day = born(rng)
    kind = (5 if foreign else 1) + (2 if year >= 2000 else 0) + rng.randint(0, 1)
    head = f"{year % 100:02}{month:02}{day:02}"
    tail = f"{kind}{digits(rng, 6)}"
    if rng.random() < 0.7:
        tail = next(
            tail[:6] + last
            for last in "0123456789"
            if checks.resident_checksum(head + tail[:6] + last)
        )
    if rng.random() < 0.4:
        return spoken(rng, [head, tail], language)
    return rng.choice(("-", "-", " ", " - ", "")).join([head, tail])


def foreign(rng: Rng, language: str) -> str:
    return resident(rng, language, foreign=True)


def card(rng: Rng, language: str) -> str:
    if rng.random() < 0.1:
        head, sizes = "37" + digits(rng, 12), [4, 6, 5]
    else:
        head, sizes = rng.choice(("4", "51", "53", "55", "62", "35", "94")), [4, 4, 4, 4]
        head += digits(rng, 15 - len(head))
    whole = next(head + last for last in "0123456789" if checks.luhn(head + last))
    return number(rng, _grouped(whole, sizes), language)


def _grouped(whole: str, sizes: Sequence[int]) -> list[str]:
    groups, done = [], 0
    for size in sizes:
        groups.append(whole[done : done + size])
        done += size
    return groups


def account(rng: Rng, language: str) -> str:
    sizes = rng.choice(((3, 3, 6), (6, 2, 6), (4, 3, 6), (4, 2, 7), (3, 4, 4, 2), (3, 6, 5)))
    return number(rng, [str(rng.randint(1, 9)) + digits(rng, sizes[0] - 1)]
                  + [digits(rng, size) for size in sizes[1:]], language)  # fmt: skip


def account_en(rng: Rng, language: str) -> str:
    whole = digits(rng, rng.choice((8, 9, 10, 12)))
    return number(rng, _grouped(whole, [4] * (len(whole) // 4 + (len(whole) % 4 > 0))), language)


def routing(rng: Rng, language: str) -> str:
    head = "0" + digits(rng, 7)
    return next(head + last for last in "0123456789" if checks.routing(head + last))


def iban(rng: Rng, language: str) -> str:
    country, body = rng.choice((("DE", digits(rng, 18)), ("GB", "NWBK" + digits(rng, 14))))
    check = next(f"{n:02}" for n in range(2, 99) if checks.iban(f"{country}{n:02}{body}"))
    whole = country + check + body
    return whole if rng.random() < 0.5 else " ".join(_grouped(whole, [4] * 6)).strip()


def ssn(rng: Rng, language: str) -> str:
    groups = [f"{rng.randint(1, 665):03}", f"{rng.randint(1, 99):02}", f"{rng.randint(1, 9999):04}"]
    return number(rng, groups, language)


def passport(rng: Rng, language: str) -> str:
    if rng.random() < 0.3:
        return f"M{digits(rng, 3)}{rng.choice('ABCDEFGHK')}{digits(rng, 4)}"
    tail = digits(rng, 8)
    if rng.random() < 0.35:
        return rng.choice(("엠", "M", "에스")) + " " + said_ko(rng, _grouped(tail, (4, 4)))
    return rng.choice("MSR") + tail


def passport_en(rng: Rng, language: str) -> str:
    tail = digits(rng, 8)
    if rng.random() < 0.4:
        return rng.choice("MCAX") + " " + said_en(rng, _grouped(tail, (4, 4)))
    return rng.choice(("", "M", "C", "A")) + (digits(rng, 1) + tail if rng.random() < 0.3 else tail)


def licence(rng: Rng, language: str) -> str:
    region = f"{rng.randint(11, 28)}"
    groups = [f"{rng.randint(80, 99)}", digits(rng, 6), digits(rng, 2)]
    if rng.random() < 0.25:
        return rng.choice(("서울", "경기", "부산")) + " " + "-".join(groups)
    return "-".join([region, *groups]) if rng.random() < 0.6 else said_ko(rng, [region, *groups])


def licence_en(rng: Rng, language: str) -> str:
    letter, tail = rng.choice("ABDKSW"), digits(rng, rng.choice((7, 8, 12)))
    return f"{letter}{tail}" if rng.random() < 0.6 else f"{letter} {said_en(rng, [tail])}"


def business(rng: Rng, language: str) -> str:
    head = str(rng.randint(1, 9)) + digits(rng, 8)
    whole = next(head + last for last in "0123456789" if checks.business(head + last))
    return number(rng, _grouped(whole, (3, 2, 5)), language)


def email(rng: Rng, language: str) -> str:
    local = rng.choice(("hong", "kim", "star", "blue", "park", "mina", "lee.js", "dragon"))
    local += digits(rng, rng.choice((0, 2, 4)))
    domain = rng.choice(MAILS)
    if rng.random() < 0.5:
        return f"{local}@{domain}"
    name = domain.replace(".", " 점 ")
    if rng.random() < 0.4:
        known = {"naver": "네이버", "gmail": "지메일", "daum": "다음", "kakao": "카카오"}
        first = domain.partition(".")[0]
        name = name.replace(first, known.get(first, first))
        name = name.replace("com", rng.choice(("컴", "com")))
    return f"{local.replace('.', ' 점 ')} 골뱅이 {name}"


def email_en(rng: Rng, language: str) -> str:
    first, last = rng.choice(FIRST).lower(), rng.choice(LAST).lower().replace("'", "")
    local = rng.choice((f"{first}.{last}", f"{first}{digits(rng, 2)}", f"{first[0]}{last}", first))
    domain = rng.choice(MAILS_EN)
    if rng.random() < 0.5:
        return f"{local}@{domain}"
    return f"{local.replace('.', ' dot ')} at {domain.replace('.', ' dot ')}"


def ip(rng: Rng, language: str) -> str:
    return ".".join(str(rng.randint(1, 254)) for _ in range(4))


def ip_en(rng: Rng, language: str) -> str:
    parts = [str(rng.randint(1, 254)) for _ in range(4)]
    return rng.choice((".", ".", " dot ")).join(parts)


def url(rng: Rng, language: str) -> str:
    """A URL in which only the credentials, between `<` and `>`, are the label."""
    user = rng.choice(("admin", "hong", "jsmith", "guest"))
    password = rng.choice(("pa55word", "Secret!1", "qwer1234"))
    return f"https://<{user}:{password}>@{rng.choice(HOSTS)}/login"


def address(rng: Rng, language: str) -> str:
    place = f"{rng.choice(ROADS)} {rng.randint(1, 400)}"
    if rng.random() < 0.35:
        place = f"{rng.choice(QUARTERS)} {rng.randint(1, 999)}-{rng.randint(1, 40)}번지"
    detail = rng.choice(("", "", f" {rng.randint(101, 120)}동 {rng.randint(101, 2500)}호", " 3층"))
    return f"{rng.choice(TOWNS)} {place}{detail}"


def address_en(rng: Rng, language: str) -> str:
    detail = rng.choice(("", "", f", Apt {rng.randint(1, 40)}", f" Unit {rng.randint(1, 9)}B"))
    city = rng.choice(("", f", {rng.choice(CITIES)}"))
    return f"{rng.randint(1, 9999)} {rng.choice(STREETS)}{detail}{city}"


def name(rng: Rng, language: str) -> str:
    return rng.choice(SURNAMES) + rng.choice(GIVEN)


def name_en(rng: Rng, language: str) -> str:
    return f"{rng.choice(FIRST)} {rng.choice(LAST)}"
