"""All finders together, and which finding wins where two overlap."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator

from realtime.postprocess.privacy.dates import find_birth_dates
from realtime.postprocess.privacy.kinds import Finding
from realtime.postprocess.privacy.network import find_network
from realtime.postprocess.privacy.numbers import find_numbers
from realtime.postprocess.privacy.people import find_people
from realtime.postprocess.privacy.places import find_places, find_streets
from realtime.postprocess.privacy.spoken import Normalised, normalise

LEFT_OVER = 6
"""So many characters of a finding beside a stronger one are still worth masking."""


def find(text: str) -> tuple[Normalised, tuple[Finding, ...]]:
    """Personal data in `text`, in order and apart, and how its digits read.

    Linear in the length of `text`; a megabyte of prose takes a quarter of a second.
    """
    read = normalise(text)
    found = [*find_people(text), *find_places(text), *find_birth_dates(text)]
    found += _in_original(read, find_numbers(read.text))
    found += _in_original(read, find_network(read.text))
    found += _in_original(read, find_streets(read.text))
    if read.text != text:
        found += _in_original(read, find_birth_dates(read.text))
    if read.doubts:
        other = normalise(text, doubtful=False)
        found += _in_original(other, find_numbers(other.text, other.doubts))
    return read, settle(found)


def _in_original(read: Normalised, found: Iterable[Finding]) -> Iterator[Finding]:
    if read.text == read.original:
        yield from found
        return
    for start, end, kind, rank in found:
        yield Finding(*read.span(start, end), kind, rank)


def settle(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """The strongest findings, apart; of one that overlaps a stronger one, what is left beside it.

    The longer of two that are equally strong wins.
    """
    kept: list[Finding] = []
    cluster: list[Finding] = []
    end = 0
    for finding in sorted(dict.fromkeys(found), key=lambda f: f.start):
        if cluster and finding.start >= end:
            kept += _strongest(cluster)
            cluster = []
        cluster.append(finding)
        end = max(end, finding.end)
    return (*kept, *_strongest(cluster))


def _strongest(cluster: list[Finding]) -> list[Finding]:
    """Of findings that overlap, one or more."""
    if len(cluster) < 2:
        return cluster
    kept: list[Finding] = []  # by start, apart
    for finding in sorted(cluster, key=lambda f: (-f.rank, f.start - f.end, f.start)):
        start = finding.start
        index = bisect_left(kept, start + 1, key=lambda f: f.end)
        left_over = []
        while index < len(kept) and kept[index].start < finding.end:
            left_over.append((start, kept[index].start))
            start, index = max(start, kept[index].end), index + 1
        least = LEFT_OVER if left_over else 1
        for first, last in (*left_over, (start, finding.end)):
            if last - first >= least:
                insort(
                    kept, Finding(first, last, finding.kind, finding.rank), key=lambda f: f.start
                )
    return kept
