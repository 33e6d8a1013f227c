"""Whisper's tokens, and the few of them that the grammar needs.

The model is trained with a small vocabulary and exported with the whole one. During training, all
tokens that no sentence uses share one row of the embedding.
"""

from __future__ import annotations

import functools
import math
import random
import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from whisper.tokenizer import Tokenizer, get_tokenizer

from realtime.load_test.synthetic.grammar import LANGUAGES, Language, draw_sentence

WHOLE_VOCABULARY = 51_865
"""Number of tokens of the multilingual Whispers up to large-v2."""
SECONDS_PER_TIMESTAMP = 0.02
_LAST_TIMESTAMP = 1500
_DRAWS = 20_000
"""Sentences drawn to find the tokens of a language: many times the number needed to see all."""

_DIGIT = re.compile(r"(\d)")


@functools.cache
def tokenizer() -> Tokenizer:
    """OpenAI's multilingual tokenizer, as shipped in openai-whisper."""
    with warnings.catch_warnings():
        # openai-whisper 20250625 leaves closing the token file to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        return get_tokenizer(True, num_languages=99, language="en", task="transcribe")


def encode(text: str) -> list[int]:
    """Tokens of a text with a leading space; digits one by one, as they are spoken."""
    return [
        token
        for piece in _DIGIT.split(f" {text.strip()}")
        if piece
        for token in tokenizer().encode(piece)
    ]


def timestamp(time_s: float) -> int:
    """The token of a time in the window, rounded to 0.02 s."""
    steps = round(time_s / SECONDS_PER_TIMESTAMP)
    return int(tokenizer().timestamp_begin) + min(_LAST_TIMESTAMP, max(0, steps))


def language_token(language: Language) -> int:
    """The token of a language, such as `<|en|>`."""
    return int(tokenizer().to_language_token(language))


def starts_word(token: int) -> bool:
    """Whether a text token begins a new written word (its bytes begin with a space)."""
    return bytes(tokenizer().encoding.decode_single_token_bytes(token)).startswith(b" ")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Tokens that occur, and their rows in the small embedding."""

    tokens: Sequence[int]
    """In ascending order."""
    rows: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        rows = {token: row for row, token in enumerate(self.tokens)}
        object.__setattr__(self, "rows", rows)

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def unused_row(self) -> int:
        """The row after the last, which stands for all tokens that do not occur."""
        return len(self.tokens)

    @property
    def log_unused(self) -> float:
        """ln(number of tokens that share the last row): the addition to its logit for their sum."""
        return math.log(WHOLE_VOCABULARY - len(self.tokens))

    def knows(self, tokens: Iterable[int]) -> bool:
        """Whether each of the tokens has a row of its own."""
        return all(token in self.rows for token in tokens)


def vocabulary(draws: int = _DRAWS) -> Vocabulary:
    """All special tokens, and all tokens in the grammar's sentences and translations."""
    special = tokenizer()
    used = set(range(special.timestamp_begin, special.timestamp_begin + _LAST_TIMESTAMP + 1))
    used |= set(special.all_language_tokens)
    used |= {special.sot, special.eot, special.no_timestamps, special.no_speech}
    used |= {special.transcribe, special.translate, special.sot_prev, special.sot_lm}
    texts: set[str] = set()
    for language in LANGUAGES:
        rng = random.Random(f"vocabulary {language}")
        for _ in range(draws):
            sentence = draw_sentence(language, rng)
            texts |= {sentence.written, sentence.translation or ""}
    for text in texts:
        # Also without the final punctuation: cut sentences lose it.
        used |= {*encode(text), *encode(text.rstrip(" .,?"))}
    return Vocabulary(sorted(used))
