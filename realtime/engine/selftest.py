"""Does the model say what was said? Asked before anybody is let in.

There are drivers with which a model loads and decodes, and every text comes back empty.
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
"""For models that were not made for these recordings of synthetic speech: they must hear something
like it, no more."""

ADVICE = (
    "Where that is a GPU, the driver is the likely cause: CTranslate2's wheel needs 570 or newer "
    "(see nvidia-smi); update it or use the device cpu."
)


@dataclass(frozen=True, slots=True, eq=False)
class Utterance:
    """A recording and its words."""

    samples: Samples
    text: str
    language: str


def self_test(
    utterances: Sequence[Utterance], others: Sequence[Utterance] = (), *, exact: bool = False
) -> Callable[[Backend], str]:
    """A test of a backend, which tells what people should know; "" where it says what was said.

    A model may have been made for one language, or never have learnt the one of `utterances`:
    `others` are in other ones. It is good as soon as one recording of either has a word error rate
    below `WORST_ERROR_RATE`, and the start need not wait for more: each takes about a second of a
    stock model on a CPU. Where it understands none, that is told; where it hears nothing at all it
    raises LoadFailed. `exact`: the model is known to say exactly the words of `utterances`, which
    are all heard; it fails where it says quite other ones.
    """

    return partial(_exactly, utterances) if exact else partial(_somehow, utterances, others)


def _exactly(utterances: Sequence[Utterance], backend: Backend) -> str:
    tried = _Tried(backend, utterances)
    if tried.rate < WORST_ERROR_RATE:
        return tried.told() if tried.rate else ""
    raise LoadFailed(f"{tried.told()} {ADVICE}" if tried.words else _nothing(backend))


def _somehow(utterances: Sequence[Utterance], others: Sequence[Utterance], backend: Backend) -> str:
    # English first: every Whisper knows it best, and what it hears badly it hears again and again.
    words, told = 0, ""
    for utterance in sorted([*utterances, *others], key=lambda each: each.language != ENGLISH):
        tried = _Tried(backend, [utterance])
        if tried.rate < WORST_ERROR_RATE:
            return ""
        words += tried.words
        if utterance is utterances[0]:
            told = tried.told()
    if not words:
        raise LoadFailed(_nothing(backend))
    return f"{told} That is right for a model made for another language. {ADVICE}"


def _nothing(backend: Backend) -> str:
    return f"The model hears nothing in recorded speech on {backend.info.device!r}. {ADVICE}"


class _Tried:
    """What a model hears in some recordings."""

    def __init__(self, backend: Backend, utterances: Sequence[Utterance]) -> None:
        self._utterances = utterances
        self._device = backend.info.device
        self._heard = [_hear(backend, utterance) for utterance in utterances]
        self._said = [words_of(utterance.text) for utterance in utterances]
        self.words = sum(map(len, self._heard))

    @property
    def rate(self) -> float:
        """Word error rate over all; 1.0 where there are none."""
        errors = sum(map(word_errors, self._said, self._heard))
        return errors / sum(map(len, self._said)) if self._said else 1.0

    def told(self) -> str:
        """The first thing that was heard wrong."""
        wrong = next(i for i, said in enumerate(self._said) if said != self._heard[i])
        utterance = self._utterances[wrong]
        return (
            f"The model hears {' '.join(self._heard[wrong])!r} where {utterance.text!r} was said "
            f"({utterance.language}), on {self._device!r}."
        )


def words_of(text: str) -> list[str]:
    """Lower case, letters and digits alone: what counts as the same words."""
    kept = "".join(c if c.isalnum() or c.isspace() else "" for c in text.lower())
    return kept.split()


def word_errors(expected: Sequence[str], heard: Sequence[str]) -> int:
    """Fewest substitutions, deletions and insertions between the two (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(expected, 1):
        previous, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            change = previous + (word != other)
            previous = row[j]
            row[j] = min(change, row[j] + 1, row[j - 1] + 1)
    return row[-1]


def _hear(backend: Backend, utterance: Utterance) -> list[str]:
    options = DecodeOptions(language=utterance.language)
    window = Window(utterance.samples, 0, final=True, options=options)
    return words_of(backend.decode([window])[0].text)
