"""A Whisper model as a backend, whatever library runs its network.

Whisper's own loop (`transcribe`) pads every call to 30 s and takes one stream at a time. Here the
encoder gets as much context as the window needs, windows of many streams share one call, and
language detection, decoding and word times share one encoding.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from realtime.backends.base import BackendInfo
from realtime.backends.whisper.checks import guards
from realtime.backends.whisper.checks.evidence import no_voice, nobody_spoke, remove_rote, unlikely
from realtime.backends.whisper.checks.remedies import (
    FIRST,
    DecodeMode,
    copies,
    speech_of,
    too_fast,
    was_said,
)
from realtime.backends.whisper.checks.second_pass import SecondPass
from realtime.backends.whisper.detection import DetectedLanguage, detect
from realtime.backends.whisper.features import FRAMES_PER_S, HOP_SAMPLES, LogMel
from realtime.backends.whisper.grouping import CallKey, Grouping
from realtime.backends.whisper.memory import short_memory_named
from realtime.backends.whisper.network import Sampled, Sampling, WhisperNetwork
from realtime.backends.whisper.pace import MOST_TOKENS
from realtime.backends.whisper.reading import Call, DecodedText
from realtime.backends.whisper.surface import CallCapacity, WhisperSurface
from realtime.backends.whisper.tokens import Vocabulary
from realtime.backends.whisper.traits import WhisperTraits
from realtime.backends.whisper.words import fit_to_sound, group_tokens, time_words, token_starts
from realtime.languages import ENGLISH
from realtime.types import SAMPLE_RATE, DecodeOptions, Hypothesis, Task, Window, Word

WARM_UP_S = 0.1
"""After this no longer context is measured before the start, which streams wait for: the first call
of each corrects the estimate. The bundled model measures up to 16 s in it; 30 s took as long as all
others together. Stock `base` measures 8 s in 0.4 s on two cores; 15 s took 0.6 s more."""
MIN_ALIGNED_FRAMES = 32  # the median filter over the attention is 7 encoder steps wide
TIME_TOKENS = 24
"""Most timestamps in a text that has them: two for each of a dozen sentences."""


class WhisperBackend(WhisperSurface):
    """A `Backend`. `decode` may be called from `workers` threads at once."""

    def __init__(
        self,
        network: WhisperNetwork,
        vocabulary: Vocabulary,
        traits: WhisperTraits,
        info: BackendInfo,
        capacity: CallCapacity,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Warms the network up, which also measures what its calls cost. `clock`: seconds."""
        traits = replace(traits, languages=vocabulary.known)
        super().__init__(info, traits, capacity, Grouping(traits, network.n_mels, vocabulary))
        self._network = network
        self.vocabulary = vocabulary
        self._log_mel = LogMel(network.n_mels)
        self._clock = clock
        self._timed: list[CallKey] = []
        self._warm_up()

    def measured(self) -> list[tuple[CallKey, float]]:
        """Calls with one window that were timed during the warm-up, and their seconds."""
        return [(key, self.cost_s(key, 1)) for key in self._timed]

    def decode(self, windows: Sequence[Window]) -> list[Hypothesis]:
        """Raises ValueError on audio that is not finite and on windows that cannot share a call,
        and OutOfMemory, after which the next call may succeed."""
        keys = [self.group_key(window.shape) for window in windows]
        if len({replace(key, frames=0) for key in keys}) != 1:
            raise ValueError("windows of different keys in one call")
        key = replace(keys[0], frames=max(key.frames for key in keys))
        with short_memory_named():
            started = self._clock()
            hypotheses, encoding = self._decode_once(windows, key)
            taken_s = self._clock() - started
            self._costs.observe(key.kind, key.frames, len(windows), taken_s)
            hypotheses = self._without_foreign_text(windows, hypotheses, encoding, key)
            if key.final:
                again = SecondPass(self._traits, self._network, self._decode_once)
                hypotheses = again.of(windows, hypotheses, encoding, key)
            pairs = zip(hypotheses, windows, strict=True)
            return [remove_rote(*pair, self._traits) for pair in pairs]

    def close(self) -> None:
        self._network.close()

    # ---- one call

    def _decode_once(
        self,
        windows: Sequence[Window],
        key: CallKey,
        mode: DecodeMode = FIRST,
        encoding: Any = None,
    ) -> tuple[list[Hypothesis], Any]:
        """Encode, unless there is an encoding already; detect languages, decode and align on it."""
        passes = 0
        if encoding is None:
            features = np.empty((len(windows), self._network.n_mels, key.frames), np.float32)
            for row, window in zip(features, windows, strict=True):
                self._log_mel(window.samples, key.frames, out=row)
            encoding, passes = self._network.encode(features), 1
        languages = self._languages(encoding, windows)
        known = [
            self.vocabulary.text(window.earlier.words) if mode.earlier and window.earlier else ()
            for window in windows
        ]
        call = Call(windows, [one.language for one in languages], key, mode, encoding, known)
        readings = self._read(call)
        if key.word_times:
            self._align(call, readings)
        hypotheses = [
            replace(self._hypothesis(reading, language, window, mode), passes=passes)
            for reading, language, window in zip(readings, languages, windows, strict=True)
        ]
        return hypotheses, encoding

    def _without_foreign_text(
        self,
        windows: Sequence[Window],
        hypotheses: Sequence[Hypothesis],
        encoding: Any,
        key: CallKey,
    ) -> list[Hypothesis]:
        """Decode windows again without their earlier text if that is in another language than is
        spoken now: it misled the model. A stream has one such window per change of language."""
        mended = list(hypotheses)
        for i, (window, first) in enumerate(zip(windows, hypotheses, strict=True)):
            options = window.options
            if not self.grouping.context(options) or not _foreign(options, first.language):
                continue
            alone = replace(options, previous_text="", previous_language="")
            window = replace(window, options=replace(alone, language=first.language))
            [second], _ = self._decode_once([window], key, FIRST, self._network.pick(encoding, [i]))
            mended[i] = replace(
                second,
                language_probability=first.language_probability,
                languages=first.languages,
                passes=first.passes + second.passes,
            )
        return mended

    def _languages(self, encoding: Any, windows: Sequence[Window]) -> list[DetectedLanguage]:
        """The language of each window; detected only if the stream does not state it."""
        if not self._network.multilingual:
            return [DetectedLanguage(ENGLISH, 1.0)] * len(windows)
        requested = [window.options.language for window in windows]
        if all(language is not None for language in requested):
            return [DetectedLanguage(language or "", 1.0) for language in requested]
        detected = self._network.languages(encoding)
        return [
            detect(found, window.options) if language is None else DetectedLanguage(language, 1.0)
            for language, window, found in zip(requested, windows, detected, strict=True)
        ]

    def _read(self, call: Call) -> list[DecodedText]:
        mode = call.mode
        prompts = [
            self.vocabulary.prompt(
                self.grouping.context(window.options) if mode.context else (),
                language,
                window.options.task,
                timestamps=mode.timestamps,
            )
            for window, language in zip(call.windows, call.languages, strict=True)
        ]
        caps = [
            guards.token_cap(window.duration_s, call.key.final, written)
            for window, written in zip(call.windows, _written(call), strict=True)
        ]
        most = max(caps) + TIME_TOKENS * mode.timestamps
        sampling = Sampling(
            mode.beam_size or call.key.beam_size,
            min(most, MOST_TOKENS),
            self.vocabulary.suppressed,
            mode.timestamps,
            mode.unrepeated,
        )
        results = self._network.generate(call.encoding, prompts, sampling, call.known)
        return [self._reading(result, cap) for result, cap in zip(results, caps, strict=True)]

    def _reading(self, sampled: Sampled, cap: int) -> DecodedText:
        text = [token for token in sampled.tokens if token < self.vocabulary.end]
        remaining = text[:cap]
        remaining = remaining[: guards.whole_characters(self.vocabulary.pieces(remaining))]
        return DecodedText(
            tokens=remaining,
            avg_logprob=sampled.avg_logprob,
            no_speech_probability=sampled.no_speech_probability,
            loops=guards.loops(remaining),
            repaired=len(text) >= cap,
        )

    def _align(self, call: Call, readings: Sequence[DecodedText]) -> None:
        """Give readings their words with times, and cut loops that there was no time to say."""
        self._time(call, readings, range(len(readings)))
        pairs = enumerate(zip(call.windows, readings, strict=True))
        if shortened := [row for row, pair in pairs if self._shorten(*pair)]:
            self._time(call, readings, shortened)

    def _time(self, call: Call, readings: Sequence[DecodedText], rows: Sequence[int]) -> None:
        """Align some rows. One call per language and task, since the aligner takes one of each."""
        alike: dict[tuple[str, Task], list[int]] = {}
        for row in rows:
            if readings[row].tokens:
                key = call.languages[row], call.windows[row].options.task
                alike.setdefault(key, []).append(row)
        for (language, task), group in alike.items():
            frames = [
                min(
                    max(-(-len(call.windows[row].samples) // HOP_SAMPLES), MIN_ALIGNED_FRAMES),
                    call.key.frames,
                )
                for row in group
            ]
            aligned = self._network.align(
                self._network.pick(call.encoding, group),
                self.vocabulary.start_sequence(language, task),
                [[*call.known[row], *readings[row].tokens] for row in group],
                frames,
            )
            for row, alignment in zip(group, aligned, strict=True):
                reading, known = readings[row], len(call.known[row])
                starts_s = token_starts(alignment.path, known + len(reading.tokens))
                reading.starts_s = starts_s[known:]
                sure = alignment.probabilities[known:]
                reading.words = self._words(call.windows[row], reading, sure)

    def _shorten(self, window: Window, reading: DecodedText) -> bool:
        """Cut what is repeated without time or voice; returns whether anything was cut."""
        speech, start_s = speech_of(window), window.start / SAMPLE_RATE
        has_speech = reading.no_speech_probability <= self._traits.no_speech_limit

        def believed(first: int, last: int) -> bool:
            begin_s, end_s = (start_s + reading.starts_s[token] for token in (first, last))
            text = self.vocabulary.decode(reading.tokens[first:last])
            return has_speech and was_said(text, begin_s, end_s, speech)

        repeats = reading.loops or guards.echoes(reading.tokens)
        remaining = guards.without(reading.tokens, repeats, believed)
        shorter = len(remaining) < len(reading.tokens)
        reading.tokens = remaining
        reading.repaired |= shorter and bool(reading.loops)  # an echo does not spoil the rest
        return shorter

    def _words(
        self, window: Window, reading: DecodedText, probabilities: Sequence[float]
    ) -> tuple[Word, ...]:
        words = time_words(
            group_tokens(self.vocabulary.pieces(reading.tokens)),
            reading.starts_s,
            probabilities,
            window.start / SAMPLE_RATE,
            window.end / SAMPLE_RATE,
        )
        return fit_to_sound(words, window.samples, window.start / SAMPLE_RATE)

    def _hypothesis(
        self, reading: DecodedText, language: DetectedLanguage, window: Window, mode: DecodeMode
    ) -> Hypothesis:
        if not reading.words and reading.loops:  # there are no times by which to judge loops
            remaining = guards.without(reading.tokens, reading.loops)
            reading.tokens, reading.repaired = remaining, True
        text = self.vocabulary.decode(reading.tokens).strip()
        ratio = guards.compression_ratio(text)
        repetition = guards.repetition(text)
        options, speech = window.options, speech_of(window)
        no_speech, sure = reading.no_speech_probability, reading.avg_logprob
        weak, guided = unlikely(no_speech, sure), mode.context and self._traits.context_text
        # If every round of a loop was spoken, its text may well compress that much.
        looped = repetition > guards.COMPRESSION_LIMIT and not reading.loops
        circles = reading.repaired or looped
        repaired = (
            circles
            or too_fast(text, speech, window.duration_s)
            or (guided and copies(text, reading.words, options, weak))
        )
        noise = no_voice(window, no_speech, sure, self._traits, circles=circles)
        if not text or noise or nobody_spoke(no_speech, sure, speech, self._traits):
            return Hypothesis(
                text="",
                language=language.language,
                language_probability=language.probability,
                languages=language.probabilities,
                no_speech_probability=no_speech,
                unspoken=noise or no_speech > self._traits.no_speech_limit,
            )
        return Hypothesis(
            text=text,
            words=reading.words,
            language=language.language,
            language_probability=language.probability,
            languages=language.probabilities,
            avg_logprob=reading.avg_logprob,
            no_speech_probability=no_speech,
            compression_ratio=ratio,
            tokens=len(reading.tokens),
            repaired=repaired,
            doubtful=repaired or reading.avg_logprob < guards.LOGPROB_LIMIT,
        )

    def _warm_up(self) -> None:
        """Measure single calls, shortest context first, until `WARM_UP_S` are spent. One before
        them does not count: the first call also selects kernels and allocates memory."""
        buckets_s = sorted({*self._traits.partial_buckets_s, *self._traits.final_buckets_s})
        noise = np.random.default_rng(0).normal(0.0, 0.01, SAMPLE_RATE).astype(np.float32)
        options = DecodeOptions(language="en" if self._network.multilingual else None)
        window = Window(noise, 0, False, options)
        keys = [CallKey(round(s * FRAMES_PER_S), False, 1, False, 0) for s in buckets_s]
        give_up_at = self._clock() + WARM_UP_S
        self._decode_once([window], keys[0])
        for key in keys:
            started = self._clock()
            self._decode_once([window], key)
            ended = self._clock()
            self._costs.observe(key.kind, key.frames, 1, ended - started)
            self._timed.append(key)
            if ended > give_up_at:
                break


def _foreign(options: DecodeOptions, language: str) -> bool:
    """Whether the earlier text is in another language than was detected."""
    return bool(options.previous_text) and options.previous_language not in ("", language)


def _written(call: Call) -> list[str]:
    """The language of each window's text: a translation is English."""
    return [
        "en" if window.options.task == "translate" else language
        for window, language in zip(call.windows, call.languages, strict=True)
    ]
