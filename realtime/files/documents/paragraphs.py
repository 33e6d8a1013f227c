"""Segments → paragraphs for reading: split by speaker and by pause, and not too long. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from realtime.scripts import SENTENCE_ENDS, join_texts
from realtime.types import Segment

PAUSE_S = 2.0
"""Silence after which a new paragraph begins. Pauses within a thought are shorter than a second."""
LONG_CHARS = 600
"""A paragraph of this length ends with its current sentence: about ten lines on a page."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """What one speaker says in one go."""

    start_s: float
    end_s: float
    text: str
    speaker: int | None
    """Number of the voice, or of the channel; None where it is not known."""


def paragraphs(segments: Sequence[Segment]) -> list[Paragraph]:
    """The paragraphs in order; segments without text are left out."""
    groups: list[list[Segment]] = []
    for segment in segments:
        if not segment.text.strip():
            continue
        if groups and _goes_on(groups[-1], segment):
            groups[-1].append(segment)
        else:
            groups.append([segment])
    return [
        Paragraph(
            group[0].start_s,
            group[-1].end_s,
            join_texts([segment.text for segment in group]),
            whose(group[0]),
        )
        for group in groups
    ]


def whose(segment: Segment) -> int | None:
    """The number of a segment's speaker, or of its channel."""
    return segment.speaker if segment.channel is None else segment.channel


def _goes_on(group: Sequence[Segment], segment: Segment) -> bool:
    last = group[-1]
    if whose(last) != whose(segment) or segment.start_s - last.end_s >= PAUSE_S:
        return False
    is_long = sum(len(one.text) for one in group) >= LONG_CHARS
    return not (is_long and last.text.rstrip()[-1:] in SENTENCE_ENDS)
