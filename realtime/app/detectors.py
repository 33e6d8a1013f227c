"""The speech detectors by name."""

from __future__ import annotations

from collections.abc import Callable

from realtime.vad.base import SpeechDetector
from realtime.vad.energy import EnergyDetector
from realtime.vad.gate import GatedDetector
from realtime.vad.off import OffDetector
from realtime.vad.silero import SileroDetector
from realtime.vad.webrtc import WebRtcDetector

DETECTORS: dict[str, Callable[[], SpeechDetector]] = {
    # Mode 0 lets through whatever might be speech, in 20 ms pieces: silero judges what is left.
    "silero": lambda: GatedDetector(WebRtcDetector(mode=0, piece_ms=20), SileroDetector()),
    "webrtc": WebRtcDetector,
    "energy": EnergyDetector,
    "off": OffDetector,
}


def make_detector(name: str) -> SpeechDetector:
    """A new detector for one stream; `name` as in the stream option `vad`."""
    return DETECTORS[name]()
