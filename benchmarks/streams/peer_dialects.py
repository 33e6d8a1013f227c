"""The protocols of other servers: the messages that begin a stream, the packets of its audio, and
the conversion of their results to this project's messages. Pure.

Facts of the protocols are from the packages' own code: RealtimeSTT 1.1.2
(`example_fastapi_server`), WhisperLive 0.10.0 (`whisper_live/server.py`, `backend/base.py`).
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import numpy as np

from realtime.types import SAMPLE_RATE, Samples

Message = dict[str, Any]
"""`type` is `partial` or `final`; `text`; `start`, `end` in seconds of the stream; `stable`."""


class Talk(Protocol):
    """One stream's side of a protocol, from its first message to its last."""

    def path(self, language: str) -> str:
        """Path and query of the address."""

    def hello(self, language: str) -> list[str]:
        """First messages of the stream."""

    def goes(self, message: Mapping[str, Any]) -> bool:
        """Whether this message says that the server accepts audio."""

    def packet(self, samples: Samples) -> bytes:
        """Encode samples (float32, mono, 16 kHz) as one packet."""

    def bye(self) -> list[str | bytes]:
        """Last messages of the stream."""

    def read(self, message: Mapping[str, Any], begun: float) -> Iterator[Message]:
        """Results in a message. `begun`: time of the first sample, in seconds since 1970."""


class Ours:
    """The native protocol of this project."""

    def path(self, language: str) -> str:
        return f"/?language={language}"

    def hello(self, language: str) -> list[str]:
        return []

    def goes(self, message: Mapping[str, Any]) -> bool:
        return bool(message["type"] == "ready")

    def packet(self, samples: Samples) -> bytes:
        return samples.tobytes()

    def bye(self) -> list[str | bytes]:
        return ['{"type":"end"}']

    def read(self, message: Mapping[str, Any], begun: float) -> Iterator[Message]:
        if message["type"] in ("partial", "final"):
            yield dict(message)


class WhisperLive:
    """Sends segments repeatedly; one that will not change any more is `completed`."""

    def __init__(self) -> None:
        self._ended: set[str] = set()

    def path(self, language: str) -> str:
        return "/"

    def hello(self, language: str) -> list[str]:
        options = {"uid": "benchmark", "language": language, "task": "transcribe", "use_vad": True}
        return [json.dumps(options | {"model": "base", "send_last_n_segments": 10})]

    def goes(self, message: Mapping[str, Any]) -> bool:
        return message.get("message") == "SERVER_READY"

    def packet(self, samples: Samples) -> bytes:
        return samples.tobytes()

    def bye(self) -> list[str | bytes]:
        return [b"END_OF_AUDIO"]

    def read(self, message: Mapping[str, Any], begun: float) -> Iterator[Message]:
        for segment in message.get("segments", ()):
            said = {
                "text": segment["text"].strip(), "stable": "",
                "start": float(segment["start"]), "end": float(segment["end"]),
            }  # fmt: skip
            if not segment["completed"]:
                yield {"type": "partial", **said}
            elif segment["start"] not in self._ended:
                self._ended.add(segment["start"])
                yield {"type": "final", **said}


class RealtimeSTT:
    """RealtimeSTT's example server: a header in JSON precedes the 16-bit samples of a packet; times
    are wall-clock times; the server's settings determine the language."""

    def path(self, language: str) -> str:
        return "/ws/transcribe"

    def hello(self, language: str) -> list[str]:
        return ['{"type":"start"}']

    def goes(self, message: Mapping[str, Any]) -> bool:
        return bool(message["type"] == "ready")

    def packet(self, samples: Samples) -> bytes:
        header = json.dumps(
            {"sampleRate": SAMPLE_RATE, "channels": 1, "format": "pcm_s16le",
             "frames": len(samples)}
        ).encode()  # fmt: skip
        sound = (np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes()
        return struct.pack("<I", len(header)) + header + sound

    def bye(self) -> list[str | bytes]:
        return ['{"type":"stop"}']

    def read(self, message: Mapping[str, Any], begun: float) -> Iterator[Message]:
        if message["type"] not in ("realtime", "final"):
            return
        kind = "final" if message["type"] == "final" else "partial"
        started = message.get("recordingStartedAt") or message["timestamp"]
        before_s = (message.get("preRecordingBuffer") or {}).get("includedSeconds", 0.0)
        ended = message.get("recordingEndedAt") or message["timestamp"]
        yield {
            "type": kind, "text": message["text"], "stable": message.get("stableText", ""),
            "start": started - before_s - begun, "end": ended - begun,
        }  # fmt: skip
