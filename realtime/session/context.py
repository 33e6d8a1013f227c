"""Earlier text of a stream, and for which windows it may be given as context.

Text in one language leads a model to write that language, whatever it hears and whatever it is
told: Korean speech behind English text became English sentences. The same holds for a translation
behind a transcript, and for a prompt that no longer applies. So text is only given to windows that
ask for what it was said in.
"""

from __future__ import annotations

from dataclasses import replace

from realtime.scripts import join_texts
from realtime.types import DecodeOptions

CONTEXT_CHARS = 200
"""Earlier text given to the model: about 60 tokens."""


class Context:
    """The end of what was said last in one language, for one task, with one prompt."""

    def __init__(self, *, kept: bool = True) -> None:
        """`kept`: False for a model that takes none: nothing is remembered."""
        self._kept = kept
        self.text = ""
        """At most `CONTEXT_CHARS` characters."""
        self._language = ""
        self._asked = DecodeOptions()

    def add(self, text: str, language: str, asked: DecodeOptions) -> None:
        """A good final: in which language it was heard, and with which options."""
        if not self._kept:
            return
        if language != self._language or _others(asked, self._asked):
            self.text = ""
        self.text = join_texts([self.text, text])[-CONTEXT_CHARS:].lstrip()
        self._language, self._asked = language, asked

    def given(self, options: DecodeOptions) -> DecodeOptions:
        """The options with the text that may be given with them.

        Where the model is to tell the language, it must drop text of another one than it hears:
        `DecodeOptions.previous_language` says which the text is in.
        """
        asks_otherwise = options.language not in (None, self._language)
        if not self.text or asks_otherwise or _others(options, self._asked):
            return replace(options, previous_text="", previous_language="")
        return replace(options, previous_text=self.text, previous_language=self._language)


def _others(one: DecodeOptions, other: DecodeOptions) -> bool:
    """Whether the two ask for different kinds of text."""
    return (one.task, one.prompt) != (other.task, other.prompt)
