"""The whole audio path of one stream: bytes as they arrive → 16 kHz, one array per channel."""

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

MAX_STEP_S = 10.0  # most audio decoded by one call, so that a huge message does not block others


class AudioIntake:
    """Converts the bytes of one stream to the audio that a session processes.

    ```
    channels = intake.receive(packet)
    while intake.more:                      # only after messages of more than MAX_STEP_S
        channels = intake.receive(b"")
    ```
    Channels are mixed down (`mixdown`), or kept separate with `multichannel`. The result does not
    depend on how the bytes are split. Use from one thread at a time; `close` it at the end.
    """

    def __init__(self, audio_format: AudioFormat, *, multichannel: bool = False) -> None:
        self._multichannel = multichannel
        self._source: _Source
        self._source = _Raw(audio_format) if audio_format.encoding != "auto" else _Contained()
        self._mixer = Mixer()
        self._cancel_reported = False
        """Whether `findings` has reported that the sides cancel."""
        self._resampler: Resampler | None = None
        self._rate = 0
        self._channels = audio_format.channels if multichannel else 1
        self._channels_known = audio_format.encoding != "auto" or not multichannel
        self.bytes_received = 0
        self.frames_received = 0
        """Sample frames decoded so far, at the input's own rate."""

    @property
    def more(self) -> bool:
        """Whether received bytes are still to be decoded: call `receive(b"")` or `finish` again."""
        return self._source.more

    @property
    def channels(self) -> int | None:
        """How many arrays `receive` returns; None while a container's channel count is unknown."""
        return self._channels if self._channels_known else None

    def receive(self, data: Bytes) -> list[Samples]:
        """Decode the next bytes: float32 at 16 kHz, shape (n,), one array per channel.

        The arrays are of equal length, possibly empty; the list itself is empty while a container's
        channel count is unknown. One call decodes at most about `MAX_STEP_S`: see `more`. Raises
        `NotAudio` where bytes with `encoding=auto` cannot be decoded.
        """
        self.bytes_received += len(data)
        return self._convert(self._source.receive(data))

    def finish(self) -> list[Samples]:
        """End the stream; returns the rest of the audio as `receive` does. Repeat while `more`."""
        channels = self._convert(self._source.finish())
        if self._source.more:
            return channels
        tail = self.drain()
        return [np.concatenate([a, b]) for a, b in zip(channels, tail, strict=True)]

    def drain(self) -> list[Samples]:
        """The audio that the resampler holds back (40 … 115 ms), for a final that is due now.

        The filter then starts afresh, so call this on request only, not for every packet.
        """
        if not self._channels_known:
            return []
        if self._resampler is None:
            return _split(np.zeros((0, self._channels), np.float32))
        tail = self._resampler.flush()
        self._resampler = None
        return _split(tail)

    def drop_carry(self) -> None:
        """Drop an unfinished sample frame: the client continues from `frames_received`."""
        self._source.drop_carry()

    def findings(self) -> list[Suspicion]:
        """Suspicions since the previous call, for `audio_suspect`; each once per stream."""
        found = self._source.findings()
        if self._mixer.cancels and not self._cancel_reported:
            self._cancel_reported = True
            found.append(Suspicion("sides_cancel", SIDES_CANCEL))
        return found

    def close(self) -> None:
        """Release threads and memory. Harmless when repeated."""
        self._source.close()

    def _convert(self, blocks: list[DecodedBlock]) -> list[Samples]:
        """Mix the channels or keep them separate, resample, and join the blocks."""
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
        """The mixed or the separate channels, shape (n, self._channels)."""
        count = frames.shape[1]
        if not self._multichannel:
            return self._mixer.process(frames, rate)
        if not self._channels_known:
            self._channels, self._channels_known = count, True
        if count < self._channels:  # a chained stream continues with fewer: the rest is silent
            return np.pad(frames, ((0, 0), (0, self._channels - count)))
        return frames[:, : self._channels]

    def _resampled(self, rate: int, frames: SampleFrames) -> list[SampleFrames]:
        """`frames` at 16 kHz; after a new rate, the rest of the audio at the old rate first."""
        pieces = []
        if self._resampler is None or rate != self._rate:
            if self._resampler is not None:
                pieces.append(self._resampler.flush())
            self._resampler, self._rate = Resampler(rate, self._channels), rate
        pieces.append(self._resampler.process(frames))
        return pieces


def _split(frames: SampleFrames) -> list[Samples]:
    """Shape (n, channels) → one contiguous array per channel."""
    return [np.ascontiguousarray(frames[:, channel]) for channel in range(frames.shape[1])]


class _Source(Protocol):
    """Decodes bytes to sample frames at the input's own rate: `_Raw` or `_Contained`."""

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
    """A container; its decoder limits its own steps."""

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
        """Does nothing: a container's bytes have no sample frames."""

    def findings(self) -> list[Suspicion]:
        return []

    def close(self) -> None:
        self._decoder.close()
