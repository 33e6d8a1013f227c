"""Hypotheses of all channels of a file → segments in order of time, and checkpoints. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from realtime.files.merge import DecodedSpan, Merger, segments
from realtime.files.options import Checkpoint, FileOptions
from realtime.types import SAMPLE_RATE, Segment


@dataclass(slots=True)
class _Track:
    """One channel."""

    merger: Merger
    said: int
    """Sample up to which words were returned."""
    ready: list[tuple[Segment, int]] = field(default_factory=list)
    """Settled segments that wait for the other channels, each with its span's start."""

    def unsettled_s(self, horizon: int) -> float:
        """Time before which no segment begins that is not ready yet."""
        waiting = self.merger.waiting
        starts = [word.start_s for word in waiting.words[:1]] if waiting else []
        return min([horizon / SAMPLE_RATE, *starts])


class Tracks:
    """All channels of one file."""

    def __init__(self, channels: int, options: FileOptions, begun: Checkpoint) -> None:
        """`begun`: where an earlier run stopped."""
        said = begun.said if len(begun.said) == channels else (0,) * channels
        self._tracks = [_Track(Merger(at / SAMPLE_RATE), at) for at in said]
        self._numbered = options.multichannel
        self._word_times = options.word_times
        self._windows = begun.windows

    def receive(self, channel: int, newest: DecodedSpan) -> None:
        """Take the next span of a channel, with its hypothesis."""
        self._windows += 1
        self._settle(channel, self._tracks[channel].merger.receive(newest))

    def take(
        self, horizons: Sequence[int], language: str, *, over: bool
    ) -> tuple[tuple[Segment, ...], Checkpoint]:
        """The segments that will not change and that no other can precede, and a checkpoint.

        `horizons`: for each channel, the sample before which no later span begins.
        """
        for channel, (track, horizon) in enumerate(zip(self._tracks, horizons, strict=True)):
            waiting = track.merger.waiting
            if over or (waiting is not None and horizon >= waiting.span.end):
                self._settle(channel, track.merger.flush())
        limit_s = math.inf
        if not over:
            limit_s = min(
                track.unsettled_s(horizon)
                for track, horizon in zip(self._tracks, horizons, strict=True)
            )
        ready = [segment for track in self._tracks for segment in _before(track, limit_s)]
        ready.sort(key=lambda segment: (segment.start_s, segment.channel or 0))
        return tuple(ready), self._checkpoint(horizons, language)

    def _settle(self, channel: int, settled: Sequence[DecodedSpan]) -> None:
        track, number = self._tracks[channel], channel if self._numbered else None
        for one in settled:
            made = segments(one, number, self._word_times)
            track.ready += [(segment, one.span.start) for segment in made]

    def _checkpoint(self, horizons: Sequence[int], language: str) -> Checkpoint:
        done, said = [], []
        for track, horizon in zip(self._tracks, horizons, strict=True):
            waiting = track.merger.waiting
            spans = [start for _, start in track.ready]
            if waiting is not None:
                spans.append(waiting.span.start)
            done.append(min([horizon, *spans]))
            said.append(max(track.said, done[-1]))
        return Checkpoint(tuple(done), tuple(said), language, self._windows)


def _before(track: _Track, limit_s: float) -> list[Segment]:
    """Take out the ready segments that begin before `limit_s`."""
    count = 0
    while count < len(track.ready) and track.ready[count][0].start_s < limit_s:
        count += 1
    taken, track.ready = track.ready[:count], track.ready[count:]
    for segment, _ in taken:
        track.said = max(track.said, math.ceil(segment.end_s * SAMPLE_RATE))
    return [segment for segment, _ in taken]
