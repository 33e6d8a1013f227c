"""One stream in virtual time (`realtime.evaluation.virtual`), with the server's parts by name."""

from __future__ import annotations

from collections.abc import Callable

from realtime.app.detectors import make_detector
from realtime.backends.base import Backend
from realtime.backends.whisper.runtimes.faster_whisper import FasterWhisperBackend
from realtime.evaluation.virtual import VirtualStream
from realtime.session.agreement import Trust
from realtime.session.chunker import FIRST_HOP, ChunkOptions, samples
from realtime.session.endpoint import EndpointOptions
from realtime.session.options import SessionOptions
from realtime.session.session import Session
from realtime.types import DecodeOptions, Samples
from realtime.weights.bundled import bundled_dir

__all__ = ["VirtualStream", "bundled_backend", "session_options", "stream"]


def bundled_backend(compute_type: str = "auto") -> FasterWhisperBackend:
    """The bundled model as the server loads it."""
    return FasterWhisperBackend(bundled_dir(), device="cpu", compute_type=compute_type, workers=1)


def session_options(
    backend: Backend,
    language: str,
    chunk_s: float = 15.0,
    overlap_s: float = 1.0,
    *,
    partials: bool = True,
    left_context_s: float | None = None,
) -> SessionOptions:
    """The server's defaults for a stream with these options."""
    hop = ChunkOptions().hop
    context_s = backend.traits.left_context_s if left_context_s is None else left_context_s
    traits = backend.traits
    trust = Trust(traits.doubt, traits.hold_s, traits.hold_words)
    return SessionOptions(
        trust=trust,
        decode=DecodeOptions(language=language),
        chunk=ChunkOptions(
            chunk=samples(chunk_s),
            overlap=samples(overlap_s),
            hop=hop,
            first_hop=min(FIRST_HOP, hop),
            left_context=samples(context_s),
            least_window=samples(traits.least_window_s),
            earlier=samples(traits.earlier_s),
            longest_s=traits.longest_s,
        ),
        endpoint=EndpointOptions(),
        words=True,
        partials=partials,
    )


def stream(
    audio: Samples,
    backend: Backend,
    options: SessionOptions,
    detector: str = "silero",
    prepare: Callable[[VirtualStream], None] | None = None,
) -> VirtualStream:
    """Play a whole stream to its end. `prepare` gets it before the first packet."""
    played = VirtualStream(Session(options, make_detector(detector)), backend)
    if prepare is not None:
        prepare(played)
    played.play(audio)
    played.end()
    return played
