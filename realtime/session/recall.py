"""Recent finals of a stream with their audio, to decode a window again after that audio. Pure.

A model with a long window understands a short utterance better with the audio before it. The words
of that audio are known, so the decoder gets them as the beginning of its text and continues from
there: no word can be repeated or lost at the border. That requires that all words of the audio are
known, so whatever breaks the chain (a doubtful text, a failure, dropped audio) clears it all.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from realtime.session.chunker import Plan, Purpose, Utterance
from realtime.types import SAMPLE_RATE, DecodeOptions, Earlier, Samples, Word


@dataclass(frozen=True, slots=True)
class Part:
    """The audio of one final. Positions are sample indexes."""

    start: int
    end: int
    silences: tuple[int, ...]
    """Positions in it where a window may begin, ascending: its start, if that lies in a silence,
    and the middles of pauses."""
    words: tuple[Word, ...]
    language: str
    options: DecodeOptions

    def words_from(self, start: int) -> tuple[Word, ...]:
        """The words after sample `start`, which lies in a silence."""
        return tuple(word for word in self.words if word.middle_s * SAMPLE_RATE > start)

    def fits(self, options: DecodeOptions) -> bool:
        """Whether its words may stand before those of a window with these options."""
        return (self.options.task, self.options.prompt) == (options.task, options.prompt) and (
            options.language in (None, self.language)
        )


class Recall:
    """The finals of the last `most` samples, in order, one after the other."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._parts: deque[Part] = deque()

    def add(self, part: Part) -> None:
        """Add a good final; one in another language clears all before it."""
        if self._parts and self._parts[-1].language != part.language:
            self.forget()
        self._parts.append(part)
        while self._parts and self._parts[0].end <= part.end - self._most:
            self._parts.popleft()

    def forget(self) -> None:
        """Clear everything, because the words of the audio before are no longer all known."""
        self._parts.clear()

    def before(
        self, plan: Plan, utterance: Utterance, read: Callable[[int, int], Samples]
    ) -> Earlier | None:
        """The audio before a window, both together no longer than `most`; None where there is none
        with words.

        A partial is not worth it, and once an utterance was cut, its windows begin with known words
        anyway. `read`: returns the audio between two samples.
        """
        partial = plan.purpose is Purpose.PARTIAL
        if partial or utterance.cut > utterance.start or not self._parts:
            return None
        since, options = plan.end - self._most, utterance.options
        found: tuple[int, tuple[Word, ...]] | None = None
        behind: tuple[Word, ...] = ()
        for part in reversed(self._parts):
            if not part.fits(options):
                break
            begin = next((at for at in part.silences if at >= since), None)
            if begin is not None:
                words = part.words_from(begin) + behind
                found = (begin, words) if words else found
            if part.start < since:
                break
            behind = part.words + behind
        if found is None:
            return None
        begin, words = found
        return Earlier(read(begin, plan.start), words, self._parts[-1].language)
