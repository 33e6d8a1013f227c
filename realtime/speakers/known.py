"""Finds the names of a stream's or a file's speakers among remembered voices. Pure.

A wrong name is worse than none: a speaker gets one only if there is enough speech and the voice is
similar to the remembered one, and clearly less similar to every other remembered voice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from realtime.speakers.clustering import unit

LEAST_S = 4.0
"""Fewest seconds of speech of a voice that is remembered or recognised."""
MARGIN = 0.1
"""How much more similar a voice must be to one name than to every other."""


@dataclass(frozen=True, slots=True)
class KnownVoice:
    """A remembered voice."""

    name: str
    embedding: tuple[float, ...]
    """A vector of length 1, from the same network as those of the speakers to compare."""


def names(
    speakers: Sequence[Sequence[float]], known: Iterable[KnownVoice], threshold: float
) -> dict[int, str]:
    """Number of a speaker → name, for those whose voice is surely recognised.

    `speakers`: `Clustering.state`: seconds of speech, then the mean embedding, of each.
    `threshold`: cosine similarity, -1 … 1, from which two voices are one. Voices from a network
    whose embeddings have another length are ignored.
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
    """Name → similarity of its most similar voice."""
    best: dict[str, float] = {}
    voice = unit(np.asarray(mean, np.float32))
    for one in known:
        if len(one.embedding) == len(mean):
            cosine = float(voice @ np.asarray(one.embedding, np.float32))
            best[one.name] = max(best.get(one.name, -1.0), cosine)
    return best


def _name(likeness: Mapping[str, float], threshold: float) -> str:
    """The name of the voice; empty if none is sure."""
    ranked = sorted(likeness.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] < threshold:
        return ""
    if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < MARGIN:
        return ""
    return ranked[0][0]
