"""Segments → subtitle cues that can be read: short lines, two at most, long enough on screen. Pure.

Limits: Netflix, Timed Text Style Guides (general requirements; English; Korean; Japanese; Chinese):
two lines of 42 characters, 16 for Korean and Chinese, 13 for Japanese; 5/6 to 7 seconds on screen;
two frames between two cues. Reading speeds: 17 characters a second is the older, calmer of the two
figures for English, 12 for Korean, 9 for Chinese, 4 for Japanese.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from realtime.files.merge import spread
from realtime.scripts import SENTENCE_ENDS, join_texts, split_words
from realtime.session.words import join_words
from realtime.types import SAMPLE_RATE, Segment, Transcript, Word

MAX_LINES = 2
MIN_CUE_S = 5 / 6
MAX_CUE_S = 7.0
GAP_S = 2 / 24
"""Gap between two cues, so that the eye sees a change: two frames."""
CLAUSE_ENDS = frozenset(",;:、，；：")


@dataclass(frozen=True, slots=True)
class Conventions:
    """Reading limits for a language."""

    line: float
    """Characters per line; in `full_width` scripts a narrow one counts half."""
    per_s: float
    """Characters per second."""
    full_width: bool = False


LATIN = Conventions(42, 17)
BY_LANGUAGE = {
    "ko": Conventions(16, 12, full_width=True),
    "zh": Conventions(16, 9, full_width=True),
    "yue": Conventions(16, 9, full_width=True),
    "ja": Conventions(13, 4, full_width=True),
}
SPEAKERS = {"ko": "화자"}
"""The word for a speaker, by language; `Speaker` in all others."""


NOBODY: Mapping[str, str] = {}
"""The default: no speaker has a name."""


@dataclass(frozen=True, slots=True)
class Cue:
    """What is on screen at one time."""

    start_s: float
    end_s: float
    lines: tuple[str, ...]
    speaker: str = ""
    """`Speaker 1` …, or a name; empty where the speaker is not known."""

    @property
    def text(self) -> str:
        return join_texts(self.lines)


def cues(transcript: Transcript, *, named: bool, names: Mapping[str, str] = NOBODY) -> list[Cue]:
    """All cues, by time of start; never two of one channel at once.

    `named`: the first line begins with the speaker, where there is one. `names`: names that people
    gave to speakers, by number.
    """
    conventions = BY_LANGUAGE.get(transcript.language, LATIN)
    made: list[Cue] = []
    for channel in sorted({segment.channel for segment in transcript.segments}, key=_order):
        own = [segment for segment in transcript.segments if segment.channel == channel]
        found = []
        for segment in own:
            name = speaker(segment, transcript.language, names)
            prefix = f"{name}: " if named and name else ""
            spans = _cue_words(segment, prefix, conventions)
            found += [_cue(words, prefix, name, conventions) for words in spans]
        made += _timed(found, conventions, transcript.duration_s)
    return sorted(made, key=lambda cue: cue.start_s)


def speaker(segment: Segment, language: str, names: Mapping[str, str] = NOBODY) -> str:
    """Name of a segment's speaker, by channel or by voice; empty where neither is known."""
    number = segment.speaker if segment.channel is None else segment.channel
    if number is None:
        return ""
    return names.get(str(number)) or f"{SPEAKERS.get(language, 'Speaker')} {number + 1}"


def width(text: str, conventions: Conventions) -> float:
    """Width of the text in characters, as `Conventions.line` counts them."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    if conventions.full_width:
        return wide + (len(text) - wide) / 2
    return len(text) + wide


def _order(channel: int | None) -> int:
    return -1 if channel is None else channel


def _words(segment: Segment, conventions: Conventions) -> list[Word]:
    """The segment's words without line breaks, none wider than a line."""
    words: Sequence[Word] = segment.words
    if not words:
        span = (round(segment.start_s * SAMPLE_RATE), round(segment.end_s * SAMPLE_RATE))
        words = spread(split_words(segment.text), [span])
    return [part for word in words if word.text.strip() for part in _parts(word, conventions)]


def _parts(word: Word, conventions: Conventions) -> Iterator[Word]:
    """Cut a word that is too wide into pieces of half a line's characters; collapse white space."""
    space = " " if word.text[:1].isspace() else ""
    rest = " ".join(word.text.split())
    limit = max(1, int(conventions.line / 2))
    while width(rest, conventions) > conventions.line / 2 and len(rest) > limit:
        yield replace(word, text=space + rest[:limit])
        space, rest = "", rest[limit:]
    yield replace(word, text=space + rest)


def _cue_words(segment: Segment, prefix: str, conventions: Conventions) -> Iterator[list[Word]]:
    """The segment's words, grouped by cue."""
    words = _words(segment, conventions)
    while words:
        count = 1
        while count < len(words) and _fits(words[: count + 1], prefix, conventions):
            count += 1
        if count < len(words):
            count = _best_break(words, count)
        yield words[:count]
        words = words[count:]


def _fits(words: Sequence[Word], prefix: str, conventions: Conventions) -> bool:
    """Whether these words can be one cue."""
    short = words[-1].end_s - words[0].start_s <= MAX_CUE_S
    return short and _lines(words, prefix, conventions) is not None


def _best_break(words: Sequence[Word], most: int) -> int:
    """After how many words, up to `most`, a cue should end: late, but preferably where a sentence
    or a clause ends, or where the speaker pauses."""

    def merit(count: int) -> float:
        last = words[count - 1].text.rstrip()[-1:]
        pause_s = words[count].start_s - words[count - 1].end_s
        mark = 1.5 if last in SENTENCE_ENDS else 0.5 if last in CLAUSE_ENDS else 0.0
        return count / most + mark + min(pause_s, 1.0)

    return max(range(max(1, most // 3), most + 1), key=merit)


def _lines(words: Sequence[Word], prefix: str, conventions: Conventions) -> tuple[str, ...] | None:
    """The words in one line, or in two of nearly equal length; None where they do not fit."""
    whole = prefix + join_words(words)
    if width(whole, conventions) <= conventions.line:
        return (whole,)
    best, best_cost = None, float("inf")
    for count in range(1, len(words)):
        lines = prefix + join_words(words[:count]), join_words(words[count:])
        widths = [width(line, conventions) for line in lines]
        if max(widths) > conventions.line:
            continue
        # A shorter upper line hides less of the picture; the end of a clause is a good break.
        clause = lines[0][-1:] in SENTENCE_ENDS | CLAUSE_ENDS
        cost = abs(widths[1] - widths[0]) + (widths[0] > widths[1]) - conventions.line / 4 * clause
        if cost < best_cost:
            best, best_cost = lines, cost
    return best


def _cue(words: Sequence[Word], prefix: str, name: str, conventions: Conventions) -> Cue:
    lines = _lines(words, prefix, conventions) or (prefix + join_words(words),)
    return Cue(words[0].start_s, max(words[-1].end_s, words[0].start_s), lines, name)


def _timed(made: Sequence[Cue], conventions: Conventions, media_s: float) -> list[Cue]:
    """One channel's cues with final times: long enough to be read where the next cue and the end of
    the recording leave time for it, and never overlapping."""
    timed: list[Cue] = []
    for index, cue in enumerate(made):
        needed_s = max(MIN_CUE_S, width(cue.text, conventions) / conventions.per_s)
        end_s = max(cue.end_s, cue.start_s + min(needed_s, MAX_CUE_S))
        if index + 1 < len(made):
            following_s = made[index + 1].start_s
            end_s = max(min(end_s, following_s - GAP_S), min(cue.end_s, following_s))
        end_s = min(end_s, media_s)
        timed.append(replace(cue, end_s=max(end_s, cue.start_s)))
    return timed
