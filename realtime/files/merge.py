"""Words of neighbouring spans → one text, no word twice, none lost. Pure.

Where two spans share audio, both heard the words there: the first without what follows, the second
without what came before. The seam is put where they agree, as near to the middle of the shared
audio as possible, since each is least reliable at its own edge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from realtime.files.span import Span
from realtime.scripts import closes, split_words
from realtime.session.matching import same_words
from realtime.session.words import join_words
from realtime.session.words import spread as evenly
from realtime.speakers.turns import labelled
from realtime.types import SAMPLE_RATE, Hypothesis, Segment, Word

PAUSE_S = 0.6
"""A silence of this length between two words begins a new segment."""
SENTENCE_PULL_S = 0.8
"""Estimated word times are off by this much: a sentence that ends this near a pause ends in it."""
LONGEST_SEGMENT_S = 15.0
"""A segment longer than this ends at the next pause between words, however short."""


@dataclass(frozen=True, slots=True)
class DecodedSpan:
    """One span as the model heard it."""

    span: Span
    hypothesis: Hypothesis
    words: tuple[Word, ...]
    """Times in the file."""


def with_words(span: Span, hypothesis: Hypothesis) -> DecodedSpan:
    """A span with its words: at the model's times, else at times in proportion to their lengths."""
    words = span.in_file(hypothesis.words)
    words = words or tuple(spread(split_words(hypothesis.text), span.speech))
    return DecodedSpan(span, hypothesis, tuple(labelled(words, hypothesis.turns or ())))


def spread(texts: Sequence[str], speech: Sequence[tuple[int, int]]) -> list[Word]:
    """Give words times in proportion to their lengths, only where somebody speaks.

    `speech`: ranges of samples, in order. No word extends over a pause, and a sentence that ends
    near a pause ends in it: people seldom pause in mid-sentence.
    """
    total = sum(len(text) for text in texts) or 1
    spoken_s = sum(end - start for start, end in speech) / SAMPLE_RATE
    said_s = [0.0]
    for text in texts:
        said_s.append(said_s[-1] + spoken_s * len(text) / total)
    words: list[Word] = []
    first, pause_s = 0, 0.0
    for run, (start, end) in enumerate(speech):
        pause_s += (end - start) / SAMPLE_RATE
        behind = _border(texts, said_s, first, pause_s) if run < len(speech) - 1 else len(texts)
        words += evenly(texts[first:behind], start / SAMPLE_RATE, (end - start) / SAMPLE_RATE)
        first = behind
    return words


def _border(texts: Sequence[str], said_s: Sequence[float], first: int, pause_s: float) -> int:
    """How many words come before the pause that follows `pause_s` of speech; at least `first`."""

    def distance_s(count: int) -> float:
        pull_s = SENTENCE_PULL_S if count and closes(texts[count - 1]) else 0.0
        return abs(said_s[count] - pause_s) - pull_s

    return min(range(first, len(texts) + 1), key=distance_s)


class Merger:
    """One channel of one file: feed spans in order, take words that will not change."""

    def __init__(self, said_s: float = 0.0) -> None:
        """`said_s`: words before this time were returned before a restart."""
        self._said_s = said_s
        self._waiting: DecodedSpan | None = None

    @property
    def waiting(self) -> DecodedSpan | None:
        """The newest span, whose end the next one may correct."""
        return self._waiting

    def receive(self, newest: DecodedSpan) -> list[DecodedSpan]:
        """Take the next span; return those that are now settled, each with its own words only."""
        fresh = tuple(word for word in newest.words if word.middle_s >= self._said_s)
        newest = replace(newest, words=fresh)
        waiting, self._waiting = self._waiting, newest
        if waiting is None:
            return []
        if newest.span.shared:
            start_s, end_s = newest.span.start / SAMPLE_RATE, waiting.span.end / SAMPLE_RATE
            part = seam_at_sentence if newest.span.follows else seam
            head, first = part(waiting.words, newest.words, start_s, end_s)
            self._waiting = replace(newest, words=newest.words[first:])
            waiting = replace(waiting, words=waiting.words[:head])
        return [waiting]

    def flush(self) -> list[DecodedSpan]:
        """Return the newest span as settled, since no later one shares audio with it."""
        waiting, self._waiting = self._waiting, None
        return [] if waiting is None else [waiting]


def seam(
    before: Sequence[Word], after: Sequence[Word], start_s: float, end_s: float
) -> tuple[int, int]:
    """Where to switch from one span's words to the next one's.

    Both heard `start_s` … `end_s`. The result is (how many words of `before` to keep, index of the
    first word of `after` to keep).
    """
    middle_s = (start_s + end_s) / 2
    pairs = same_words(before, after, start_s, end_s)
    if pairs:
        i, j = min(pairs, key=lambda pair: abs(before[pair[0]].middle_s - middle_s))
        return i + 1, j + 1
    head = sum(word.middle_s < middle_s for word in before)
    first = sum(word.middle_s < middle_s for word in after)
    return head, first


def seam_at_sentence(
    before: Sequence[Word], after: Sequence[Word], start_s: float, end_s: float
) -> tuple[int, int]:
    """The same where `after` begins with a sentence, of which `before` heard less.

    Times are inexact, so `after` may begin with the last word of the sentence before, or with the
    second of its own: its first word is looked up in `before`.
    """
    same = same_words(before, after, start_s, end_s)
    if same and same[0][1] == 0:
        return same[0][0] + 1, 1
    return sum(word.middle_s < start_s for word in before), 0


def segments(settled: DecodedSpan, channel: int | None, word_times: bool) -> list[Segment]:
    """A span's words as sentences, or parts of sentences between pauses; none without words."""
    groups: list[list[Word]] = []
    for word in settled.words:
        if not groups or _ends(groups[-1], word):
            groups.append([])
        groups[-1].append(word)
    hypothesis = settled.hypothesis
    return [
        Segment(
            start_s=group[0].start_s,
            end_s=group[-1].end_s,
            text=text,
            words=tuple(group) if word_times else (),
            channel=channel,
            avg_logprob=hypothesis.avg_logprob,
            no_speech_probability=hypothesis.no_speech_probability,
            compression_ratio=hypothesis.compression_ratio,
            speaker=group[0].speaker,
        )
        for group in groups
        if (text := join_words(group))
    ]


def _ends(group: Sequence[Word], following: Word) -> bool:
    """Whether a segment is over before `following`."""
    gap_s = following.start_s - group[-1].end_s
    if following.speaker != group[-1].speaker:
        return True
    if gap_s >= PAUSE_S or closes(group[-1].text):
        return True
    return following.end_s - group[0].start_s > LONGEST_SEGMENT_S and gap_s > 0.0
