"""A Whisper behind the engine, whatever library runs its network.

Whisper's own loop (`transcribe`) pads every call to 30 s and takes one stream at a time. Here the
encoder gets as much context as the window needs, windows of many streams share one call, and
language detection, decoding and word times share one encoding.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from realtime.backends.base import BackendInfo, ContextPolicy
from realtime.backends.whisper import guards
from realtime.backends.whisper.features import FRAMES_PER_S, HOP_SAMPLES, LogMel
from realtime.backends.whisper.grouping import CallKey, Grouping
from realtime.backends.whisper.memory import short_memory_named
from realtime.backends.whisper.network import Alignment, Network, Sampled, Sampling
from realtime.backends.whisper.surface import Capacity, WhisperSurface
from realtime.backends.whisper.tokens import Vocabulary
from realtime.backends.whisper.words import fit_to_sound, group_tokens, time_words, token_starts
from realtime.types import SAMPLE_RATE, DecodeOptions, Hypothesis, Window, Word

WARM_UP_S = 0.5
MIN_ALIGNED_FRAMES = 32  # the median filter over the attention is 7 encoder steps wide


@dataclass(frozen=True, slots=True)
class _Reading:
    """One window as decoded."""

    tokens: list[int]
    avg_logprob: float
    no_speech_probability: float
    repaired: bool


class WhisperBackend(WhisperSurface):
    """A `Backend`. `decode` may be called from `workers` threads at once."""

    def __init__(
        self,
        network: Network,
        vocabulary: Vocabulary,
        policy: ContextPolicy,
        info: BackendInfo,
        capacity: Capacity,
    ) -> None:
        """Warms the network up, which also measures what its calls cost."""
        super().__init__(info, policy, capacity, Grouping(policy, network.n_mels, vocabulary))
        self._network = network
        self.vocabulary = vocabulary
        self._log_mel = LogMel(network.n_mels)
        self._timed: list[CallKey] = []
        self._warm_up()

    def measured(self) -> list[tuple[CallKey, float]]:
        """Calls with one window that were timed, and their seconds."""
        return [(key, self.cost_s(key, 1)) for key in self._timed]

    def decode(self, windows: Sequence[Window]) -> list[Hypothesis]:
        """Raises ValueError on audio that is not finite and on windows that cannot share a call,
        and OutOfMemory, after which the next call may go well.
        """
        keys = [self.group_key(window.shape) for window in windows]
        if len({replace(key, frames=0) for key in keys}) != 1:
            raise ValueError("windows of different keys in one call")
        key = replace(keys[0], frames=max(key.frames for key in keys))
        with short_memory_named():
            started = time.perf_counter()
            hypotheses = self._hear(windows, key)
            taken_s = time.perf_counter() - started
            self._costs.observe(key.kind, key.frames, len(windows), taken_s)
            hypotheses = self._without_foreign_text(windows, hypotheses)
            return self._hear_again(windows, hypotheses, key) if key.final else hypotheses

    def close(self) -> None:
        self._network.close()

    # ---- one call

    def _hear(self, windows: Sequence[Window], key: CallKey) -> list[Hypothesis]:
        """Encode once, then detect, decode and align on the same encoding."""
        features = np.empty((len(windows), self._network.n_mels, key.frames), np.float32)
        for row, window in zip(features, windows, strict=True):
            self._log_mel(window.samples, key.frames, out=row)
        encoding = self._network.encode(features)
        languages = self._languages(encoding, windows)
        readings = self._read(encoding, windows, [code for code, _ in languages], key)
        words: list[tuple[Word, ...]] = [()] * len(windows)
        if key.word_times:
            words = self._align(encoding, windows, readings, [code for code, _ in languages], key)
        return [
            self._hypothesis(reading, *language, spoken)
            for reading, language, spoken in zip(readings, languages, words, strict=True)
        ]

    def _without_foreign_text(
        self, windows: Sequence[Window], hypotheses: Sequence[Hypothesis]
    ) -> list[Hypothesis]:
        """Earlier text in another language than is spoken now led the model astray: such windows,
        of which a stream has one a change of language, are heard once more without it."""
        mended = list(hypotheses)
        for i, (window, first) in enumerate(zip(windows, hypotheses, strict=True)):
            options = window.options
            if not self.grouping.context(options) or not _foreign(options, first.language):
                continue
            alone = replace(options, previous_text="", previous_language="")
            window = replace(window, options=replace(alone, language=first.language))
            [second] = self._hear([window], self.group_key(window.shape))
            mended[i] = replace(
                second,
                language_probability=first.language_probability,
                passes=first.passes + second.passes,
            )
        return mended

    def _hear_again(
        self, windows: Sequence[Window], hypotheses: list[Hypothesis], key: CallKey
    ) -> list[Hypothesis]:
        """Finals that look wrong are decoded once more, with the longest context; the better stays.

        Partials are not: the next one corrects them, and the longest context costs most.
        """
        longest = round(self._policy.final_buckets_s[-1] * FRAMES_PER_S)
        doubtful = [i for i, hypothesis in enumerate(hypotheses) if _doubtful(hypothesis)]
        if not doubtful or longest <= key.frames:
            return hypotheses
        again = self._hear([windows[i] for i in doubtful], replace(key, frames=longest))
        for i, second in zip(doubtful, again, strict=True):
            first = hypotheses[i]
            better = second if _merit(second) > _merit(first) else first
            hypotheses[i] = replace(better, passes=first.passes + second.passes)
        return hypotheses

    def _languages(self, encoding: Any, windows: Sequence[Window]) -> list[tuple[str, float]]:
        """(code, probability) of each window; detected only where the stream does not say."""
        if not self._network.multilingual:
            return [("en", 1.0)] * len(windows)
        given = [window.options.language for window in windows]
        if all(language is not None for language in given):
            return [(language or "", 1.0) for language in given]
        detected = self._network.languages(encoding)
        return [
            (language, 1.0) if language is not None else best
            for language, best in zip(given, detected, strict=True)
        ]

    def _read(
        self, encoding: Any, windows: Sequence[Window], languages: Sequence[str], key: CallKey
    ) -> list[_Reading]:
        prompts = [
            self.vocabulary.prompt(
                self.grouping.context(window.options), language, window.options.task
            )
            for window, language in zip(windows, languages, strict=True)
        ]
        caps = [
            guards.token_cap(window.duration_s, key.final, written)
            for window, written in zip(windows, _written(windows, languages), strict=True)
        ]
        sampling = Sampling(key.beam_size, max(caps), self.vocabulary.suppressed)
        results = self._network.generate(encoding, prompts, sampling)
        return [self._reading(result, cap) for result, cap in zip(results, caps, strict=True)]

    def _reading(self, sampled: Sampled, cap: int) -> _Reading:
        text = [token for token in sampled.tokens if token < self.vocabulary.end]
        kept = guards.cut_loops(text)[:cap]
        whole = guards.whole_characters(self.vocabulary.pieces(kept))
        return _Reading(
            tokens=kept[:whole],
            avg_logprob=sampled.avg_logprob,
            no_speech_probability=sampled.no_speech_probability,
            repaired=whole < len(text) or len(text) >= cap,
        )

    def _align(
        self,
        encoding: Any,
        windows: Sequence[Window],
        readings: Sequence[_Reading],
        languages: Sequence[str],
        key: CallKey,
    ) -> list[tuple[Word, ...]]:
        """Words with times. One call per language in the batch, since the aligner takes one."""
        # A window without text gets one token, whose time nobody reads: the aligner wants some.
        texts = [reading.tokens or [self.vocabulary.end] for reading in readings]
        heard = [
            min(max(-(-len(window.samples) // HOP_SAMPLES), MIN_ALIGNED_FRAMES), key.frames)
            for window in windows
        ]
        words: list[tuple[Word, ...]] = [()] * len(windows)
        for language in sorted(set(languages)):
            start = self.vocabulary.start_sequence(language, windows[0].options.task)
            aligned = self._network.align(encoding, start, texts, heard)
            for i, alignment in enumerate(aligned):
                if languages[i] == language and readings[i].tokens:
                    words[i] = self._words(windows[i], readings[i].tokens, alignment)
        return words

    def _words(
        self, window: Window, tokens: Sequence[int], alignment: Alignment
    ) -> tuple[Word, ...]:
        words = time_words(
            group_tokens(self.vocabulary.pieces(tokens)),
            token_starts(alignment.path, len(tokens)),
            alignment.probabilities,
            window.start / SAMPLE_RATE,
            window.end / SAMPLE_RATE,
        )
        return fit_to_sound(words, window.samples, window.start / SAMPLE_RATE)

    def _hypothesis(
        self, reading: _Reading, language: str, probability: float, words: tuple[Word, ...]
    ) -> Hypothesis:
        text = self.vocabulary.decode(reading.tokens).strip()
        if not text or self._made_up(reading):
            return Hypothesis(
                text="",
                language=language,
                language_probability=probability,
                no_speech_probability=reading.no_speech_probability,
            )
        return Hypothesis(
            text=text,
            words=words,
            language=language,
            language_probability=probability,
            avg_logprob=reading.avg_logprob,
            no_speech_probability=reading.no_speech_probability,
            compression_ratio=guards.compression_ratio(text),
            tokens=len(reading.tokens),
            repaired=reading.repaired or guards.repetition(text) > guards.COMPRESSION_LIMIT,
        )

    def _made_up(self, reading: _Reading) -> bool:
        """Whether the text was written where nobody spoke."""
        return (
            reading.no_speech_probability > self._policy.no_speech_limit
            and reading.avg_logprob < self._policy.silence_logprob
        )

    def _warm_up(self) -> None:
        """Measure single calls, shortest context first, until `WARM_UP_S` are spent.

        The first call is slower (kernels are chosen, memory is got) and does not count.
        """
        buckets_s = sorted({*self._policy.partial_buckets_s, *self._policy.final_buckets_s})
        noise = np.random.default_rng(0).normal(0.0, 0.01, SAMPLE_RATE).astype(np.float32)
        language = "en" if self._network.multilingual else None
        give_up_at = time.perf_counter() + WARM_UP_S
        for bucket_s in [buckets_s[0], *buckets_s]:
            key = CallKey(round(bucket_s * FRAMES_PER_S), False, 1, False, 0, None)
            window = Window(noise, 0, False)
            options = replace(window.options, language=language)
            started = time.perf_counter()
            self._hear([replace(window, options=options)], key)
            self._costs.observe(key.kind, key.frames, 1, time.perf_counter() - started)
            self._timed.append(key)
            if time.perf_counter() > give_up_at:
                break


def _foreign(options: DecodeOptions, language: str) -> bool:
    """Whether the earlier text is in another language than was heard."""
    return bool(options.previous_text) and options.previous_language not in ("", language)


def _written(windows: Sequence[Window], languages: Sequence[str]) -> list[str]:
    """The language of each window's text: a translation is English."""
    return [
        "en" if window.options.task == "translate" else language
        for window, language in zip(windows, languages, strict=True)
    ]


def _doubtful(hypothesis: Hypothesis) -> bool:
    return hypothesis.repaired or hypothesis.avg_logprob < guards.LOGPROB_LIMIT


def _merit(hypothesis: Hypothesis) -> tuple[bool, float]:
    return not hypothesis.repaired, hypothesis.avg_logprob
