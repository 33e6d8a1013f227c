"""The whole way of one stream's audio: bytes as they arrive → mono 16 kHz, one array a channel."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from realtime.audio.container import ContainerDecoder, DecodedBlock
from realtime.audio.format import AudioFormat, SampleFrames
from realtime.audio.mixdown import Mixer
from realtime.audio.pcm import Bytes, PcmDecoder
from realtime.audio.resample import Resampler
from realtime.audio.suspicion import SIDES_CANCEL, Suspicion
from realtime.types import Samples

MAX_STEP_S = 10.0  # audio that one call takes apart, so that a huge message does not block others


class AudioIntake:
    """Takes the bytes of one stream and gives the audio that a session hears.

    ```
    channels = intake.receive(packet)
    while intake.more:                      # only after messages of more than MAX_STEP_S
        channels = intake.receive(b"")
    ```
    Channels are mixed down (`mixdown`), or with `multichannel` kept apart. How the bytes are
    split changes nothing. Use from one thread at a time; `close` it at the end.
    """

    def __init__(self, audio_format: AudioFormat, *, multichannel: bool = False) -> None:
        self._multichannel = multichannel
        self._source: _Source
        self._source = _Raw(audio_format) if audio_format.encoding != "auto" else _Contained()
        self._mixer = Mixer()
        self._told = False
        """It was said that the sides cancel."""
        self._resampler: Resampler | None = None
        self._rate = 0
        self._channels = audio_format.channels if multichannel else 1
        self._channels_known = audio_format.encoding != "auto" or not multichannel
        self.bytes_received = 0
        self.frames_received = 0
        """Sample frames of the input, at its own rate, that were decoded so far."""

    @property
    def more(self) -> bool:
        """There is more in the bytes received: call `receive(b"")`, or `finish`, again."""
        return self._source.more

    @property
    def channels(self) -> int | None:
        """How many arrays `receive` gives; None while a container has not said it yet."""
        return self._channels if self._channels_known else None

    def receive(self, data: Bytes) -> list[Samples]:
        """Decode the next bytes: float32 at 16 kHz, shape (n,), one array a channel.

        The arrays are of equal length, possibly empty; the list itself is empty while a container
        has not said how many channels it has. At most about `MAX_STEP_S` are taken apart at once:
        see `more`. Raises `NotAudio` where `encoding=auto` meets bytes that it cannot decode.
        """
        self.bytes_received += len(data)
        return self._hear(self._source.receive(data))

    def finish(self) -> list[Samples]:
        """No bytes follow: what is still held back, as from `receive`. Repeat it while `more`."""
        channels = self._hear(self._source.finish())
        if self._source.more:
            return channels
        tail = self.drain()
        return [np.concatenate([a, b]) for a, b in zip(channels, tail, strict=True)]

    def drain(self) -> list[Samples]:
        """What the resampler holds back (40 … 115 ms), for a final that is wanted now.

        The filter then begins anew: do it where someone asks for it, not at every packet.
        """
        if not self._channels_known:
            return []
        if self._resampler is None:
            return _split(np.zeros((0, self._channels), np.float32))
        tail = self._resampler.flush()
        self._resampler = None
        return _split(tail)

    def drop_carry(self) -> None:
        """Forget an unfinished sample frame: the client sends on from `frames_received`."""
        self._source.drop_carry()

    def findings(self) -> list[Suspicion]:
        """What looked wrong since the call before, for `audio_suspect`; each once a stream."""
        found = self._source.findings()
        if self._mixer.cancels and not self._told:
            self._told = True
            found.append(Suspicion("sides_cancel", SIDES_CANCEL))
        return found

    def close(self) -> None:
        """Give threads and memory back. Harmless when repeated."""
        self._source.close()

    def _hear(self, blocks: list[DecodedBlock]) -> list[Samples]:
        """Mix or keep the channels, resample, and join the blocks."""
        pieces: list[SampleFrames] = []
        for block in blocks:
            self.frames_received += len(block.frames)
            rate = block.sample_rate
            pieces += self._resampled(rate, self._arranged(rate, block.frames))
        if not self._channels_known:
            return []
        if len(pieces) == 1:
            return _split(pieces[0])
        return _split(np.concatenate(pieces or [np.zeros((0, self._channels), np.float32)]))

    def _arranged(self, rate: int, frames: SampleFrames) -> SampleFrames:
        """The channels that are heard, shape (n, self._channels)."""
        count = frames.shape[1]
        if not self._multichannel:
            return self._mixer.process(frames, rate)
        if not self._channels_known:
            self._channels, self._channels_known = count, True
        if (
            count < self._channels
        ):  # a chained stream that goes on with fewer: the others are silent
            return np.pad(frames, ((0, 0), (0, self._channels - count)))
        return frames[:, : self._channels]

    def _resampled(self, rate: int, frames: SampleFrames) -> list[SampleFrames]:
        """`frames` at 16 kHz; where the rate changes, the end of the old one comes first."""
        pieces = []
        if self._resampler is None or rate != self._rate:
            if self._resampler is not None:
                pieces.append(self._resampler.flush())
            self._resampler, self._rate = Resampler(rate, self._channels), rate
        pieces.append(self._resampler.process(frames))
        return pieces


def _split(frames: SampleFrames) -> list[Samples]:
    """Shape (n, channels) → one contiguous array a channel."""
    return [np.ascontiguousarray(frames[:, channel]) for channel in range(frames.shape[1])]


class _Source(Protocol):
    """Bytes → sample frames at the input's own rate; the ways differ by encoding."""

    @property
    def more(self) -> bool: ...
    def receive(self, data: Bytes) -> list[DecodedBlock]: ...
    def finish(self) -> list[DecodedBlock]: ...
    def drop_carry(self) -> None: ...
    def findings(self) -> list[Suspicion]: ...
    def close(self) -> None: ...


class _Raw:
    """Raw samples, in steps of at most `MAX_STEP_S`."""

    def __init__(self, audio_format: AudioFormat) -> None:
        self._decoder = PcmDecoder(audio_format)
        self._rate = audio_format.sample_rate
        self._step_bytes = int(MAX_STEP_S * self._rate) * audio_format.frame_bytes
        self._waiting = memoryview(b"")

    @property
    def more(self) -> bool:
        return len(self._waiting) > 0

    def receive(self, data: Bytes) -> list[DecodedBlock]:
        packet = memoryview(data).cast("B")
        if self._waiting:
            packet = memoryview(bytes(self._waiting) + bytes(packet))
        elif len(packet) > self._step_bytes:
            packet = memoryview(bytes(packet))  # a part of it outlives this call
        self._waiting = packet[self._step_bytes :]
        return [DecodedBlock(self._rate, self._decoder.decode(packet[: self._step_bytes]))]

    def finish(self) -> list[DecodedBlock]:
        blocks = self.receive(b"")
        if not self.more:
            self._decoder.finish()
        return blocks

    def drop_carry(self) -> None:
        self._decoder.drop_carry()

    def findings(self) -> list[Suspicion]:
        return self._decoder.findings()

    def close(self) -> None:
        self._waiting = memoryview(b"")


class _Contained:
    """A container; it paces itself."""

    def __init__(self) -> None:
        self._decoder = ContainerDecoder()

    @property
    def more(self) -> bool:
        return self._decoder.more

    def receive(self, data: Bytes) -> list[DecodedBlock]:
        self._decoder.feed(data)
        return self._decoder.read()

    def finish(self) -> list[DecodedBlock]:
        self._decoder.finish()
        return self._decoder.read()

    def drop_carry(self) -> None:
        """A container's bytes have no frames: nothing to forget."""

    def findings(self) -> list[Suspicion]:
        return []

    def close(self) -> None:
        self._decoder.close()
