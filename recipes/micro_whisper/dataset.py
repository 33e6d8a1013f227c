"""Thousands of spoken sentences, synthesised on all cores and stored in one file."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from realtime.errors import SetupError
from realtime.load_test.synthetic.grammar import (
    GrammarSentence,
    Language,
    WordPair,
    draw_number,
    draw_sentence,
)
from realtime.load_test.synthetic.speech import (
    TRAINING_FLITE_SHARE,
    SpokenUtterance,
    SpokenWord,
    Voice,
    VoiceSet,
    draw_voice,
    speak,
)
from recipes.micro_whisper.channels import through_any, to_pcm

_SHARD = 500
"""Sentences that one process synthesises before a fresh process replaces it."""


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A stored utterance, with 16 bits per sample to halve the memory of forty hours."""

    sentence: GrammarSentence
    voice: Voice
    pcm: npt.NDArray[np.int16]
    words: tuple[SpokenWord, ...]

    @classmethod
    def of(cls, utterance: SpokenUtterance) -> Clip:
        """The clip of an utterance."""
        pcm = to_pcm(utterance.samples)
        return cls(utterance.sentence, utterance.voice, pcm, utterance.words)


@dataclass(frozen=True, slots=True)
class Shares:
    """Probabilities (0 … 1) that shape a set beyond random sentences by random voices."""

    numbers: float = 0.0
    """Share of sentences drawn for their telephone number or similar."""
    flite: float = TRAINING_FLITE_SHARE
    """Share of flite among English clips by training voices."""
    coded: float = 0.0
    """Share of clips that pass through a lossy codec or a telephone."""


PLAIN = Shares()
HARD = Shares(numbers=0.2, flite=0.25, coded=0.4)
"""Shares for cases that a model trained on plain sentences still gets wrong."""


def make_clips(
    language: Language,
    count: int,
    seed: int,
    voices: VoiceSet = "training",
    processes: int = 0,
    shares: Shares = PLAIN,
) -> list[Clip]:
    """Speak `count` random sentences, each by a random voice of the set.

    Equal arguments give equal clips, whatever the number of processes (0: one per core). Raises
    `SetupError` where espeak-ng or flite is missing.
    """
    shards = range(0, count, _SHARD)
    context = multiprocessing.get_context("spawn")
    workers = min(processes or os.cpu_count() or 1, max(1, len(shards)))
    with ProcessPoolExecutor(workers, mp_context=context, max_tasks_per_child=1) as pool:
        jobs = [
            pool.submit(
                _make_shard, language, min(_SHARD, count - first), f"{seed} {first}", voices, shares
            )
            for first in shards
        ]
        return [clip for job in jobs for clip in job.result()]


def _make_shard(
    language: Language, count: int, seed: str, voices: VoiceSet, shares: Shares
) -> list[Clip]:
    rng = random.Random(f"{language} {voices} {seed}")
    drill = random.Random(f"{language} {voices} {seed} {shares}")
    clips: list[Clip] = []
    while len(clips) < count:
        draw = draw_number if drill.random() < shares.numbers else draw_sentence
        utterance = speak(draw(language, rng), draw_voice(language, voices, rng, shares.flite))
        if utterance is None:
            continue
        if drill.random() < shares.coded:
            utterance = replace(utterance, samples=through_any(utterance.samples, drill))
        clips.append(Clip.of(utterance))
    return clips


def save_clips(clips: Sequence[Clip], path: Path) -> None:
    """Write clips to an `.npz`. Raises `OSError` where it cannot be written."""
    index = [
        {"sentence": asdict(c.sentence), "voice": asdict(c.voice), "words": [*map(asdict, c.words)]}
        for c in clips
    ]
    np.savez(
        path,
        pcm=np.concatenate([clip.pcm for clip in clips]) if clips else np.zeros(0, np.int16),
        bounds=np.cumsum([0, *(len(clip.pcm) for clip in clips)]),
        index=np.frombuffer(json.dumps(index, ensure_ascii=False).encode(), np.uint8),
    )


def load_clips(path: Path) -> list[Clip]:
    """Read clips that `save_clips` wrote. Raises `SetupError` where they are missing or damaged."""
    try:
        with np.load(path, allow_pickle=False) as file:
            pcm, bounds, index = file["pcm"], file["bounds"], file["index"]
        entries = json.loads(index.tobytes())
        return [
            Clip(
                GrammarSentence(
                    entry["sentence"]["language"],
                    tuple(WordPair(**word) for word in entry["sentence"]["words"]),
                    entry["sentence"]["translation"],
                ),
                Voice(**entry["voice"]),
                pcm[start:end],
                tuple(SpokenWord(**word) for word in entry["words"]),
            )
            for entry, (start, end) in zip(entries, pairwise(bounds), strict=True)
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SetupError(f"{path} holds no speech: make it with the command `speak`.") from error
