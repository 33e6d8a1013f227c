"""Numbers, dates and mail as models mishear them: no message shows them, and other numbers stay."""

from __future__ import annotations

import pytest

from benchmarks.postprocess.privacy_live import is_readable, shown_places
from realtime.postprocess.privacy.live import LiveMask, partial_edits
from realtime.postprocess.privacy.spoken import normalise

HEARD = (
    "The middle number is <417, Nero 2, Nero 9, 5, 5, 1> in total.",
    "That is a number in <4.17, 2.09, 5.518> in Seoul.",
    "It should go to the count number <3, I double 5 or 8, 4, 5, 7 or 6> okay",
    "Office <4-35996-I-L-E-T-E-T> please",
    "we have to be <9 1 4 and 2 2 7 and 8 8 1 0> thanks",
    "My work did <11 such 23 such 1,951> if that helps",
    "My work day is <0 3 slash 0 9 slash 1951> if that helps",
    "8 on both <April 7, 1985> correct",
    "My native home is the 23rd of <May 1978> and the rest",
    "My native home is the hands of <May 1978> and the rest",
    "The first part I booked with is a <4183729> Euro.",
    "My birthday is near of <1957> if not",
    "카드 번호는 <5080, 적, 대기, 오사구, 적, 대기, 칠, 칠>이에요",
    "카드 번호는 <5080, 적, 대기, 칠, 칠, 로, 공, 적, 대기, 1,4, 1,3>이에요",
    "개 번호 <5 0 미 40 1 0 미 1 9 4 1 1 9> 0 개",
    "그건 <1940년 1월> 그렇고요",
    "운전면 퍼증의 <2공, 8공, 부사 301, 135>이에요",
    "My number here is <981906, I mean 902 or 716>",
    "um, <912917, N403, N20>s, that one is my dog's",
    "<2 5 0 2 3 let me see, total 461> and no",
    "<524141685. No, sorry. 1688 repeating 524141685> and no",
    "the permit to drive is <821-56-50000> from the state",
    "on the path of a firm registered <71, I know 7582> is all",
    "My husband is credit <1, I'm free to 88232, I'm 4, I'm 0, I'm 666>",
    "The government number <46419, I made number 4>, that's what you want",
    "My salary rise in <2617> and 283 Euros, no salary",
    "Stand in order from <2029-28471, for 7471> please stop it.",
    "온 6기 사고, 하이픈 <아홉, 둘 하나 셋> 하이픈",
    "대파니요, 봉일이고, <오일 732>예요",
    "태어난 나름 <1977년> 지뤄 부위 맞고요",
    "예전 번호 영일용 다시 <4팔일팔> 다시 지워 주세요",
    "다른 카드로 할게요 <우사고 일작대기 4,668작대기>",
)
"""What a model heard of personal data stands between < and >."""


@pytest.mark.parametrize("marked", HEARD)
def test_what_is_left_of_a_number_is_masked(marked: str) -> None:
    start, end = marked.index("<"), marked.index(">") - 1
    text = marked.replace("<", "").replace(">", "")
    shown = shown_places(text, [len(text)])
    left = "".join(text[place] for place in range(start, end) if place in shown)
    assert sum(map(str.isdigit, normalise(left).text)) <= 1, left


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("My email is Laura. My team is at mail.co.uk", "Laura"),
        ("The email address on file is Laura Nero, nero-outlook.com, right?", "Laura"),
        ("My mailing Kevin 76 at that place", "Kevin"),
        ("매입 두소가 도윤 3구 412 버전", "도윤"),
        ("Write to HannahRatmail.co.uk and copy my boss.", "HannahR"),
        ("Sure, that's hard not Wilson, I do not come", "Wilson"),
        ("the account is in my wife's, Linda Miller", "Linda Miller"),
        ("답장은 PARK, 올뱅, TMA, 점, 컴, 여기로 주세요.", "PARK"),
        ("이메일은 수빈 온도와 송해 이메일 돈가", "수빈"),
    ],
)
def test_the_owner_of_a_mail_address_is_masked_without_its_sign(said: str, name: str) -> None:
    shown = shown_places(said, [len(said)])
    place = said.index(name)
    assert not is_readable("".join(said[p] for p in range(place, place + len(name)) if p in shown))


@pytest.mark.parametrize(
    "said",
    [
        "The total went from 3,400 to 5,200 last year.",
        "I was there in 1995, 1998, 2001 and 2004 for them.",
        "It starts at 10:30 on March 26, 2024.",
        "I paid $120,262.35 on 01/10/2025.",
        "The case number is A74350921.",
        "the confirmation number is XK2655QZ",
        "My email is broken, my team needs it.",
        "I ordered 12 of them, no sorry, 14, and two came broken.",
        "Flight 1234 leaves at 10:45 from gate 12.",
        "It takes 3 to 5 days, or 7, and then some.",
        "The score was 3 2 1, then 4 2.",
        "Can you hear me? 1 2 3 4 test.",
        "We count 5, 4, 3, 2, 1 and go.",
        "There were about 15000 people at the concert.",
        "Go to gmail.com and log in.",
        "Not Monday, the other day.",
        "2019년에 샀고 2021년에 고장났어요",
        "25일이 아니라 26일이에요",
        "대기 시간이 10분이라고 나와요",
        "가격이 12,000원에서 15,000원으로 올랐어요",
        "2024-01-18에 주문했는데 아직도 안 왔어요",
        "총 7778100원 결제되셨습니다",
        "제 카드로 45,000원 결제했어요",
        "저는 3월 5일 오후 3시 10분에 10명 예약했어요",
        "2024년 3월 5일 오후 3시 25분에 101동 앞에서",
    ],
)
def test_other_numbers_and_words_stay(said: str) -> None:
    assert LiveMask().final(0, said, None)[0] == said


@pytest.mark.parametrize("count", range(2, 9))
def test_a_number_is_held_back_while_words_stand_among_its_digits(count: int) -> None:
    text = " ".join(["The", "number", "in", "998,", "Nero", "6,", "Nero", "7"][:count])
    _, settled = partial_edits(text, 0, "tag")
    assert not set(text[:settled]) & set("0123456789")


def test_a_figure_is_repeated_like_a_digit_in_words() -> None:
    assert normalise("double 5 oh triple 7").text == "55 0 777"
    assert normalise("double 52").text == "double 52"


def test_a_mail_address_begins_at_a_word() -> None:
    assert LiveMask("tag").final(0, "My mailing Kevin 76 at mail.co.uk", None)[0] == (
        "My mailing [EMAIL]"
    )
