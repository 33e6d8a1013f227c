"""Decides when to decode which span of an utterance. Pure: numbers in, numbers out.

An utterance is a span of the sample clock that the endpointer opens and later closes. Its decodes
are a PARTIAL every hop while it is open, a CUT when it grows longer than one final may cover, one
LAST when it is closed, and before that an EARLY of the same audio in a silence that may be its end.
Nothing here depends on how the audio arrived, so that the same bytes give the same finals whether
they come in real time or all at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from realtime.types import SAMPLE_RATE, DecodeOptions, Task, Word


def samples(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)


FIRST_HOP = samples(0.32)
"""Speech before the first partial of an utterance; less than a hop, as the speaker waits for it.
Ten of the detector's frames, 32 ms sooner than with eleven: the same words in English and
Korean, and 11 windows more of 1,353.
"""


SLOWEST_HOP = samples(4)
"""Upper limit of the hop, which doubles with every further partial in which nothing is heard."""

PATIENCE = samples(1)
"""A chunk in which no word has ended yet is extended by this much at a time."""
LEAST_STEP = samples(0.2)
"""Two cuts in mid-speech are at least this far apart."""

LEAST_SILENCE = samples(0.2)
"""Shortest pause whose middle is surely silent, as word times are off by a tenth of a second."""

SURE = 0.6
"""A word that is less probable, and near a cut in mid-speech, waits for the next window."""

LEAST_OVERLAP = samples(1)
"""After a cut in mid-speech at least this much is decoded again, whatever a client asks for: the
longest words last 0.8 s, and the word that a window's start cuts is garbled or missing."""
NEAR_END = 0.6
"""A pause after this share of the chunk is the place to cut."""


class Purpose(Enum):
    PARTIAL = auto()
    CUT = auto()
    """Finalises the words up to `Plan.limit`; the utterance goes on."""
    LAST = auto()
    """Finalises everything up to the utterance's end."""
    EARLY = auto()
    """Decoded while the hangover runs; becomes the LAST if the silence goes on, else is dropped."""


def all_alike(_language: str, _task: Task) -> float:
    """No limit: in every language, one decode can write the text of a full window."""
    return math.inf


@dataclass(frozen=True, slots=True)
class ChunkOptions:
    """Lengths are in samples, except `longest_s`."""

    chunk: int = samples(15)
    """The most audio that one final may cover."""
    overlap: int = samples(1)
    """Audio decoded again after a cut in mid-speech; at least `LEAST_OVERLAP`."""
    hop: int = samples(0.5)
    """New audio between two partials."""
    first_hop: int = FIRST_HOP
    left_context: int = 0
    """Audio before a cut that the model needs again; more than `overlap` for a model that was never
    trained on audio that begins in mid-sentence."""
    least_window: int = samples(5)
    """Windows behind a cut hold at least this much audio, where it was said: `left_context` is
    lengthened to that, so that words of short chunks are heard as well as those of long ones."""
    earlier: int = 0
    """A final of which the model is not sure is decoded again together with the audio before it, at
    most this much in all; 0: never."""
    lookahead: int = samples(0.8)
    """Audio decoded after a cut, so that the words before it are heard whole. Measured with chunks
    of 2 s: 0.5 s raises WER by 1.2 points; 1.2 s lowers it by 0 to 2, but finals come later."""
    longest_window: int = samples(29.5)
    """The most audio that one decode can hear, a limit of the model."""
    longest_s: Callable[[str, Task], float] = all_alike
    """The most audio, in seconds, whose text one decode can write, by language ("" where it is not
    known yet) and task."""

    def __post_init__(self) -> None:
        """Fit the lengths into one window: overlap first, then chunk, then left context."""
        room = self.longest_window - self.lookahead
        overlap = min(max(self.overlap, LEAST_OVERLAP), room // 3)
        chunk = min(self.chunk, room - overlap)
        left = max(self.left_context, self.least_window - self.lookahead - chunk)
        object.__setattr__(self, "overlap", overlap)
        object.__setattr__(self, "chunk", chunk)
        object.__setattr__(self, "left_context", max(0, min(left, room - chunk)))

    def fitted(self, decode: DecodeOptions, detected: str) -> ChunkOptions:
        """These options with the `longest_window` of `decode.language`, or else `detected`."""
        longest_s = self.longest_s(decode.language or detected, decode.task)
        if longest_s * SAMPLE_RATE >= self.longest_window:
            return self
        return replace(self, longest_window=samples(longest_s))


@dataclass(slots=True)
class Utterance:
    """What is said between two endpoints; positions are sample indexes."""

    start: int
    """First sample that belongs to it, padding included."""
    speech_start: int
    options: DecodeOptions
    end: int | None = None
    """Index just after its last sample; None while it is open."""
    speech_end: int | None = None
    endpoint: bool = False
    """True where silence closed it."""
    flushes: int = 0
    """How many of the client's flushes its final answers."""
    pauses: list[tuple[int, int]] = field(default_factory=list)
    cut: int = 0
    """Everything before this is final."""
    window_start: int = 0
    """Where the next window begins: at or before `cut`."""
    decoded_end: int = 0
    """End of the newest decoded window."""
    patience: int = 0
    """Audio granted beyond `chunk` because no word had ended in it."""
    hop: int = 0
    """Current distance between partials, grown while nothing is heard; 0: `ChunkOptions.hop`."""
    early: int = 0
    """End of the newest EARLY window."""

    def __post_init__(self) -> None:
        self.cut = self.cut or self.start
        self.window_start = self.window_start or self.start
        self.decoded_end = self.decoded_end or self.start

    @property
    def said_from(self) -> int:
        """The earliest position at which the words of its next final can begin."""
        return self.speech_start if self.cut == self.start else self.cut

    @property
    def hears_again(self) -> bool:
        """Its next window also holds audio that is already final."""
        return self.window_start < self.cut

    def speech(self, voiced: int) -> tuple[tuple[int, int], ...]:
        """The ranges between its pauses, in which somebody speaks. `voiced`: end of the last one
        while the utterance is open."""
        end = voiced if self.speech_end is None else self.speech_end
        starts = [self.speech_start, *(after for _, after in self.pauses)]
        ends = [*(before for before, _ in self.pauses), end]
        return tuple((a, b) for a, b in zip(starts, ends, strict=True) if a < b)

    def silent(self, at: int) -> bool:
        """Whether the pause around this sample is long enough for a window to begin there. In
        shorter ones a word may be said: detectors take the closure of a plosive, or a soft
        syllable, for silence."""
        return any(a <= at <= b and b - a >= LEAST_SILENCE for a, b in self.pauses)

    def silences(self, start: int, end: int) -> tuple[int, ...]:
        """Positions from `start` to `end` where a window may begin: `start`, if no word was cut
        there, and the middles of pauses."""
        begins = () if self.window_start < start else (start,)
        middles = [(a + b) // 2 for a, b in self.pauses if b - a >= LEAST_SILENCE]
        return (*begins, *(at for at in middles if start < at < end))


@dataclass(frozen=True, slots=True)
class Plan:
    purpose: Purpose
    start: int
    end: int
    limit: int
    """CUT: words up to here become final. Otherwise `end`."""
    at_pause: bool = False
    """CUT: `limit` lies in a silence."""

    @property
    def duration_s(self) -> float:
        return (self.end - self.start) / SAMPLE_RATE


def plan(
    utterance: Utterance, spoken: int, shown: int, options: ChunkOptions, ending: int = 0
) -> Plan | None:
    """The decode that the utterance needs now, or None.

    `spoken`: sample index up to which an open utterance reaches, with its trailing silence;
    `shown`: sample index up to which partials should reach, 0 where none are wanted; `ending`:
    where the utterance ends if the silence goes on, 0 while no EARLY is wanted.
    """
    chunk = options.chunk + utterance.patience
    available = spoken if utterance.end is None else utterance.end
    over = utterance.end is not None  # no more audio will come
    pause = _pause(utterance, chunk)
    if pause is not None:
        # Until the cut is made, nothing after the pause is shown: it belongs to the next id.
        return _cut(utterance, pause, available, over, options, at_pause=True)
    if over and available - utterance.cut <= chunk:
        return Plan(Purpose.LAST, utterance.window_start, available, available)
    cut = _cut(utterance, utterance.cut + chunk, available, over, options, at_pause=False)
    if cut is None and utterance.early < ending <= utterance.cut + chunk:
        return Plan(Purpose.EARLY, utterance.window_start, ending, ending)
    if cut is None and shown - utterance.decoded_end >= (utterance.hop or options.hop):
        return Plan(Purpose.PARTIAL, utterance.window_start, available, available)
    return cut


def _cut(
    utterance: Utterance,
    limit: int,
    available: int,
    over: bool,
    options: ChunkOptions,
    *,
    at_pause: bool,
) -> Plan | None:
    """A cut at `limit`, or None while there is too little audio after it."""
    end = limit + options.lookahead
    if available < end and not over:
        return None
    return Plan(Purpose.CUT, utterance.window_start, min(end, available), limit, at_pause)


def _pause(utterance: Utterance, chunk: int) -> int | None:
    """The middle of the first pause late enough in the chunk, or None."""
    for begin, end in utterance.pauses:
        middle = (begin + end) // 2
        if NEAR_END * chunk <= middle - utterance.cut <= chunk:
            return middle
    return None


@dataclass(frozen=True, slots=True)
class Cut:
    """A CUT as it is made."""

    count: int
    """How many of the window's new words become final."""
    at: int
    """The sample at which the cut is made."""
    at_pause: bool
    """It lies in a silence, in which no word is being said."""


def place(
    fresh: Sequence[Word],
    utterance: Utterance,
    plan: Plan,
    stable_end_s: float,
    options: ChunkOptions,
) -> Cut | None:
    """Where a CUT is made, and how many of its new words become final.

    None where no word has ended yet and there is room in the window to wait for one: the cut is
    then planned `PATIENCE` later.
    """
    limit_s = plan.limit / SAMPLE_RATE
    room = options.longest_window - (plan.end - plan.start)
    at_pause = plan.at_pause and utterance.silent(plan.limit)
    if at_pause:
        count, at = sum(word.middle_s <= limit_s for word in fresh), plan.limit
    else:
        count = sum(word.end_s <= limit_s for word in fresh)
        if fresh and not count and not stable_end_s:
            if room > PATIENCE:
                utterance.patience += PATIENCE
                return None
            count = 1
        count = _certain(fresh[:count], utterance.cut, plan.limit, options.overlap)
        at = between(fresh[:count], fresh[count:], plan, stable_end_s)
    # Word times can be off; a cut that does not advance would be repeated endlessly.
    return Cut(count, min(max(at, utterance.cut + LEAST_STEP), plan.limit), at_pause)


def _certain(words: Sequence[Word], cut: int, limit: int, overlap: int) -> int:
    """How many of the words become final: those before the first unlikely one in the last `overlap`
    samples, but for unlikely ones just before it.

    An unlikely word is misheard, or follows one that the model left out. The next window hears it
    again, with more audio behind it, and what stands before it. None in the first half waits, nor
    one that begins in the first quarter, so that no audio is decoded over and over."""
    chunk_s, cut_s = (limit - cut) / SAMPLE_RATE, cut / SAMPLE_RATE
    half_s = cut_s + chunk_s / 2
    late_s = max((limit - overlap) / SAMPLE_RATE, half_s)
    waits = [
        word.probability < SURE and word.end_s > half_s and word.start_s > cut_s + chunk_s / 4
        for word in words
    ]
    late = (index for index, word in enumerate(words) if waits[index] and word.end_s > late_s)
    count = next(late, len(words))
    while count and waits[count - 1]:
        count -= 1
    return count


def between(before: Sequence[Word], after: Sequence[Word], plan: Plan, stable_end_s: float) -> int:
    """Where to cut: a sample between the last word of `before` and the first of `after`.

    `stable_end_s`: where the earlier, stable words end, 0 where there are none.
    """
    if not after:
        return plan.limit
    last_s = max([word.end_s for word in before] + [stable_end_s]) or after[0].start_s
    return min(samples((last_s + after[0].start_s) / 2), plan.limit)


def advance(utterance: Utterance, cut: int, at_pause: bool, options: ChunkOptions) -> None:
    """Everything up to `cut` is final: move the window on.

    It begins `overlap` before the cut (at the cut itself where that is in a pause), or up to
    `left_context` before it, then in the middle of a pause if there is one: a model hears best from
    the beginning of a phrase.
    """
    utterance.cut, utterance.patience = cut, 0
    nearest = cut if at_pause else cut - options.overlap
    farthest = max(utterance.start, cut - options.left_context)
    start = min(nearest, farthest)
    if options.left_context > options.overlap and farthest > utterance.start:
        for begin, end in utterance.pauses:
            if farthest <= (begin + end) // 2 <= nearest:
                start = (begin + end) // 2
                break
    utterance.window_start = max(utterance.window_start, start)
    utterance.decoded_end = max(utterance.decoded_end, cut)
