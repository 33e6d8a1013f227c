"""Raw samples: bytes in packets of any size → float32 sample frames."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from realtime.audio.format import AudioFormat, SampleFrames
from realtime.audio.g711 import alaw_table, mulaw_table
from realtime.audio.sniff import SNIFF_BYTES, is_surely_container
from realtime.audio.suspicion import Suspicion, SuspicionMeter
from realtime.types import Samples

Bytes: TypeAlias = bytes | bytearray | memoryview

_S16_SCALE = np.float32(1 / 2**15)
_S32_SCALE = np.float32(1 / 2**31)


class PcmDecoder:
    """Decodes one stream of raw samples; a frame may straddle any number of packets.

    The output is finite and within -1 … 1, whatever the input; `findings` reports what is odd about
    the input.
    """

    def __init__(self, audio_format: AudioFormat) -> None:
        """Raises `ValueError` for `encoding="auto"`: `ContainerDecoder` decodes containers."""
        self._format = audio_format
        self._frame_bytes = audio_format.frame_bytes
        self._carry = b""
        self._head: bytes | None = b""  # None once it has been checked
        self._meter = SuspicionMeter(audio_format.sample_rate * audio_format.channels)

    def decode(self, data: Bytes) -> SampleFrames:
        """Decode the next bytes of the stream, shape (frames, channels), possibly no frames."""
        view = memoryview(data).cast("B")
        if self._head is not None:
            self._look_at_head(view)
        if self._carry:
            view = memoryview(self._carry + bytes(view))
        whole = len(view) - len(view) % self._frame_bytes
        self._carry = bytes(view[whole:])
        return self._samples(view[:whole]).reshape(-1, self._format.channels)

    def drop_carry(self) -> None:
        """Drop the bytes of an unfinished frame, as when a client restarts at a frame's start."""
        self._carry = b""

    def finish(self) -> None:
        """End the stream: drop an unfinished frame and complete the findings."""
        self.drop_carry()
        self._meter.finish()

    def findings(self) -> list[Suspicion]:
        """Suspicions since the previous call; each is reported once per stream."""
        return self._meter.findings()

    @property
    def replaced_samples(self) -> int:
        """NaN and infinite samples that were replaced by zeros."""
        return self._meter.replaced

    def _look_at_head(self, view: memoryview) -> None:
        """Report a container that is sent as if it were raw samples."""
        self._head = (self._head or b"") + bytes(view[:SNIFF_BYTES])
        if len(self._head) >= SNIFF_BYTES:
            if is_surely_container(self._head):
                self._meter.report("container_as_pcm")
            self._head = None

    def _samples(self, view: memoryview) -> Samples:
        """Whole samples of the stream's encoding → float32, shape (n,); always a copy."""
        match self._format.encoding:
            case "f32le":
                values = np.frombuffer(view, "<f4").astype(np.float32)
                self._meter.tidy_floats(values)
            case "s16le":
                words = np.frombuffer(view, "<i2")
                self._meter.inspect_s16(words)
                values = words.astype(np.float32) * _S16_SCALE
            case "s32le":
                values = np.frombuffer(view, "<i4").astype(np.float32) * _S32_SCALE
                self._meter.inspect_floats(values)
            case "mulaw":
                values = mulaw_table()[np.frombuffer(view, np.uint8)]
            case _:  # alaw
                values = alaw_table()[np.frombuffer(view, np.uint8)]
        return values
