"""What a later step is. Files beside this one are alternatives and what they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from realtime.types import Transcript, Word


@dataclass(frozen=True, slots=True)
class Steps:
    """Which steps were asked for."""

    privacy_removal: bool = False
    classification: bool = False
    ai_agent: bool = False
    summary: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Of those asked for, in the order in which they run."""
        order = ("privacy_removal", "classification", "ai_agent", "summary")
        return tuple(name for name in order if getattr(self, name))


@dataclass(frozen=True, slots=True)
class PrivacyResult:
    """A transcript without personal data."""

    transcript: Transcript
    """Text, segments and words masked alike."""
    types: tuple[str, ...]
    """Kinds that were found, such as `PHONE`; no kind twice."""
    reason: str
    """What was found and how often, for people, in the transcript's language; empty if nothing."""
    counts: tuple[tuple[str, int], ...] = ()
    """How often each of `types` was found."""

    @property
    def exists(self) -> bool:
        return bool(self.types)


@dataclass(frozen=True, slots=True)
class Classification:
    """What a call was about."""

    code: str
    """Of the taxonomy, such as `CLASS_PRE_SALES`."""
    category: str
    """Its name in the transcript's language."""
    confidence: float
    """0 … 100."""
    reason: str
    """The cues that decided."""


@dataclass(frozen=True, slots=True)
class AgentAnswer:
    """What a language model makes of a call, in the transcript's language."""

    summary: str
    intent: str
    next_actions: tuple[str, ...]
    suggested_reply: str


@dataclass(frozen=True, slots=True)
class Point:
    """Something that was said, and where."""

    text: str
    segments: tuple[int, ...]
    """Indexes of the transcript's segments that say it, ascending; at least one."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """Where a subject begins."""

    title: str
    segment: int
    """Index of its first segment."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a language model makes of a recording, every part tied to segments that exist."""

    points: tuple[Point, ...]
    chapters: tuple[Chapter, ...]
    """In order; no two begin at one segment."""
    dropped: int = 0
    """Points, chapters and citations that named lines which do not exist."""
    left_out: int = 0
    """Segments in the middle of a recording that was too long to be read whole."""


@dataclass(frozen=True, slots=True)
class StepError:
    """Why a step gave nothing."""

    code: str
    """`not_configured`, `timeout`, `unreachable`, `bad_answer`, `internal`."""
    message: str
    """A sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Processed:
    """A transcript after its steps."""

    transcript: Transcript
    """Masked where privacy was asked for: no way around it."""
    privacy: PrivacyResult | None = None
    classification: Classification | None = None
    agent: AgentAnswer | None = None
    completed: tuple[str, ...] = ()
    """Names of `Steps` that really ran to their end."""
    errors: tuple[tuple[str, StepError], ...] = ()
    """Name of a step, and why it failed. The transcript is never lost."""
    summary: Summary | None = None


class StepFailed(Exception):
    """A step could not do its work; `error` says why. `str()` is the sentence of the error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.error = StepError(code, message)


class PrivacyIncomplete(StepFailed):
    """Masked by the rules alone: the language model that was to look as well gave nothing."""

    def __init__(self, error: StepError, result: PrivacyResult) -> None:
        super().__init__(error.code, error.message)
        self.result = result


class PrivacyRemover(Protocol):
    """Finds and masks personal data. Raises PrivacyIncomplete."""

    async def remove(self, transcript: Transcript) -> PrivacyResult: ...


class LivePrivacy(Protocol):
    """Masks what is said on one channel of a stream while it is said. In order, on one thread."""

    def partial(self, utterance: int, text: str, stable: str) -> tuple[str, str]:
        """What may be shown of a partial's text, and of what it promises not to change."""
        ...

    def final(
        self, utterance: int, text: str, words: Sequence[Word] | None
    ) -> tuple[str, tuple[Word, ...] | None]:
        """The masked text and words of a final."""
        ...


class Classifier(Protocol):
    """Says what a transcript is about. Raises StepFailed."""

    async def classify(self, transcript: Transcript) -> Classification: ...


class Agent(Protocol):
    """Summarises and advises. Raises StepFailed."""

    async def answer(self, transcript: Transcript) -> AgentAnswer: ...


class Summariser(Protocol):
    """Finds points and chapters. Raises StepFailed."""

    async def summarise(self, transcript: Transcript) -> Summary: ...


class PostProcessor(Protocol):
    """Runs the steps one after the other; never raises for a step that fails.

    A step that fails never loses the transcript. Privacy by the embedded rules cannot fail; where a
    language model was to help and did not, what the rules found is masked all the same.
    """

    async def process(self, transcript: Transcript, steps: Steps) -> Processed: ...
