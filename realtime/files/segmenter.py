"""Speech probabilities → the spans that the model hears, at most one window long. Pure.

A span ends in a pause where there is one, so that no word is cut; the best pause late in the window
is taken, which a file, unlike a live stream, can wait for. Where nobody pauses, or only for
an instant, neighbouring spans share audio and `merge` finds the seam. Silence between spans is
never decoded: nothing can be invented there, and it costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from realtime.types import SAMPLE_RATE
from realtime.vad.base import FRAME_SAMPLES


def samples(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)


MIN_SPEECH = samples(0.064)
"""Shorter sounds are none of a voice."""
MIN_PAUSE = samples(0.096)
"""Shorter silences belong to a word: the closure of a stop lasts 50 … 100 ms."""
GOOD_PAUSE = samples(0.4)
"""Longer ones are no better places to cut: the latest of them fills the window best."""


@dataclass(frozen=True, slots=True)
class CutOptions:
    """All in samples but the thresholds."""

    longest: int = samples(28)
    """The most audio in one span."""
    apart: int = samples(3)
    """A silence so long ends a span, however short it is."""
    cut_from: float = 0.8
    """A pause behind this part of the window is a place to cut."""
    clean: int = samples(0.2)
    """A cut in a pause shorter than this is heard from both sides, like one in no pause. Measured
    in flowing speech: from 0.1 to 0.3 s all the same within 0.4 points of WER."""
    overlap: int = samples(5)
    """Audio that two spans share where no clean cut is possible."""
    before: int = samples(0.3)
    """Kept before the first voiced frame."""
    behind: int = samples(0.32)
    """Kept behind the last one: fading consonants live there."""
    threshold: float = 0.5
    release_threshold: float = 0.35
    """Speech goes on down to this (silero's own utilities use the pair, 0.15 apart)."""


@dataclass(frozen=True, slots=True)
class Span:
    """What one decode hears. Positions are samples of the file."""

    start: int
    end: int
    speech: tuple[tuple[int, int], ...]
    """Where somebody speaks, clipped to the span, in order."""
    shared: int = 0
    """Samples at its beginning that the span before heard too."""
    shares: bool = False
    """The span after it hears its end too."""

    @property
    def overlaps(self) -> bool:
        """Which of its words count is told by their times."""
        return self.shared > 0 or self.shares


class Segmenter:
    """One channel of one file: feed probabilities, take spans."""

    def __init__(self, options: CutOptions, start: int = 0) -> None:
        """`start`: sample of the first frame."""
        self._options = options
        self._position = start
        self._voiced_since: int | None = None
        """Where the voiced run in progress began."""
        self._speech: list[tuple[int, int]] = []
        """Ended voiced runs of the span in progress; gaps shorter than `MIN_PAUSE` are closed."""
        self._floor = start
        """No span may reach back before this."""
        self._start: int | None = None
        """Of the span in progress, where it is fixed by a cut."""
        self._shared = 0

    @property
    def needed_from(self) -> int:
        """The first sample that a coming span may hear; all before it is settled."""
        if self._start is not None:
            return self._start
        since = self._speech[0][0] if self._speech else self._voiced_since
        return max(self._floor, (self._position if since is None else since) - self._options.before)

    def receive(self, probabilities: Iterable[float]) -> list[Span]:
        """Judge the next frames of `FRAME_SAMPLES` samples each."""
        spans: list[Span] = []
        options = self._options
        for probability in probabilities:
            begin = self._position
            self._position += FRAME_SAMPLES
            speaking = self._voiced_since is not None
            if probability >= (options.release_threshold if speaking else options.threshold):
                if not speaking:
                    self._voiced_since = begin
            elif speaking:
                self._end_run(begin)
            if speaking or self._speech:
                spans.extend(self._cut())
        return spans

    def flush(self, end: int) -> list[Span]:
        """The file ends at sample `end`: what is left, at most two spans."""
        self._position = max(end, self._position)
        if self._voiced_since is not None:
            self._end_run(self._position)
        spans = self._cut()
        if self._speech:
            spans.append(self._take(len(self._speech), self._speech_end()))
        return [_clipped(span, end) for span in spans]

    def _end_run(self, end: int) -> None:
        """The voiced run in progress is over."""
        start, self._voiced_since = self._voiced_since, None
        assert start is not None
        if self._speech and start - self._speech[-1][1] < MIN_PAUSE:
            self._speech[-1] = (self._speech[-1][0], end)
        elif end - start >= MIN_SPEECH:
            self._speech.append((start, end))

    def _cut(self) -> list[Span]:
        """The span that has become complete with the newest frame, if one has."""
        options, full = self._options, self._reach() - self.needed_from >= self._options.longest
        if self._voiced_since is None:
            # It is full or not, but nobody can say yet how long this silence will be.
            silent = self._position - self._speech[-1][1] if self._speech else 0
            over = silent >= (options.clean if full else options.apart)
            return [self._take(len(self._speech), self._speech_end())] if over else []
        if not full:
            return []
        gap = self._best_gap()
        if gap is not None:
            return [self._cut_in_gap(gap)]
        return [self._cut_anywhere(self._position)]

    def _reach(self) -> int:
        """How far the span in progress reaches."""
        if self._voiced_since is None and self._speech:
            return self._speech_end()
        return self._position

    def _speech_end(self) -> int:
        return min(self._speech[-1][1] + self._options.behind, self._position)

    def _runs(self) -> list[tuple[int, int]]:
        """The voiced runs, with the one that must be in progress."""
        assert self._voiced_since is not None
        return [*self._speech, (self._voiced_since, self._position)]

    def _best_gap(self) -> int | None:
        """Index of the run before the best late gap; None where nobody paused."""
        runs = self._runs()
        early = self.needed_from + self._options.cut_from * self._options.longest
        gaps = [
            (min(after[0] - before[1], GOOD_PAUSE), index)
            for index, (before, after) in enumerate(pairwise(runs))
            if before[1] >= early
        ]
        return max(gaps)[1] if gaps else None

    def _cut_in_gap(self, index: int) -> Span:
        runs = self._runs()
        end, following = runs[index][1], runs[index + 1][0]
        options = self._options
        if following - end < options.clean:
            return self._cut_anywhere((end + following) // 2 + options.overlap // 2)
        middle = (end + following) // 2
        span = self._take(index + 1, min(end + options.behind, middle))
        self._floor = max(middle, span.end)
        return span

    def _cut_anywhere(self, limit: int) -> Span:
        """A span up to `limit`, or what was heard so far; the next one shares its end."""
        end = min(limit, self._position, self.needed_from + self._options.longest)
        start = self.needed_from
        runs = self._runs()
        span = Span(start, end, _within(runs, start, end), self._shared, shares=True)
        # At least half of what a span hears is new, so that there is an end to it.
        self._start = max(end - self._options.overlap, start + (end - start) // 2)
        self._shared = end - self._start
        self._floor = self._start
        self._speech = [run for run in self._speech if run[1] > self._start]
        return span

    def _take(self, count: int, end: int) -> Span:
        """A span of the first `count` runs, that ends at `end` in a pause."""
        start = self.needed_from
        span = Span(start, end, _within(self._speech[:count], start, end), self._shared)
        self._speech = self._speech[count:]
        self._start, self._shared, self._floor = None, 0, end
        return span


def _within(runs: Iterable[tuple[int, int]], start: int, end: int) -> tuple[tuple[int, int], ...]:
    """The parts of `runs` in a range."""
    return tuple((max(a, start), min(b, end)) for a, b in runs if a < end and b > start)


def _clipped(span: Span, end: int) -> Span:
    """Not beyond the file's end, which the last frame may be."""
    return replace(span, end=min(span.end, end), speech=_within(span.speech, span.start, end))
