"""Options for transcribing a file, and the values that the caller receives meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, replace

from realtime.traits import Traits
from realtime.types import DecodeOptions, Segment, Task


@dataclass(frozen=True, slots=True)
class FileOptions:
    """How one file is transcribed."""

    language: str | None = "ko"
    """ISO code; None: the model detects it from the first windows, once for the file."""
    languages: tuple[str, ...] = ()
    """Candidates where the model detects the language; empty: all that the model knows."""
    task: Task = "transcribe"
    prompt: str = ""
    hotwords: str = ""
    beam_size: int = 1
    word_times: bool = False
    """Fill in `Segment.words`."""
    overlap_s: float = 5.0
    """Audio that two windows share where there is no pause to cut at, 0 … 15."""
    multichannel: bool = False
    """Transcribe each channel on its own; segments carry `channel`."""
    diarize: bool = False
    """Tell voices apart; segments carry `speaker`. Not with `multichannel`."""
    bounded: bool = False
    """Use as little memory as possible: fewer windows wait for the model. The words are the same.
    """

    @property
    def decode(self) -> DecodeOptions:
        """The decode options of every window, until the language is known."""
        return DecodeOptions(
            language=self.language,
            candidates=self.languages,
            task=self.task,
            beam_size=self.beam_size,
            prompt=self.prompt,
            hotwords=self.hotwords,
        )


def fitted(options: FileOptions, traits: Traits) -> tuple[FileOptions, tuple[str, ...]]:
    """The options as far as this model supports them, and warning codes for the rest."""
    warnings: list[str] = []
    if (options.prompt or options.hotwords) and not traits.context_text:
        options = replace(options, prompt="", hotwords="")
        warnings.append("context_off")
    if options.word_times and not traits.word_times:
        warnings.append("word_times_estimated")
    return options, tuple(warnings)


@dataclass(frozen=True, slots=True)
class FileLimits:
    """Limits that no file may exceed."""

    max_audio_s: float = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of a file is transcribed."""

    done_s: float
    """Audio up to which everything is transcribed, silence included."""
    total_s: float | None
    """Length of the audio; None where the file does not say."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where to continue after a restart: plain numbers and strings, so that `dataclasses.asdict`
    gives JSON."""

    done: tuple[int, ...] = ()
    """For each channel, the sample at which decoding continues."""
    said: tuple[int, ...] = ()
    """For each channel, the sample up to which words were returned; at or after `done`."""
    language: str = ""
    """The detected language; empty where nothing was said yet."""
    windows: int = 0
    """How many spans the model has decoded."""
    cost_usd: float = 0.0
    """What a cloud service has charged for them."""
    speakers: tuple[tuple[float, ...], ...] = ()
    """With `diarize`: what is known of each voice (`speakers.clustering`)."""
    warnings: tuple[str, ...] = ()
    """Warning codes about the audio and the options; complete with the last piece."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The next part of a transcript, never changed again."""

    segments: tuple[Segment, ...]
    progress: Progress
    language: str
    checkpoint: Checkpoint
