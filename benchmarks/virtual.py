"""One stream in virtual time: the real session, detector and model, but nobody waits.

The clock is the sample counter. A window that is taken is answered `delay_packets` later, so
partials come as often as they would live, and the same input gives the same output every time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from realtime.app import make_detector
from realtime.backends.base import Backend
from realtime.backends.faster_whisper import FasterWhisperBackend
from realtime.models.bundled import bundled_dir
from realtime.scripts import join_texts
from realtime.session.chunker import FIRST_HOP, ChunkOptions, samples
from realtime.session.endpoint import EndpointOptions
from realtime.session.events import Event, Final, Partial
from realtime.session.options import SessionOptions
from realtime.session.session import Session
from realtime.types import DecodeOptions, Samples, Window

PACKET = samples(0.1)


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
    context_s = backend.policy.left_context_s if left_context_s is None else left_context_s
    return SessionOptions(
        decode=DecodeOptions(language=language),
        chunk=ChunkOptions(
            chunk=samples(chunk_s),
            overlap=samples(overlap_s),
            hop=hop,
            first_hop=min(FIRST_HOP, hop),
            left_context=samples(context_s),
            longest_s=backend.policy.longest_s,
        ),
        endpoint=EndpointOptions(),
        words=True,
        partials=partials,
    )


@dataclass(slots=True)
class VirtualStream:
    """Plays audio into a session and answers its wishes from `backend`."""

    session: Session
    backend: Backend
    delay_packets: int = 1
    """Packets between taking a window and its answer."""
    events: list[Event] = field(default_factory=list)
    windows: list[Window] = field(default_factory=list)
    """Every window decoded, in order."""
    passes: int = 0
    """Encoder passes, retries included."""
    _out: Window | None = None
    _waited: int = 0

    def play(self, audio: Samples, packet: int = PACKET) -> None:
        for at in range(0, len(audio), packet):
            self.session.receive_audio(audio[at : at + packet])
            self._turn()

    def end(self) -> None:
        """Finalise everything."""
        self.session.end()
        self._turn()
        while self._out is not None or self.session.wish() is not None:
            self._waited = self.delay_packets
            self._turn()

    def _turn(self) -> None:
        """The model's turn after a packet."""
        if self._out is not None:
            self._waited += 1
            if self._waited >= self.delay_packets:
                window, self._out = self._out, None
                hypothesis = self.backend.decode([window])[0]
                self.passes += hypothesis.passes
                self.session.receive_hypothesis(hypothesis)
        if self._out is None and self.session.wish() is not None:
            self._out, self._waited = self.session.take_window(), 0
            if self._out is not None:
                self.windows.append(self._out)
        self.events += self.session.events_to_send()

    @property
    def finals(self) -> list[Final]:
        return [event for event in self.events if isinstance(event, Final)]

    @property
    def partials(self) -> list[Partial]:
        return [event for event in self.events if isinstance(event, Partial)]

    @property
    def text(self) -> str:
        return join_texts(final.text for final in self.finals)


def stream(
    audio: Samples,
    backend: Backend,
    options: SessionOptions,
    detector: str = "silero",
    prepare: Callable[[VirtualStream], None] | None = None,
) -> VirtualStream:
    """A whole stream: played and ended. `prepare` sees it before the first packet."""
    played = VirtualStream(Session(options, make_detector(detector)), backend)
    if prepare is not None:
        prepare(played)
    played.play(audio)
    played.end()
    return played
