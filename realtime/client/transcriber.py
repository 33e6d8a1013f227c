"""The client library's main class."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import KW_ONLY, dataclass, field, fields, replace
from urllib.parse import urlencode, urlsplit, urlunsplit

from realtime.client.backoff import Backoff
from realtime.client.errors import Disconnected
from realtime.client.events import Event
from realtime.client.formats import AudioFormat
from realtime.client.outbox import CAPACITY
from realtime.client.pacing import Pace, paced
from realtime.client.sources import AnySource, Source, iterating, open_source
from realtime.client.stream import Address, LiveStream
from realtime.client.sync import iterate
from realtime.errors import RealtimeError

DEFAULT_URL = "ws://localhost:8765"


@dataclass(frozen=True, slots=True)
class Transcriber:
    """A server's address and the options of its streams. An option of None is the server's default.

    ```python
    async for event in Transcriber("ws://localhost:8765", language="ko").stream("speech.wav"):
        if isinstance(event, Final):
            print(event.text)
    ```
    """

    url: str = DEFAULT_URL
    _: KW_ONLY
    language: str | None = None
    """A code or name such as `ko`, `en-US` or `Korean`, or `auto`."""
    languages: str | None = None
    """Candidates for a server that detects the language: `ko,en`."""
    task: str | None = None
    """`transcribe` or `translate` (into English)."""
    model: str | None = None
    prompt: str | None = None
    hotwords: str | None = None
    words: bool | None = None
    """Finals have words with their times."""
    partials: bool | None = None
    vad_events: bool | None = None
    """Send `SpeechStart` and `SpeechEnd`, too."""
    preset: str | None = None
    """`low-latency`, `balanced` or `accuracy`."""
    chunk_duration: float | None = None
    """s"""
    overlap_duration: float | None = None
    """s"""
    hop: float | None = None
    """s"""
    endpoint_ms: int | None = None
    endpoint: str | None = None
    """`fixed`, or `smart`: the text decides how much silence ends an utterance."""
    beam_size: int | None = None
    vad: str | None = None
    idle_flush_ms: int | None = None
    idle_close_ms: int | None = None
    multichannel: bool | None = None
    """Transcribe each channel separately; events have a `channel`."""
    diarize: bool | None = None
    """Tell voices apart; finals have a `speaker`."""
    privacy: bool | None = None
    """Mask personal data in partials, finals and words."""
    encoding: str = "f32le"
    """Encoding of sources that are plain bytes; files and microphones have their own."""
    sample_rate: int = 16_000
    channels: int = 1
    token: str | None = field(default=None, repr=False)
    """An API key."""
    backoff: Backoff = field(default_factory=Backoff, repr=False)
    """Pauses before reconnecting."""
    buffer_bytes: int = CAPACITY
    """The most audio that is kept for a resume."""

    @property
    def format(self) -> AudioFormat:
        """The format of sources without one. Raises `ValueError` for an unknown format."""
        return AudioFormat(self.encoding, self.sample_rate, self.channels)

    def address(self, audio: AudioFormat) -> Address:
        """The address for a stream of this format, with its options in the query."""
        query = audio.query()
        for option in fields(self):
            value = getattr(self, option.name)
            if option.name not in _NOT_IN_QUERY and value is not None:
                query[option.name] = str(value).lower() if isinstance(value, bool) else str(value)
        scheme, host, path, before, _ = urlsplit(_with_scheme(self.url))
        both = "&".join(part for part in (before, urlencode(query)) if part)
        return Address(urlunsplit((scheme, host, path or "/", both, "")), self.token)

    @asynccontextmanager
    async def open(self, audio: AudioFormat | None = None) -> AsyncIterator[LiveStream]:
        """A stream to send to and read from; it is closed at the end of the block."""
        audio = audio or self.format
        # A copy of `backoff`: concurrent streams must not share their count of tries.
        stream = LiveStream(self.address(audio), audio, replace(self.backoff), self.buffer_bytes)
        stream.start()
        try:
            yield stream
        finally:
            await stream.aclose()

    async def stream(self, source: AnySource, *, pace: Pace = "fast") -> AsyncIterator[Event]:
        """Send all of `source`, and yield the server's events, up to and including `End`.

        `source`: a path, bytes, an array of samples, an iterable or asynchronous iterable of these,
        or a `Source` such as `Microphone`. `pace="realtime"` sends at the speed of speech. Raises
        the errors of `LiveStream` and `open_source`.
        """
        opened = open_source(source, self.format)
        async with self.open(opened.format) as stream:
            feeder = asyncio.create_task(feed(stream, opened, pace), name="realtime feed")
            try:
                async for event in stream:
                    yield event
            finally:
                feeder.cancel()
                await asyncio.gather(feeder, return_exceptions=True)

    def stream_sync(self, source: AnySource, *, pace: Pace = "fast") -> Iterator[Event]:
        """`stream` without asyncio: a plain iterator, with the stream in a thread."""
        return iterate(lambda: self.stream(source, pace=pace))


_NOT_IN_QUERY = frozenset(
    {"url", "encoding", "sample_rate", "channels", "token", "backoff", "buffer_bytes"}
)


async def feed(stream: LiveStream, source: Source, pace: Pace) -> None:
    """Send all of `source`, then end the audio. A source's error ends the stream and is raised
    there."""
    try:
        async with iterating(paced(source, pace)) as packets:
            async for packet in packets:
                await stream.send(packet)
        if not stream.closed:
            stream.end()
    except Disconnected:
        return  # the stream's own iteration raises the reason
    except (OSError, ValueError, RuntimeError, RealtimeError) as failure:
        stream.fail(failure)


def _with_scheme(url: str) -> str:
    """`url` as a WebSocket address, also for `localhost:8765` and `http://…`."""
    if "://" not in url:
        return f"ws://{url}"
    if url.startswith("http"):
        return f"ws{url.removeprefix('http')}"
    return url
