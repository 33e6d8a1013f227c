"""Guards against Whisper's known failures. Pure."""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from realtime.backends.whisper.pace import MOST_TOKENS, SPARE_TOKENS, tokens_per_s

COMPRESSION_LIMIT = 2.4  # openai/whisper, transcribe.py: above it the text is a loop
LOGPROB_LIMIT = -1.0  # openai/whisper, transcribe.py: below it the text is a guess

PARTIAL_MARGIN = 1.5
FINAL_MARGIN = 2.0
"""A text may have this many times the tokens of its language's usual pace: some people speak
faster, and small models use odd, longer spellings (Hindi: 24 tokens per second instead of 18).
Wider for a final, which may not lose a word; a loop inside it is cut anyway."""

LONGEST_PHRASE = 40
"""Longest repeated phrase that is searched for, in tokens: a long sentence."""


LEAST_ECHO = 4
"""Shortest phrase, in tokens, that counts as an echo where it stands twice in a row. People do say
one twice, but not in no time: an echo has to be judged by the times of its words. Windows that end
in mid-speech have them ("How may I help you? How may I help you?")."""


@dataclass(frozen=True, slots=True)
class LoopRule:
    """A phrase of at most `phrase` tokens is a loop if it occurs `repeats` times in a row."""

    phrase: int
    repeats: int


LOOP_RULES = (LoopRule(1, 8), LoopRule(3, 5), LoopRule(8, 4), LoopRule(LONGEST_PHRASE, 3))
"""Digits of a number and "no, no, no" repeat; whole phrases hardly ever do three times."""


def token_cap(duration_s: float, final: bool, language: str) -> int:
    """Most tokens of a window's text. `language`: that of the text."""
    margin = FINAL_MARGIN if final else PARTIAL_MARGIN
    return min(int(margin * tokens_per_s(language) * duration_s) + SPARE_TOKENS, MOST_TOKENS)


def whole_characters(pieces: Sequence[bytes]) -> int:
    """How many of a text's tokens to keep so that it does not end within a character.

    `pieces`: the bytes of each token. A character of a script that is rare in the vocabulary is
    spread over up to four tokens.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    whole = 0
    for count, piece in enumerate(pieces, 1):
        decoder.decode(piece)
        if not decoder.getstate()[0]:
            whole = count
    return whole


def compression_ratio(text: str) -> float:
    """len(utf-8) ÷ len(zlib(utf-8)), openai/whisper's measure of repetition; 1.0 for no text."""
    return _squeezed(text.encode())


def repetition(text: str) -> float:
    """Compression ratio with one byte per character, as in English, for which the limit was found.

    In UTF-8 the letters of a script share their first bytes, so that normal texts look like loops:
    windows of 224 tokens of the Universal Declaration of Human Rights reach 3.1 in Tamil, 3.0 in
    Thai, 2.5 in Russian. By characters none of 94 languages is above 2.45, and "धन्यवाद." said
    eight times is at 3.6.
    """
    letters: dict[str, int] = {}
    return _squeezed(bytes(letters.setdefault(one, len(letters)) % 256 for one in text))


def _squeezed(data: bytes) -> float:
    return len(data) / len(zlib.compress(data)) if data else 1.0


@dataclass(frozen=True, slots=True)
class Loop:
    """Tokens `start` … `end - 1` repeat the same `phrase` tokens."""

    start: int
    phrase: int
    end: int
    """The last round may be unfinished if the token cap cut it."""

    def rounds(self) -> list[tuple[int, int]]:
        """(first token, first token after it) of each round."""
        firsts = range(self.start, self.end, self.phrase)
        return [(first, min(first + self.phrase, self.end)) for first in firsts]


def loops(tokens: Sequence[int]) -> list[Loop]:
    """All loops of a text, in order."""
    found: list[Loop] = []
    position = 0
    while position < len(tokens):
        loop = _loop_at(tokens, position)
        position += 1
        if loop is not None:
            found.append(Loop(position - 1, *loop))
            position = found[-1].end
    return found


def echoes(tokens: Sequence[int]) -> list[Loop]:
    """Phrases that stand twice in a row, the longest of each place, in order."""
    found: list[Loop] = []
    position = 0
    while position < len(tokens):
        longest = min(LONGEST_PHRASE, (len(tokens) - position) // 2)
        for phrase in range(longest, LEAST_ECHO - 1, -1):
            middle, end = position + phrase, position + 2 * phrase
            if tokens[position:middle] == tokens[middle:end]:
                found.append(Loop(position, phrase, end))
                position = end - 1
                break
        position += 1
    return found


def without(
    tokens: Sequence[int],
    found: Sequence[Loop],
    is_spoken: Callable[[int, int], bool] | None = None,
) -> list[int]:
    """`tokens` with loops reduced to the rounds that were spoken, at least the first of each.

    `is_spoken(first, last)`: whether there was time and sound for tokens `first` … `last - 1`;
    without it only the first round stays.
    """
    dropped: set[int] = set()
    for loop in found:
        for first, last in loop.rounds()[1:]:
            if is_spoken is None or not is_spoken(first, last):
                dropped.update(range(first, last))
    return [token for index, token in enumerate(tokens) if index not in dropped]


def letters(text: str) -> str:
    """Letters and digits, casefolded: what two spellings of one text have in common."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _loop_at(tokens: Sequence[int], start: int) -> tuple[int, int] | None:
    """(length of the phrase, end of the loop) of the loop that begins at `start`, if one does.

    The end includes a last round that the token cap left unfinished.
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
