"""A backend that returns scripted words: for tests, load tests and demonstrations without a model.

It recognises no speech. A `Script` holds words and their times on the session's clock, and a window
is answered with the words whose span lies in it. `DecodeOptions.prompt` selects the script: a
stream that sends the prompt `alice` is answered from `scripts["alice"]`, all others from
`scripts[""]`. The audio is only checked for NaN and infinity: they raise, as in a model that they
would poison.
"""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from realtime.backends.base import BackendInfo
from realtime.errors import ModelEnded
from realtime.languages import NAMES
from realtime.traits import Traits
from realtime.types import SAMPLE_RATE, DecodeOptions, Hypothesis, Window, WindowShape, Word

Edge = Literal["drop", "keep", "garble"]
"""What is returned for a word that the window's edge cuts. If `keep_fraction` or more of it is
inside: the whole word with `keep` and `garble`, nothing with `drop`. If less is inside: with
`garble` the letters of the part inside, as Whisper does; nothing with the others."""


@dataclass(frozen=True, slots=True)
class ScriptedWord:
    """One word, and when it is spoken, in seconds on the session's clock."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Script:
    """The speech of one stream. Words ascend in time and do not overlap."""

    words: tuple[ScriptedWord, ...]
    language: str = "en"
    spaces: bool = True
    """Whether the language writes spaces between words."""

    @classmethod
    def evenly(
        cls, text: str, start_s: float = 0.0, word_s: float = 0.3, gap_s: float = 0.1
    ) -> Script:
        """A script of the words of `text`, all equally long, one after the other from `start_s`
        on."""
        step_s = word_s + gap_s
        return cls(
            tuple(
                ScriptedWord(word, start_s + i * step_s, start_s + i * step_s + word_s)
                for i, word in enumerate(text.split())
            )
        )


@dataclass(frozen=True, slots=True)
class Hearing:
    """How well the backend recognises its words."""

    edge: Edge = "drop"
    keep_fraction: float = 0.6
    jitter_s: float = 0.0
    """Word times are off by up to this much, differently in every window, the same in every run."""
    seed: int = 0
    missed_s: float = 0.0
    """How near to the edges of a window words may be missing. If it ends within speech, every
    fourth word this near its end is missing; if it begins within speech, other words this near its
    start. So at least one of two windows that share a word returns it. The word behind a missing
    one has a probability of `DOUBTED`, as with Whisper."""
    missed_late_s: float = 0.0
    """The same for ends alone, where it is more."""
    skipped_s: float = 0.0
    """Words that begin less than this after the start of a window are missing if it begins within
    speech."""
    misplaced: int = 0
    """So many of the first words of such a window have its start as their time, and the next one
    lasts from there on, as aligners have it."""


@dataclass(frozen=True, slots=True)
class SimulatedCost:
    """A `before_decode` hook that takes as long as a model would: `SimulatedCost(0.02, 0.01)`."""

    per_call_s: float
    per_audio_s: float
    """Seconds for each second of audio in the batch."""

    def __call__(self, windows: Sequence[Window]) -> None:
        time.sleep(self.per_call_s + self.per_audio_s * sum(w.duration_s for w in windows))


DOUBTED = 0.4
"""Probability of a word behind one that is missing."""
NOTHING = Script((), language="")
TRAITS = Traits(
    window_s=30.0,
    languages=tuple(NAMES),
    tasks=("transcribe", "translate"),
    context_text=True,
    # The times of a script refer to the whole audio: no silence may be left out of a window.
    file_silence_s=3.0,
    file_pause_s=3.0,
    earlier_s=14.0,
    doubt=0.09,
    hold_s=0.3,
    hold_words=1,
)
"""Much like stock Whisper's, so that results with a script hold for it too."""


class ScriptedBackend:
    """A `Backend` that answers from scripts."""

    def __init__(
        self,
        scripts: Script | Mapping[str, Script],
        hearing: Hearing | None = None,
        before_decode: Callable[[Sequence[Window]], None] | None = None,
        max_batch: int = 4,
        workers: int = 1,
        file_workers: int = 0,
        cost_s: Callable[[Hashable, int], float] | None = None,
    ) -> None:
        """`before_decode` gets every call's windows first: it may wait, or raise as a model would.

        `cost_s`: seconds that the backend expects for a batch; 0.0 if not given.
        """
        self._scripts = {"": scripts} if isinstance(scripts, Script) else dict(scripts)
        self._hearing = hearing or Hearing()
        self._before_decode = before_decode
        self._max_batch = max_batch
        self._workers = workers
        self._file_workers = file_workers
        self._cost_s = cost_s
        self.traits = TRAITS
        """The traits; a test may set others."""
        self.closed = threading.Event()
        """Set by `close`."""
        self.killed = threading.Event()
        """Set by `kill`, or by a test whose model ends by itself."""

    @property
    def info(self) -> BackendInfo:
        return BackendInfo(
            backend="scripted",
            model="scripted",
            backend_type="ScriptedBackend",
            compute_type="none",
        )

    @property
    def max_batch(self) -> int:
        return self._max_batch

    @property
    def max_file_batch(self) -> int:
        return self._max_batch

    @property
    def workers(self) -> int:
        return self._workers

    @property
    def file_workers(self) -> int:
        return self._file_workers

    def group_key(self, shape: WindowShape) -> Hashable:
        return shape.final, shape.options.word_times

    def cost_s(self, key: Hashable, batch: int) -> float:
        return 0.0 if self._cost_s is None else self._cost_s(key, batch)

    def decode(self, windows: Sequence[Window]) -> list[Hypothesis]:
        """Raises ValueError on audio that is not finite, ModelEnded after `kill`, and whatever
        `before_decode` raises."""
        if self.lost:
            raise ModelEnded("The scripted model was closed.", tried=False)
        if self._before_decode is not None:
            self._before_decode(windows)
        if self.lost:
            raise ModelEnded("The scripted model was closed.", tried=True)
        for window in windows:
            if not np.isfinite(window.samples).all():
                raise ValueError("audio holds NaN or infinity")
        return [self._decode_window(window) for window in windows]

    @property
    def lost(self) -> bool:
        return self.killed.is_set()

    def kill(self) -> None:
        self.killed.set()

    def close(self) -> None:
        self.closed.set()

    def _decode_window(self, window: Window) -> Hypothesis:
        options = window.options
        script = self.script_of(options)
        start_s, end_s = window.start / SAMPLE_RATE, window.end / SAMPLE_RATE
        recognised: list[Word] = []
        missed = False
        for index, word in enumerate(script.words):
            text = _recognised(word, start_s, end_s, self._hearing)
            if text and not self._misses(script, index, window):
                timed = _timed(word, text, script.spaces, window, self._jitter(index, window))
                recognised.append(replace(timed, probability=DOUBTED) if missed else timed)
            missed = bool(text) and self._misses(script, index, window)
        if any(0.0 < start_s - other.start_s < 1.0 for other in script.words):
            since_s = start_s + self._hearing.skipped_s
            recognised = [word for word in recognised if word.start_s >= since_s]
            if self._hearing.misplaced:
                recognised = _misplaced(recognised, self._hearing.misplaced, start_s)
        words = _in_order(recognised, start_s, end_s)
        return Hypothesis(
            text="".join(word.text for word in words).strip(),
            words=words if options.word_times and self.traits.word_times else (),
            language=options.language or script.language,
            language_probability=1.0,
            avg_logprob=-0.1 if words else 0.0,
            tokens=len(words),
        )

    def script_of(self, options: DecodeOptions) -> Script:
        """The script of a stream with these options."""
        return self._scripts.get(options.prompt) or self._scripts.get("") or NOTHING

    def _misses(self, script: Script, index: int, window: Window) -> bool:
        start_s, end_s = window.start / SAMPLE_RATE, window.end / SAMPLE_RATE
        word, near_s = script.words[index], self._hearing.missed_s
        late_s = max(near_s, self._hearing.missed_late_s)
        if not late_s:
            return False
        goes_on = any(0.0 <= other.end_s - end_s < 1.0 for other in script.words)
        began = any(0.0 <= start_s - other.start_s < 1.0 for other in script.words)
        if goes_on and word.end_s > end_s - late_s:
            return index % 4 == 0
        return began and word.start_s < start_s + near_s and index % 4 == 2

    def _jitter(self, index: int, window: Window) -> float:
        if self._hearing.jitter_s == 0.0:
            return 0.0
        seed = f"{self._hearing.seed}/{index}/{window.start}/{window.end}"
        return random.Random(seed).uniform(-self._hearing.jitter_s, self._hearing.jitter_s)


def _recognised(word: ScriptedWord, start_s: float, end_s: float, hearing: Hearing) -> str:
    """The part of the word that a window of `start_s` … `end_s` returns; empty if none."""
    tolerance_s = 1.0 / SAMPLE_RATE
    if start_s <= word.start_s + tolerance_s and word.end_s <= end_s + tolerance_s:
        return word.text
    inside_s = min(word.end_s, end_s) - max(word.start_s, start_s)
    fraction = inside_s / (word.end_s - word.start_s) if inside_s > tolerance_s else 0.0
    if fraction <= 0.0 or hearing.edge == "drop":
        return ""
    if fraction >= hearing.keep_fraction:
        return word.text
    if hearing.edge == "keep":
        return ""
    letters = max(math.floor(fraction * len(word.text)), 1)
    return word.text[-letters:] if word.start_s < start_s else word.text[:letters]


def _timed(word: ScriptedWord, text: str, spaces: bool, window: Window, jitter_s: float) -> Word:
    start_s, end_s = window.start / SAMPLE_RATE, window.end / SAMPLE_RATE
    return Word(
        text=f" {text}" if spaces else text,
        start_s=min(max(word.start_s + jitter_s, start_s), end_s),
        end_s=min(max(word.end_s + jitter_s, start_s), end_s),
        probability=0.9,
    )


def _misplaced(words: Sequence[Word], count: int, start_s: float) -> list[Word]:
    """The words, the first `count` of them at `start_s`, and the next one from there on."""
    if len(words) <= count:
        return list(words)
    at_start = [replace(word, start_s=start_s, end_s=start_s) for word in words[:count]]
    return [*at_start, replace(words[count], start_s=start_s), *words[count + 1 :]]


def _in_order(words: Sequence[Word], start_s: float, end_s: float) -> tuple[Word, ...]:
    """Make the times ascend inside the window, as `Backend` promises, whatever the jitter did."""
    ordered: list[Word] = []
    last_s = start_s
    for word in words:
        begin_s = min(max(word.start_s, last_s), end_s)
        last_s = min(max(word.end_s, begin_s), end_s)
        ordered.append(Word(word.text, begin_s, last_s, word.probability))
    return tuple(ordered)
