"""Whisper on CTranslate2, as faster-whisper loads it, driven directly for live speech.

`faster_whisper.WhisperModel.transcribe` pads every call to 30 s and takes one stream at a time.
Here the encoder gets as much context as the window needs, windows of many streams share one call,
and language detection, decoding and word times share one encoding.
"""

from __future__ import annotations

import os
import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np

from realtime.backends.base import BackendInfo, ContextPolicy
from realtime.backends.cost import CostTable
from realtime.backends.whisper import guards
from realtime.backends.whisper.context import context_frames, policy_for
from realtime.backends.whisper.features import FRAMES_PER_S, HOP_SAMPLES, LogMel
from realtime.backends.whisper.load import load_model, parse_device
from realtime.backends.whisper.tokens import Vocabulary
from realtime.backends.whisper.words import fit_to_sound, group_tokens, time_words, token_starts
from realtime.types import SAMPLE_RATE, DecodeOptions, Hypothesis, Task, Window, WindowShape, Word

CPU_MAX_BATCH = 4  # 8 windows were no faster than 2 calls of 4 (performance notes, section 6)
GPU_MAX_BATCH = 16  # more only copies more state whenever one window ends (notes, section 1.2)
WARM_UP_S = 0.5
MIN_ALIGNED_FRAMES = 32  # the median filter over the attention is 7 encoder steps wide


@dataclass(frozen=True, slots=True)
class CallKey:
    """What windows must have in common to share a call."""

    frames: int
    final: bool
    beam_size: int
    word_times: bool
    context: int
    """Tokens of context."""
    spoken: tuple[str | None, Task] | None
    """Language and task, where words are timed: the aligner takes one for all."""

    @property
    def kind(self) -> Hashable:
        """What the time depends on besides frames and windows."""
        return self.beam_size, self.word_times


@dataclass(frozen=True, slots=True)
class _Reading:
    """One window as decoded."""

    tokens: list[int]
    avg_logprob: float
    no_speech_probability: float
    repaired: bool


class FasterWhisperBackend:
    """A `Backend`. `decode` may be called from `workers` threads at once."""

    def __init__(
        self,
        model_dir: Path,
        device: str = "auto",
        compute_type: str = "auto",
        workers: int = 0,
        policy: ContextPolicy | None = None,
        shown_name: str = "",
    ) -> None:
        """Load the model from a directory; nothing is downloaded.

        `device`: cpu, cuda, cuda:1 … or auto (a GPU where there is one). `compute_type`:
        CTranslate2's name, or auto (int8 on CPU, float16 on a GPU). `workers`: 0 for cores - 1 on
        CPU, 1 on a GPU. `policy`: None for the one in the directory, else stock Whisper's.
        Raises LoadFailed.
        """
        name, index = parse_device(device)
        if compute_type == "auto":
            compute_type = "int8" if name == "cpu" else "float16"
        self._workers = workers or (max((os.cpu_count() or 2) - 1, 1) if name == "cpu" else 1)
        self._max_batch = CPU_MAX_BATCH if name == "cpu" else GPU_MAX_BATCH
        self._policy = policy or policy_for(model_dir)
        loaded = load_model(model_dir, name, index, compute_type, self._workers)
        self._model: Any = loaded.model
        self._n_mels = int(self._model.n_mels)
        self._vocabulary = Vocabulary(loaded.hf_tokenizer, self._model.is_multilingual)
        self._log_mel = LogMel(self._n_mels)
        self._costs = CostTable()
        self._info = BackendInfo(
            backend="faster-whisper",
            model=shown_name or model_dir.name,
            device=device if name == "cuda" and index else name,
            compute_type=str(self._model.compute_type),
            model_path=str(model_dir),
            multilingual=bool(self._model.is_multilingual),
        )
        self._warm_up()

    @property
    def info(self) -> BackendInfo:
        return self._info

    @property
    def policy(self) -> ContextPolicy:
        return self._policy

    @property
    def max_batch(self) -> int:
        return self._max_batch

    @property
    def workers(self) -> int:
        return self._workers

    def group_key(self, shape: WindowShape) -> CallKey:
        """Raises BadOption for a language that the model lacks."""
        options = shape.options
        if options.language is not None:
            self._vocabulary.check_language(options.language)
        context = self._context(options)
        return CallKey(
            frames=context_frames(shape.samples, shape.final, self._policy, self._n_mels),
            final=shape.final,
            beam_size=options.beam_size if shape.final else 1,
            word_times=options.word_times,
            context=len(context),
            spoken=(options.language, options.task) if options.word_times else None,
        )

    def cost_s(self, key: Hashable, batch: int) -> float:
        if not isinstance(key, CallKey):
            raise TypeError(f"not a key of this backend: {key!r}")
        return self._costs.expect(key.kind, key.frames, batch)

    def decode(self, windows: Sequence[Window]) -> list[Hypothesis]:
        """Raises ValueError on audio that is not finite and on windows that cannot share a call."""
        keys = [self.group_key(window.shape) for window in windows]
        if len({replace(key, frames=0) for key in keys}) != 1:
            raise ValueError("windows of different keys in one call")
        key = replace(keys[0], frames=max(key.frames for key in keys))
        started = time.perf_counter()
        hypotheses = self._hear(windows, key)
        taken_s = time.perf_counter() - started
        self._costs.observe(key.kind, key.frames, len(windows), taken_s)
        return self._hear_again(windows, hypotheses, key) if key.final else hypotheses

    def close(self) -> None:
        self._model.unload_model()

    # ---- one call

    def _hear(self, windows: Sequence[Window], key: CallKey) -> list[Hypothesis]:
        """Encode once, then detect, decode and align on the same encoding."""
        features = np.empty((len(windows), self._n_mels, key.frames), np.float32)
        for row, window in zip(features, windows, strict=True):
            self._log_mel(window.samples, key.frames, out=row)
        encoded = self._model.encode(ctranslate2.StorageView.from_array(features))
        languages = self._languages(encoded, windows)
        readings = self._generate(encoded, windows, [code for code, _ in languages], key)
        words: list[tuple[Word, ...]] = [()] * len(windows)
        if key.word_times:
            words = self._align(encoded, windows, readings, [code for code, _ in languages])
        return [
            self._hypothesis(reading, *language, spoken)
            for reading, language, spoken in zip(readings, languages, words, strict=True)
        ]

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

    def _context(self, options: DecodeOptions) -> tuple[int, ...]:
        return self._vocabulary.context(options) if self._policy.previous_text else ()

    def _languages(
        self, encoded: ctranslate2.StorageView, windows: Sequence[Window]
    ) -> list[tuple[str, float]]:
        """(code, probability) of each window; detected only where the stream does not say."""
        if not self._model.is_multilingual:
            return [("en", 1.0)] * len(windows)
        given = [window.options.language for window in windows]
        if all(language is not None for language in given):
            return [(language or "", 1.0) for language in given]
        detected = self._model.detect_language(encoded)
        return [
            (language, 1.0)
            if language is not None
            else (best[0][0].strip("<|>"), float(best[0][1]))
            for language, best in zip(given, detected, strict=True)
        ]

    def _generate(
        self,
        encoded: ctranslate2.StorageView,
        windows: Sequence[Window],
        languages: Sequence[str],
        key: CallKey,
    ) -> list[_Reading]:
        prompts = [
            self._vocabulary.prompt(
                self._context(window.options),
                language,
                window.options.task,
            )
            for window, language in zip(windows, languages, strict=True)
        ]
        caps = [guards.token_cap(window.duration_s, key.final) for window in windows]
        # CTranslate2 generates min(max_length / 2, max_length - prompt) tokens.
        length = max(2 * max(caps), max(caps) + len(prompts[0]))
        results = self._model.generate(
            encoded,
            prompts,
            beam_size=key.beam_size,
            max_length=min(length, 2 * guards.MAX_TOKENS),
            suppress_blank=True,
            suppress_tokens=self._vocabulary.suppressed,
            return_scores=True,
            return_no_speech_prob=True,
        )
        return [
            self._reading(result, cap, prompt)
            for result, cap, prompt in zip(results, caps, prompts, strict=True)
        ]

    def _reading(self, result: Any, cap: int, prompt: Sequence[int]) -> _Reading:
        sampled = [token for token in result.sequences_ids[0] if token < self._vocabulary.end]
        kept = guards.cut_loops(sampled)[:cap]
        # The score is the mean over the sampled tokens; the end token counts as one more.
        count = len(result.sequences_ids[0])
        return _Reading(
            tokens=kept,
            avg_logprob=float(result.scores[0]) * count / (count + 1),
            no_speech_probability=float(result.no_speech_prob),
            repaired=len(kept) < len(sampled),
        )

    def _align(
        self,
        encoded: ctranslate2.StorageView,
        windows: Sequence[Window],
        readings: Sequence[_Reading],
        languages: Sequence[str],
    ) -> list[tuple[Word, ...]]:
        """Words with times. One call per language in the batch, since the aligner takes one."""
        frames = int(encoded.shape[1]) * 2
        # A window without text gets one token, whose time nobody reads: the aligner wants some.
        texts = [reading.tokens or [self._vocabulary.end] for reading in readings]
        heard = [
            min(max(-(-len(window.samples) // HOP_SAMPLES), MIN_ALIGNED_FRAMES), frames)
            for window in windows
        ]
        words: list[tuple[Word, ...]] = [()] * len(windows)
        for language in sorted(set(languages)):
            start = self._vocabulary.start_sequence(language, windows[0].options.task)
            aligned = self._model.align(encoded, start, texts, heard)
            for i, alignment in enumerate(aligned):
                if languages[i] == language and readings[i].tokens:
                    words[i] = self._words(windows[i], readings[i].tokens, language, alignment)
        return words

    def _words(
        self, window: Window, tokens: Sequence[int], language: str, alignment: Any
    ) -> tuple[Word, ...]:
        words = time_words(
            group_tokens(self._vocabulary.pieces(tokens), language),
            token_starts(alignment.alignments, len(tokens)),
            alignment.text_token_probs,
            window.start / SAMPLE_RATE,
            window.end / SAMPLE_RATE,
        )
        return fit_to_sound(words, window.samples, window.start / SAMPLE_RATE)

    def _hypothesis(
        self, reading: _Reading, language: str, probability: float, words: tuple[Word, ...]
    ) -> Hypothesis:
        text = self._vocabulary.decode(reading.tokens).strip()
        ratio = guards.compression_ratio(text)
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
            compression_ratio=ratio,
            tokens=len(reading.tokens),
            repaired=reading.repaired or ratio > guards.COMPRESSION_LIMIT,
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
        language = "en" if self._model.is_multilingual else None
        give_up_at = time.perf_counter() + WARM_UP_S
        for bucket_s in [buckets_s[0], *buckets_s]:
            key = CallKey(round(bucket_s * FRAMES_PER_S), False, 1, False, 0, None)
            window = Window(noise, 0, False)
            options = replace(window.options, language=language)
            started = time.perf_counter()
            self._hear([replace(window, options=options)], key)
            self._costs.observe(key.kind, key.frames, 1, time.perf_counter() - started)
            if time.perf_counter() > give_up_at:
                break


def _doubtful(hypothesis: Hypothesis) -> bool:
    return hypothesis.repaired or hypothesis.avg_logprob < guards.LOGPROB_LIMIT


def _merit(hypothesis: Hypothesis) -> tuple[bool, float]:
    return not hypothesis.repaired, hypothesis.avg_logprob
