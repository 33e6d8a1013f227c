"""Keeps earlier text of a stream and decides which windows get it as context.

Context in one language leads a model to write that language, whatever it hears and whatever
language is set: Korean speech after English text became English sentences. The same holds for a
translation after a transcript, and for a prompt that no longer applies. So a window gets the text
only if it asks for the same language, task and prompt; and only what was said before its audio
begins: what a model has been told, it leaves out when it hears it.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from realtime.scripts import join_texts
from realtime.session.words import join_words
from realtime.types import DecodeOptions, Word

CONTEXT_CHARS = 200
"""Most characters of earlier text that the model gets: about 60 tokens."""
KEPT_CHARS = 2 * CONTEXT_CHARS
"""Most characters that are kept for it, as a window may hear the last ones again."""


class Context:
    """The end of the latest text in one language, for one task, with one prompt."""

    def __init__(self, *, enabled: bool = True) -> None:
        """`enabled`: False for a model that takes no context; then nothing is remembered."""
        self._enabled = enabled
        self._finals: deque[Sequence[Word]] = deque()
        self._language = ""
        self._options = DecodeOptions()

    @property
    def text(self) -> str:
        """At most `CONTEXT_CHARS` characters."""
        return self._before(math.inf)

    def add(self, words: Sequence[Word], language: str, options: DecodeOptions) -> None:
        """Add a good final's words, which were heard in `language` and decoded with `options`."""
        if not self._enabled:
            return
        if language != self._language or _others(options, self._options):
            self._finals.clear()
        self._finals.append(words)
        kept = sum(len(word.text) for final in self._finals for word in final)
        while kept - (first := sum(len(word.text) for word in self._finals[0])) >= KEPT_CHARS:
            self._finals.popleft()
            kept -= first
        self._language, self._options = language, options

    def apply(self, options: DecodeOptions, start_s: float = math.inf) -> DecodeOptions:
        """The options with the text as context, or without context where it does not fit them.

        `start_s`: where the window's audio begins, which holds the later words.

        Where the model detects the language, it must drop context in a language other than the one
        it hears: `DecodeOptions.previous_language` says which language the context is in.
        """
        other_language = options.language not in (None, self._language)
        text = self._before(start_s)
        if not text or other_language or _others(options, self._options):
            return replace(options, previous_text="", previous_language="")
        return replace(options, previous_text=text, previous_language=self._language)

    def _before(self, start_s: float) -> str:
        """The end of the text that was said before this time."""
        said = ([word for word in final if word.middle_s < start_s] for final in self._finals)
        return join_texts(join_words(words) for words in said)[-CONTEXT_CHARS:].lstrip()


def _others(one: DecodeOptions, other: DecodeOptions) -> bool:
    """Whether the two ask for different kinds of text."""
    return (one.task, one.prompt) != (other.task, other.prompt)
