"""Options that a stream gets at its beginning."""

from __future__ import annotations

from dataclasses import dataclass, field

from realtime.session.agreement import Trust
from realtime.session.chunker import ChunkOptions
from realtime.session.endpoint import EndpointOptions
from realtime.types import DecodeOptions


@dataclass(frozen=True, slots=True)
class SessionOptions:
    decode: DecodeOptions = field(default_factory=DecodeOptions)
    """For partials and finals; `beam_size` applies to finals alone."""
    chunk: ChunkOptions = field(default_factory=ChunkOptions)
    endpoint: EndpointOptions = field(default_factory=EndpointOptions)
    trust: Trust = field(default_factory=Trust)
    """When words of partials become stable."""
    streaming: bool = False
    """The model keeps state and returns words as audio arrives; otherwise it decodes windows."""
    context_text: bool = True
    """The text of finals is context for later windows."""
    words: bool = False
    partials: bool = True
    judged: bool = True
    """The detector tells speech from silence."""
