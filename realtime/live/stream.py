"""The server's side of one stream: intake, channels, outbox. It outlives its connections.

Threads: work on much audio runs on a small pool, since decoders and detectors cost milliseconds;
small packets (`is_quick`) are taken in on the event loop. The intake's lock keeps such work atomic
and in order, should a stream ever have two pieces of it. `live.channel` describes what guards the
sessions.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

from realtime.audio.format import AudioFormat
from realtime.audio.intake import AudioIntake
from realtime.audio.suspicion import Suspicion
from realtime.encodings import Encoding
from realtime.engine.engine import Engine
from realtime.errors import NotAudio
from realtime.live.channel import Channel, ChannelLink
from realtime.live.masking import masking
from realtime.live.options import StreamOptions, decode_options, session_options
from realtime.live.outbox import Outbox
from realtime.live.speakers import SpeakerService
from realtime.metrics import Metrics
from realtime.postprocess.base import LivePrivacy
from realtime.session.session import Session
from realtime.types import SAMPLE_RATE, DecodeOptions, Samples
from realtime.vad.base import SpeechDetector
from realtime.wire.base import Dialect, Messages
from realtime.wire.config import StreamConfig
from realtime.wire.messages import Resumed
from realtime.wire.native_dialect import NATIVE
from realtime.wire.texts import Language

SLICE_SAMPLES = SAMPLE_RATE // 4
"""Audio taken in under one hold of a channel's lock: 250 ms cost a detector about 2 ms, and no
worker waits longer than that for a long message."""

QUICK_S = 0.3
"""Most audio that is taken in on the event loop at once. Measured for a packet of 0.1 s: 0.3 ms on
the loop, and 0.4 ms for the detector in speech; 0.35 ms more through a thread."""


def _uncounted(seconds: float) -> None:
    """Do nothing: nobody counts the audio of this stream."""


@dataclass(frozen=True, slots=True)
class StreamFactory:
    """Makes streams, with the parts that all of them share."""

    engine: Engine
    metrics: Metrics
    make_detector: Callable[[str], SpeechDetector]
    """`vad` of the stream's options → a new detector."""
    options: Callable[[], StreamOptions]
    """Called for each stream: they depend on the model, which may still be loading."""
    speakers: SpeakerService
    make_privacy: Callable[[], LivePrivacy]
    """Makes the masking of one channel, where the client asks for `privacy`."""

    def new(
        self,
        config: StreamConfig,
        dialect: Dialect = NATIVE,
        on_audio: Callable[[float], None] = _uncounted,
        language: Language = "en",
    ) -> Stream:
        """`on_audio` is called with the seconds of audio that arrived, from any thread.
        `language`: of sentences for people."""
        return Stream(config, self, dialect, on_audio, language)


class Stream:
    """See the module. `receive`, `flush`, `end` and `clear` block: not for the event loop."""

    def __init__(
        self,
        config: StreamConfig,
        factory: StreamFactory,
        dialect: Dialect = NATIVE,
        on_audio: Callable[[float], None] = _uncounted,
        language: Language = "en",
    ) -> None:
        self.config = config
        self._count_audio = on_audio
        self.dialect = dialect
        self.codec = dialect.codec(language)
        self.id = secrets.token_urlsafe(18)
        self.opened_at = time.monotonic()
        self.outbox = Outbox(
            codec=self.codec, multichannel=config.multichannel, vad_events=config.vad_events
        )
        self._notify: Callable[[], None] = _ignore
        self.metrics = factory.metrics
        self._factory = factory
        self._options = factory.options()
        self._intake_lock = threading.Lock()
        self._suspicions: list[Suspicion] = []
        self._next_ids: dict[int | None, int] = {}
        """Next id of a final by channel label, where earlier ids were used before a `start`."""
        self._start()

    def _start(self) -> None:
        config = self.config
        self._intake = AudioIntake(audio_format(config), multichannel=config.multichannel)
        self._quick_bytes = 0.0
        if config.encoding != "auto":
            self._quick_bytes = QUICK_S * config.rate * audio_format(config).frame_bytes
        self.voices_known = 0
        """Number of speakers who keep their numbers from another session."""
        self._broken = False
        """The audio cannot be decoded any further."""
        self._channels: list[Channel] = []
        self._add_channels(self._intake.channels or 1)

    def _add_channels(self, count: int) -> None:
        """Create the missing sessions; a container states its channels only in mid-stream."""
        factory = self._factory
        for number in range(len(self._channels), count):
            speakers = None
            if self.config.diarize:
                speakers = factory.speakers.new(self.id, self.config.voices_from)
                self.voices_known = speakers.known
            session = Session(
                session_options(self.config, self._options),
                factory.make_detector(self.config.vad),
                self._next_ids.get(self._channel_label(number), 0),
            )
            put = self.outbox.put
            link = ChannelLink(
                factory.engine,
                factory.metrics,
                masking(put, factory.make_privacy()) if self.config.privacy else put,
                self._progressed,
                speakers=speakers,
            )
            self._channels.append(Channel(self.id, number, session, link))

    def _channel_label(self, number: int) -> int | None:
        """The channel's number in messages; None where they name no channel."""
        return number if self.config.multichannel else None

    def _decode_options(self) -> DecodeOptions:
        return decode_options(self.config)

    def _progressed(self) -> None:
        self._notify()

    def listen(self, news: Callable[[], None] | None) -> None:
        """Call `news` on this event loop whenever there may be something to send, or the model
        progressed; None: stop calling."""
        loop = asyncio.get_running_loop()
        self._notify = _ignore if news is None else partial(call_on, loop, news)

    # Called by the connection

    def restart(self, config: StreamConfig) -> None:
        """Replace the options before any audio has arrived."""
        with self._intake_lock:
            for number, channel in enumerate(self._channels):
                self._next_ids[self._channel_label(number)] = channel.next_id
            self.config = config
            self.outbox.configure(multichannel=config.multichannel, vad_events=config.vad_events)
            self._intake.close()
            self._start()

    def set_rate(self, sample_rate: int) -> None:
        """Set the sample rate that was detected, before any audio was taken in."""
        self.restart(replace(self.config, sample_rate=sample_rate))

    def change(self, config: StreamConfig) -> None:
        """Change language, task, prompt, hotwords or words from the next utterance on."""
        self.config = config
        for channel in self._channels:
            channel.update(self._decode_options(), config.words)

    def receive(self, data: bytes) -> bool:
        """Take in bytes of audio: any split, any size. True: call again with b"" for the rest.

        Returns after some seconds of audio, so that others get their turn on the pool. Raises
        NotAudio where a container turns out to be none; audio received before stays.
        """
        with self._intake_lock:
            try:
                arrays = self._intake.receive(data)
            except NotAudio:
                self._broken = True
                raise
            self._suspicions += self._intake.findings()
            self._feed(arrays)
            return self._intake.more

    def is_quick(self, size: int) -> bool:
        """Whether `receive` of `size` bytes takes less time than handing them to a thread: true of
        small packets of samples, never of containers."""
        if self._intake_lock.locked():
            return False
        return len(self._channels) * size <= self._quick_bytes

    def finish_intake(self) -> None:
        """Take in what the decoder and resampler still hold: no more bytes will come.

        Raises NotAudio where the bytes were too few, or too damaged, to be decoded at all.
        """
        with self._intake_lock:
            if self._broken:
                return
            try:
                self._feed(self._intake.finish())
                while self._intake.more:
                    self._feed(self._intake.finish())
            except NotAudio:
                self._broken = True
                raise

    def flush(self, *, answer: bool) -> None:
        """Finalise everything received; `answer`: send a final even if it is empty."""
        with self._intake_lock:
            self._feed(self._intake.drain())
            for channel in self._channels:
                channel.flush(answer)

    def end(self) -> None:
        """Finalise everything; `ended` turns true when the last final is in the outbox.

        Raises NotAudio as `finish_intake`; the audio received is finalised all the same.
        """
        try:
            self.finish_intake()
        finally:
            with self._intake_lock:
                for channel in self._channels:
                    channel.end()

    def clear(self) -> None:
        """Drop what is not final, even what the resampler holds: the sample clock counts it."""
        with self._intake_lock:
            self._feed(self._intake.drain())
            for channel in self._channels:
                channel.clear()

    def ask(self) -> None:
        """Submit again what the engine may have refused when it was full."""
        for channel in self._channels:
            channel.ask()

    def resume(self) -> Resumed:
        """Prepare for another connection; → how much was received, in whole samples."""
        with self._intake_lock:
            self._intake.drop_carry()
        self.outbox.reconnect()
        for channel in self._channels:
            channel.hold(False)
        frames, received = self._intake.frames_received, self._intake.bytes_received
        if self.config.encoding != "auto":
            received = frames * audio_format(self.config).frame_bytes
        return Resumed(frames, self.outbox.finals, received)

    def hold(self) -> None:
        """Decode nothing more until `resume`: the client may never come back."""
        for channel in self._channels:
            channel.hold(True)

    def close(self) -> None:
        """End the stream: nothing of it will be decoded any more."""
        for channel in self._channels:
            channel.close()
        with self._intake_lock:
            self._intake.close()

    def _feed(self, arrays: list[Samples]) -> None:
        """Pass the channels their audio, 16 kHz, shape (n,) each, in slices by turns."""
        length = len(arrays[0]) if arrays else 0
        if length:
            self._add_channels(len(arrays))
            self._factory.metrics.audio_seconds.inc(length / SAMPLE_RATE)
            self._count_audio(length / SAMPLE_RATE)
        for at in range(0, length, SLICE_SAMPLES):
            for channel, array in zip(self._channels, arrays, strict=True):
                channel.receive_audio(array[at : at + SLICE_SAMPLES])

    # State

    @property
    def ended(self) -> bool:
        """After `end`: everything received is final."""
        return all(channel.ended for channel in self._channels)

    @property
    def speaking(self) -> bool:
        """There is speech that is not final yet."""
        return any(channel.speaking for channel in self._channels)

    @property
    def lag_s(self) -> float:
        """How far the model is behind the audio received."""
        return max(channel.lag_s for channel in self._channels)

    @property
    def dropped_partials(self) -> int:
        """Partials left out because the model was busy."""
        return sum(channel.dropped_partials for channel in self._channels)

    @property
    def audio_s(self) -> float:
        """Seconds of audio received."""
        return max(channel.received for channel in self._channels) / SAMPLE_RATE

    @property
    def has_audio(self) -> bool:
        """At least one byte of audio has arrived."""
        return self._intake.bytes_received > 0

    def farewell(self, reason: str) -> Messages:
        """The last messages of a connection."""
        return self.codec.end(reason, self.audio_s, self.outbox.finals)

    def take_suspicions(self) -> list[Suspicion]:
        """What seems wrong with the audio; each suspicion is returned once."""
        found, self._suspicions = self._suspicions, []
        return found


def audio_format(config: StreamConfig) -> AudioFormat:
    """Format of the client's audio. Raises BadOption."""
    return AudioFormat(cast(Encoding, config.encoding), config.rate, config.channels)


def call_on(loop: asyncio.AbstractEventLoop, news: Callable[[], None]) -> None:
    """Call `news` on the loop, from any thread; do nothing where the loop is closed already."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(news)


def _ignore() -> None:
    """Do nothing: no connection listens to the stream."""
