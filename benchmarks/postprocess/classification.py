"""Share of calls that cues classify correctly: `python -m benchmarks.postprocess.classification`.

The calls were written by class, not by cue; most of them state the request among small talk. The
set is small, its writer knew the cues, and no half of it was held out: it checks that the cues
work, and promises nothing.
"""

from __future__ import annotations

from realtime.postprocess.classification.rules import RuleClassifier
from realtime.postprocess.classification.taxonomy import load_taxonomy

Calls = tuple[tuple[str, str], ...]
CALLS: dict[str, Calls] = {
    "ko": (
        ("PRE_SALES", "안녕하세요 이번에 나온 건조기 사려고 하는데 가격이 어떻게 되나요"),
        ("PRE_SALES", "두 모델 비교해 주실 수 있나요 저희 집에 맞는 걸로 추천 좀 해 주세요"),
        ("PRE_SALES", "회사에서 쓸 의자 서른 개 견적 받아 볼 수 있을까요"),
        ("ORDER", "어제 주문한 거 색상을 바꾸고 싶은데 주문 변경 되나요"),
        ("ORDER", "주문이 제대로 들어갔는지 주문 확인 부탁드려요"),
        ("ORDER", "같은 걸로 두 개 추가로 주문할게요"),
        ("DELIVERY", "물건이 일주일째 안 왔어요 언제 도착하나요"),
        ("DELIVERY", "택배 기사님이 다른 집에 두고 가신 것 같아요"),
        ("DELIVERY", "송장 번호로 조회했는데 아직 출고 전이라고 나와요"),
        ("PAYMENT", "이번 달 청구서에 같은 금액이 두 번 찍혔어요"),
        ("PAYMENT", "카드 결제가 안 돼서요 계좌로 입금해도 되나요"),
        ("PAYMENT", "세금계산서 발행해 주세요 그리고 영수증도요"),
        ("REFUND", "입어 보니 사이즈가 안 맞아서 교환해 주세요"),
        ("REFUND", "마음에 안 들어서 반품하고 돈을 돌려받고 싶어요"),
        ("REFUND", "환불 신청한 지 이 주가 지났는데 아직 처리가 안 됐어요"),
        ("REPAIR", "세탁기 전원이 안 켜져요 고장 난 것 같아요"),
        ("REPAIR", "인터넷이 끊겨서요 점검하러 와 주실 수 있나요"),
        ("REPAIR", "보증 기간이 남았는데 무상 수리 되나요"),
        ("COMPLAINT", "상담원 태도가 너무 불친절해서 항의하려고 전화했어요"),
        ("COMPLAINT", "벌써 몇 번째 전화하는지 모르겠어요 정말 짜증 나네요 책임자 바꿔 주세요"),
        ("COMPLAINT", "이렇게 처리하시면 민원 넣겠습니다 너무하시네요"),
        ("ACCOUNT", "비밀번호를 잊어버려서 로그인을 못 하고 있어요"),
        ("ACCOUNT", "회원 정보에서 전화번호 변경하고 싶어요"),
        ("ACCOUNT", "인증번호가 안 와서 본인 인증을 못 해요"),
        ("CANCELLATION", "약정이 끝나서 해지하려고요 위약금 있나요"),
        ("CANCELLATION", "방금 넣은 주문 취소해 주세요"),
        ("CANCELLATION", "회원 탈퇴하고 싶은데 어디서 하나요"),
        ("RESERVATION", "토요일 두 시로 방문 예약하고 싶어요"),
        ("RESERVATION", "예약 변경 가능한가요 일정이 바뀌어서요"),
        ("OTHER", "안녕하세요 매장 몇 시까지 하나요"),
        ("OTHER", "아 잘못 걸었습니다 죄송합니다"),
        ("OTHER", "네 감사합니다 좋은 하루 보내세요"),
    ),
    "en": (
        ("PRE_SALES", "Hi, I'm looking to buy a dryer, how much is the small one?"),
        (
            "PRE_SALES",
            "What's the difference between the two, and which model would you recommend?",
        ),
        ("PRE_SALES", "Could I get a quote for thirty office chairs?"),
        ("ORDER", "I'd like to place an order for two of the blue ones."),
        ("ORDER", "I never got an order confirmation, did it go through?"),
        ("ORDER", "Can I change my order to the larger quantity?"),
        ("DELIVERY", "My parcel was supposed to come on Monday and it hasn't arrived."),
        ("DELIVERY", "The tracking page says it shipped a week ago."),
        ("DELIVERY", "The courier left the package at the wrong door."),
        ("PAYMENT", "I was charged twice on my last bill."),
        ("PAYMENT", "My card was declined but I have money on it."),
        ("PAYMENT", "Could you send me the invoice and a receipt?"),
        ("REFUND", "It's the wrong size, can I exchange it?"),
        ("REFUND", "I don't want it any more and I'd like my money back."),
        ("REFUND", "What is your return policy on shoes?"),
        ("REPAIR", "The washing machine stopped working last night."),
        ("REPAIR", "The phone won't turn on, is it still under warranty?"),
        ("REPAIR", "I get an error message each time, can a technician come?"),
        ("COMPLAINT", "Your agent was very rude and I want to speak to a manager."),
        ("COMPLAINT", "This is unacceptable, it is the third time I call."),
        ("COMPLAINT", "I'm really disappointed, I want to make a complaint."),
        ("ACCOUNT", "I forgot my password and I'm locked out."),
        ("ACCOUNT", "I'd like to change my email, the login still shows the old one."),
        ("ACCOUNT", "The verification code never comes."),
        ("CANCELLATION", "Please cancel my subscription from next month."),
        ("CANCELLATION", "I want to close my account and end my contract."),
        ("CANCELLATION", "Is there a fee for early termination?"),
        ("RESERVATION", "I need to make an appointment for Saturday."),
        ("RESERVATION", "Can we reschedule my booking?"),
        ("OTHER", "What time do you close today?"),
        ("OTHER", "Sorry, I dialled the wrong number."),
        ("OTHER", "Thank you, have a nice day."),
    ),
}
"""Language → (class without its prefix, utterance of the caller)."""


def measure(calls: Calls, language: str = "ko", show: bool = False) -> tuple[int, int]:
    """Count the calls: (classified correctly, all)."""
    classifier = RuleClassifier(load_taxonomy(None))
    right = 0
    for code, text in calls:
        found = classifier.decide(text, language)
        right += found.code == f"CLASS_{code}"
        if show and found.code != f"CLASS_{code}":
            print(f"{code}: {found.code} ({found.confidence:.0f}, {found.reason}) | {text}")
    return right, len(calls)


def main() -> None:
    for language, calls in CALLS.items():
        right, total = measure(calls, language, show=True)
        print(f"{language}: {right} of {total} right")


if __name__ == "__main__":
    main()
