"""The server's side of one stream: intake, sessions, wishes, outbox. It outlives its connections.

Threads: audio is taken in on a small pool (the detector costs milliseconds), hypotheses come back
on the model's workers, control messages from the loop. One lock guards the sessions; everything
under it is short. The engine asks `shape` from wherever it likes, so that reads a plain attribute,
lock-free.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import cast

from realtime.audio.format import AudioFormat, Encoding
from realtime.audio.intake import AudioIntake
from realtime.audio.suspicion import Suspicion
from realtime.engine.engine import Engine
from realtime.engine.queue import Request
from realtime.errors import RealtimeError
from realtime.metrics import Metrics
from realtime.server.outbox import Outbox
from realtime.session.chunker import FIRST_HOP, ChunkOptions, samples
from realtime.session.endpoint import EndpointOptions
from realtime.session.events import Ended, Event, Final, Partial
from realtime.session.session import Session, SessionOptions
from realtime.types import (
    SAMPLE_RATE,
    DecodeOptions,
    Hypothesis,
    Samples,
    Urgency,
    Window,
    WindowShape,
)
from realtime.vad.base import SpeechDetector
from realtime.wire.config import StreamConfig

SLICE_SAMPLES = SAMPLE_RATE // 4
"""Audio taken in under one hold of the lock: 250 ms cost a detector about 2 ms."""


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """What the server, not the client, decides about every stream."""

    left_context_s: float = 0.0
    """What the model wants to hear before a cut (its context policy)."""
    final_budget_s: float = 0.4
    """A final is due so long after its wish."""


@dataclass(slots=True)
class _Channel:
    """One side of a call, or all of a mono stream."""

    number: int
    session: Session
    waiting: Urgency | None = None
    """The wish that the engine holds."""
    shape: WindowShape | None = None
    ended: bool = False
    shown_id: int = -1
    """Of the newest partial, and its end."""
    shown_end_s: float = 0.0


@dataclass(slots=True)
class Stream:
    """See the module. `notify` is called, from any thread, when the outbox has something new."""

    config: StreamConfig
    engine: Engine
    make_detector: Callable[[str], SpeechDetector]
    metrics: Metrics
    options: StreamOptions
    notify: Callable[[], None] = lambda: None
    id: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    outbox: Outbox = field(init=False)
    dropped_partials: int = 0
    """Partials left out because the model was busy."""
    _intake: AudioIntake = field(init=False)
    _channels: list[_Channel] = field(init=False)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _suspicions: list[Suspicion] = field(default_factory=list)
    _closed: bool = False

    def __post_init__(self) -> None:
        self.outbox = Outbox(
            multichannel=self.config.multichannel, vad_events=self.config.vad_events
        )
        self._start()

    def _start(self) -> None:
        config = self.config
        self._intake = AudioIntake(audio_format(config), multichannel=config.multichannel)
        self._channels = []
        self._add_channels(self._intake.channels or 1)

    def _add_channels(self, count: int) -> None:
        """Sessions for all channels; a container says only in mid-stream how many it has."""
        for number in range(len(self._channels), count):
            detector = self.make_detector(self.config.vad)
            self._channels.append(_Channel(number, Session(self._session_options(), detector)))

    def _session_options(self) -> SessionOptions:
        config = self.config
        return SessionOptions(
            decode=self._decode_options(),
            chunk=ChunkOptions(
                chunk=samples(config.chunk_duration),
                overlap=samples(config.overlap_duration),
                hop=samples(config.hop),
                first_hop=min(FIRST_HOP, samples(config.hop)),
                left_context=samples(self.options.left_context_s),
            ),
            endpoint=EndpointOptions(endpoint_ms=config.endpoint_ms),
            words=config.words,
            partials=config.partials,
        )

    def _decode_options(self) -> DecodeOptions:
        config = self.config
        return DecodeOptions(
            language=config.language,
            task=config.task,
            beam_size=config.beam_size,
            prompt=config.prompt,
            hotwords=config.hotwords,
        )

    # What the connection does

    def restart(self, config: StreamConfig) -> None:
        """Take other options before any audio came."""
        with self._lock:
            self.config = config
            self.outbox = Outbox(multichannel=config.multichannel, vad_events=config.vad_events)
            self._intake.close()
            self._start()

    def change(self, config: StreamConfig) -> None:
        """Take another language, task, prompt, hotwords or words from the next utterance on."""
        with self._lock:
            self.config = config
            for channel in self._channels:
                channel.session.update(self._decode_options(), config.words)

    def receive(self, data: bytes) -> None:
        """Take in bytes of audio: any split, any size. Blocks for the detector's milliseconds.

        Raises NotAudio where a container turns out to be none.
        """
        while True:
            with self._lock:
                arrays = self._intake.receive(data)
                self._suspicions += self._intake.findings()
                more, data = self._intake.more, b""
            self._feed(arrays)
            if not more:
                return

    def _feed(self, arrays: list[Samples]) -> None:
        length = len(arrays[0]) if arrays else 0
        self._add_channels(len(arrays))
        self.metrics.audio_seconds.inc(length / SAMPLE_RATE)
        for at in range(0, length, SLICE_SAMPLES):
            # The lock is let go between slices, so that no worker waits for a long message.
            with self._lock:
                for channel, array in zip(self._channels, arrays, strict=True):
                    channel.session.receive_audio(array[at : at + SLICE_SAMPLES])
                    self._settle(channel)

    def finish_intake(self) -> None:
        """No more bytes will come: take in what decoder and resampler still hold."""
        while True:
            with self._lock:
                arrays = self._intake.finish()
                more = self._intake.more
            self._feed(arrays)
            if not more:
                return

    def flush(self, *, answer: bool) -> None:
        """Finalise everything received; `answer`: even an empty final says so."""
        with self._lock:
            arrays = self._intake.drain()
        self._feed(arrays)
        with self._lock:
            for channel in self._channels:
                channel.session.flush(answer)
                self._settle(channel)

    def end(self) -> None:
        """Finalise everything; `ended` turns true when the last final is in the outbox."""
        self.finish_intake()
        with self._lock:
            for channel in self._channels:
                channel.session.end()
                self._settle(channel)

    def clear(self) -> None:
        """Drop what is not final."""
        with self._lock:
            for channel in self._channels:
                channel.session.clear()
                self._settle(channel)

    def drop_partial_frame(self) -> None:
        """A resuming client sends whole samples from `frames_received` on."""
        with self._lock:
            self._intake.drop_carry()

    def close(self) -> None:
        """Forget the stream: nothing of it will be decoded any more."""
        with self._lock:
            self._closed = True
            self._intake.close()
        for channel in self._channels:
            self.engine.cancel((self.id, channel.number))

    # What it can say about itself

    @property
    def ended(self) -> bool:
        return all(channel.ended for channel in self._channels)

    @property
    def speaking(self) -> bool:
        return any(channel.session.speaking for channel in self._channels)

    @property
    def lag_s(self) -> float:
        """How far the model is behind the audio received."""
        return max(channel.session.lag_s for channel in self._channels)

    @property
    def audio_s(self) -> float:
        """Seconds of audio received."""
        return max(channel.session.samples_received for channel in self._channels) / SAMPLE_RATE

    @property
    def frames_received(self) -> int:
        """Samples a channel, at the client's own rate."""
        return self._intake.frames_received

    @property
    def bytes_received(self) -> int:
        return self._intake.bytes_received

    def take_suspicions(self) -> list[Suspicion]:
        """What seems wrong with the audio, each said once."""
        with self._lock:
            found, self._suspicions = self._suspicions, []
        return found

    # Between sessions and engine; all under the lock

    def _settle(self, channel: _Channel) -> None:
        """After anything happened to a session: pass its events on and its wish to the engine."""
        events = channel.session.events_to_send()
        for event in events:
            self._observe(channel, event)
            self.outbox.put(event, channel.number)
        channel.shape = channel.session.window_shape()
        self._ask(channel)
        if events:
            self.notify()

    def _observe(self, channel: _Channel, event: Event) -> None:
        if isinstance(event, Ended):
            channel.ended = True
        elif isinstance(event, Final):
            self.metrics.finals.inc()
            if event.endpoint:
                # On the sample clock, which is the wall clock of a stream that comes in real time.
                now_s = channel.session.samples_received / SAMPLE_RATE
                self.metrics.final_latency_seconds.observe(now_s - event.end)
        elif isinstance(event, Partial):
            self.metrics.partials.inc()
            self._count_dropped(channel, event)

    def _count_dropped(self, channel: _Channel, event: Partial) -> None:
        """Partials that were due, had the model been free: hops that passed without one."""
        first = event.id != channel.shown_id
        if first:
            now_s = channel.session.samples_received / SAMPLE_RATE
            self.metrics.first_partial_seconds.observe(now_s - event.start)
        else:
            missed = int((event.end - channel.shown_end_s) / self.config.hop + 0.5) - 1
            if missed > 0:
                self.dropped_partials += missed
                self.metrics.dropped_partials.inc(missed)
        channel.shown_id, channel.shown_end_s = event.id, event.end

    def _ask(self, channel: _Channel) -> None:
        wish = channel.session.wish()
        if wish is None or self._closed:
            return
        if channel.waiting is not None and wish.urgency >= channel.waiting:
            return  # the engine has it already and will take the newest audio when its turn comes
        now = time.monotonic()
        final = wish.urgency is Urgency.FINAL
        channel.waiting = wish.urgency
        self.engine.submit(
            Request(
                stream=(self.id, channel.number),
                urgency=wish.urgency,
                wished_at=now,
                cadence_s=wish.cadence_s,
                deadline=now + self.options.final_budget_s if final else None,
                shape=lambda: channel.shape,
                take=partial(self._take, channel),
                done=partial(self._done, channel),
                failed=partial(self._failed, channel),
                vanished=partial(self._vanished, channel),
            )
        )

    def _take(self, channel: _Channel) -> Window | None:
        with self._lock:
            channel.waiting = None
            return None if self._closed else channel.session.take_window()

    def _vanished(self, channel: _Channel) -> None:
        with self._lock:
            channel.waiting = None
            self._settle(channel)

    def _done(self, channel: _Channel, hypothesis: Hypothesis) -> None:
        with self._lock:
            channel.session.receive_hypothesis(hypothesis)
            self._settle(channel)
        self.notify()

    def _failed(self, channel: _Channel, error: RealtimeError) -> None:
        with self._lock:
            if channel.waiting is not None:
                # Refused before it was taken: the audio is still here, and the next packet asks
                # again.
                channel.waiting = None
                return
            channel.session.receive_failure(error)
            self._settle(channel)
        self.notify()


def audio_format(config: StreamConfig) -> AudioFormat:
    """What the client sends. Raises BadOption."""
    return AudioFormat(cast(Encoding, config.encoding), config.rate, config.channels)


def with_rate(config: StreamConfig, sample_rate: int) -> StreamConfig:
    """The same options with the sample rate that was found out."""
    return replace(config, sample_rate=sample_rate)
