"""Who speaks when → whose a word is, and who speaks most. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from realtime.types import SpeakerTurn, Word


def labelled(words: Sequence[Word], turns: Sequence[SpeakerTurn]) -> list[Word]:
    """Words with the speaker whose turn each shares most time with; none: the nearest turn's.

    As they are where nobody is known.
    """
    known = [turn for turn in turns if turn.speaker is not None]
    if not known:
        return list(words)
    return [replace(word, speaker=_nearest(word, known).speaker) for word in words]


def foremost(turns: Sequence[SpeakerTurn], start_s: float, end_s: float) -> int | None:
    """Who speaks most between two times; of equals the first. None where nobody known does."""
    shares: dict[int, float] = {}
    for turn in turns:
        shared_s = min(turn.end_s, end_s) - max(turn.start_s, start_s)
        if turn.speaker is not None and shared_s > 0:
            shares[turn.speaker] = shares.get(turn.speaker, 0.0) + shared_s
    return max(shares, key=shares.__getitem__, default=None)


def _nearest(word: Word, turns: Sequence[SpeakerTurn]) -> SpeakerTurn:
    # What they share; negative where they do not meet: the distance between them.
    return max(
        turns, key=lambda turn: min(turn.end_s, word.end_s) - max(turn.start_s, word.start_s)
    )
