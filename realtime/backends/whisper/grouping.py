"""Decides which windows may share a call of a Whisper model."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from realtime.backends.whisper.context import context_frames
from realtime.backends.whisper.tokens import Vocabulary
from realtime.backends.whisper.traits import WhisperTraits
from realtime.types import DecodeOptions, WindowShape


@dataclass(frozen=True, slots=True)
class CallKey:
    """What windows must have in common to share a call."""

    frames: int
    final: bool
    beam_size: int
    word_times: bool
    context: int
    """Number of context tokens."""

    @property
    def kind(self) -> Hashable:
        """What the time of a call depends on besides frames and windows."""
        return self.beam_size, self.word_times


class Grouping:
    """Maps shapes of windows to keys. Needs no weights, so it can live in another process."""

    def __init__(self, traits: WhisperTraits, n_mels: int, vocabulary: Vocabulary) -> None:
        self.traits = traits
        self.n_mels = n_mels
        self._vocabulary = vocabulary

    def key(self, shape: WindowShape) -> CallKey:
        """Raises BadOption for a language that the model lacks."""
        options = shape.options
        for language in (options.language, *options.candidates):
            if language is not None:
                self._vocabulary.check_language(language)
        # A final's words are compared with its speech; those of a translation have no times.
        timed = options.word_times or (shape.final and options.task == "transcribe")
        return CallKey(
            frames=context_frames(shape.samples, shape.final, self.traits, self.n_mels),
            final=shape.final,
            beam_size=options.beam_size if shape.final else 1,
            word_times=timed,
            context=len(self.context(options)),
        )

    def context(self, options: DecodeOptions) -> tuple[int, ...]:
        """Tokens before the decoder's start sequence; none if, by its traits, the model was not
        trained to use them."""
        return self._vocabulary.context(options) if self.traits.context_text else ()
