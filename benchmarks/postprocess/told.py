"""The further sentences of `more_templates`, with numbers said as callers say them."""

from __future__ import annotations

import random
from collections.abc import Callable

from benchmarks.postprocess import values
from benchmarks.postprocess.heard import HEARD_SLOTS
from benchmarks.postprocess.more_templates import ENGLISH, KOREAN
from benchmarks.postprocess.privacy_set import SLOTS, Language, Slot, Utterance, fill, values_of
from realtime.postprocess.privacy import checks
from realtime.postprocess.privacy.kinds import IdentifierKind

Rng = random.Random
_FILLERS = ("uh", "um", "then", "and then", "dash", "okay", "let me see", "and")
_CORRECTIONS = ("no sorry", "sorry", "no wait", "I mean", "scratch that")
_REPEATED = ("okay so that's", "so", "and I have", "repeating,")
_REPEATED_SHARE = 0.12


def said(rng: Rng, groups: list[str]) -> str:
    """The groups in words, with `double`, `oh`, fillers, corrections, or figures between."""
    zero = rng.choice(("zero", "oh", "oh"))
    pieces = []
    for group in groups:
        words = _words(rng, group, zero)
        if rng.random() < 0.07:
            wrong = _words(rng, group[:-1] + values.digits(rng, 1), zero)
            words = f"{wrong}, {rng.choice(_CORRECTIONS)}, {words}"
        pieces.append(words)
    text = pieces[0]
    for piece in pieces[1:]:
        filler = f", {rng.choice(_FILLERS)}, " if rng.random() < 0.15 else ""
        text += (filler or rng.choice((" ", ", ", ", ", "... "))) + piece
    if rng.random() < _REPEATED_SHARE:
        text += f". {rng.choice(_REPEATED)} {text}"
    return text


def _words(rng: Rng, group: str, zero: str) -> str:
    if len(group) == 2 and group[0] not in "01" and group[1] != "0" and rng.random() < 0.3:
        tens = values.pool("twenty thirty forty fifty sixty seventy eighty ninety")
        return f"{tens[int(group[0]) - 2]} {values.WORD[int(group[1])]}"
    words, at = [], 0
    while at < len(group):
        name = zero if group[at] == "0" else values.WORD[int(group[at])]
        run = len(group[at:]) - len(group[at:].lstrip(group[at]))
        if run >= 3 and rng.random() < 0.5:
            words.append(f"triple {name}")
            at += 3
        elif run >= 2 and rng.random() < 0.6:
            words.append(f"double {name}")
            at += 2
        else:
            words.append(name)
            at += 1
    return " ".join(words)


def _phone(rng: Rng, language: str) -> str:
    first = str(rng.randint(2, 9))
    if rng.random() < 0.3:
        return said(
            rng, ["07" + values.digits(rng, 3), values.digits(rng, 3), values.digits(rng, 3)]
        )
    return said(
        rng, [first + values.digits(rng, 2), first + values.digits(rng, 2), values.digits(rng, 4)]
    )


def _card(rng: Rng, language: str) -> str:
    head = rng.choice(("4", "51", "53", "55"))
    head += values.digits(rng, 15 - len(head))
    whole = next(head + last for last in "0123456789" if checks.luhn(head + last))
    return said(rng, [whole[at : at + 4] for at in range(0, 16, 4)])


def _account(rng: Rng, language: str) -> str:
    whole = str(rng.randint(1, 9)) + values.digits(rng, rng.choice((7, 8, 9, 11)))
    size = rng.choice((2, 3, 4))
    return said(rng, [whole[at : at + size] for at in range(0, len(whole), size)])


def _ssn(rng: Rng, language: str) -> str:
    return said(
        rng, [f"{rng.randint(1, 665):03}", f"{rng.randint(1, 99):02}", f"{rng.randint(1, 9999):04}"]
    )


_Maker = Callable[[Rng, str], str]
TOLD_SLOTS: dict[str, Slot] = {
    "digits_phone": (IdentifierKind.PHONE, _phone),
    "digits_card": (IdentifierKind.CARD, _card),
    "digits_account": (IdentifierKind.ACCOUNT, _account),
    "digits_ssn": (IdentifierKind.SSN, _ssn),
}


def further(language: Language, seed: int) -> list[Utterance]:
    """Every sentence of `language` once, in an order and with values determined by the seed."""
    rng = random.Random(f"{seed} told {language}")
    slots = {**SLOTS, **HEARD_SLOTS, **TOLD_SLOTS}
    pools = KOREAN if language == "ko" else ENGLISH
    with values_of("dev", seed):
        made = [fill(text, rng, language, slots) for part in pools.values() for text in part]
    rng.shuffle(made)
    return made
