"""What a speech model can do and how it wants to be fed: the model says it, everyone else asks.

A value that crosses layers, frozen and cheap to copy. Where the numbers of one family come from is
told there (`realtime/backends/whisper/traits.py`); the defaults are those of a model of which
nothing is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from realtime.errors import BadOption
from realtime.languages import described
from realtime.types import DecodeOptions, Task

SPARE_S = 0.5
"""Left free of a window: a span may outgrow its length by the silence kept behind it."""

_TOLD = (
    *("languages", "detects_language", "tasks", "context_text", "word_times", "partials"),
    "window_s",
)
"""Of the fields, those that clients may want to know."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What callers must know of a model before they ask it anything. Durations in seconds."""

    window_s: float
    """The most audio that it hears at once."""
    languages: tuple[str, ...]
    """ISO codes of those that it knows."""
    detects_language: bool = True
    """It can be left to the model which one is spoken (`auto`)."""
    tasks: tuple[Task, ...] = ("transcribe",)
    context_text: bool = False
    """Text (earlier finals, prompt, hotwords) may be given as context."""
    word_times: bool = True
    """It tells when each word was said. Of others, times are spread over the window."""
    partials: bool = True
    """Live streams may ask for partials: not where every request costs money."""
    streaming: bool = False
    """It keeps state and tells words as a stream's audio comes (`Window.state`)."""
    text_room_s: Mapping[str, float] = field(default_factory=dict)
    """ISO code → the audio whose text one window has room for, where that is less than the window:
    a decoder that writes so many tokens at most has less room in a language that takes more."""

    left_context_s: float = 0.0
    """Audio before a cut that it wants to hear again: for models never taught to begin in
    mid-sentence. A stream's overlap is heard in any case."""
    earlier_s: float = 0.0
    """Where it is not sure of a final, it hears it again behind earlier audio of the stream: both
    together are no longer than this. 0: never."""

    file_window_s: float = 29.0
    """The most audio that one window of a file should hold; never more than `usable_s`."""
    file_cut_from: float = 0.8
    """A full window is cut at a pause behind this part of it. Where every window costs as much as a
    full one, early cuts are dear; a model that does badly on long windows wants the best pause."""
    file_silence_s: float = 0.6
    """The longest silence inside a file's window; of a longer one only so much is heard, half at
    each side. A window then holds more speech, for a model that can take so much at once."""
    file_pause_s: float = 30.0
    """A silence so long ends a file's window, whether it is full or not. At most `file_silence_s`:
    nothing is ever left out inside a window."""
    file_sentences: bool = False
    """For a model that does best with one sentence at a time: each of several in a file's window is
    heard once more by itself, and where two windows share audio, the later one begins with one."""

    sure: float = 0.9
    """Words of partials: probability from which two hypotheses that agree are enough."""
    unsure_hearings: int = 8
    """So many agree on a word of which the model is not sure."""
    hold_s: float = 0.6
    """Words that end less than this before the end of the audio may be half heard."""
    hold_words: int = 2
    """And so may the last ones of a hypothesis, however early they seem to end."""

    @property
    def usable_s(self) -> float:
        """The most audio that a window should be filled with."""
        return self.window_s - SPARE_S

    @property
    def only_language(self) -> str:
        """ISO code where it knows one language alone; else empty."""
        return self.languages[0] if len(self.languages) == 1 else ""

    def longest_s(self, language: str, task: Task) -> float:
        """The most audio whose text one window has room for; a translation is English.

        `language`: an ISO code; empty where it is not known yet.
        """
        written = "en" if task == "translate" else language
        return min(self.text_room_s.get(written, self.window_s), self.window_s)

    def spoken(self, wanted: str | None) -> str | None:
        """The language of streams and files that name none: `wanted` (an ISO code; None: the model
        is to say), or what this model can do instead of it."""
        if wanted is None:
            return None if self.detects_language else self.languages[0]
        if wanted in self.languages:
            return wanted
        return self.only_language or self.spoken(None)

    def check(self, options: DecodeOptions) -> None:
        """Raises BadOption for a language or a task that the model does not have."""
        for language in (options.language, *options.candidates):
            if language is not None and language not in self.languages:
                raise BadOption(self._lacks(language), field="language")
        if options.language is None and not self.detects_language:
            raise BadOption(
                f"This model cannot tell which language is spoken: set language="
                f"{', '.join(self.languages)}.",
                field="language",
            )
        if options.task not in self.tasks:
            raise BadOption(
                f"This model does not {options.task}: set task={' or '.join(self.tasks)}.",
                field="task",
            )

    def as_json(self) -> dict[str, object]:
        """What clients and pages may want to know."""
        told = {name: getattr(self, name) for name in _TOLD}
        return {**told, "languages": list(self.languages), "tasks": list(self.tasks)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Traits:
        """What `as_json` gave, in another process; what it does not tell is as by default. Raises
        KeyError and TypeError for what it never gives."""
        told = {name: values[name] for name in _TOLD}
        return cls(**{**told, "languages": tuple(told["languages"]), "tasks": tuple(told["tasks"])})

    def _lacks(self, language: str) -> str:
        if only := self.only_language:
            return (
                f"This model supports {described(only)} only, not {described(language)}: set "
                f"language={only}, or load another model."
            )
        return (
            f"The model does not support {described(language)}: choose another language, or auto."
        )
