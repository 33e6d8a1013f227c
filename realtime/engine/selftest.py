"""Tests at start whether the model recognises recorded speech.

With some drivers a model loads and decodes, but every text is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from realtime.backends.base import Backend
from realtime.errors import LoadFailed
from realtime.languages import ENGLISH
from realtime.types import DecodeOptions, Samples, Window

WORST_ERROR_RATE = 0.7
"""Word error rate below which a text is accepted. Models that were not trained on these synthetic
voices need only return a similar text."""

ADVICE = (
    "Where that is a GPU, the driver is the likely cause: CTranslate2's wheel needs 570 or newer "
    "(see nvidia-smi); update it or use the device cpu."
)


@dataclass(frozen=True, slots=True, eq=False)
class SelfTestRecording:
    """A recording and its words."""

    samples: Samples
    text: str
    language: str


def self_test(
    utterances: Sequence[SelfTestRecording],
    others: Sequence[SelfTestRecording] = (),
    *,
    exact: bool = False,
) -> Callable[[Backend], str]:
    """Make a test of a backend. The test returns a warning for the log, "" if the words are right.

    A model may know only one language, or not the language of `utterances`: `others` are in other
    languages. The model passes as soon as one recording has a word error rate below
    `WORST_ERROR_RATE`, to keep the start short: a stock model on a CPU takes about a second for
    each. If it recognises none of them, the test returns a warning; if it returns no word at all,
    the test raises LoadFailed. `exact`: the model is known to return exactly the words of
    `utterances`; all are decoded, and an error rate of `WORST_ERROR_RATE` or more raises
    LoadFailed.
    """

    return partial(_exactly, utterances) if exact else partial(_somehow, utterances, others)


def _exactly(utterances: Sequence[SelfTestRecording], backend: Backend) -> str:
    tried = _Trial(backend, utterances)
    if tried.rate < WORST_ERROR_RATE:
        return tried.first_error() if tried.rate else ""
    raise LoadFailed(f"{tried.first_error()} {ADVICE}" if tried.words else _nothing(backend))


def _somehow(
    utterances: Sequence[SelfTestRecording], others: Sequence[SelfTestRecording], backend: Backend
) -> str:
    # English first: most models know it best, and badly recognised speech costs several passes.
    words, warning = 0, ""
    for utterance in sorted([*utterances, *others], key=lambda each: each.language != ENGLISH):
        tried = _Trial(backend, [utterance])
        if tried.rate < WORST_ERROR_RATE:
            return ""
        words += tried.words
        if utterance is utterances[0]:
            warning = tried.first_error()
    if not words:
        raise LoadFailed(_nothing(backend))
    return f"{warning} This is expected of a model for another language. {ADVICE}"


def _nothing(backend: Backend) -> str:
    return f"The model returned no text for recorded speech on {backend.info.device!r}. {ADVICE}"


class _Trial:
    """The words that a model returns for some recordings."""

    def __init__(self, backend: Backend, utterances: Sequence[SelfTestRecording]) -> None:
        self._utterances = utterances
        self._device = backend.info.device
        self._decoded = [_decode(backend, utterance) for utterance in utterances]
        self._expected = [words_of(utterance.text) for utterance in utterances]
        self.words = sum(map(len, self._decoded))

    @property
    def rate(self) -> float:
        """Word error rate over all recordings; 1.0 if there are none."""
        errors = sum(map(word_errors, self._expected, self._decoded))
        return errors / sum(map(len, self._expected)) if self._expected else 1.0

    def first_error(self) -> str:
        """A sentence about the first recording with wrong words."""
        wrong = next(i for i, expected in enumerate(self._expected) if expected != self._decoded[i])
        utterance = self._utterances[wrong]
        return (
            f"The model returned {' '.join(self._decoded[wrong])!r} for {utterance.text!r} "
            f"({utterance.language}), on {self._device!r}."
        )


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, with letters and digits only, for comparison."""
    plain = "".join(c if c.isalnum() or c.isspace() else "" for c in text.lower())
    return plain.split()


def word_errors(expected: Sequence[str], words: Sequence[str]) -> int:
    """Fewest substitutions, deletions and insertions between the two (Levenshtein)."""
    row = list(range(len(words) + 1))
    for i, word in enumerate(expected, 1):
        previous, row[0] = row[0], i
        for j, other in enumerate(words, 1):
            change = previous + (word != other)
            previous = row[j]
            row[j] = min(change, row[j] + 1, row[j - 1] + 1)
    return row[-1]


def _decode(backend: Backend, utterance: SelfTestRecording) -> list[str]:
    options = DecodeOptions(language=utterance.language)
    window = Window(utterance.samples, 0, final=True, options=options)
    return words_of(backend.decode([window])[0].text)
