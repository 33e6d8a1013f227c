"""Decodes finals that do not fit their audio again in other ways, and keeps the better result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Any, Protocol

from realtime.backends.whisper.checks import guards
from realtime.backends.whisper.checks.coverage import Hole, coverage, filled
from realtime.backends.whisper.checks.evidence import SURE_VOICE
from realtime.backends.whisper.checks.remedies import (
    BEAM,
    EARLIER,
    FILL,
    FILL_FOREIGN,
    FILL_TIMED,
    FOREIGN_PROBABILITY,
    FOREIGN_S,
    REMEDIES,
    DecodeMode,
    around,
    continued,
    in_doubt,
    merit,
    open_holes,
    speech_of,
    too_fast,
    unsure,
    unsure_alone,
)
from realtime.backends.whisper.context import context_frames
from realtime.backends.whisper.features import FRAMES_PER_S
from realtime.backends.whisper.grouping import CallKey
from realtime.backends.whisper.network import WhisperNetwork
from realtime.backends.whisper.traits import WhisperTraits
from realtime.types import Hypothesis, Window

MOST_FILLED = 2
"""Most holes of one window that are decoded by themselves, the longest first, to limit the time."""
CHEAP_SHARE = 0.5
"""A hole that fits into a context of this share of the window's is decoded by itself before all of
the window is decoded with timestamps. Stock `base`, 721 s of English in windows of 30 s: second
passes take 4.0 s of processor instead of 17.8, and 9.1 % of the words are wrong instead of 9.6."""
MOSTLY = 0.5
"""Least coverage for that: a text that lacks more stopped early."""
AGREEING = 0.8
"""Share of letters that two texts of a part must have in common to count although they seem too
long for its speech. Of a soft voice the detector misses much: of one at -36 dB behind one at -9 dB
two thirds, and both manners write 0.9 to all of the same letters."""
LONG_S = 20.0
"""Shortest window for that. In shorter ones, such as streams' finals, the whole again is better: of
867 words without a pause 14.2 % are wrong live, 14.5 % with the hole first."""


class DecodeOnce(Protocol):
    """Decodes windows once in a manner; returns their hypotheses and the encoding."""

    def __call__(
        self, windows: Sequence[Window], key: CallKey, mode: DecodeMode, encoding: Any = None
    ) -> tuple[list[Hypothesis], Any]: ...


class SecondPass:
    """Decodes the doubtful finals of one call again."""

    def __init__(self, traits: WhisperTraits, network: WhisperNetwork, hear: DecodeOnce) -> None:
        self._traits = traits
        self._network = network
        self._decode = hear

    def of(
        self,
        windows: Sequence[Window],
        hypotheses: Sequence[Hypothesis],
        encoding: Any,
        key: CallKey,
    ) -> list[Hypothesis]:
        """The best hypothesis of each window. `encoding`: of all windows, with `key.frames`
        frames."""
        best = self._behind_earlier(windows, hypotheses, key)
        best = self._with_beam(windows, best, encoding, key)
        for row, window in enumerate(windows):
            if self._lacks_little(window, best[row], key):
                best[row] = self._fill(window, best[row], key)
        rows = self._doubtful(windows, best, range(len(windows)))
        within = list(range(len(windows)))  # which windows the encoding holds
        rushed = [row for row in rows if _rushed(windows[row], best[row])]
        for mode in self._ways(key):
            tried = [row for row in rows if self._suits(mode, windows[row], best[row])]
            if not tried:
                continue
            chosen = replace(key, beam_size=mode.beam_size or key.beam_size)
            if mode.longest:
                key = chosen = replace(chosen, frames=self._longest)
                encoding = None
            else:
                encoding = self._network.pick(encoding, [within.index(row) for row in tried])
            again, encoding = self._decode([windows[row] for row in tried], chosen, mode, encoding)
            within = tried
            confirmed = [
                row
                for row, second in zip(tried, again, strict=True)
                if row in rushed and _alike(second, best[row])
            ]
            for row, second in zip(tried, again, strict=True):
                best[row] = _better(windows[row], best[row], second, mode)
            rows = [row for row in self._doubtful(windows, best, rows) if row not in confirmed]
        for row in rows:
            if FILL.name not in best[row].remedies:
                best[row] = self._fill(windows[row], best[row], key)
        return [_judged(window, one) for window, one in zip(windows, best, strict=True)]

    def _behind_earlier(
        self, windows: Sequence[Window], hypotheses: Sequence[Hypothesis], key: CallKey
    ) -> list[Hypothesis]:
        """Decode windows of which the model is not sure again with the audio before them."""
        best = list(hypotheses)
        if not self._traits.earlier_s:
            return best
        alike: dict[int, dict[int, Window]] = {}
        for row, (window, first) in enumerate(zip(windows, hypotheses, strict=True)):
            if unsure(window, first):
                whole = continued(window, first.language)
                frames = self._frames(whole, True)
                alike.setdefault(frames, {})[row] = whole
        for frames, group in alike.items():
            again, _ = self._decode(list(group.values()), replace(key, frames=frames), EARLIER)
            for row, second in zip(group, again, strict=True):
                best[row] = _better(windows[row], best[row], second, EARLIER)
        return best

    def _with_beam(
        self,
        windows: Sequence[Window],
        hypotheses: Sequence[Hypothesis],
        encoding: Any,
        key: CallKey,
    ) -> list[Hypothesis]:
        """Decode windows of which the model is not sure, and which have no earlier audio, again
        with a beam. Not in the longest context, in which files are decoded: it hears better."""
        best = list(hypotheses)
        if key.frames >= self._longest or key.beam_size >= BEAM.beam_size:
            return best
        rows = [row for row, first in enumerate(best) if unsure_alone(windows[row], first)]
        if not rows:
            return best
        again, _ = self._decode(
            [windows[row] for row in rows],
            replace(key, beam_size=BEAM.beam_size),
            BEAM,
            self._network.pick(encoding, rows),
        )
        for row, second in zip(rows, again, strict=True):
            best[row] = _better(windows[row], best[row], second, BEAM)
        return best

    def _frames(self, window: Window, final: bool) -> int:
        return context_frames(len(window.samples), final, self._traits, self._network.n_mels)

    @property
    def _longest(self) -> int:
        return round(self._traits.final_buckets_s[-1] * FRAMES_PER_S)

    @property
    def _timed(self) -> bool:
        """Whether the model can write timestamps."""
        return self._traits.timestamps and self._network.timestamps

    def _ways(self, key: CallKey) -> list[DecodeMode]:
        """The remedies that this model supports and that differ from the first decoding."""
        return [
            mode
            for mode in REMEDIES
            if (self._timed or not mode.timestamps)
            and (self._longest > key.frames or not mode.longest)
            and (mode.beam_size > key.beam_size or not mode.beam_size)
        ]

    def _suits(self, mode: DecodeMode, window: Window, hypothesis: Hypothesis) -> bool:
        """Whether a remedy may help. What a model leaves out it writes with timestamps if at all:
        of 17 texts of people, guesses and fast ones, none became better in the longest context, for
        1.2 s of processor each; loops do."""
        for_loops = mode.unrepeated or (mode.longest and self._timed)
        return not for_loops or (hypothesis.repaired and not _rushed(window, hypothesis))

    def _doubtful(
        self, windows: Sequence[Window], best: Sequence[Hypothesis], rows: Sequence[int]
    ) -> list[int]:
        return [row for row in rows if in_doubt(best[row], speech_of(windows[row]))]

    def _lacks_little(self, window: Window, hypothesis: Hypothesis, key: CallKey) -> bool:
        """Whether a text is in doubt only because of few and short holes."""
        speech = speech_of(window)
        found = [] if hypothesis.doubtful else open_holes(hypothesis, speech)
        if window.duration_s < LONG_S or not 0 < len(found) <= MOST_FILLED:
            return False
        if coverage(hypothesis.words, speech) < MOSTLY:
            return False
        parts = [around(window, hole, len(hypothesis.words)) for hole in found]
        return all(self._frames(part, False) <= key.frames * CHEAP_SHARE for part in parts)

    def _fill(self, window: Window, first: Hypothesis, key: CallKey) -> Hypothesis:
        """Decode the holes by themselves, and insert their words."""
        found = sorted(open_holes(first, speech_of(window)), key=lambda hole: -hole.spoken_s)
        # Last hole first, so that the indexes of the words before the others stay valid.
        for hole in sorted(found[:MOST_FILLED], key=lambda hole: -hole.first):
            part = around(window, hole, len(first.words))
            part = replace(part, options=replace(part.options, language=first.language or None))
            first = self._with_part(first, hole, part, key)
        return first

    def _ways_to_fill(self, hole: Hole) -> list[DecodeMode]:
        foreign = self._traits.detects_language and hole.spoken_s >= FOREIGN_S
        return [FILL, *([FILL_TIMED] if self._timed else []), *([FILL_FOREIGN] if foreign else [])]

    def _with_part(self, first: Hypothesis, hole: Hole, part: Window, key: CallKey) -> Hypothesis:
        frames = self._frames(part, False)
        encoding: Any = None
        rushed: Hypothesis | None = None
        for mode in self._ways_to_fill(hole):
            language = None if mode is FILL_FOREIGN else part.options.language
            piece = replace(part, options=replace(part.options, language=language))
            [second], encoding = self._decode([piece], replace(key, frames=frames), mode, encoding)
            first = replace(
                first,
                passes=first.passes + second.passes,
                remedies=(*first.remedies, mode.name),
            )
            if mode is FILL_FOREIGN and second.language_probability < FOREIGN_PROBABILITY:
                break
            confirmed = rushed is not None and _agree(second, rushed)
            rushed = second if _soft(part, second) else None
            words = filled(first.words, hole, second.words)
            if (confirmed or not second.doubtful) and len(words) > len(first.words):
                sure = second.avg_logprob
                return replace(
                    first,
                    text="".join(word.text for word in words).strip(),
                    words=words,
                    tokens=first.tokens + second.tokens,
                    avg_logprob=min(first.avg_logprob, sure) if first.text else sure,
                )
        return first


def _rushed(window: Window, hypothesis: Hypothesis) -> bool:
    """Whether the text is in doubt only because it seems too long for the speech: people who speak
    fast are, too. A second manner that gives the same text settles it."""
    speech = speech_of(window)
    return (
        too_fast(hypothesis.text, speech, window.duration_s)
        and guards.repetition(hypothesis.text) <= guards.COMPRESSION_LIMIT
        and not open_holes(hypothesis, speech)
    )


def _soft(part: Window, second: Hypothesis) -> bool:
    """Whether a text may be that of a voice of which the detector misses much: it is in doubt only
    because it seems too long, and the detector is sure of a voice in the whole window."""
    voiced = part.voice is None or part.voice >= SURE_VOICE
    return voiced and second.avg_logprob >= guards.LOGPROB_LIMIT and _rushed(part, second)


def _alike(one: Hypothesis, other: Hypothesis) -> bool:
    return guards.letters(one.text) == guards.letters(other.text)


def _agree(one: Hypothesis, other: Hypothesis) -> bool:
    """Whether most of two texts is the same."""
    first, second = guards.letters(one.text), guards.letters(other.text)
    return SequenceMatcher(None, first, second, autojunk=False).ratio() >= AGREEING


def _better(window: Window, first: Hypothesis, second: Hypothesis, mode: DecodeMode) -> Hypothesis:
    speech = speech_of(window)
    better = second if merit(second, speech) > merit(first, speech) else first
    return replace(
        better,
        passes=first.passes + second.passes,
        remedies=(*first.remedies, mode.name),
    )


def _judged(window: Window, hypothesis: Hypothesis) -> Hypothesis:
    """Set the coverage, and whether the hypothesis is still in doubt."""
    speech = speech_of(window)
    share = coverage(hypothesis.words, speech) if hypothesis.words else 1.0
    return replace(hypothesis, coverage=share, doubtful=in_doubt(hypothesis, speech))
