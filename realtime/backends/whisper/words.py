"""Tokens to words, and words to times. Pure."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from realtime.types import Word

UNSPACED_LANGUAGES = frozenset({"zh", "ja", "th", "lo", "my", "yue"})
"""Written without spaces between words (openai/whisper, tokenizer.py). Korean has them."""

ENCODER_STEP_S = 0.02
"""One position of the encoder's output: two mel frames."""


@dataclass(frozen=True, slots=True)
class TokenGroup:
    """Tokens `first` … `last - 1` spell `text`, leading space included."""

    text: str
    first: int
    last: int


def group_tokens(pieces: Sequence[bytes], language: str) -> list[TokenGroup]:
    """Group a text's tokens into words.

    `pieces`: the bytes of each token; a character may be spread over several. Words begin at spaces
    or, in languages without them, at every token that begins a character. Punctuation stays with
    the word before it. The texts concatenated are the whole text.
    """
    groups: list[TokenGroup] = []
    for group in _characters(pieces):
        if groups and not _begins_word(group.text, language):
            before = groups.pop()
            group = TokenGroup(before.text + group.text, before.first, group.last)
        groups.append(group)
    return groups


def time_words(
    groups: Iterable[TokenGroup],
    token_starts_s: Sequence[float],
    probabilities: Sequence[float],
    start_s: float,
    end_s: float,
) -> tuple[Word, ...]:
    """Give words times on the session's clock, ascending and inside the window.

    `token_starts_s`: where each token begins, in seconds from the window's start, and one more:
    where the last one ends. `start_s`, `end_s`: the window.
    """
    words: list[Word] = []
    earliest_s = start_s
    for group in groups:
        begin_s = min(max(start_s + token_starts_s[group.first], earliest_s), end_s)
        finish_s = min(max(start_s + token_starts_s[group.last], begin_s), end_s)
        probability = float(np.mean(probabilities[group.first : group.last]))
        words.append(Word(group.text, begin_s, finish_s, min(max(probability, 0.0), 1.0)))
        earliest_s = finish_s
    return tuple(words)


def token_starts(alignment: Sequence[tuple[int, int]], tokens: int) -> list[float]:
    """From pairs (token, encoder position) of a monotonic path to `tokens + 1` times in seconds.

    A token begins where the path first reaches it. One that the path never reaches begins with the
    next one.
    """
    starts = [-1.0] * (tokens + 1)
    last_s = 0.0
    for token, position in alignment:
        if token <= tokens and starts[token] < 0:
            starts[token] = position * ENCODER_STEP_S
        last_s = max(last_s, (position + 1) * ENCODER_STEP_S)
    following = last_s
    for token in range(tokens, -1, -1):
        if starts[token] < 0:
            starts[token] = following
        following = starts[token]
    return starts


def _characters(pieces: Sequence[bytes]) -> Iterable[TokenGroup]:
    """The shortest runs of tokens that are whole characters; what is no UTF-8 becomes U+FFFD."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    first, text = 0, ""
    for index, piece in enumerate(pieces):
        text += decoder.decode(piece, final=index == len(pieces) - 1)
        if not decoder.getstate()[0]:
            yield TokenGroup(text, first, index + 1)
            first, text = index + 1, ""


def _begins_word(text: str, language: str) -> bool:
    if not any(character.isalnum() for character in text):
        return text.startswith(" ") and text.strip() != "" and text.strip()[0] in "([{\"'“‘¿¡-–—"
    return text.startswith(" ") or language in UNSPACED_LANGUAGES
