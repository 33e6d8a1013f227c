"""What a stream's session is told, by the client's wishes and the server's."""

from __future__ import annotations

from dataclasses import dataclass, replace

from realtime.session.agreement import Trust
from realtime.session.chunker import FIRST_HOP, ChunkOptions, samples
from realtime.session.endpoint import EndpointOptions
from realtime.session.options import SessionOptions
from realtime.traits import Traits
from realtime.types import DecodeOptions
from realtime.wire.config import StreamConfig

EARLIEST_MS = 200
"""Shorter silences are mostly pauses between words."""
SOONEST_MS = 250
"""Silence that ends an utterance at the least, where what was said decides: a sentence's end."""
LATEST_MS = 1_000
"""And at the most: somebody broke off in mid-sentence."""
HEADROOM = 2.0
"""A final takes so many times the typical one: longer audio, a call that runs already."""


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """What the server, not the client, decides about every stream."""

    traits: Traits
    """What the model can do."""
    final_s: float = 0.0
    """What a final takes here; 0: it may not be decoded before it is due."""


def session_options(config: StreamConfig, options: StreamOptions) -> SessionOptions:
    """What a session is told, by the client's wishes and the server's."""
    traits = options.traits
    return SessionOptions(
        decode=decode_options(config),
        chunk=ChunkOptions(
            chunk=samples(config.chunk_duration),
            overlap=samples(config.overlap_duration),
            hop=samples(config.hop),
            first_hop=min(FIRST_HOP, samples(config.hop)),
            left_context=samples(traits.left_context_s),
            earlier=samples(traits.earlier_s),
            longest_window=samples(traits.usable_s),
            longest_s=traits.longest_s,
        ),
        endpoint=endpoint_options(config, options),
        trust=Trust(traits.sure, traits.unsure_hearings, traits.hold_s, traits.hold_words),
        streaming=traits.streaming,
        context_text=traits.context_text,
        words=config.words,
        partials=config.partials and traits.partials,
        judged=config.vad != "off",
    )


def endpoint_options(config: StreamConfig, options: StreamOptions) -> EndpointOptions:
    """How much silence ends an utterance. Before what was said can decide, it must be heard: who
    may not hear a final before it is due ends all alike."""
    # Where every request costs money, none is made that may come to nothing.
    final_s = options.final_s if options.traits.partials else 0.0
    fixed = EndpointOptions(endpoint_ms=config.endpoint_ms, early_ms=early_ms(config, final_s))
    if config.endpoint == "fixed" or config.diarize or not options.traits.partials:
        return fixed
    soonest_ms = min(SOONEST_MS, config.endpoint_ms)
    return replace(
        fixed,
        soonest_ms=soonest_ms,
        latest_ms=max(LATEST_MS, config.endpoint_ms),
        early_ms=soonest_ms,
        trailing_ms=min(fixed.trailing_ms, soonest_ms),
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
