"""Conversations in one channel: synthetic voices take turns, and who speaks when is known."""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from realtime.audio.samples import silence
from realtime.load_test.synthetic.grammar import Language, draw_sentence
from realtime.load_test.synthetic.speech import HELD_OUT_FLITE, HELD_OUT_VARIANTS, Voice, speak
from realtime.types import SAMPLE_RATE, Samples

PAUSE_S = (0.3, 0.8)
"""Pause between two speakers; around the hangover of 0.5 s, so some utterances hold two."""
NO_PAUSE_S = (0.02, 0.1)
"""Pause between two speakers who answer almost at once."""
EDGE_S = 0.7
FRAME_S = 0.01
OTHER_VARIANTS = (
    *("aunty", "grandma", "grandpa", "announcer", "antonio", "Denis", "Henrique", "Hugo"),
    *("Nguyen", "gustave", "iven", "iven2", "john", "kaukovalta", "zac", "serious"),
)
"""Variants of espeak-ng neither trained on nor held out, with which the threshold was chosen."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One turn, in seconds."""

    start_s: float
    end_s: float
    speaker: int
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Conversation:
    """A recording and its true turns."""

    language: Language
    samples: Samples
    turns: tuple[Spoken, ...]

    @property
    def text(self) -> str:
        """The whole transcript."""
        return " ".join(turn.text for turn in self.turns)

    @property
    def speech_s(self) -> float:
        return sum(turn.end_s - turn.start_s for turn in self.turns)


def conversation(
    language: Language,
    voices: Sequence[Voice],
    seconds: float,
    seed: str,
    pause_s: tuple[float, float] = PAUSE_S,
) -> Conversation:
    """At least `seconds` s; nobody has two turns in a row unless there is only one voice.

    Equal arguments give equal samples, since a fresh process synthesises them. Raises `SetupError`
    where espeak-ng or flite is missing.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(_converse, language, tuple(voices), seconds, seed, pause_s).result()


def _converse(
    language: Language,
    voices: tuple[Voice, ...],
    seconds: float,
    seed: str,
    pause_s: tuple[float, float],
) -> Conversation:
    rng = random.Random(seed)
    pieces, turns, last = [silence(EDGE_S)], list[Spoken](), -1
    length = len(pieces[0])
    while length < seconds * SAMPLE_RATE:
        others = [number for number in range(len(voices)) if number != last or len(voices) == 1]
        speaker = rng.choice(others)
        said = speak(draw_sentence(language, rng), voices[speaker])
        if said is None:
            continue
        pause = silence(rng.uniform(*pause_s))
        end = length + len(said.samples)
        text = said.sentence.written
        turns.append(Spoken(length / SAMPLE_RATE, end / SAMPLE_RATE, speaker, text))
        pieces += [said.samples, pause]
        length, last = end + len(pause), speaker
    return Conversation(language, np.concatenate([*pieces, silence(EDGE_S)]), tuple(turns))


def held_out(language: Language, count: int, seed: int) -> list[Voice]:
    """Voices on which the network was not trained, each with its own pitch and rate."""
    names: list[str] = list(HELD_OUT_VARIANTS)
    return _drawn(language, names, HELD_OUT_FLITE, count, f"{language} {seed} held out")


def others(language: Language, count: int, seed: int) -> list[Voice]:
    """Voices for choosing a threshold."""
    return _drawn(language, list(OTHER_VARIANTS), (), count, f"{language} {seed} others")


def _drawn(
    language: Language, variants: list[str], flite: Sequence[str], count: int, seed: str
) -> list[Voice]:
    rng = random.Random(seed)
    accent = "en-us" if language == "en" else "ko"
    voices = [
        Voice("espeak", f"{accent}+{variant}", rng.randrange(140, 190), rng.randrange(35, 66))
        for variant in variants
    ]
    if language == "en":
        voices += [Voice("flite", name) for name in flite]
    return rng.sample(voices, count)


def share_right(truth: Conversation, said: Sequence[tuple[float, float, int | None]]) -> float:
    """Share of speech time with the right speaker, 0 … 1, under the best mapping of names.

    `said`: (start, end, speaker) in seconds; a moment outside all of them counts for the nearest.
    """
    counts: dict[tuple[int, int | None], int] = {}
    middles = np.array([(start + end) / 2 for start, end, _ in said])
    halves = np.array([(end - start) / 2 for start, end, _ in said])
    total = 0
    for turn in truth.turns:
        for at in np.arange(turn.start_s, turn.end_s, FRAME_S):
            total += 1
            if len(said):
                nearest = int(np.argmin(np.abs(middles - at) - halves))
                key = turn.speaker, said[nearest][2]
                counts[key] = counts.get(key, 0) + 1
    names = sorted({name for _, name in counts if name is not None})
    speakers = sorted({turn.speaker for turn in truth.turns})
    padded = [*names, *[-1] * max(0, len(speakers) - len(names))]
    best = max(
        sum(counts.get(pair, 0) for pair in zip(speakers, chosen, strict=True))
        for chosen in permutations(padded, len(speakers))
    )
    return best / max(1, total)
