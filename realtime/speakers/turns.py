"""Finds from the turns who says each word, and who speaks most. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from realtime.types import SpeakerTurn, Word

PAUSE_S = 0.7
"""A pause between two words that ends a sentence, whatever the model wrote."""
LEAST_S = 0.5
"""Fewest seconds of sure speech with which another speaker interrupts a sentence."""
ENDINGS = (".", "?", "!", "。", "？", "！", "…")


@dataclass(slots=True)
class _Run:
    """Consecutive words of one sentence by one speaker."""

    first: int
    end: int
    speaker: int
    length_s: float
    sure_s: float

    @property
    def sure(self) -> bool:
        return self.sure_s >= LEAST_S


def labelled(words: Sequence[Word], turns: Sequence[SpeakerTurn]) -> list[Word]:
    """Words, each with the speaker whose turn overlaps it most, or else of the nearest turn.

    Within a sentence the speaker changes only if both speakers are sure. Without a known speaker
    the words stay unchanged.
    """
    known = [turn for turn in turns if turn.speaker is not None]
    if not known:
        return list(words)
    speakers: list[int] = []
    for word in words:
        before = speakers[-1] if speakers else None
        speakers.append(_speaker(word, known, before))
    for first, end in _sentences(words):
        _settle(words, speakers, known, first, end)
    return [replace(word, speaker=speaker) for word, speaker in zip(words, speakers, strict=True)]


def foremost(turns: Sequence[SpeakerTurn], start_s: float, end_s: float) -> int | None:
    """Who speaks most between two times, the first of equals; None if no known speaker does."""
    shares: dict[int, float] = {}
    for turn in turns:
        shared_s = min(turn.end_s, end_s) - max(turn.start_s, start_s)
        if turn.speaker is not None and shared_s > 0:
            shares[turn.speaker] = shares.get(turn.speaker, 0.0) + shared_s
    return max(shares, key=shares.__getitem__, default=None)


def foremost_of(words: Sequence[Word]) -> int | None:
    """Who says most of these words, by time as in `foremost`."""
    return foremost([SpeakerTurn(word.start_s, word.end_s, word.speaker) for word in words], *_ALL)


_ALL = float("-inf"), float("inf")


def _speaker(word: Word, turns: Sequence[SpeakerTurn], before: int | None) -> int:
    """The speaker of a word; if two speak at once, the one of the word before."""

    def nearness(turn: SpeakerTurn) -> tuple[float, bool]:
        # Overlap in seconds; without one, minus the distance between them.
        shared_s = min(turn.end_s, word.end_s) - max(turn.start_s, word.start_s)
        return shared_s, turn.speaker == before

    speaker = max(turns, key=nearness).speaker
    assert speaker is not None, "turns are of known speakers"
    return speaker


def _sentences(words: Sequence[Word]) -> list[tuple[int, int]]:
    """(first, end) of the words of each sentence."""
    found, first = [], 0
    for number, word in enumerate(words, 1):
        last = number == len(words)
        if (
            last
            or word.text.rstrip().endswith(ENDINGS)
            or words[number].start_s - word.end_s >= PAUSE_S
        ):
            found.append((first, number))
            first = number
    return found


def _settle(
    words: Sequence[Word],
    speakers: list[int],
    turns: Sequence[SpeakerTurn],
    first: int,
    end: int,
) -> None:
    """Give runs of a sentence whose speaker is not sure to the speaker of a run beside them, the
    shortest first."""
    while True:
        said = _runs(words, speakers, turns, first, end)
        unsure = [number for number, run in enumerate(said) if not run.sure]
        if len(said) < 2 or not unsure:
            return
        number = min(unsure, key=lambda each: said[each].length_s)
        beside = [said[each] for each in (number - 1, number + 1) if 0 <= each < len(said)]
        heir = max(beside, key=lambda run: (run.sure, run.length_s))
        run = said[number]
        speakers[run.first : run.end] = [heir.speaker] * (run.end - run.first)


def _runs(
    words: Sequence[Word],
    speakers: Sequence[int],
    turns: Sequence[SpeakerTurn],
    first: int,
    end: int,
) -> list[_Run]:
    found: list[_Run] = []
    for number in range(first, end):
        word, speaker = words[number], speakers[number]
        if not found or found[-1].speaker != speaker:
            found.append(_Run(number, number, speaker, 0.0, 0.0))
        run = found[-1]
        run.end = number + 1
        run.length_s += word.end_s - word.start_s
        run.sure_s += sum(
            max(0.0, min(turn.end_s, word.end_s) - max(turn.start_s, word.start_s))
            for turn in turns
            if turn.sure and turn.speaker == speaker
        )
    return found
