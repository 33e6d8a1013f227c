"""Microphones of this machine, through PortAudio (the package sounddevice, in the extra `mic`)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

from realtime.client.errors import NoMicrophone
from realtime.client.formats import AudioFormat
from realtime.client.sources import PACKET_S

RATE: Final = 16_000  # Hz, tried first: at this rate the server need not resample
WAITING_PACKETS: Final = 600
"""Packets of one minute, which may wait while the server is away; later ones are lost and
counted."""


@dataclass(frozen=True, slots=True)
class Device:
    """One microphone."""

    index: int
    name: str
    channels: int
    sample_rate: int
    """Hz, the device's default."""
    default: bool


def devices() -> list[Device]:
    """All microphones. Raises `NoMicrophone` where sounddevice or PortAudio is not installed."""
    portaudio = _portaudio()
    default = portaudio.default.device[0]
    return [
        Device(
            index,
            str(found["name"]),
            int(found["max_input_channels"]),
            round(found["default_samplerate"]),
            index == default,
        )
        for index, found in enumerate(portaudio.query_devices())
        if found["max_input_channels"] > 0
    ]


class Microphone:
    """A microphone as a source: s16le mono at 16 kHz, or at the device's only rate.

    `device`: a number or (part of) a name from `devices()`; None: the system's default. Raises
    `NoMicrophone`, which says what to do.
    """

    def __init__(self, device: int | str | None = None) -> None:
        self._portaudio = _portaudio()
        self._device = device
        self.lost_packets = 0
        """Number of packets that were lost because the queue was full."""
        try:
            found: dict[str, Any] = self._portaudio.query_devices(device, "input")
        except (ValueError, self._portaudio.PortAudioError) as failure:
            raise _no_such(device, failure) from None
        self.name = str(found["name"])
        self.format = AudioFormat("s16le", self._rate(round(found["default_samplerate"])), 1)
        self.bytes_per_s: float | None = self.format.bytes_per_s

    def _rate(self, own: int) -> int:
        """16 kHz where the device supports it, else the device's own rate."""
        for rate in (RATE, own):
            try:
                self._portaudio.check_input_settings(
                    device=self._device, channels=1, dtype="int16", samplerate=rate
                )
            except self._portaudio.PortAudioError as failure:
                refused = failure
            else:
                return rate
        raise NoMicrophone(f"The microphone {self.name} cannot be opened: {refused}.")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Packets of 0.1 s, until the iteration is closed."""
        loop = asyncio.get_running_loop()
        packets: deque[bytes] = deque()
        arrived = asyncio.Event()

        def on_audio(data: Any, frames: int, when: Any, status: Any) -> None:
            # Runs in PortAudio's thread, which must never wait and reuses `data`. A packet that
            # finds the queue full wakes nobody, so that a runaway driver cannot flood the loop.
            if len(packets) >= WAITING_PACKETS:
                self.lost_packets += 1
                return
            packets.append(bytes(data))
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(arrived.set)

        try:
            stream = self._portaudio.RawInputStream(
                samplerate=self.format.sample_rate,
                blocksize=round(self.format.sample_rate * PACKET_S),
                device=self._device,
                channels=1,
                dtype="int16",
                callback=on_audio,
            )
        except self._portaudio.PortAudioError as failure:
            raise NoMicrophone(f"The microphone {self.name} cannot be opened: {failure}.") from None
        with stream:
            while True:
                await arrived.wait()
                arrived.clear()
                while packets:
                    yield packets.popleft()


def _portaudio() -> ModuleType:
    """The package sounddevice, imported only on use, because its import searches for devices."""
    try:
        import sounddevice
    except ImportError:
        raise NoMicrophone(
            "A microphone needs the package sounddevice: pip install 'realtime-whisper[mic]'"
        ) from None
    except OSError:
        raise NoMicrophone(
            "A microphone needs the library PortAudio: apt install libportaudio2 "
            "(macOS: brew install portaudio)."
        ) from None
    module: ModuleType = sounddevice
    return module


def _no_such(device: int | str | None, failure: Exception) -> NoMicrophone:
    if device is None:
        return NoMicrophone(
            "No microphone was found: connect one, or send a file with: realtime stream FILE"
        )
    return NoMicrophone(
        f"No microphone {device!r} was found ({failure}); list them with: realtime devices"
    )
