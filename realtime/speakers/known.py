"""Voices that somebody asked to remember → the names of a stream's or a file's speakers. Pure.

A name that is wrong is worse than none: a speaker has one only where enough was heard of the voice,
it is like the remembered one, and clearly less like every other that is remembered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from realtime.speakers.clustering import unit

LEAST_S = 4.0
"""Speech without which a voice is neither remembered nor known again."""
MARGIN = 0.1
"""By how much a voice is more like one name than like every other."""


@dataclass(frozen=True, slots=True)
class KnownVoice:
    """What is remembered of a voice."""

    name: str
    embedding: tuple[float, ...]
    """Of length 1, by the network that hears the speakers it is compared with."""


def names(
    speakers: Sequence[Sequence[float]], known: Iterable[KnownVoice], threshold: float
) -> dict[int, str]:
    """Number of a speaker → name, of those whose voice is surely known.

    `speakers`: what `Clustering.state` tells of them: speech in seconds, then the mean embedding.
    `threshold`: cosine similarity, -1 … 1, from which two voices are one. Voices of a network whose
    embeddings have another length are passed over.
    """
    found = {}
    for number, (voiced_s, *mean) in enumerate(speakers):
        if voiced_s < LEAST_S:
            continue
        name = _name(_likeness(mean, known), threshold)
        if name:
            found[number] = name
    return found


def _likeness(mean: Sequence[float], known: Iterable[KnownVoice]) -> dict[str, float]:
    """Of each name: the likeness of its most similar voice."""
    best: dict[str, float] = {}
    voice = unit(np.asarray(mean, np.float32))
    for one in known:
        if len(one.embedding) == len(mean):
            cosine = float(voice @ np.asarray(one.embedding, np.float32))
            best[one.name] = max(best.get(one.name, -1.0), cosine)
    return best


def _name(likeness: Mapping[str, float], threshold: float) -> str:
    """Empty where none is sure."""
    ranked = sorted(likeness.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] < threshold:
        return ""
    if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < MARGIN:
        return ""
    return ranked[0][0]
