"""Speech probabilities → the spans that the model hears, at most one window long. Pure.

A span ends in a pause where there is one, so that no word is cut; the best pause late in the window
is taken, which a file, unlike a live stream, can wait for. Where nobody pauses, or only for
an instant, neighbouring spans share audio and `merge` finds the seam. Silence between spans, and
most of a long one inside a span, is never decoded: the model cannot invent words there, and it
costs nothing.

Lengths count only audio that is *heard*: sample x of the file is heard at x minus the silence that
was skipped before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from realtime.files.span import Range, Span, within
from realtime.types import SAMPLE_RATE
from realtime.vad.base import FRAME_SAMPLES


def samples(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)


MIN_SPEECH = samples(0.064)
"""Shorter sounds are not speech."""
MIN_PAUSE = samples(0.096)
"""Shorter silences belong to a word: the closure of a stop lasts 50 … 100 ms."""
GOOD_PAUSE = samples(0.4)
"""Longer pauses are no better places to cut: the latest of them fills the window best."""

CLEAN = samples(0.2)
"""At a cut in a shorter pause both spans share audio, as at a cut in mid-speech. Measured in
flowing speech: all values from 0.1 to 0.3 s are within 0.4 points of WER."""


@dataclass(frozen=True, slots=True)
class CutOptions:
    """Lengths are in samples."""

    longest: int = samples(28)
    """The most audio in one span."""
    silence: int = samples(0.6)
    """The longest silence in a span: of a longer one half of this is heard at each side, so that
    fading and soft consonants stay. At least `clean`."""
    apart: int = samples(30)
    """A silence of this length ends a span, however short the span is."""
    reach: int = samples(120)
    """A span that stretches over this much of the file ends with the next silence: until then the
    silence skipped inside it stays in memory, and its words are delayed."""
    cut_from: float = 0.8
    """A pause after this share of the window is a place to cut."""
    clean: int = CLEAN
    """A pause of this length separates two spans that share no audio."""
    overlap: int = samples(5)
    """Audio that two spans share where no clean cut is possible."""
    before: int = samples(0.3)
    """Audio kept before the first voiced frame."""
    behind: int = samples(0.32)
    """Audio kept after the last one, as it contains fading consonants."""
    threshold: float = 0.5
    release_threshold: float = 0.35
    """Speech continues down to this probability (silero's own utilities use the pair, 0.15 apart).
    """


@dataclass(frozen=True, slots=True)
class _Run:
    """A stretch of speech without a pause. Positions are samples of the file."""

    start: int
    end: int
    skipped: int
    """Silence left out before it, counted from any fixed place in its span."""

    @property
    def range(self) -> Range:
        return self.start, self.end


class Segmenter:
    """One channel of one file: feed probabilities, take spans."""

    def __init__(self, options: CutOptions, start: int = 0) -> None:
        """`start`: sample of the first frame."""
        self._options = options
        self._position = start
        self._voiced_since: int | None = None
        """Where the voiced run in progress began; None in silence."""
        self._speech: list[_Run] = []
        """Complete voiced runs of the span in progress; gaps shorter than `MIN_PAUSE` are closed.
        """
        self._floor = start
        """No span may begin before this."""
        self._start: int | None = None
        """Start of the span in progress, where a cut has fixed it."""
        self._shared = False

    @property
    def needed_from(self) -> int:
        """The first sample that a later span may hear; everything before it is settled."""
        if self._start is not None:
            return self._start
        since = self._speech[0].start if self._speech else self._voiced_since
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
        """End the file at sample `end` and return the spans that are left, at most two."""
        self._position = max(end, self._position)
        if self._voiced_since is not None:
            self._end_run(self._position)
        spans = self._cut()
        if self._speech:
            spans.append(self._take(len(self._speech), self._speech_end()))
        return [span.clipped(end) for span in spans]

    def _end_run(self, end: int) -> None:
        """End the voiced run in progress."""
        start, self._voiced_since = self._voiced_since, None
        assert start is not None
        if self._speech and start - self._speech[-1].end < MIN_PAUSE:
            self._speech[-1] = replace(self._speech[-1], end=end)
        elif end - start >= MIN_SPEECH:
            self._speech.append(self._run(start, end))
        elif not self._speech and self._start is not None:
            self._start, self._shared, self._floor = None, False, end  # speech did not continue

    def _run(self, start: int, end: int) -> _Run:
        """The newest run, which follows those in `_speech`."""
        if not self._speech:
            return _Run(start, end, 0)
        last = self._speech[-1]
        too_long = max(0, start - last.end - self._options.silence)
        return _Run(start, end, last.skipped + too_long)

    def _cut(self) -> list[Span]:
        """The span that the newest frame has completed, if any."""
        options, full = self._options, self._span_length() >= self._options.longest
        if self._voiced_since is None:
            # Even a full span waits here, as it is not known yet how long this silence will be.
            silent = self._position - self._speech[-1].end if self._speech else 0
            wide = self._position - self.needed_from >= options.reach
            over = silent >= (options.clean if full or wide else options.apart)
            return [self._take(len(self._speech), self._speech_end())] if over else []
        if not full:
            return []
        gap = self._best_gap()
        if gap is not None:
            return [self._cut_in_gap(gap)]
        return [self._cut_anywhere(self._position)]

    def _span_length(self) -> int:
        """Length of the span in progress, without the silence skipped inside it."""
        if self._voiced_since is not None:
            reach, newest = self._position, self._run(self._voiced_since, self._position)
        elif self._speech:
            reach, newest = self._speech_end(), self._speech[-1]
        else:
            return 0
        first = self._speech[0] if self._speech else newest
        return reach - self.needed_from - (newest.skipped - first.skipped)

    def _speech_end(self) -> int:
        return min(self._speech[-1].end + self._options.behind, self._position)

    def _runs(self) -> list[_Run]:
        """All voiced runs, including the one in progress, which must exist."""
        assert self._voiced_since is not None
        return [*self._speech, self._run(self._voiced_since, self._position)]

    def _best_gap(self) -> int | None:
        """Index of the run before the best late gap; None where nobody paused."""
        runs = self._runs()
        begin = self.needed_from - runs[0].skipped
        early = begin + self._options.cut_from * self._options.longest
        gaps = [
            (min(after.start - before.end, GOOD_PAUSE), index)
            for index, (before, after) in enumerate(pairwise(runs))
            if before.end - before.skipped >= early
        ]
        return max(gaps)[1] if gaps else None

    def _cut_in_gap(self, index: int) -> Span:
        runs = self._runs()
        end, following = runs[index].end, runs[index + 1].start
        options = self._options
        if following - end < options.clean:
            return self._cut_anywhere((end + following) // 2 + options.overlap // 2)
        middle = (end + following) // 2
        span = self._take(index + 1, min(end + options.behind, middle))
        self._floor = max(middle, span.end)
        return span

    def _cut_anywhere(self, limit: int) -> Span:
        """A span up to `limit`, or to the newest sample; the next one shares its end.

        No silence is skipped after `limit`: it would have been a clean place to cut.
        """
        runs, options, start = self._runs(), self._options, self.needed_from
        begin = start - runs[0].skipped
        until = min(min(limit, self._position) - runs[-1].skipped, begin + options.longest)
        span = self._span(runs, start, self._in_file(runs, until), shares=True)
        # At least half of every span is new audio, so that each cut makes progress.
        again = self._in_file(runs, max(until - options.overlap, begin + (until - begin) // 2))
        following = next(run for run in runs if run.end > again)
        if following.start - again > options.silence:
            again = following.start - options.silence // 2
        self._start, self._shared, self._floor = again, True, again
        self._speech = [run for run in self._speech if run.end > again]
        return span

    def _in_file(self, runs: Sequence[_Run], position: int) -> int:
        """The sample of the file that is heard at position `position`."""
        for run in reversed(runs[1:]):
            if position + run.skipped >= run.start - self._options.silence // 2:
                return position + run.skipped
        return position + runs[0].skipped

    def _take(self, count: int, end: int) -> Span:
        """A span of the first `count` runs, which ends at `end`, in a pause."""
        span = self._span(self._speech[:count], self.needed_from, end)
        self._speech = self._speech[count:]
        self._start, self._shared, self._floor = None, False, end
        return span

    def _span(self, runs: Sequence[_Run], start: int, end: int, *, shares: bool = False) -> Span:
        """The span from `start` to `end`, without the silence skipped between `runs`."""
        kept, pieces, begin = self._options.silence // 2, [], start
        for before, after in pairwise(runs):
            if after.skipped > before.skipped and after.start - kept < end:
                pieces.append((begin, before.end + kept))
                begin = after.start - kept
        speech = within((run.range for run in runs), start, end)
        return Span((*pieces, (begin, end)), speech, self._shared, shares)
