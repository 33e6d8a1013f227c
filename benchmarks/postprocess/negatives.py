"""Numbers that belong to nobody: prices, orders, times and others that look like personal data."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.postprocess.values import MONTHS, Rng, digits, number, spoken


def price(rng: Rng, language: str) -> str:
    amount = rng.randint(10, 99999) * 100
    return rng.choice(
        (f"{amount:,}원", f"{amount}원", f"{amount // 10000 + 1}만 원", "삼만 오천 원")
    )


def price_en(rng: Rng, language: str) -> str:
    amount = rng.randint(5, 200000)
    return rng.choice((f"${amount:,}.{rng.randint(10, 99)}", f"{amount:,} dollars", f"${amount}"))


def order(rng: Rng, language: str) -> str:
    day = f"2026{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
    form = rng.randrange(4)
    if form == 0:
        return f"{day}-{digits(rng, 6)}"
    if form == 1:
        return digits(rng, rng.choice((8, 10, 12)))
    if form == 2:
        return f"{rng.choice('AKOR')}{digits(rng, 8)}"
    return spoken(rng, [digits(rng, 4), digits(rng, 4)], language)


def tracking(rng: Rng, language: str) -> str:
    groups = [str(rng.randint(3, 9)) + digits(rng, 3), digits(rng, 4), digits(rng, 4)]
    return number(rng, groups, language, 0.3)


def tracking_en(rng: Rng, language: str) -> str:
    if rng.random() < 0.5:
        return f"1Z{digits(rng, 3)}AA{digits(rng, 10)}"
    return number(rng, ["9" + digits(rng, 3), digits(rng, 4), digits(rng, 4)], language, 0.3)


def pick(*forms: str) -> Callable[[Rng, str], str]:
    """A maker that chooses one of the forms and replaces each `#` by a random digit."""

    def made(rng: Rng, language: str) -> str:
        chosen = rng.choice(forms)
        return "".join(str(rng.randrange(10)) if char == "#" else char for char in chosen)

    return made


def date(rng: Rng, language: str) -> str:
    year, month, day = rng.randint(2023, 2026), rng.randint(1, 12), rng.randint(1, 28)
    forms = (f"{year}년 {month}월 {day}일", f"{month}월 {day}일", f"{year}-{month:02}-{day:02}")
    return rng.choice((*forms, "삼월 오일", "시월 이십일일"))


def date_en(rng: Rng, language: str) -> str:
    month, day, year = rng.choice(MONTHS), rng.randint(1, 28), rng.randint(2023, 2026)
    return rng.choice(
        (f"{month} {day}", f"{month} {day}, {year}", f"0{rng.randint(1, 9)}/{day:02}/{year}")
    )
