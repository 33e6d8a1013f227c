"""Tells whether a file ends before its own end, as after a broken copy or a full disk. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from realtime.audio.sniff import Container

LEAST_MISSING_S, LEAST_MISSING_SHARE = 0.5, 0.01
"""How much shorter than stated a file may be, in seconds or as a share: encoders' padding is 0.1 s
at most, and lengths are rounded."""
OGG_TAIL_BYTES = 128 << 10
"""End of an Ogg file that is searched: a page has 64 KiB at most (RFC 3533, section 6)."""

_STATE_LENGTH: Final[frozenset[Container]] = frozenset(
    {"aiff", "au", "flac", "matroska", "mp3", "mp4", "wav", "w64"}
)
"""Formats whose header states the length; of the others FFmpeg derives it from the bytes there."""
_END_IN_FRAMES: Final[frozenset[Container]] = frozenset({"aac", "asf"})
"""Formats of frames without anything behind the last one, so that damage there is a cut. (Behind
the last frame of an MP3 there may be tags.)"""
_MP3_LENGTH = re.compile(
    rb"\xff[\xe2-\xff]..(?:.{9}|.{17}|.{32})(?:Xing|Info)\0\0\0[\x01\x03\x05\x07\x09\x0b\x0d\x0f]",
    re.DOTALL,
)
"""A first frame that states the number of frames; without one, the length of an MP3 is a guess."""


@dataclass(frozen=True, slots=True)
class TrackEnd:
    """What is known of a track once it was read."""

    stated_s: float | None
    """Length in seconds according to the header; None: not stated."""
    reached_s: float
    """Time in seconds at which the audio ends."""
    incomplete: bool
    """The last packet holds fewer bytes than it states."""
    damaged: bool
    """The last packet could not be decoded."""


def is_cut_off(container: Container, head: bytes, end: TrackEnd) -> bool:
    """Whether the file ends too early. `head`: its first bytes."""
    if end.incomplete or (end.damaged and container in _END_IN_FRAMES):
        return True
    if end.stated_s is None or container not in _STATE_LENGTH:
        return False
    if container == "mp3" and _MP3_LENGTH.search(head) is None:
        return False
    missing_s = end.stated_s - end.reached_s
    return missing_s > max(LEAST_MISSING_S, LEAST_MISSING_SHARE * end.stated_s)


def ogg_is_cut_off(tail: bytes) -> bool:
    """Whether an Ogg file ends within a page. `tail`: its last `OGG_TAIL_BYTES`."""
    at = tail.rfind(b"OggS")
    if at < 0:
        return False
    # RFC 3533, section 6: 27 bytes, of which the last counts the segments; then their lengths.
    page = tail[at:]
    if len(page) < 27 or len(page) < 27 + page[26]:
        return True
    lengths = page[27 : 27 + page[26]]
    return len(page) < 27 + len(lengths) + sum(lengths)
