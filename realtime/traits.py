"""What a speech model can do and what input it needs: the model states it, all other code reads it.

A value that crosses layers, frozen and cheap to copy. The sources of one family's numbers are in
its own file (`realtime/backends/whisper/traits.py`); the defaults suit a model of which nothing is
known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from realtime.errors import BadOption
from realtime.languages import described
from realtime.types import DecodeOptions, Task

SPARE_S = 0.5
"""Left free in each window: a span may exceed its length by the silence kept after it."""

LEAST_WINDOW_S = 5.0
"""Least audio in a window behind a cut. Of 820 words in chunks of 2 s stock `base` leaves out 9 so,
15 without it; in its shortest context, 8 s, it costs tokens alone."""

_PUBLIC_FIELDS = (
    *("languages", "detects_language", "tasks", "context_text", "word_times", "partials"),
    "window_s",
)
"""Names of the fields that clients may want to know."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What callers must know about a model before the first request. Durations in seconds."""

    window_s: float
    """The most audio that the model decodes at once."""
    languages: tuple[str, ...]
    """ISO codes of the languages that the model knows."""
    detects_language: bool = True
    """Whether the model can detect the spoken language (`auto`)."""
    tasks: tuple[Task, ...] = ("transcribe",)
    context_text: bool = False
    """Whether the model accepts text (earlier finals, prompt, hotwords) as context."""
    word_times: bool = True
    """Whether the model reports when each word was said; else times are spread over the window."""
    partials: bool = True
    """Whether live streams may request partials; not where every request costs money."""
    streaming: bool = False
    """Whether the model keeps state and returns words as audio arrives (`Window.state`)."""
    text_room_s: Mapping[str, float] = field(default_factory=dict)
    """ISO code → the most audio whose text fits into one window, where that is less than the
    window: within a limit of tokens, a language that takes more of them leaves less room."""

    left_context_s: float = 0.0
    """Audio before a cut that must be decoded again: for models never trained to begin in
    mid-sentence. A stream's overlap is decoded again in any case."""
    least_window_s: float = LEAST_WINDOW_S
    """Windows behind a cut hold at least this much audio, where it was said, so that short chunks
    are heard with as much audio before them as long ones."""
    earlier_s: float = 0.0
    """A final of which the model is not sure is decoded again after earlier audio of the stream:
    both together are no longer than this. 0: never."""

    file_window_s: float = 29.0
    """The most audio that one window of a file should hold; never more than `usable_s`."""
    file_cut_from: float = 0.8
    """A full window is cut at a pause after this fraction of it. Where every window costs as much
    as a full one, early cuts are expensive; a model that is weak on long windows needs the best
    pause."""
    file_silence_s: float = 0.6
    """The longest silence inside a file's window; a longer one is shortened to this, half at each
    side. A window then holds more speech, for a model that can take so much at once."""
    file_pause_s: float = 30.0
    """A silence of this length ends a file's window, whether it is full or not. If this is at most
    `file_silence_s`, no silence inside a window is ever shortened."""
    file_sentences: bool = False
    """For a model that does best with one sentence at a time: several in a file's window are each
    decoded again alone, and where two windows share audio, the later one begins with a sentence."""

    doubt: float = 0.01
    """A word of partials is believed if the product of 1 - probability over the hypotheses that
    agree on it is at most this: the probability that all are wrong."""
    hold_s: float = 0.6
    """Words that end less than this before the end of the audio may be incomplete."""
    hold_words: int = 2
    """So may this many last words of a hypothesis, however early they seem to end."""

    @property
    def usable_s(self) -> float:
        """The most audio that a window should be filled with."""
        return self.window_s - SPARE_S

    @property
    def only_language(self) -> str:
        """ISO code of the model's only language; empty where it knows several."""
        return self.languages[0] if len(self.languages) == 1 else ""

    def longest_s(self, language: str, task: Task) -> float:
        """The most audio whose text fits into one window; a translation is in English.

        `language`: an ISO code; empty where it is not known yet.
        """
        written = "en" if task == "translate" else language
        return min(self.text_room_s.get(written, self.window_s), self.window_s)

    def spoken(self, wanted: str | None) -> str | None:
        """The language of streams and files that name none: `wanted` (an ISO code; None: the model
        detects it), or what this model supports instead."""
        if wanted is None:
            return None if self.detects_language else self.languages[0]
        if wanted in self.languages:
            return wanted
        return self.only_language or self.spoken(None)

    def check(self, options: DecodeOptions) -> None:
        """Raises BadOption for a language or a task that the model does not support."""
        for language in (options.language, *options.candidates):
            if language is not None and language not in self.languages:
                field = "language" if language == options.language else "languages"
                raise BadOption(self._lacks(language), field=field)
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
        """The fields that clients and pages may want to know."""
        public = {name: getattr(self, name) for name in _PUBLIC_FIELDS}
        return {**public, "languages": list(self.languages), "tasks": list(self.tasks)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Traits:
        """Traits from `as_json` of another process, with defaults for all other fields. Raises
        KeyError and TypeError for values that `as_json` never returns."""
        public = {name: values[name] for name in _PUBLIC_FIELDS}
        return cls(
            **{
                **public,
                "languages": tuple(public["languages"]),
                "tasks": tuple(public["tasks"]),
            }
        )

    def _lacks(self, language: str) -> str:
        if only := self.only_language:
            return (
                f"This model supports {described(only)} only, not {described(language)}: set "
                f"language={only}, or load another model."
            )
        return (
            f"The model does not support {described(language)}: choose another language, or auto."
        )
