"""Groups tokens into words and gives the words times. Pure."""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from realtime.scripts import unspaced
from realtime.types import SAMPLE_RATE, Samples, Word

OPENING_BRACKETS = frozenset("([{（「『《〈【“‘¿¡")
OPENING_MARKS = OPENING_BRACKETS | frozenset("\"'-–—")
"""Marks that belong to the word after them if a space precedes them."""

ENCODER_STEP_S = 0.02
"""One position of the encoder's output: two mel frames."""


FRAME_S = 0.01
FRAME_SAMPLES = int(FRAME_S * SAMPLE_RATE)
QUIET_BELOW_LOUD_DB = 35.0
QUIET_ABOVE_NOISE_DB = 6.0
LEAST_CONTRAST_DB = 10.0
"""A frame is quiet if it is this far below the loud ones (95th percentile), or hardly above the
noise (5th percentile). Measured on 478 sentences with the bundled model: the first word's start is
off by 12 ms (median) instead of 370, at 20 dB of signal to noise by 11 instead of 340; 25 … 40 dB
work equally well."""
SOUND_MARGIN_S = 0.02
"""Margin around the sound of a word, for soft consonants."""


@dataclass(frozen=True, slots=True)
class TokenGroup:
    """Tokens `first` … `last - 1` spell `text`, leading space included."""

    text: str
    first: int
    last: int


def group_tokens(pieces: Sequence[bytes]) -> list[TokenGroup]:
    """Group a text's tokens into words.

    `pieces`: the bytes of each token; a character may be spread over several. Words begin at spaces
    and, in scripts without them, at every token that begins a character. Punctuation stays with the
    word before it. The texts concatenated are the whole text.
    """
    groups: list[TokenGroup] = []
    for group in _characters(pieces):
        if groups and _joins(groups[-1].text, group.text):
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

    `token_starts_s`: when each token begins, in seconds from the window's start, and as one more
    entry when the last one ends. `start_s`, `end_s`: the window.
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
    """Convert pairs (token, encoder position) of a monotonic path to `tokens + 1` times in seconds.

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


def fit_to_sound(words: tuple[Word, ...], samples: Samples, start_s: float) -> tuple[Word, ...]:
    """Trim the quiet at both ends of each word's span.

    The aligner does not model pauses: it stretches words over them, above all the first word over
    the pause before it. A span that is quiet throughout stays as it is. `start_s`: time of
    `samples[0]`.
    """
    frames = len(samples) // FRAME_SAMPLES
    if not words or frames == 0:
        return words
    power = np.square(samples[: frames * FRAME_SAMPLES].reshape(frames, FRAME_SAMPLES)).mean(axis=1)
    level_db = 10.0 * np.log10(power + 1e-10)
    noise_db, loud_db = np.percentile(level_db, (5, 95))
    threshold_db = loud_db - QUIET_BELOW_LOUD_DB
    if loud_db - noise_db > LEAST_CONTRAST_DB + QUIET_ABOVE_NOISE_DB:
        threshold_db = max(threshold_db, noise_db + QUIET_ABOVE_NOISE_DB)
    sounding = np.flatnonzero(level_db > threshold_db)
    fitted: list[Word] = []
    for word in words:
        first, last = (word.start_s - start_s) / FRAME_S, (word.end_s - start_s) / FRAME_S
        low, high = np.searchsorted(sounding, (int(first + 1e-6), int(np.ceil(last - 1e-6))))
        if low < high:
            begin_s = start_s + int(sounding[low]) * FRAME_S - SOUND_MARGIN_S
            finish_s = start_s + (int(sounding[high - 1]) + 1) * FRAME_S + SOUND_MARGIN_S
            begin_s, finish_s = max(begin_s, word.start_s), min(finish_s, word.end_s)
            word = Word(word.text, begin_s, max(finish_s, begin_s), word.probability)
        fitted.append(word)
    return tuple(fitted)


def _characters(pieces: Sequence[bytes]) -> Iterable[TokenGroup]:
    """The shortest runs of tokens that form whole characters; invalid UTF-8 becomes U+FFFD."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    first, text = 0, ""
    for index, piece in enumerate(pieces):
        text += decoder.decode(piece, final=index == len(pieces) - 1)
        if not decoder.getstate()[0]:
            yield TokenGroup(text, first, index + 1)
            first, text = index + 1, ""


def _joins(before: str, text: str) -> bool:
    """Whether the characters `text` belong to the word `before`, which they follow."""
    mark = text.strip()
    if not before.strip():  # a separate space belongs to what follows …
        return True
    if not mark:  # … and begins a word
        return False
    spoken = any(character.isalnum() for character in mark)
    if text[0].isspace():
        return not spoken and mark[0] not in OPENING_MARKS
    if all(character in OPENING_MARKS for character in before.strip()):
        return True
    if not spoken:  # vowel signs of some scripts are not alphanumeric either
        return mark[0] not in OPENING_BRACKETS
    if unicodedata.category(mark[0])[0] == "M":
        return True
    return not (unspaced(mark[0]) or unspaced(before.rstrip()[-1]))
