"""Guards against Whisper's known failures. Pure."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

COMPRESSION_LIMIT = 2.4  # openai/whisper, transcribe.py: above it the text is a loop
LOGPROB_LIMIT = -1.0  # openai/whisper, transcribe.py: below it the text is a guess

PARTIAL_TOKENS_PER_S = 8.0
"""Fast English has 5, fast Korean 8 tokens a second in Whisper's vocabulary."""
FINAL_TOKENS_PER_S = 12.0
"""Wider, since a final may not lose a word; a loop inside it is cut anyway."""
EXTRA_TOKENS = 8
MAX_TOKENS = 224  # half of the text context, which is what Whisper was trained on

LONGEST_PHRASE = 40
"""Longest repeated phrase that is looked for, in tokens: a long sentence."""


@dataclass(frozen=True, slots=True)
class LoopRule:
    """How often a phrase of at most `phrase` tokens may follow upon itself."""

    phrase: int
    repeats: int


LOOP_RULES = (LoopRule(1, 8), LoopRule(3, 5), LoopRule(8, 4), LoopRule(LONGEST_PHRASE, 3))
"""Digits of a number and "no, no, no" repeat; whole phrases hardly ever do three times."""


def token_cap(duration_s: float, final: bool) -> int:
    """The most tokens that a window may bring."""
    per_second = FINAL_TOKENS_PER_S if final else PARTIAL_TOKENS_PER_S
    return min(int(per_second * duration_s) + EXTRA_TOKENS, MAX_TOKENS)


def compression_ratio(text: str) -> float:
    """len(utf-8) ÷ len(zlib(utf-8)), openai/whisper's measure of repetition; 1.0 for no text."""
    if not text:
        return 1.0
    data = text.encode()
    return len(data) / len(zlib.compress(data))


def cut_loops(tokens: Sequence[int]) -> list[int]:
    """`tokens` with every loop reduced to its first occurrence; equal to `tokens` without one."""
    kept: list[int] = []
    position = 0
    while position < len(tokens):
        loop = _loop_at(tokens, position)
        if loop is None:
            kept.append(tokens[position])
            position += 1
        else:
            phrase, end = loop
            kept.extend(tokens[position : position + phrase])
            position = end
    return kept


def _loop_at(tokens: Sequence[int], start: int) -> tuple[int, int] | None:
    """(length of the phrase, end of the loop) of the loop that begins at `start`, if one does.

    The end includes a last, unfinished round, as a token cap leaves it.
    """
    for phrase in range(1, min(LONGEST_PHRASE, (len(tokens) - start) // 3) + 1):
        if tokens[start] != tokens[start + phrase]:
            continue
        end = start + phrase
        while end < len(tokens) and tokens[end] == tokens[end - phrase]:
            end += 1
        repeats = next(rule.repeats for rule in LOOP_RULES if phrase <= rule.phrase)
        if (end - start) // phrase >= repeats:
            return phrase, end
    return None
