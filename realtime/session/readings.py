"""Settles a place that successive hypotheses read differently. Pure.

A word of which the model is unsure flickers ("뵙시나요", "빛이나요"), and nothing behind it could
become stable: stable text is a head of the utterance. Hearing it again does not mend it: once the
words behind it are certain, and it was heard often enough, the reading with the most votes stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from realtime.session.matching import mean_probability, same_words
from realtime.session.words import bare
from realtime.types import Word

HEARINGS = 4
"""Least number of hypotheses that have to contain the certain word behind such a place. Korean
calls, 431 syllables: with 3 and 2 more words are stable sooner (96 and 100 instead of 82 %, p50),
but 14.2 and 12.8 % of the syllables are wrong instead of 12.3; English 7.1 and 7.7 instead of
6.9 %; with 5 and 6 it is 13.0 and 13.2 %."""
LEAST_PROBABILITY = 0.2
"""A reading with a less probable word is a guess, and waits for the final, which may be heard again
in other ways. English, 1,429 words: without this limit 6.2 % are wrong instead of 6.0; with 0.3
the same words as with 0.2, but 74 instead of 82 % of a Korean final stable before it, p50."""


@dataclass(frozen=True, slots=True)
class Settled:
    words: list[Word]
    """Those before the first certain word, as they were read most, and that word."""
    count: int
    """How many words of the newest hypothesis they replace."""


def settle(
    past: Sequence[Sequence[Word]], newest: Sequence[Word], whole: int, doubt: float
) -> Settled | None:
    """The words up to the first certain one; None where there is none, or it was heard too rarely.

    `past`: earlier hypotheses of the same speech, which all begin where `newest` does; `whole`: how
    many words of `newest` are certainly heard whole; `doubt`: as in `Trust`.
    """
    if len(past) < HEARINGS - 1:
        return None
    places = [{place: i for i, place in same_words(one, newest)} for one in past]
    for place in range(whole):
        heard = [one[: at[place] + 1] for one, at in zip(past, places, strict=True) if place in at]
        readings = [newest[: place + 1], *heard]
        wrong = prod(1.0 - reading[-1].probability for reading in readings)
        if len(readings) < HEARINGS or wrong > doubt:
            continue
        words = _likeliest(readings)[:-1]
        if _least(words) >= LEAST_PROBABILITY:
            return Settled([*words, newest[place]], place + 1)
    return None


def _likeliest(readings: Sequence[Sequence[Word]]) -> Sequence[Word]:
    """The reading with most votes; a vote counts as much as its words are probable, the certain one
    at its end included. One with words beats one without: models leave out more than they invent.
    """
    votes: dict[tuple[str, ...], float] = {}
    for reading in readings:
        votes[_spelling(reading)] = votes.get(_spelling(reading), 0.0) + mean_probability(reading)
    return max(readings, key=lambda one: (len(one) > 1, votes[_spelling(one)], _least(one[:-1])))


def _least(words: Sequence[Word]) -> float:
    return min((word.probability for word in words), default=1.0)


def _spelling(words: Sequence[Word]) -> tuple[str, ...]:
    return tuple(bare(word.text) for word in words)
