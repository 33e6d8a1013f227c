"""Assigns embeddings to speakers 0, 1, … in order of first appearance. Pure.

There is one pass over the windows, and no result is revised: a live final is never changed, and the
segments of a file are sent while it is still being read, so files are treated the same. Within a
window, stretches of one voice are merged first, because more speech identifies a voice more surely.
The price is that a voice taken for two speakers at first is never merged into one later; the
thresholds are chosen with that in mind.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from realtime.speakers.stretches import Embedding, Stretch
from realtime.types import SpeakerTurn

Values: TypeAlias = npt.NDArray[np.floating]

SURE_S = 1.0
"""Seconds of speech from which the speaker of a stretch is sure: with half as much, one in ten
belongs to somebody else (networks trained on people, 20 readers)."""
SAME, OTHER = 0.05, -0.1
"""Added to the similarity of two voices that a segmentation network takes for one, or for two: it
uses more than the voices, such as who answers whom, but cannot tell similar ones apart."""
FULL_S = 30.0
"""Most seconds of speech behind a speaker's mean, so that it can follow a voice that changes."""


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """Limits that decide whether two voices are one speaker."""

    threshold: float = 0.5
    """Cosine similarity, -1 … 1, from which an embedding belongs to a known speaker."""
    max_speakers: int = 8
    """Once there are this many, every other voice goes to the most similar speaker."""
    founds_s: float = 1.0
    """Fewest seconds of speech of a new speaker; with less, one voice would become two."""
    easing: tuple[tuple[float, float], ...] = ((0.0, 0.0),)
    """(seconds of speech, how much lower the threshold is), ascending: the less speech a voice has,
    the less similar it is to itself."""

    def thresholds(self, voiced_s: Values) -> Values:
        """Thresholds; `voiced_s`: seconds of speech of the shorter of two voices, any shape."""
        seconds, less = zip(*self.easing, strict=True)
        lowered: Values = self.threshold - np.interp(voiced_s, seconds, less)
        return lowered


@dataclass(slots=True, eq=False)
class _Voice:
    """The speech of one voice in one window, or of one speaker so far."""

    total: Embedding
    """The sum of the embeddings of its stretches, each weighted by its seconds of speech."""
    voiced_s: float
    heard_as: frozenset[tuple[int, int]] = frozenset()
    """(piece, voice) of its stretches in this window, from a segmentation network."""

    def join(self, other: _Voice) -> None:
        """Add the speech of another voice."""
        self.total = self.total + other.total
        self.voiced_s += other.voiced_s
        self.heard_as |= other.heard_as
        if self.voiced_s > FULL_S:
            self.total = self.total * np.float32(FULL_S / self.voiced_s)
            self.voiced_s = FULL_S


class Clustering:
    """The speakers of one stream or file. Call `turns` in order of time."""

    def __init__(self, options: ClusterOptions, known: Iterable[Sequence[float]] = ()) -> None:
        """`known`: an earlier `state` from which to continue."""
        self._options = options
        self._speakers = [
            _Voice(np.asarray(mean, np.float32) * np.float32(weight_s), float(weight_s))
            for weight_s, *mean in known
        ]

    @property
    def state(self) -> tuple[tuple[float, ...], ...]:
        """For each speaker: seconds of speech, then the mean embedding, as plain numbers."""
        return tuple(
            (round(speaker.voiced_s, 3), *np.round(unit(speaker.total), 4).tolist())
            for speaker in self._speakers
        )

    def turns(self, stretches: Iterable[Stretch]) -> tuple[SpeakerTurn, ...]:
        """The speaker of each stretch of a window."""
        window, known_before = list(stretches), len(self._speakers)
        speakers: dict[int, tuple[int | None, bool]] = {}
        for voice, members in self._together(window):
            speaker, known = self._speaker(voice)
            speakers |= dict.fromkeys(members, (speaker, known))
        self._renumber(speakers, known_before)
        for known_voice in self._speakers:
            known_voice.heard_as = frozenset()  # the next window has other pieces
        return tuple(
            SpeakerTurn(stretch.start_s, stretch.end_s, *self._named(number, window, speakers))
            for number, stretch in enumerate(window)
        )

    def _together(self, window: Sequence[Stretch]) -> list[tuple[_Voice, list[int]]]:
        """The voices of a window with the numbers of their stretches, the one with most speech
        first. The two most similar are merged until none are similar enough."""
        found = [
            (_voice(stretch, stretch.embedding), [number])
            for number, stretch in enumerate(window)
            if stretch.embedding is not None
        ]
        while len(found) > 1:
            voices = [voice for voice, _ in found]
            likeness = _likeness(voices, voices, self._options)
            likeness[np.tril_indices(len(voices))] = -np.inf
            one, other = map(int, np.unravel_index(likeness.argmax(), likeness.shape))
            if likeness[one, other] < 0:
                break
            voice, members = found.pop(other)
            found[one][0].join(voice)
            found[one][1].extend(members)
        # With equal speech, the earlier voice comes first.
        return sorted(found, key=lambda each: (-each[0].voiced_s, min(each[1])))

    def _speaker(self, voice: _Voice) -> tuple[int | None, bool]:
        """The speaker of a voice (or None), and whether the voice is like that speaker's."""
        options = self._options
        likeness = _likeness([voice], self._speakers, options)[0] if self._speakers else ()
        best = int(np.argmax(likeness)) if self._speakers else None
        if best is not None and likeness[best] >= 0:
            self._speakers[best].join(voice)
            return best, True
        if voice.voiced_s < options.founds_s or len(likeness) >= options.max_speakers:
            return best, False  # the mean of that speaker stays unchanged
        self._speakers.append(voice)
        return len(self._speakers) - 1, True

    def _renumber(self, speakers: dict[int, tuple[int | None, bool]], known_before: int) -> None:
        """Renumber new speakers in order of their first stretch: they were added in order of how
        much they speak."""
        numbers = (speakers[number][0] for number in sorted(speakers))
        order = list(range(known_before)) + list(
            dict.fromkeys(one for one in numbers if one is not None and one >= known_before)
        )
        self._speakers = [self._speakers[old] for old in order]
        for number, (speaker, known) in speakers.items():
            if speaker is not None:
                speakers[number] = order.index(speaker), known

    def _named(
        self,
        number: int,
        window: Sequence[Stretch],
        speakers: dict[int, tuple[int | None, bool]],
    ) -> tuple[int | None, bool]:
        """The speaker of a stretch, and whether that is sure. A stretch without an embedding gets
        the speaker whose voice the segmentation network took it for."""
        if number in speakers:
            speaker, known = speakers[number]
            return speaker, known and window[number].voiced_s >= SURE_S
        voice = window[number].voice
        same = (
            speakers[other][0]
            for other, stretch in enumerate(window)
            if other in speakers and voice is not None and stretch.voice == voice
        )
        return next(same, None), False


def _likeness(some: Sequence[_Voice], others: Sequence[_Voice], options: ClusterOptions) -> Values:
    """Cosine similarities with hints, minus the thresholds, shape (some, others); negative for two
    different voices."""
    cosines = (
        np.stack([unit(voice.total) for voice in some])
        @ np.stack([unit(voice.total) for voice in others]).T
    )
    voiced_s = np.minimum.outer(
        [voice.voiced_s for voice in some], [voice.voiced_s for voice in others]
    )
    beyond: Values = cosines - options.thresholds(voiced_s)
    return beyond + [[_hint(one, other) for other in others] for one in some]


def _hint(one: _Voice, other: _Voice) -> float:
    """`SAME` or `OTHER` if a segmentation network found both voices in one piece, else 0."""
    if one.heard_as & other.heard_as:
        return SAME
    pieces = {piece for piece, _ in one.heard_as}
    return OTHER if any(piece in pieces for piece, _ in other.heard_as) else 0.0


def _voice(stretch: Stretch, embedding: Embedding) -> _Voice:
    heard_as = frozenset() if stretch.voice is None else frozenset([stretch.voice])
    return _Voice(embedding * np.float32(stretch.voiced_s), stretch.voiced_s, heard_as)


def unit(vector: Embedding) -> Embedding:
    """The vector scaled to length 1; a zero vector stays zero."""
    length = float(np.linalg.norm(vector))
    return (vector / length if length else vector).astype(np.float32)
