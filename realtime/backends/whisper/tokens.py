"""Whisper's vocabulary: start sequences, context, suppressed tokens, bytes of tokens."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import tokenizers
from faster_whisper.tokenizer import _LANGUAGE_CODES as LANGUAGES
from faster_whisper.tokenizer import Tokenizer

from realtime.errors import BadOption
from realtime.languages import ENGLISH, described
from realtime.types import DecodeOptions, Task, Word

CONTEXT_LENGTHS = (0, 16, 32, 64, 128, 223)
"""Earlier text is cut so that the whole context has one of these lengths, and windows of different
streams can share a call: it needs the start token at the same place in all. 223 is the most that
Whisper was trained with."""

EARLIER_TOKENS = 32
"""Most tokens of earlier text: a long sentence. With more there would be contexts of more different
lengths, which cannot share a call."""

CACHED_TEXTS = 1024


class Vocabulary:
    """One model's tokenizer. All methods may be called from any thread."""

    def __init__(self, tokenizer: tokenizers.Tokenizer, multilingual: bool) -> None:
        self.tokenizer = tokenizer
        self.multilingual = multilingual
        self._whisper = lru_cache(maxsize=256)(self._make_whisper)
        self._encode = lru_cache(maxsize=CACHED_TEXTS)(self._encode_text)
        reference = self._whisper("en", "transcribe")
        tokens = {code: tokenizer.token_to_id(f"<|{code}|>") for code in LANGUAGES}
        self.languages: dict[str, int] = {
            code: token for code, token in tokens.items() if token is not None
        }
        """ISO code → token, of those that this vocabulary has."""
        self.end: int = reference.eot
        """`<|endoftext|>`; it and all higher tokens are not text."""
        self._previous: int = reference.sot_prev
        marks = (
            reference.transcribe,
            reference.translate,
            reference.sot,
            reference.sot_prev,
            reference.sot_lm,
            reference.no_speech,
        )
        self.suppressed: list[int] = sorted({*reference.non_speech_tokens, *marks} - {None})
        """Never sampled: sound descriptions, music signs, and special tokens for prompts only."""
        self.start: int = reference.sot
        """`<|startoftranscript|>`"""
        self.no_timestamps: int = reference.no_timestamps
        self.no_speech: int = reference.no_speech
        self.blank: list[int] = list(tokenizer.encode(" ", add_special_tokens=False).ids)
        """Tokens that may not begin a text."""
        self._bytes = {letter: byte for byte, letter in byte_letters().items()}

    @property
    def known(self) -> tuple[str, ...]:
        """ISO codes of the languages that the model knows."""
        return tuple(self.languages) if self.multilingual else (ENGLISH,)

    def start_sequence(self, language: str, task: Task) -> list[int]:
        """`<|startoftranscript|>`, language and task; English-only models have only the first.

        Raises BadOption for a language that this vocabulary lacks.
        """
        if not self.multilingual:
            if language != ENGLISH:
                raise BadOption(
                    f"This model supports English only, not {described(language)}: set "
                    "language=en, or load a model whose name does not end in .en.",
                    field="language",
                )
            return [self._whisper("en", "transcribe").sot]
        if language not in self.languages:
            raise BadOption(
                f"The model does not support {described(language)}: choose another language, or "
                "auto.",
                field="language",
            )
        sequence: list[int] = self._whisper(language, task).sot_sequence
        return list(sequence)

    def prompt(
        self, context: Sequence[int], language: str, task: Task, *, timestamps: bool = False
    ) -> list[int]:
        """The decoder's input: context, start sequence, `<|notimestamps|>` unless it writes
        times."""
        start = self.start_sequence(language, task)
        if not timestamps:
            start.append(self.no_timestamps)
        return [self._previous, *context, *start] if context else start

    def context(self, options: DecodeOptions) -> tuple[int, ...]:
        """Tokens of hotwords, prompt and as much of the end of the earlier text as fills one of
        `CONTEXT_LENGTHS`.

        The end of the context has the most influence, so the earlier text stands there.
        """
        instructions = [*self._tokens(options.hotwords), *self._tokens(options.prompt)]
        instructions = instructions[-CONTEXT_LENGTHS[-1] :]
        earlier = self._tokens(options.previous_text)[-EARLIER_TOKENS:]
        longest = max(n for n in CONTEXT_LENGTHS if n <= len(instructions) + len(earlier))
        room = longest - len(instructions)
        return (*instructions, *earlier[-room:]) if room > 0 else tuple(instructions)

    def _tokens(self, text: str) -> tuple[int, ...]:
        return self._encode(" " + text.strip()) if text.strip() else ()

    def text(self, words: Sequence[Word]) -> tuple[int, ...]:
        """Tokens of words that the model wrote."""
        return self._encode("".join(word.text for word in words))

    def decode(self, tokens: Sequence[int]) -> str:
        """Text of `tokens`, special ones left out; not stripped."""
        return b"".join(self.pieces(tokens)).decode("utf-8", "replace")

    def pieces(self, tokens: Sequence[int]) -> list[bytes]:
        """The bytes of each token; empty for special tokens."""
        pieces = []
        for token in tokens:
            symbols = self.tokenizer.id_to_token(token) if token < self.end else None
            pieces.append(bytes(self._bytes[symbol] for symbol in symbols or ""))
        return pieces

    def check_language(self, language: str) -> None:
        """Raises BadOption for a language that this vocabulary lacks."""
        self.start_sequence(language, "transcribe")

    def _make_whisper(self, language: str, task: Task) -> Tokenizer:
        return Tokenizer(self.tokenizer, self.multilingual, task=task, language=language)

    def _encode_text(self, text: str) -> tuple[int, ...]:
        ids = self.tokenizer.encode(text, add_special_tokens=False).ids
        return tuple(token for token in ids if token < self.end)


def byte_letters() -> dict[int, str]:
    """Byte → byte-level BPE's letter for it (GPT-2's encoder.py): printable ones stand for
    themselves, the others for the characters from U+0100 on, in order."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    table = {byte: chr(byte) for byte in printable}
    table.update({byte: chr(0x100 + index) for index, byte in enumerate(others)})
    return table
