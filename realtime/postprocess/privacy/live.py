"""Masks a live stream: nothing is sent that the next words may turn into personal data.

Each channel of a stream has a `LiveMask`. What may still become personal data is held back from a
partial and comes with a later one; in a final it is masked at once, because finals never wait.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from realtime.postprocess.privacy.ends.unsettled import unsettled
from realtime.postprocess.privacy.mask import Edit, Style, apply, covered, edits
from realtime.postprocess.privacy.misheard import find_misheard, open_stretch
from realtime.postprocess.privacy.remover import mask_words
from realtime.postprocess.privacy.rules import find
from realtime.postprocess.privacy.spoken import Normalised
from realtime.scripts import joint
from realtime.types import Word

REMEMBERED = 240
"""Characters of earlier finals that are searched with the next words: more than the longest number,
address or mail address and the cue before it."""


class LiveMask:
    """Masks one channel of a live stream."""

    def __init__(self, style: Style = "partial") -> None:
        self._style: Style = style
        self._earlier = ""
        """The end of the final text, unmasked."""
        self._utterance: int | None = None
        self._stable = ""
        """Text of the utterance that was sent to the client as stable, masked."""
        self._promised = 0
        """Length of that text before masking, in characters."""

    def partial(self, utterance: int, text: str, stable: str) -> tuple[str, str]:
        """`text` and `stable`, masked, as far as they may be shown now. The first begins with the
        second, and the second with its previous value."""
        self._begin(utterance)
        before = self._earlier + joint(self._earlier, text)
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
        """The masked text and words of a final; the text begins with the last stable text."""
        self._begin(utterance)
        before = self._earlier + joint(self._earlier, text)
        whole = before + text
        changes = final_edits(whole, self._style)
        masked = apply(whole, changes, len(before)).strip()
        if not masked.startswith(self._stable):
            rest = apply(whole, changes, len(before) + self._promised)
            masked = (self._stable + rest).strip()
        masked_words = None
        if words is not None:
            spelled = "".join(word.text for word in words).strip()
            masked_words = (
                mask_words(words, whole, changes, len(before))
                if spelled == text
                else tuple(replace(word, text=_blanked(word.text)) for word in words)
            )
        self._earlier = _remembered(whole)
        self._utterance, self._stable, self._promised = None, "", 0
        return masked, masked_words

    def _begin(self, utterance: int) -> None:
        if utterance != self._utterance:
            self._utterance, self._stable, self._promised = utterance, "", 0

    @staticmethod
    def _shown(whole: str, changes: Sequence[Edit], start: int, end: int) -> str:
        """Masked text from `start` to `end`, or to a mask over `end`, which may still change."""
        for change in changes:
            if change.start < end < change.end:
                end = change.start
        return apply(whole, changes, start, max(start, end)).rstrip()


def final_edits(whole: str, style: Style) -> tuple[Edit, ...]:
    """Edits that mask a text which is shown now and never changed, whatever is said next."""
    read, found = find(whole)
    spans = [*unsettled(whole, style, sure=True), *find_misheard(read, found)]
    return covered(read, edits(read, found, style), spans, style)


def partial_edits(whole: str, start: int, style: Style) -> tuple[tuple[Edit, ...], int]:
    """Edits of a text whose last utterance begins at `start`, and where its settled part ends."""
    read, found = find(whole)
    open_spans = unsettled(whole, style, sure=False)
    ends = [first for first, _ in open_spans] + [start + _last_word(whole[start:])]
    ends.append(_open_digits(read))
    changes = covered(read, edits(read, found, style), find_misheard(read, found), style)
    return changes, min(ends)


def _open_digits(read: Normalised) -> int:
    """Where the digits begin that belong to one number with the next ones, if such follow."""
    first = open_stretch(read.text)
    return read.span(first, first + 1)[0] if first < len(read.text) else len(read.original)


def _last_word(text: str) -> int:
    """Where the last word begins: it may go on, as 서울 does in 서울에서."""
    return text.rstrip().rfind(" ") + 1


def _blanked(text: str) -> str:
    """A word with all letters and digits masked, because its place in the text is unknown."""
    return "".join("*" if char.isalnum() else char for char in text)


def _remembered(text: str) -> str:
    """The last `REMEMBERED` characters, from the beginning of a word on."""
    first = max(0, len(text) - REMEMBERED)
    return text[text.find(" ", first) + 1 :] if first else text
