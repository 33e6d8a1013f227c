"""Masking while somebody speaks: nothing leaves that what is said next makes personal data.

One `LiveMask` for each channel of a stream. What may be personal data once more is said is kept
back of a partial, and comes with the next one; of a final it is masked at once: no final waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from realtime.postprocess.privacy.endings import unsettled
from realtime.postprocess.privacy.mask import Edit, Style, apply, covered, edits
from realtime.postprocess.privacy.misheard import find_misheard
from realtime.postprocess.privacy.remover import mask_words
from realtime.postprocess.privacy.rules import find
from realtime.scripts import joint
from realtime.types import Word

REMEMBERED = 240
"""Characters of earlier finals that the next words are read with: more than the longest number,
address or mail address, and its cue before it."""


class LiveMask:
    """See the module."""

    def __init__(self, style: Style = "partial") -> None:
        self._style: Style = style
        self._said = ""
        """The end of what is final, as it was said."""
        self._utterance: int | None = None
        self._stable = ""
        """What the client has been promised of the utterance, masked."""
        self._promised = 0
        """Characters of it as they were said."""

    def partial(self, utterance: int, text: str, stable: str) -> tuple[str, str]:
        """What may be shown of them now; the first begins with the second, and the second with what
        it was before."""
        self._begin(utterance)
        before = self._said + joint(self._said, text)
        whole = before + text
        changes, settled = partial_edits(whole, len(before), self._style)
        shown = self._shown(whole, changes, len(before), settled)
        kept = len(whole[: min(settled, len(before) + len(stable))].rstrip())
        promised = self._shown(whole, changes, len(before), kept)
        if promised.startswith(self._stable) and kept - len(before) >= self._promised:
            self._stable, self._promised = promised, kept - len(before)
        return (shown if shown.startswith(self._stable) else self._stable), self._stable

    def final(
        self, utterance: int, text: str, words: Sequence[Word] | None
    ) -> tuple[str, tuple[Word, ...] | None]:
        """The masked text and words of a final; the text begins with what was promised."""
        self._begin(utterance)
        before = self._said + joint(self._said, text)
        whole = before + text
        changes = final_edits(whole, self._style)
        masked = apply(whole, changes, len(before)).strip()
        if not masked.startswith(self._stable):
            rest = apply(whole, changes, len(before) + self._promised)
            masked = (self._stable + rest).strip()
        told = None
        if words is not None:
            spelled = "".join(word.text for word in words).strip()
            told = (
                mask_words(words, whole, changes, len(before))
                if spelled == text
                else tuple(replace(word, text=_blanked(word.text)) for word in words)
            )
        self._said = _remembered(whole)
        self._utterance, self._stable, self._promised = None, "", 0
        return masked, told

    def _begin(self, utterance: int) -> None:
        if utterance != self._utterance:
            self._utterance, self._stable, self._promised = utterance, "", 0

    @staticmethod
    def _shown(whole: str, changes: Sequence[Edit], start: int, end: int) -> str:
        """Up to a mask that reaches over the end, which may yet become another one."""
        for change in changes:
            if change.start < end < change.end:
                end = change.start
        return apply(whole, changes, start, max(start, end)).rstrip()


def final_edits(whole: str, style: Style) -> tuple[Edit, ...]:
    """What masks a text that is shown now and not changed later, whatever is said next."""
    read, found = find(whole)
    spans = [*unsettled(whole, style, sure=True), *find_misheard(read, found)]
    return covered(read, edits(read, found, style), spans, style)


def partial_edits(whole: str, start: int, style: Style) -> tuple[tuple[Edit, ...], int]:
    """What masks a text whose last utterance begins at `start`, and up to where it is settled."""
    read, found = find(whole)
    open_spans = unsettled(whole, style, sure=False)
    ends = [first for first, _ in open_spans] + [start + _last_word(whole[start:])]
    changes = covered(read, edits(read, found, style), find_misheard(read, found), style)
    return changes, min(ends)


def _last_word(text: str) -> int:
    """Where it begins: it may go on, as 서울 does in 서울에서."""
    return text.rstrip().rfind(" ") + 1


def _blanked(text: str) -> str:
    """A word of which nobody knows what it belongs to."""
    return "".join("*" if char.isalnum() else char for char in text)


def _remembered(text: str) -> str:
    """The last characters, from a word's beginning on."""
    first = max(0, len(text) - REMEMBERED)
    return text[text.find(" ", first) + 1 :] if first else text
