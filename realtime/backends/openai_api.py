"""OpenAI's cloud, or another server that speaks its API, as a backend.

It decodes finals only: every request costs money, so partials get an empty answer, and the traits
tell new streams not to request any (`WhisperTraits.partials`). Windows have 30 s at most; as FLAC
they are far below the provider's limit of 25 MB.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import openai
import stamina
from openai.types.audio import Transcription, TranscriptionVerbose

from realtime.backends.base import BackendInfo
from realtime.backends.cost import CostTable
from realtime.backends.flac import flac
from realtime.backends.whisper.checks import guards
from realtime.backends.whisper.checks.evidence import nobody_spoke
from realtime.backends.whisper.checks.remedies import speech_of
from realtime.backends.whisper.traits import WhisperTraits
from realtime.backends.whisper.words import fit_to_sound
from realtime.errors import (
    DecodeFailed,
    LimitReached,
    LoadFailed,
    ProviderAuth,
    ProviderUnreachable,
    RealtimeError,
    without_passwords,
)
from realtime.languages import language_code
from realtime.scripts import join_texts, split_words, unspaced
from realtime.types import (
    SAMPLE_RATE,
    DecodeOptions,
    Hypothesis,
    Window,
    WindowShape,
    Word,
)

WORKERS = 8
"""Concurrent requests: they wait for the network, not for this machine."""
LEAST_SAMPLES = SAMPLE_RATE // 10
"""The provider refuses audio shorter than 0.1 s, which is too short for a word."""
PROMPT_CHARACTERS = 800
"""The provider reads the last 224 tokens of a prompt, each of up to four letters."""
EXPECTED_S = 5.0
"""Least expected time of a request: with it the engine waits 100 s before a request counts as hung
(`hang_per_expected`), which is longer than all attempts together."""


@dataclass(frozen=True, slots=True)
class CloudOptions:
    """The provider, its model and price, and the time limits."""

    api_key: str = field(repr=False)
    base_url: str = "https://api.openai.com/v1"
    model: str = "whisper-1"
    usd_per_minute: float = 0.006
    timeout_s: float = 20.0
    """Time limit of one attempt."""
    patience_s: float = 60.0
    """Time limit of all attempts; a `Retry-After` beyond it is passed on instead of waited for."""
    attempts: int = 4


class OpenAIBackend:
    """A `Backend`. `decode` may be called from `workers` threads at once."""

    def __init__(self, options: CloudOptions) -> None:
        """Look up the model at the provider, which costs nothing.

        Raises ProviderAuth, ProviderUnreachable and LoadFailed (no such model).
        """
        self._options = options
        # Retries are ours: the library's own retries wait for two minutes and cannot be limited.
        self._client = openai.OpenAI(
            api_key=options.api_key,
            base_url=options.base_url,
            timeout=options.timeout_s,
            max_retries=0,
        )
        self._costs = CostTable()
        self._times = not options.model.startswith("gpt-4o")  # those return text alone
        self._shape = "verbose_json" if self._times else "json"
        try:
            self._retried(lambda: self._client.models.retrieve(options.model))
        except LoadFailed:
            self._client.close()
            raise
        except DecodeFailed:
            pass  # a compatible server need not list its models
        except RealtimeError:
            self._client.close()
            raise
        self._info = BackendInfo(
            backend="openai-api",
            model=options.model,
            backend_type="OpenAI",
            device="cloud",
            compute_type="none",
            model_path=without_passwords(options.base_url),
        )

    @property
    def info(self) -> BackendInfo:
        return self._info

    @property
    def traits(self) -> WhisperTraits:
        return WhisperTraits(partials=False, text_room_s={})

    @property
    def max_batch(self) -> int:
        return 1

    @property
    def max_file_batch(self) -> int:
        return 1

    @property
    def workers(self) -> int:
        return WORKERS

    @property
    def file_workers(self) -> int:
        return 0

    def group_key(self, shape: WindowShape) -> Hashable:
        return shape.final

    def cost_s(self, key: Hashable, batch: int) -> float:
        if not key:
            return 0.0
        return max(EXPECTED_S, self._costs.expect(key, 1.0, 1)) * batch

    def decode(self, windows: Sequence[Window]) -> list[Hypothesis]:
        """Raises ProviderAuth, ProviderUnreachable, LimitReached and DecodeFailed (refused)."""
        return [self._decode_window(window) for window in windows]

    @property
    def lost(self) -> bool:
        return False

    def kill(self) -> None:
        """Do nothing: every attempt has its own time limit."""

    def close(self) -> None:
        self._client.close()

    # ---- one window

    def _decode_window(self, window: Window) -> Hypothesis:
        options = window.options
        if not window.final or len(window.samples) < LEAST_SAMPLES:
            return Hypothesis(text="", language=options.language or "")
        audio = flac(window.samples)
        answer = self._retried(lambda: self._ask(audio, options))
        cost_usd = window.duration_s / 60.0 * self._options.usd_per_minute
        return _hypothesis(answer, window, cost_usd, self.traits)

    def _ask(self, audio: bytes, options: DecodeOptions) -> Any:
        file = ("window.flac", audio, "audio/flac")
        prompt = _prompt(options) or openai.omit
        shape: Any = self._shape
        if options.task == "translate":
            return self._translate(file, options)
        return self._client.audio.transcriptions.create(
            file=file,
            model=self._options.model,
            prompt=prompt,
            language=options.language or openai.omit,
            response_format=shape,
            timestamp_granularities=["word", "segment"] if self._times else openai.omit,
        )

    def _translate(self, file: tuple[str, bytes, str], options: DecodeOptions) -> Any:
        """Post to the endpoint directly: only the library's method for it is deprecated."""
        body = {"model": self._options.model, "response_format": self._shape}
        if prompt := _prompt(options):
            body["prompt"] = prompt
        return self._client.post(
            "/audio/translations",
            cast_to=TranscriptionVerbose if self._times else Transcription,
            body=body,
            files=[("file", file)],
            options={"headers": {"Content-Type": "multipart/form-data"}},
        )

    def _retried(self, ask: Any) -> Any:
        """Call `ask`, with retries where they may help, for `patience_s` at most. Raises our own
        errors."""
        options = self._options
        try:
            for attempt in stamina.retry_context(
                on=self._pause, attempts=options.attempts, timeout=options.patience_s
            ):
                with attempt:
                    return ask()
        except openai.APIError as error:
            raise self._explained(error) from error
        raise AssertionError("an attempt returns or raises")

    def _pause(self, error: Exception) -> bool | float:
        """Whether to retry; the seconds to wait if the provider states them and they are few
        enough."""
        if isinstance(error, openai.RateLimitError):
            after_s = retry_after(error)
            if error.code == "insufficient_quota":
                return False
            return True if after_s is None else after_s <= self._options.patience_s and after_s
        return isinstance(error, openai.APIConnectionError | openai.InternalServerError)

    def _explained(self, error: openai.APIError) -> RealtimeError:
        url = self._options.base_url
        if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            return ProviderAuth(
                f"{url} refused the key in OPENAI_API_KEY: set a valid one and reload the backend."
            )
        if isinstance(error, openai.RateLimitError):
            if error.code == "insufficient_quota":
                return LimitReached(f"The account at {url} has no credit left: top it up.")
            return LimitReached(
                f"{url} is not accepting requests at the moment: try again later.",
                retry_after_s=retry_after(error) or 20.0,
            )
        if isinstance(error, openai.APIStatusError) and error.status_code < 500:
            if error.code == "model_not_found":
                return LoadFailed(
                    f"{url} has no model {self._options.model!r}: correct openai_model."
                )
            return DecodeFailed(f"{url} refused the audio ({error.status_code}: {error.message}).")
        return ProviderUnreachable(
            f"{url} could not be reached or failed ({type(error).__name__}): check the network and "
            "openai_base_url.",
            retry_after_s=10.0,
        )


def retry_after(error: openai.APIStatusError) -> float | None:
    """Seconds that the provider asks clients to wait; None if it states no valid number."""
    value = error.response.headers.get("retry-after", "")
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if 0.0 <= seconds < float("inf") else None


def _code(language: str) -> str:
    """The code of the language that the provider or the request names; its name if unknown."""
    try:
        return language_code(language) or ""
    except ValueError:
        return language


def _prompt(options: DecodeOptions) -> str:
    """The prompt for the provider. Its end has the most influence, so the earlier text stands
    there. Where the provider is to detect the language, the earlier text is left out, since text in
    another language would mislead it."""
    earlier = options.previous_text if options.language is not None else ""
    texts = (options.hotwords, options.prompt, earlier)
    return join_texts(texts)[-PROMPT_CHARACTERS:]


def _hypothesis(answer: Any, window: Window, cost_usd: float, traits: WhisperTraits) -> Hypothesis:
    """The provider's answer as a hypothesis; it has times (`TranscriptionVerbose`) or text
    alone."""
    text = answer.text.strip()
    segments = list(getattr(answer, "segments", None) or ())
    tokens = [max(len(segment.tokens), 1) for segment in segments]
    logprob = _mean([segment.avg_logprob for segment in segments], tokens)
    no_speech = min((segment.no_speech_prob for segment in segments), default=0.0)
    language = _code(getattr(answer, "language", None) or window.options.language or "")
    if not text or nobody_spoke(no_speech, logprob, speech_of(window), traits):
        return Hypothesis(
            text="", language=language, no_speech_probability=no_speech, cost_usd=cost_usd
        )
    circles = guards.repetition(text) > guards.COMPRESSION_LIMIT
    return Hypothesis(
        text=text,
        words=_words(answer, window, text) if window.options.word_times else (),
        language=language,
        language_probability=1.0,
        avg_logprob=logprob,
        no_speech_probability=no_speech,
        compression_ratio=guards.compression_ratio(text),
        tokens=sum(tokens),
        repaired=circles,
        doubtful=circles or logprob < guards.LOGPROB_LIMIT,
        cost_usd=cost_usd,
    )


def _mean(values: Sequence[float], weights: Sequence[int]) -> float:
    total = sum(weights)
    return sum(v * w for v, w in zip(values, weights, strict=True)) / total if total else 0.0


def _words(answer: Any, window: Window, text: str) -> tuple[Word, ...]:
    """The words of `text` with the provider's times, which it gives for words without punctuation.

    If it gives none, or another number of words than the text has, they are spread over the window.
    """
    start_s, end_s = window.start / SAMPLE_RATE, window.end / SAMPLE_RATE
    written = split_words(text)
    timed = (
        list(getattr(answer, "words", None) or ())
        if isinstance(answer, TranscriptionVerbose)
        else []
    )
    spans = [(start_s + word.start, start_s + word.end) for word in timed]
    if len(spans) != len(written):
        spans = _spread(written, start_s, end_s)
    words: list[Word] = []
    last_s = start_s
    for word, (begin_s, finish_s) in zip(written, spans, strict=True):
        begin_s = min(max(begin_s, last_s), end_s)
        last_s = min(max(finish_s, begin_s), end_s)
        # Whisper, too, writes a space before the first word of a window.
        blank = "" if words or unspaced(word[0]) else " "
        words.append(Word(blank + word, begin_s, last_s))
    return fit_to_sound(tuple(words), window.samples, start_s)


def _spread(written: Sequence[str], start_s: float, end_s: float) -> list[tuple[float, float]]:
    """Adjacent spans, each proportional to the number of letters of its word."""
    letters = [len(word) for word in written]
    step_s = (end_s - start_s) / max(sum(letters), 1)
    spans, at_s = [], start_s
    for count in letters:
        spans.append((at_s, at_s + count * step_s))
        at_s += count * step_s
    return spans
