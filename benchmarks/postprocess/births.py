"""Dates of birth in the forms in which people say and write them."""

from __future__ import annotations

from benchmarks.postprocess.values import MONTHS, SYLLABLE, WORD, Rng, born, pool


def _sino(number: int) -> str:
    tens, units = divmod(number, 10)
    ten = "" if tens == 0 else ("" if tens == 1 else SYLLABLE[tens]) + "십"
    return ten + (SYLLABLE[units] if units else "")


def birth(rng: Rng, language: str) -> str:
    year, month, day = born(rng)
    form = rng.randrange(4)
    if form == 0:
        return f"{year}년 {month}월 {day}일"
    if form == 1:
        return f"{year % 100:02}{month:02}{day:02}"
    if form == 2:
        return f"{year}-{month:02}-{day:02}"
    head = "천구백" if year < 2000 else "이천"
    name = {6: "유월", 10: "시월"}.get(month, _sino(month) + "월")
    return f"{head}{_sino(year % 100)}년 {name} {_sino(day)}일"


def birth_en(rng: Rng, language: str) -> str:
    year, month, day = born(rng)
    form = rng.randrange(4)
    if form == 0:
        return f"{MONTHS[month - 1]} {day}, {year}"
    if form == 1:
        return f"{month:02}/{day:02}/{year}"
    if form == 2:
        suffix = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd"}.get(day, "th")
        return f"the {day}{suffix} of {MONTHS[month - 1]} {year}"
    tens = pool("twenty thirty forty fifty sixty seventy eighty ninety")
    if year >= 2000 or year % 100 < 20 or year % 10 == 0:
        return f"{year}-{month:02}-{day:02}"
    said = f"nineteen {tens[year % 100 // 10 - 2]} {WORD[year % 10]}"
    return f"{MONTHS[month - 1]} {day} {said}"
