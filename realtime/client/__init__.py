"""The Python client: `async for event in Transcriber(url).stream(source)`.

Depends on websockets and numpy alone (a microphone needs sounddevice too). A broken connection is
resumed by itself: no word is lost, none comes twice.
"""

from realtime.client.backoff import Backoff
from realtime.client.errors import BadSource, Disconnected, NoMicrophone, Refused, Unreachable
from realtime.client.events import (
    End,
    Error,
    Event,
    Final,
    Partial,
    Ready,
    SpeechEnd,
    SpeechStart,
    Warning,
    Word,
)
from realtime.client.formats import AudioFormat
from realtime.client.sources import FileSource, PacketSource, PipeSource, Source
from realtime.client.stream import LiveStream
from realtime.client.transcriber import Transcriber

__all__ = [
    "AudioFormat",
    "Backoff",
    "BadSource",
    "Disconnected",
    "End",
    "Error",
    "Event",
    "FileSource",
    "Final",
    "LiveStream",
    "NoMicrophone",
    "PacketSource",
    "Partial",
    "PipeSource",
    "Ready",
    "Refused",
    "Source",
    "SpeechEnd",
    "SpeechStart",
    "Transcriber",
    "Unreachable",
    "Warning",
    "Word",
]
