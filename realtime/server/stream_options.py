"""What a stream's session is told, by the client's wishes and the server's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from realtime.session.agreement import Trust
from realtime.session.chunker import FIRST_HOP, ChunkOptions, all_alike, samples
from realtime.session.endpoint import EndpointOptions
from realtime.session.options import SessionOptions
from realtime.types import DecodeOptions, Task
from realtime.wire.config import StreamConfig

EARLIEST_MS = 200
"""Shorter silences are mostly pauses between words."""
HEADROOM = 2.0
"""A final takes so many times the typical one: longer audio, a call that runs already."""


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """What the server, not the client, decides about every stream."""

    left_context_s: float = 0.0
    """What the model wants to hear before a cut (its context policy)."""
    earlier_s: float = 0.0
    """With how much audio a final may be heard again (its context policy)."""
    partials: bool = True
    """Whether the model may be asked for partials (its context policy)."""
    longest_s: Callable[[str, Task], float] = all_alike
    """The most audio whose text one window has room for, by language (its context policy)."""
    trust: Trust = field(default_factory=Trust)
    """What the model's probabilities are worth (its context policy)."""
    final_budget_s: float = 0.4
    """A final is due so long after its wish."""
    final_s: float = 0.0
    """What a final takes here; 0: it may not be decoded before it is due."""


def session_options(config: StreamConfig, options: StreamOptions) -> SessionOptions:
    """What a session is told, by the client's wishes and the server's."""
    return SessionOptions(
        decode=decode_options(config),
        chunk=ChunkOptions(
            chunk=samples(config.chunk_duration),
            overlap=samples(config.overlap_duration),
            hop=samples(config.hop),
            first_hop=min(FIRST_HOP, samples(config.hop)),
            left_context=samples(options.left_context_s),
            earlier=samples(options.earlier_s),
            longest_s=options.longest_s,
        ),
        endpoint=EndpointOptions(
            endpoint_ms=config.endpoint_ms, early_ms=early_ms(config, options.final_s)
        ),
        trust=options.trust,
        words=config.words,
        partials=config.partials and options.partials,
        judged=config.vad != "off",
    )


def early_ms(config: StreamConfig, final_s: float) -> int:
    """Silence after which a final is decoded, so that it is there when the hangover ends; 0: then.

    Whoever tells voices apart learns from every final that it hears, so it hears none twice.
    """
    if not final_s or config.diarize:
        return 0
    return max(EARLIEST_MS, config.endpoint_ms - round(1000 * HEADROOM * final_s))


def decode_options(config: StreamConfig) -> DecodeOptions:
    """What the model is told about every window of the stream."""
    return DecodeOptions(
        language=config.language,
        candidates=config.languages,
        task=config.task,
        beam_size=config.beam_size,
        prompt=config.prompt,
        hotwords=config.hotwords,
    )
