"""Replacements in a text for display, applied to segments and their words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from realtime.types import Segment, Word


@dataclass(frozen=True, slots=True)
class Change:
    """The characters `start` … `end` of a text are displayed as `shown`."""

    start: int
    end: int
    shown: str
    """If empty, they are left out with the blank before them."""


def apart(changes: Iterable[Change]) -> list[Change]:
    """Changes in order without overlaps: the first to begin stays, and of equals the longest."""
    chosen: list[Change] = []
    for change in sorted(changes, key=lambda change: (change.start, -change.end)):
        if not chosen or change.start >= chosen[-1].end:
            chosen.append(change)
    return chosen


def changed(segment: Segment, changes: Sequence[Change]) -> Segment:
    """The segment as displayed. Words that a change touches become one word over their time."""
    if not changes:
        return segment
    text = _shown(segment.text, changes)
    words = _words(segment, changes)
    if "".join(word.text for word in words).split() != text.split():
        words = ()  # the words do not spell the text
    return replace(segment, text=text, words=words)


def _shown(text: str, changes: Sequence[Change]) -> str:
    parts, place = [], 0
    for change in changes:
        parts.append(_ahead(text[place : change.start], change))
        parts.append(change.shown)
        place = change.end
    return "".join([*parts, text[place:]]).strip()


def _ahead(text: str, change: Change) -> str:
    """The text before a change, without the blank that a left-out part takes with it."""
    return text if change.shown else text.rstrip()


def _words(segment: Segment, changes: Sequence[Change]) -> tuple[Word, ...]:
    made: list[Word] = []
    taken: set[int] = set()
    place = 0
    for word in segment.words:
        letters = word.text.strip()
        at = segment.text.find(letters, place)
        if at < 0:
            return ()
        place = at + len(letters)
        hit = next((n for n, c in enumerate(changes) if c.start < place and c.end > at), None)
        if hit is None:
            made.append(word)
        elif hit not in taken:
            taken.add(hit)
            whole = _replaced(letters, at, changes[hit])
            if whole:
                blank = word.text[: len(word.text) - len(word.text.lstrip())]
                made.append(replace(word, text=blank + whole))
        elif changes[hit].shown and made:
            rest = letters[max(0, changes[hit].end - at) :]
            made[-1] = replace(made[-1], text=made[-1].text + rest, end_s=word.end_s)
    return tuple(made)


def _replaced(letters: str, at: int, change: Change) -> str:
    """A word's letters after a change that begins in the word or before it."""
    head = letters[: max(0, change.start - at)]
    tail = letters[max(0, change.end - at) :]
    return head + change.shown + tail
