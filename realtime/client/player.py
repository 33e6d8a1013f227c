"""Implements the commands `stream` and `mic`: sends a source to a recogniser and shows its
events."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from typing import Final, Protocol, TextIO
from urllib.parse import urlsplit

from realtime.client.containers import with_duration
from realtime.client.errors import KEY_ADVICE, Refused
from realtime.client.events import End, Event, Warning
from realtime.client.formats import AudioFormat
from realtime.client.microphone import Microphone
from realtime.client.pacing import Pace
from realtime.client.screen import Display, JsonLines, Screen
from realtime.client.sources import (
    LEAST_MISSING_S,
    PACKET_S,
    FileSource,
    PipeSource,
    Source,
    iterating,
)
from realtime.errors import Unauthorized

DONE: Final = 0
FAILED: Final = 1
INTERRUPTED: Final = 130  # 128 + SIGINT, as in shells


class EventSource(Protocol):
    """A `Transcriber`, or an engine in this process with the same method `stream`."""

    def stream(self, source: Source, *, pace: Pace = "fast") -> AsyncIterator[Event]: ...


def open_input(name: str, audio: AudioFormat | None, pace: Pace) -> Source:
    """A file, or standard input for `-`.

    `audio`: the format of standard input, `auto` for a container; None: f32le at 16 kHz. A file has
    its own format, unless `audio` is raw: then the file is read as raw, too. Raises `BadSource`.
    """
    if name == "-":
        return PipeSource(sys.stdin.buffer, audio or AudioFormat())
    path = Path(name)
    source = FileSource(path, audio)
    return with_duration(source, path) if pace == "realtime" else source


def display(as_json: bool, out: TextIO, notes: TextIO) -> Display:
    """A display that prints the server's JSON, or text for people."""
    return JsonLines(out) if as_json else Screen(out, notes)


def play(
    recogniser: AbstractAsyncContextManager[EventSource],
    source: Source,
    display: Display,
    *,
    pace: Pace = "fast",
) -> int:
    """Send all of `source` and show the events; → exit code.

    An interrupt (Ctrl-C) ends the source, and the last words still arrive; a second one ends
    everything at once. Raises the recogniser's errors. Pass a `Transcriber` as
    `contextlib.nullcontext(transcriber)`.
    """
    try:
        code = asyncio.run(_play(recogniser, source, display, pace))
        _tell_losses(source, display)
        return code
    except Refused as refused:
        if refused.reason_code != Unauthorized.code:
            raise
        raise Refused(f"{refused.message} {KEY_ADVICE}", refused.reason_code) from None
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has closed the pipe, as `head` does; the interpreter must not fail at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    finally:
        with suppress(BrokenPipeError):
            display.close()


async def _play(
    recogniser: AbstractAsyncContextManager[EventSource],
    source: Source,
    display: Display,
    pace: Pace,
) -> int:
    stoppable = Stoppable(source)
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    assert task is not None, "asyncio.run runs a task"

    def interrupt() -> None:
        if stoppable.stopped:
            task.cancel()
        stoppable.stop()

    with suppress(NotImplementedError, RuntimeError):  # Windows; not the main thread
        loop.add_signal_handler(signal.SIGINT, interrupt)
    code = FAILED
    try:
        async with recogniser as ready:
            events = ready.stream(stoppable, pace=pace)
            async with iterating(events) as iterator:
                async for event in iterator:
                    display.show(event)
                    if isinstance(event, End):
                        code = DONE
    except asyncio.CancelledError:
        if not stoppable.stopped:
            raise
        return INTERRUPTED
    return code


def _tell_losses(source: Source, display: Display) -> None:
    """Warn of packets that were lost while the server was away, and of a file that was cut off."""
    if isinstance(source, FileSource) and source.missing_s > LEAST_MISSING_S:
        message = (
            f"The file ends in the middle: {source.missing_s:.1f} s that its header states are "
            "missing. What it holds was sent; send the whole file if there is more."
        )
        raw = {"type": "warning", "text": "", "code": "cut_off", "message": message}
        display.show(Warning("cut_off", message, raw))
    if isinstance(source, Microphone) and source.lost_packets:
        lost_s = source.lost_packets * PACKET_S
        message = f"{lost_s:.1f} s of the microphone were lost: they could not be sent in time."
        raw = {"type": "warning", "text": "", "code": "audio_lost", "message": message}
        display.show(Warning("audio_lost", message, raw))


class Stoppable:
    """A source that `stop` ends early."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._stop = asyncio.Event()
        self.format = source.format
        self.bytes_per_s = source.bytes_per_s

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stop.is_set()

    def stop(self) -> None:
        """End the packets now."""
        self._stop.set()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        stop = asyncio.create_task(self._stop.wait())
        try:
            async with iterating(self._source) as packets:
                while not self.stopped:
                    packet = asyncio.ensure_future(anext(packets, None))
                    await asyncio.wait({packet, stop}, return_when=asyncio.FIRST_COMPLETED)
                    if not packet.done():
                        packet.cancel()
                        await asyncio.gather(packet, return_exceptions=True)
                        return
                    packet_bytes = packet.result()
                    if packet_bytes is None:
                        return
                    yield packet_bytes
        finally:
            stop.cancel()


async def reachable(url: str, timeout_s: float = 1.0) -> bool:
    """Whether a server listens at the address of `url`."""
    parts = urlsplit(url if "://" in url else f"ws://{url}")
    port = parts.port or (443 if parts.scheme in ("wss", "https") else 80)
    try:
        async with asyncio.timeout(timeout_s):
            _, writer = await asyncio.open_connection(parts.hostname or "localhost", port)
    except OSError:
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True
