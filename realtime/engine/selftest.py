"""Does the model say what was said? Asked before anybody is let in.

There are drivers with which a model loads and decodes, and every text comes back empty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from realtime.backends.base import Backend
from realtime.errors import LoadFailed
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


def self_test(utterances: Sequence[Utterance], exact: bool) -> Callable[[Backend], None]:
    """A test for `Engine(self_test=…)`, which raises LoadFailed where the model fails it.

    `exact`: the model is known to say exactly these words; otherwise a word error rate below
    `WORST_ERROR_RATE` over all utterances together will do.
    """

    def test(backend: Backend) -> None:
        heard = [_hear(backend, utterance) for utterance in utterances]
        device = backend.info.device
        if not any(heard):
            raise LoadFailed(f"The model hears nothing in recorded speech on {device!r}. {ADVICE}")
        expected = [words_of(utterance.text) for utterance in utterances]
        errors = sum(word_errors(e, h) for e, h in zip(expected, heard, strict=True))
        rate = errors / max(sum(len(words) for words in expected), 1)
        if rate >= WORST_ERROR_RATE or (exact and errors):
            wrong = next(i for i, words in enumerate(expected) if words != heard[i])
            raise LoadFailed(
                f"The model hears {' '.join(heard[wrong])!r} where "
                f"{utterances[wrong].text!r} was said, on {device!r}. {ADVICE}"
            )

    return test


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
