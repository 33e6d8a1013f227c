"""Makes the options of a stream's session from those of the client and of the server."""

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
"""Least silence before a final is decoded early: shorter ones are mostly pauses between words."""
SOONEST_MS = 250
"""Shortest silence that ends an utterance where its words decide: after a finished sentence."""
LATEST_MS = 1_000
"""Longest such silence: after words that break off in mid-sentence."""
HEADROOM = 2.0
"""Time allowed for a final, as a multiple of the typical one: its audio may be longer, or the model
may be busy with another call."""


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """What the server, not the client, decides about every stream."""

    traits: Traits
    """What the model can do."""
    final_s: float = 0.0
    """Seconds that a final takes here; 0: it may not be decoded before it is due."""


def session_options(config: StreamConfig, options: StreamOptions) -> SessionOptions:
    """The options of a stream's session."""
    traits = options.traits
    return SessionOptions(
        decode=decode_options(config),
        chunk=ChunkOptions(
            chunk=samples(config.chunk_duration),
            overlap=samples(config.overlap_duration),
            hop=samples(config.hop),
            first_hop=min(FIRST_HOP, samples(config.hop)),
            left_context=samples(traits.left_context_s),
            least_window=samples(traits.least_window_s),
            earlier=samples(traits.earlier_s),
            longest_window=samples(traits.usable_s),
            longest_s=traits.longest_s,
        ),
        endpoint=endpoint_options(config, options),
        trust=Trust(traits.doubt, traits.hold_s, traits.hold_words),
        streaming=traits.streaming,
        context_text=traits.context_text,
        words=config.words,
        partials=config.partials and traits.partials,
        judged=config.vad != "off",
    )


def endpoint_options(config: StreamConfig, options: StreamOptions) -> EndpointOptions:
    """How much silence ends an utterance. Its words can decide that only if they are decoded
    before it ends; where a final may not be decoded early, the silence is the same for all."""
    # Where every request costs money (no partials), none is made whose result may be dropped.
    final_s = options.final_s if options.traits.partials else 0.0
    fixed = EndpointOptions(
        endpoint_ms=config.endpoint_ms,
        early_ms=early_ms(config, final_s),
        decode_ms=round(1000 * final_s),
    )
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
    """Silence after which a final is decoded early, to be ready when the hangover ends; 0: it is
    decoded only then.

    0 with `diarize`: clustering learns from every final, so none may be decoded twice.
    """
    if not final_s or config.diarize:
        return 0
    return max(EARLIEST_MS, config.endpoint_ms - round(1000 * HEADROOM * final_s))


def decode_options(config: StreamConfig) -> DecodeOptions:
    """The options with which the model decodes every window of the stream."""
    return DecodeOptions(
        language=config.language,
        candidates=config.languages,
        task=config.task,
        beam_size=config.beam_size,
        prompt=config.prompt,
        hotwords=config.hotwords,
    )
