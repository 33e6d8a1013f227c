"""The speech and the weights that a benchmark uses: `--speech` and `--model`, alike in all.

By default: held-out synthetic voices and the bundled model. With `--speech` (a folder of recordings
with transcripts, see `realtime/evaluation/folder.py`): people, in sessions of consecutive
recordings. With `--model`: weights in CTranslate2's format.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from benchmarks.shared import voices
from benchmarks.shared.recordings import Recording, recordings, speech
from realtime.audio.samples import silence
from realtime.backends.whisper.runtimes.faster_whisper import FasterWhisperBackend
from realtime.errors import SetupError
from realtime.load_test.synthetic import corpus
from realtime.load_test.synthetic.corpus import (
    LONGEST_GAP_S,
    SHORTEST_GAP_S,
    SessionSentence,
    SpokenSession,
)
from realtime.load_test.synthetic.grammar import Language
from realtime.load_test.synthetic.speech import SpokenWord, Voice
from realtime.types import SAMPLE_RATE
from realtime.weights.bundled import bundled_dir

LONGEST_S = 20.0
"""Longer recordings hold several sentences, whose boundaries are unknown; they are left out."""
LANGUAGES: tuple[Language, ...] = ("en", "ko")
NOBODY = Voice("espeak", "people")


def add_source(arguments: argparse.ArgumentParser) -> None:
    """Add the options that `Source.of` reads."""
    arguments.add_argument("--model", type=Path, help="directory of weights; else the bundled ones")
    arguments.add_argument(
        "--speech", type=Path, help="folder of recordings; else synthetic voices"
    )


@dataclass(frozen=True, slots=True)
class Source:
    """Weights and speech."""

    model: Path | None = None
    speech: Path | None = None

    @classmethod
    def of(cls, given: argparse.Namespace) -> Source:
        """Make a source from the options that `add_source` added."""
        return cls(given.model, given.speech)

    @property
    def weights(self) -> Path:
        """Directory of the weights."""
        return self.model or bundled_dir()

    @property
    def served(self) -> str:
        """Value of the server's `--model`."""
        return str(self.model) if self.model else "bundled"

    @property
    def languages(self) -> tuple[Language, ...]:
        """Languages in which there is speech."""
        if self.speech is None:
            return LANGUAGES
        return tuple(language for language in LANGUAGES if _spoken(self.speech, language))

    def backend(self) -> FasterWhisperBackend:
        """The model as the server loads it."""
        return FasterWhisperBackend(self.weights, device="cpu", workers=1)

    def sessions(
        self, language: Language, seconds: float, seed: int, count: int
    ) -> list[SpokenSession]:
        """`count` sessions of at least `seconds` s whose words have times."""
        if self.speech is None:
            return corpus.sessions(language, seconds, seed, count=count, synthesisers=["espeak"])
        return list(_people(self.speech, language, seconds, seed, count))

    def corpus(self, language: Language, seconds: float, seed: int) -> list[SpokenSession]:
        """Sessions of several voices, `seconds` s in total, each sentence an utterance."""
        if self.speech is None:
            return voices.corpus(language, seconds, seed)
        count = voices.SPEAKERS[language]
        return list(_people(self.speech, language, seconds / count, seed, count))

    def flowing(self, language: Language, seconds: float, seed: int) -> list[SpokenSession]:
        """Like `corpus`, with pauses too short to end an utterance, so that chunks must be cut."""
        rng = random.Random(f"{language} {seed} pauses")
        return [
            voices.respaced(s, s.sentences, lambda: rng.uniform(*voices.SHORT_PAUSE_S))
            for s in self.corpus(language, seconds, seed)
        ]


BUNDLED = Source()


@lru_cache(maxsize=8)
def _spoken(folder: Path, language: Language) -> tuple[Recording, ...]:
    """Recordings of at most `LONGEST_S` that have a reference and contain speech."""
    return tuple(
        one
        for one in recordings(folder, language)
        if one.reference and one.duration_s <= LONGEST_S and speech(one.samples)
    )


def _people(
    folder: Path, language: Language, seconds: float, seed: int, count: int
) -> Iterator[SpokenSession]:
    """Each session begins with another recording and plays all of them before any repeats.

    Raises SetupError where no recording is in the language.
    """
    found = list(_spoken(folder, language))
    if not found:
        raise SetupError(f"{folder} holds no recording with words in {language}.")
    rng = random.Random(f"{language} {seed} people")
    rng.shuffle(found)
    for number in range(count):
        first = number * len(found) // count
        yield _session(language, [*found[first:], *found[:first]], seconds, rng.uniform)


def _session(
    language: Language,
    order: Sequence[Recording],
    seconds: float,
    draw: Callable[[float, float], float],
) -> SpokenSession:
    pieces, sentences = [silence(draw(SHORTEST_GAP_S, LONGEST_GAP_S))], list[SessionSentence]()
    length = len(pieces[0])
    while not sentences or length < seconds * SAMPLE_RATE:
        one = order[len(sentences) % len(order)]
        runs, words = speech(one.samples), one.reference.split()
        start_s, end_s = ((length + at) / SAMPLE_RATE for at in (runs[0][0], runs[-1][1]))
        # Word times are unknown: latency is measured from the first sound and from the last.
        known = (
            SpokenWord(words[0], start_s, start_s, False),
            SpokenWord(words[-1], end_s, end_s, False),
        )
        sentences.append(SessionSentence(start_s, end_s, one.reference, known))
        pause = silence(draw(SHORTEST_GAP_S, LONGEST_GAP_S))
        pieces += [one.samples, pause]
        length += len(one.samples) + len(pause)
    return SpokenSession(language, NOBODY, np.concatenate(pieces), tuple(sentences))
