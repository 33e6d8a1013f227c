"""What a caller says of a file, and what he is told while it is transcribed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from realtime.traits import Traits
from realtime.types import DecodeOptions, Segment, Task


@dataclass(frozen=True, slots=True)
class FileOptions:
    """How one file is transcribed."""

    language: str | None = "ko"
    """ISO code; None: told by the model from the first windows, once for the file."""
    languages: tuple[str, ...] = ()
    """Where the model tells it: what it may be; empty: whatever the model knows."""
    task: Task = "transcribe"
    prompt: str = ""
    hotwords: str = ""
    beam_size: int = 1
    word_times: bool = False
    """Give `Segment.words`."""
    overlap_s: float = 5.0
    """Audio that two windows share where there is no pause to cut at, 0 … 15."""
    multichannel: bool = False
    """Each channel on its own; segments carry `channel`."""
    diarize: bool = False
    """Tell voices apart; segments carry `speaker`. Not with `multichannel`."""
    bounded: bool = False
    """As little memory as possible: fewer windows wait for the model. The words are the same."""

    @property
    def decode(self) -> DecodeOptions:
        """What is asked of every window, until the language is known."""
        return DecodeOptions(
            language=self.language,
            candidates=self.languages,
            task=self.task,
            beam_size=self.beam_size,
            prompt=self.prompt,
            hotwords=self.hotwords,
        )


def fitted(options: FileOptions, traits: Traits) -> tuple[FileOptions, tuple[str, ...]]:
    """What is left of the options on this model, and the codes of the warnings about that."""
    warnings: list[str] = []
    if (options.prompt or options.hotwords) and not traits.context_text:
        options = replace(options, prompt="", hotwords="")
        warnings.append("context_off")
    if options.word_times and not traits.word_times:
        warnings.append("word_times_estimated")
    return options, tuple(warnings)


@dataclass(frozen=True, slots=True)
class FileLimits:
    """What no file may exceed."""

    max_audio_s: float = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a file is transcribed."""

    done_s: float
    """Audio up to which everything is transcribed, silence included."""
    total_s: float | None
    """Length of the audio; None where the file does not say."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where to go on after a restart. Plain numbers and strings: `dataclasses.asdict` is JSON."""

    done: tuple[int, ...] = ()
    """Of each channel: the sample at which to go on hearing."""
    said: tuple[int, ...] = ()
    """Of each channel: the sample up to which words were given; at or behind `done`."""
    language: str = ""
    """What was detected; empty where nothing was said yet."""
    windows: int = 0
    """How many spans the model has heard."""
    cost_usd: float = 0.0
    """What a cloud has charged for them."""
    speakers: tuple[tuple[float, ...], ...] = ()
    """With `diarize`: what is known of each voice (`speakers.clustering`)."""
    warnings: tuple[str, ...] = ()
    """Codes of what is odd about the audio, told with the last piece."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The next part of a transcript, never changed again."""

    segments: tuple[Segment, ...]
    progress: Progress
    language: str
    checkpoint: Checkpoint
