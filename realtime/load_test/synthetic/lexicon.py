"""The grammar's data: templates, and the terms for their slots.

A template is a sentence with slots. `{city}` draws from the table `city`, `{city.2}` draws from it
once more, `{on|off}` draws from the words listed in the slot. A Korean template may have an English
translation, which uses the same slots; a slot's term then is a pair (Korean, English).
"""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


DIGITS = {
    "en": _words("zero one two three four five six seven eight nine"),
    "ko": tuple("공일이삼사오육칠팔구"),
}

_NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
)
_PRODUCTS = (
    "phone computer ticket printer camera keyboard monitor table chair book car bicycle radio "
    "television laptop headset"
)
_TECHNOLOGY = (
    "server client stream recording transcript microphone speaker battery network model message "
    "window file folder meeting report"
)

ENGLISH_SLOTS: dict[str, tuple[str, ...]] = {
    name: _words(words)
    for name, words in {
        "number": _NUMBERS,
        "name": "Anna John Maria Peter Sarah David Emma James Laura Michael Susan Robert Alice "
        "Thomas Julia Kevin",
        "city": "London Paris Berlin Tokyo Seoul Boston Chicago Madrid Rome Sydney Toronto Dublin",
        "day": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
        "month": "January February March April May June July August September October November "
        "December",
        "product": _PRODUCTS,
        "technology": _TECHNOLOGY,
        "thing": f"{_PRODUCTS} {_TECHNOLOGY}",
        "color": "red green blue black white yellow brown orange purple silver",
        "room": "kitchen bedroom office garden garage bathroom hallway library",
        "device": "light music heater television radio fan camera alarm",
        "weather": "sunny cold warm windy cloudy rainy hot dry wet beautiful",
        "food": "coffee tea bread rice soup chicken fish water milk sugar salt cheese apple banana "
        "orange juice",
        "animal": "dog cat horse bird fish cow sheep rabbit mouse tiger",
        "adjective": "new old big small good bad fast slow long short cheap expensive important "
        "different quiet loud happy young strong simple",
        "verb": "see find open close start stop move carry clean paint sell buy read write watch "
        "use fix bring send check",
        "ordinal": "first second third fourth fifth sixth seventh eighth ninth tenth",
        "function": "the a and is in on for with to of you we they she it this that not very "
        "please today now again",
    }.items()
} | {
    "when": ("today", "tomorrow", "on {day}", "in {city}"),
    "moment": ("now", "today", "in {city}"),
}

ENGLISH_TEMPLATES: tuple[str, ...] = (
    "I would like to {buy|order|return|cancel|check|change|sell} "
    "{the|my|a new|an old|this|that} {product}.",
    "Please {call|email|visit|help|remind|meet} me {again|later|back|soon} on {day}.",
    "{My phone number is|Please call|You can reach me at} {phone}.",
    "{The order number is|My account number is|The code is|My card ends with} {digits}.",
    "The {technology} {starts|stops|fails|works|opens|closes} "
    "{every day|every morning|every night|again|today|tomorrow} at {number} o'clock.",
    "Turn {on|off} the {device} in the {room}.",
    "The weather {when} is {weather} and {weather.2}.",
    "{number} plus {number.2} is {number.3}.",
    "{name} and {name.2} {went|moved|travelled|came} to {city} on {day}.",
    "What {time|day|month} is it {moment}?",
    "The {color} {product} is {on|under|near|behind} the {color.2} {product.2}.",
    "Can you {verb} the {adjective} {thing}?",
    "My name is {name} and I live in {city}.",
    "I want {number} {cups|boxes|bottles|bags|pieces} of {food}, please.",
    "The {adjective} {animal} and the {adjective.2} {animal.2} are {in|near|behind} the {room}.",
    "We have a meeting with {name} in {month}.",
    "{phrase}",
    "Set {a timer|an alarm} for {number} {minutes|hours|seconds}.",
    "Play {some|the|my} {adjective} music in the {room}.",
    "Send {a message|the report|the file|the recording} to {name}.",
    "The {product} I bought in {month} does not work.",
    "How much is the {color} {product}?",
    "It costs {number} dollars and {number.2} cents.",
    "She {likes|wants|needs|has|sees} {food} and {food.2}.",
    "They {verb} {number} {old|new|big|small} {cars|books|tables|chairs|phones|tickets} "
    "every {day|week|month|year}.",
    "{name} will {verb} the {product} {today|tomorrow|next week|next month}.",
    "Open the {door|window|file|folder|report} and {verb} the {technology}.",
    "There are {number} {people|students|children|teachers|doctors} in the {room}.",
    "The train to {city} leaves at {number} {thirty|fifteen|forty five}.",
    "Why is the {technology} so {adjective}?",
    "On {month} {ordinal} we {verb} the {technology}.",
    "I think the {animal} is very {adjective}.",
)

ENGLISH_PHRASES: tuple[str, ...] = (
    "Hello, how can I help you today?",
    "Good morning, thank you for calling.",
    "Thank you very much, goodbye.",
    "One moment please.",
    "I am sorry, I did not understand.",
    "Could you say that again, please?",
    "Yes, that is correct.",
    "No, that is not right.",
    "Have a nice day.",
    "Good evening everyone, welcome to the meeting.",
    "Let us begin.",
    "That is all for today.",
    "Are you still there?",
    "I can hear you now.",
    "This is a test of the speech recognition server.",
)

KOREAN_SLOTS: dict[str, tuple[tuple[str, str], ...]] = {
    "product": (
        ("제품", "product"),
        ("전화기", "phone"),
        ("컴퓨터", "computer"),
        ("표", "ticket"),
        ("카메라", "camera"),
        ("책", "book"),
        ("의자", "chair"),
        ("자동차", "car"),
        ("냉장고", "refrigerator"),
        ("텔레비전", "television"),
        ("노트북", "laptop"),
        ("프린터", "printer"),
    ),
    "day": (
        ("월요일", "Monday"),
        ("화요일", "Tuesday"),
        ("수요일", "Wednesday"),
        ("목요일", "Thursday"),
        ("금요일", "Friday"),
        ("토요일", "Saturday"),
        ("일요일", "Sunday"),
    ),
    "time": (("오늘", "today"), ("내일", "tomorrow"), ("지금", "now"), ("다음 주", "next week")),
    "city": (
        ("서울", "Seoul"),
        ("부산", "Busan"),
        ("대구", "Daegu"),
        ("인천", "Incheon"),
        ("광주", "Gwangju"),
        ("제주", "Jeju"),
    ),
    "hour": (
        ("한 시", "one"),
        ("두 시", "two"),
        ("세 시", "three"),
        ("네 시", "four"),
        ("다섯 시", "five"),
        ("여섯 시", "six"),
        ("일곱 시", "seven"),
        ("여덟 시", "eight"),
        ("아홉 시", "nine"),
        ("열 시", "ten"),
    ),
    "matter": (
        ("날씨", "weather"),
        ("회의", "meeting"),
        ("음악", "music"),
        ("서버", "server"),
        ("마이크", "microphone"),
        ("녹음", "recording"),
        ("배송", "delivery"),
        ("주문", "order"),
        ("결제", "payment"),
        ("계좌", "account"),
    ),
    "name": tuple((name, "") for name in _words("김민수 이영희 박지훈 최수진 정우성 강하늘")),
    "function": tuple(
        (word, "")
        for word in _words("그리고 아주 많이 조금 정말 다시 빨리 천천히 우리 저는 이것은")
    ),
}

KOREAN_TEMPLATES: tuple[tuple[str, str | None], ...] = (
    ("{product} 구매하고 싶습니다.", "I would like to buy a {product}."),
    ("{product} 고장 났습니다.", "The {product} is broken."),
    ("{제 전화번호는|연락처는} {phone} 입니다.", None),
    ("{주문 번호는|카드 번호는|계좌 번호는} {digits} 입니다.", None),
    ("{day} {hour}에 회의가 있습니다.", "There is a meeting on {day} at {hour} o'clock."),
    ("{city} 날씨는 {좋습니다|춥습니다|덥습니다|흐립니다}.", None),
    ("{time} {product} 취소해 주세요.", "Please cancel the {product} {time}."),
    ("{city}에서 {city.2}까지 얼마나 걸리나요?", None),
    ("제 이름은 {name} 입니다.", None),
    ("{matter} {확인해 주세요|시작해 주세요|멈춰 주세요|바꿔 주세요}.", None),
    ("{day}에 {city}에서 만나요.", "See you in {city} on {day}."),
)

KOREAN_PHRASES: tuple[tuple[str, str], ...] = (
    ("안녕하세요.", "Hello."),
    (
        "안녕하세요, 제품 구매 문의입니다.",
        "Hello, this is a question about buying a product.",
    ),
    ("안녕하세요. 어떻게 도와드릴까요?", "Hello. How can I help you?"),
    ("감사합니다.", "Thank you."),
    ("네, 맞습니다.", "Yes, that is correct."),
    ("아니요, 괜찮습니다.", "No, that is fine."),
    ("잠시만 기다려 주세요.", "Please wait a moment."),
    ("다시 한번 말씀해 주세요.", "Please say that again."),
    ("좋은 하루 되세요.", "Have a nice day."),
    ("죄송합니다.", "I am sorry."),
    ("회의를 시작하겠습니다.", "Let us begin the meeting."),
    ("음성 인식 테스트입니다.", "This is a speech recognition test."),
    ("상담원을 연결해 주세요.", "Please connect me to an agent."),
    ("환불을 받고 싶습니다.", "I would like a refund."),
    ("수리를 신청하고 싶습니다.", "I would like to request a repair."),
    ("배송이 언제 도착하나요?", "When does the delivery arrive?"),
    ("오늘은 여기까지 하겠습니다.", "That is all for today."),
)
