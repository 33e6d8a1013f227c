"""Synthetic sessions for measurements: one speaker, sentences with pauses, every word known."""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np

from realtime.load_test.synthetic.grammar import Language, draw_sentence
from realtime.load_test.synthetic.speech import (
    ENGLISH_ACCENTS,
    HELD_OUT_FLITE,
    HELD_OUT_VARIANTS,
    TRAINING_FLITE,
    TRAINING_VARIANTS,
    SpokenWord,
    Voice,
    VoiceSet,
    speak,
)
from realtime.types import SAMPLE_RATE, Samples

SHORTEST_GAP_S, LONGEST_GAP_S = 0.6, 1.5
"""Pauses between sentences: longer than the usual hangover of 0.5 s, so each is an utterance."""


@dataclass(frozen=True, slots=True)
class SessionSentence:
    """One sentence of a session, on the session's clock."""

    start_s: float
    end_s: float
    text: str
    words: tuple[SpokenWord, ...]
    """Empty where the synthesiser reports no times (flite)."""


@dataclass(frozen=True, slots=True, eq=False)
class SpokenSession:
    """A recording as a client would stream it, with its whole transcript."""

    language: Language
    voice: Voice
    samples: Samples
    sentences: tuple[SessionSentence, ...]

    @property
    def text(self) -> str:
        """The whole transcript."""
        return " ".join(sentence.text for sentence in self.sentences)

    @property
    def duration_s(self) -> float:
        return len(self.samples) / SAMPLE_RATE


def sessions(
    language: Language,
    seconds: float,
    seed: int,
    voices: VoiceSet = "held-out",
    count: int = 1,
    synthesisers: Sequence[str] = ("espeak", "flite"),
) -> list[SpokenSession]:
    """`count` sessions of at least `seconds` s (the last sentence is not cut), one speaker each.

    The speakers take turns, so `count=5` uses each held-out English voice once (four in Korean,
    which flite does not speak). Equal arguments give equal samples: each session is synthesised in
    a fresh process. Raises `SetupError` where espeak-ng or flite is missing.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=1) as pool:
        turns = _speakers(language, voices, seed, synthesisers)
        return list(
            pool.map(
                _session,
                [language] * count,
                [seconds] * count,
                [f"{language} {seed} {i}" for i in range(count)],
                [turns[i % len(turns)] for i in range(count)],
            )
        )


def _speakers(
    language: Language, voices: VoiceSet, seed: int, synthesisers: Sequence[str]
) -> list[Voice]:
    """Every speaker of the set once; the seed decides the order, accents, rates and pitches."""
    rng = random.Random(f"{language} {seed} speakers")
    held_out = voices == "held-out"
    speakers: list[Voice] = []
    if "espeak" in synthesisers:
        for variant in HELD_OUT_VARIANTS if held_out else TRAINING_VARIANTS:
            accent = rng.choice(ENGLISH_ACCENTS) if language == "en" else "ko"
            rate, pitch = rng.randrange(130, 200), rng.randrange(30, 75)
            speakers.append(Voice("espeak", f"{accent}+{variant}", rate, pitch))
    if "flite" in synthesisers and language == "en":
        names = HELD_OUT_FLITE if held_out else TRAINING_FLITE
        speakers.extend(Voice("flite", name) for name in names)
    rng.shuffle(speakers)
    return speakers


def _session(language: Language, seconds: float, seed: str, voice: Voice) -> SpokenSession:
    rng = random.Random(seed)
    pieces: list[Samples] = []
    sentences: list[SessionSentence] = []
    length = 0

    def pause() -> None:
        nonlocal length
        silence = np.zeros(
            round(rng.uniform(SHORTEST_GAP_S, LONGEST_GAP_S) * SAMPLE_RATE), np.float32
        )
        pieces.append(silence)
        length += len(silence)

    pause()
    while length < seconds * SAMPLE_RATE:
        utterance = speak(draw_sentence(language, rng), voice)
        if utterance is None:
            continue
        start_s = length / SAMPLE_RATE
        pieces.append(utterance.samples)
        length += len(utterance.samples)
        words = tuple(
            SpokenWord(word.text, start_s + word.start_s, start_s + word.end_s, word.exact)
            for word in utterance.words
        )
        sentences.append(
            SessionSentence(start_s, length / SAMPLE_RATE, utterance.sentence.written, words)
        )
        pause()
    return SpokenSession(language, voice, np.concatenate(pieces), tuple(sentences))
