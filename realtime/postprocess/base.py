"""Interfaces and results of the steps after recognition; the other modules implement them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from realtime.types import Transcript, Word


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps that a request selects."""

    privacy_removal: bool = False
    classification: bool = False
    ai_agent: bool = False
    summary: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the selected steps, in the order in which they run."""
        order = ("privacy_removal", "classification", "ai_agent", "summary")
        return tuple(name for name in order if getattr(self, name))


@dataclass(frozen=True, slots=True)
class PrivacyResult:
    """A transcript with its personal data masked, and what was found."""

    transcript: Transcript
    """Its text, segments and words are all masked."""
    types: tuple[str, ...]
    """Kinds of personal data found, such as `PHONE`, each once."""
    reason: str
    """The kinds found and their counts as a readable text, in Korean or English; empty if none."""
    counts: tuple[tuple[str, int], ...] = ()
    """How often each of `types` was found."""

    @property
    def exists(self) -> bool:
        return bool(self.types)


@dataclass(frozen=True, slots=True)
class Classification:
    """What a call was about."""

    code: str
    """A code of the taxonomy, such as `CLASS_PRE_SALES`."""
    category: str
    """The class's name: Korean for a Korean transcript, otherwise English."""
    confidence: float
    """0 … 100."""
    reason: str
    """The cues that decided, or the language model's explanation."""


@dataclass(frozen=True, slots=True)
class AgentAnswer:
    """A language model's summary of a call and its advice, in the transcript's language."""

    summary: str
    intent: str
    next_actions: tuple[str, ...]
    suggested_reply: str


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a summary and the segments that it is based on."""

    text: str
    segments: tuple[int, ...]
    """Indexes of the transcript's segments that say it, ascending; at least one."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """The title of a subject and where it begins."""

    title: str
    segment: int
    """Index of its first segment."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A language model's summary of a recording; every part refers to existing segments."""

    points: tuple[Point, ...]
    chapters: tuple[Chapter, ...]
    """In order; no two begin at the same segment."""
    dropped: int = 0
    """Points, chapters and citations dropped because their lines do not exist, and chapters that
    repeat the line of another."""
    left_out: int = 0
    """Segments skipped in the middle of a recording too long for the model to read whole."""


@dataclass(frozen=True, slots=True)
class TranscriptAnswer:
    """A language model's answer to a question about a recording."""

    sentences: tuple[Point, ...]
    """Empty if the recording does not say it."""
    dropped: int
    """Sentences and citations dropped because their lines do not exist."""
    left_out: int
    """Segments that the model was not shown, as the recording is too long."""


@dataclass(frozen=True, slots=True)
class StepError:
    """Why a step failed."""

    code: str
    """One of `not_configured`, `timeout`, `unreachable`, `bad_answer`, `internal`."""
    message: str
    """A sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Processed:
    """A transcript after the selected steps, and their results."""

    transcript: Transcript
    """Masked if privacy removal was selected; no unmasked copy is kept."""
    privacy: PrivacyResult | None = None
    classification: Classification | None = None
    agent: AgentAnswer | None = None
    completed: tuple[str, ...] = ()
    """Names of the steps that ran to their end."""
    errors: tuple[tuple[str, StepError], ...] = ()
    """(name of a failed step, why it failed). The transcript is never lost."""
    summary: Summary | None = None


class StepFailed(Exception):
    """Raised by a step that fails; `error` says why, and `str()` is the message of `error`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.error = StepError(code, message)


class PrivacyIncomplete(StepFailed):
    """Only the rules masked the transcript, because the language model failed."""

    def __init__(self, error: StepError, result: PrivacyResult) -> None:
        super().__init__(error.code, error.message)
        self.result = result


class PrivacyRemover(Protocol):
    """Finds and masks personal data. Raises PrivacyIncomplete if only the rules could mask it."""

    async def remove(self, transcript: Transcript) -> PrivacyResult: ...


class LivePrivacy(Protocol):
    """Masks one channel of a live stream. Call it in order, on one thread."""

    def partial(self, utterance: int, text: str, stable: str) -> tuple[str, str]:
        """The text and the stable text of a partial, masked and as far as they may be shown."""
        ...

    def final(
        self, utterance: int, text: str, words: Sequence[Word] | None
    ) -> tuple[str, tuple[Word, ...] | None]:
        """The masked text and words of a final."""
        ...


class Classifier(Protocol):
    """Decides what a transcript is about. Raises StepFailed."""

    async def classify(self, transcript: Transcript) -> Classification: ...


class Agent(Protocol):
    """Summarises a call and advises what to do. Raises StepFailed."""

    async def answer(self, transcript: Transcript) -> AgentAnswer: ...


class Summariser(Protocol):
    """Finds the points and chapters of a recording. Raises StepFailed."""

    async def summarise(self, transcript: Transcript) -> Summary: ...


@dataclass(frozen=True, slots=True)
class Translation:
    """Texts in another language."""

    texts: tuple[str | None, ...]
    """One for each; None if the language model did not translate it, or it is empty."""
    missing: int
    """How many that are not empty were not translated."""
    error: StepError | None = None
    """Why, if a question failed."""


class Translator(Protocol):
    """Translates texts into the language of a code. Raises StepFailed if it could do none."""

    async def translate(self, texts: Sequence[str], language: str) -> Translation: ...


class Answerer(Protocol):
    """Answers questions about a recording. Raises StepFailed."""

    async def answer(self, transcript: Transcript, question: str) -> TranscriptAnswer: ...


class Assistant(Protocol):
    """What a language model does with a transcript on a reader's request; it raises nothing."""

    async def ask(self, transcript: Transcript, question: str) -> TranscriptAnswer | StepError: ...

    async def translate(self, transcript: Transcript, language: str) -> Translation | StepError: ...


class PostProcessor(Protocol):
    """Runs the steps one after the other; a failed step neither raises nor loses the transcript.

    Privacy removal by the embedded rules cannot fail; if a language model helps them and fails,
    what the rules found is masked nevertheless.
    """

    async def process(self, transcript: Transcript, steps: Steps) -> Processed: ...
