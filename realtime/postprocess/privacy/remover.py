"""Masks personal data in a whole transcript: in its text, segments and words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from realtime.postprocess.base import PrivacyResult
from realtime.postprocess.privacy.kinds import LABELS, Finding, IdentifierKind
from realtime.postprocess.privacy.mask import Edit, Style, apply, edits
from realtime.postprocess.privacy.rules import find
from realtime.postprocess.privacy.spoken import Normalised
from realtime.scripts import placed
from realtime.types import Segment, Transcript, Word

Finder = Callable[[str], tuple[Normalised, tuple[Finding, ...]]]


def mask_transcript(
    transcript: Transcript, style: Style = "partial", finder: Finder = find
) -> PrivacyResult:
    """The transcript with everything masked that `finder` finds.

    Segments are searched joined, because a number may continue in the next one: all of them in
    order, and with several channels each channel alone as well, because the other side's words
    fall between. Words are masked where their segment is; words that do not spell their segment
    are searched separately as well.
    """
    counted: Counter[str] = Counter()
    segments = list(transcript.segments)
    channels = sorted({s.channel for s in segments if s.channel is not None})
    passes = [[i for i, s in enumerate(segments) if s.channel == channel] for channel in channels]
    if len(channels) != 1 or len(passes[0]) != len(segments):
        passes.append(list(range(len(segments))))
    for chosen in passes:
        masked, kinds = _mask([segments[i] for i in chosen], style, finder)
        counted += kinds
        for index, segment in zip(chosen, masked, strict=True):
            segments[index] = segment
    return result(replace(transcript, segments=tuple(segments)), counted)


def result(transcript: Transcript, counted: Counter[str]) -> PrivacyResult:
    """The result for a masked transcript and the count of each kind."""
    counts = tuple((str(kind), counted[kind]) for kind in IdentifierKind if counted[kind])
    types = tuple(kind for kind, _ in counts)
    return PrivacyResult(transcript, types, reason(counted, transcript.language), counts)


def reason(counted: Counter[str], language: str) -> str:
    """Counts of kinds as a text: `전화번호 2건, 이름 1건`; English for any other language."""
    if language == "ko":
        return ", ".join(
            f"{LABELS[kind][0]} {counted[kind]}건" for kind in IdentifierKind if counted[kind]
        )
    return ", ".join(
        f"{LABELS[kind][1]}: {counted[kind]}" for kind in IdentifierKind if counted[kind]
    )


def _mask(
    segments: Sequence[Segment], style: Style, finder: Finder
) -> tuple[list[Segment], Counter[str]]:
    texts, places, changes, kinds = _search([s.text for s in segments], style, finder)
    spelled = [_spelled(segment) for segment in segments]
    if all(new is None or new == s.text for new, s in zip(spelled, segments, strict=True)):
        said_texts, said_places, said_changes = texts, places, changes
    else:
        own = [s.text if new is None else new for new, s in zip(spelled, segments, strict=True)]
        said_texts, said_places, said_changes, more = _search(own, style, finder)
        kinds |= more
    masked = []
    for segment, place, said_place in zip(segments, places, said_places, strict=True):
        text = apply(texts, changes, place, place + len(segment.text))
        words = mask_words(segment.words, said_texts, said_changes, said_place)
        masked.append(replace(segment, text=_tidy(text), words=words))
    return masked, kinds


def _search(
    texts: Iterable[str], style: Style, finder: Finder
) -> tuple[str, list[int], tuple[Edit, ...], Counter[str]]:
    """The texts joined, where each begins in the result, its edits, and the count of each kind."""
    joined, places = placed(texts)
    read, found = finder(joined)
    return (
        joined,
        places,
        edits(read, found, style),
        Counter(str(finding.kind) for finding in found),
    )


def _spelled(segment: Segment) -> str | None:
    """Text of the words; None if there are none."""
    return "".join(word.text for word in segment.words).strip() if segment.words else None


def mask_words(
    words: Sequence[Word], text: str, changes: Sequence[Edit], offset: int
) -> tuple[Word, ...]:
    """The words, whose first non-blank character is at `offset` in `text`, after the edits.

    A word that vanishes in a longer mask is left out.
    """
    masked = []
    position = offset
    for index, word in enumerate(words):
        blank = "" if index else word.text[: len(word.text) - len(word.text.lstrip())]
        length = len(word.text) - len(blank)
        masked_text = blank + apply(text, changes, position, position + length)
        position += length
        if masked_text.strip() or not word.text.strip():
            masked.append(replace(word, text=masked_text))
    return tuple(masked)


def _tidy(text: str) -> str:
    """Strip the blank that a mask which began in the previous segment may leave in front."""
    return text.strip()
