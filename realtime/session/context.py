"""Keeps earlier text of a stream and decides which windows get it as context.

Context in one language leads a model to write that language, whatever it hears and whatever
language is set: Korean speech after English text became English sentences. The same holds for a
translation after a transcript, and for a prompt that no longer applies. So a window gets the text
only if it asks for the same language, task and prompt.
"""

from __future__ import annotations

from dataclasses import replace

from realtime.scripts import join_texts
from realtime.types import DecodeOptions

CONTEXT_CHARS = 200
"""Most characters of earlier text that the model gets: about 60 tokens."""


class Context:
    """The end of the latest text in one language, for one task, with one prompt."""

    def __init__(self, *, enabled: bool = True) -> None:
        """`enabled`: False for a model that takes no context; then nothing is remembered."""
        self._enabled = enabled
        self.text = ""
        """At most `CONTEXT_CHARS` characters."""
        self._language = ""
        self._options = DecodeOptions()

    def add(self, text: str, language: str, options: DecodeOptions) -> None:
        """Add a good final's text, which was heard in `language` and decoded with `options`."""
        if not self._enabled:
            return
        if language != self._language or _others(options, self._options):
            self.text = ""
        self.text = join_texts([self.text, text])[-CONTEXT_CHARS:].lstrip()
        self._language, self._options = language, options

    def apply(self, options: DecodeOptions) -> DecodeOptions:
        """The options with the text as context, or without context where it does not fit them.

        Where the model detects the language, it must drop context in a language other than the one
        it hears: `DecodeOptions.previous_language` says which language the context is in.
        """
        other_language = options.language not in (None, self._language)
        if not self.text or other_language or _others(options, self._options):
            return replace(options, previous_text="", previous_language="")
        return replace(options, previous_text=self.text, previous_language=self._language)


def _others(one: DecodeOptions, other: DecodeOptions) -> bool:
    """Whether the two ask for different kinds of text."""
    return (one.task, one.prompt) != (other.task, other.prompt)
