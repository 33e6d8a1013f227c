"""Which container a stream of bytes is, seen from its first bytes."""

from __future__ import annotations

from typing import Final, Literal

Container = Literal["matroska", "ogg", "wav", "mp3", "mp4", "flac"]

SNIFF_BYTES = 12  # the longest signature: RIFF, a size, WAVE
ACCEPTED = "WebM or Matroska, Ogg, WAV, MP3, MP4 or M4A, and FLAC"

_EBML: Final = b"\x1a\x45\xdf\xa3"
_WAV_FAMILY: Final = (b"RIFF", b"RF64", b"BW64")
_MP4_FIRST_BOXES: Final = (b"ftyp", b"styp")
_BOX_HEADER_BYTES = 8  # ISO/IEC 14496-12, section 4.2: 32-bit size, then the type
_LONG_BOX_HEADER_BYTES = 16  # the same with a size of 1: the real size follows in 64 bits


def sniff(head: bytes) -> Container | None:
    """Name the container that begins with `head`; None if it is none that is accepted."""
    if head[:4] in _WAV_FAMILY and head[8:12] == b"WAVE":
        return "wav"
    if head[4:8] in _MP4_FIRST_BOXES:
        return "mp4"
    if head[:3] == b"ID3" or _is_mpeg_audio(head):
        return "mp3"
    signatures: dict[bytes, Container] = {_EBML: "matroska", b"OggS": "ogg", b"fLaC": "flac"}
    return signatures.get(head[:4])


def is_surely_container(head: bytes) -> bool:
    """Whether raw samples would not begin like this: a signature of three letters or more."""
    return sniff(head) is not None and not _is_mpeg_audio(head)


def mp4_index_comes_first(head: bytes) -> bool | None:
    """Whether an MP4's index (`moov`) precedes its data (`mdat`); None: more bytes will tell.

    Only then can it be decoded while it arrives.
    """
    at = 0
    while at + _BOX_HEADER_BYTES <= len(head):
        size = int.from_bytes(head[at : at + 4], "big")
        kind = head[at + 4 : at + 8]
        if kind in (b"moov", b"mdat"):
            return kind == b"moov"
        if size == 1:
            size = int.from_bytes(head[at + 8 : at + _LONG_BOX_HEADER_BYTES], "big")
        if size < _BOX_HEADER_BYTES:  # 0: to the end of the file; else it is broken
            return None if at + _LONG_BOX_HEADER_BYTES > len(head) else False
        at += size
    return None


def _is_mpeg_audio(head: bytes) -> bool:
    """Whether `head` is the header of an MPEG audio frame (ISO/IEC 11172-3, section 2.4.1.3)."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = (head[1] >> 3) & 3, (head[1] >> 1) & 3
    bit_rate, sample_rate = head[2] >> 4, (head[2] >> 2) & 3
    return version != 1 and layer != 0 and bit_rate not in (0, 15) and sample_rate != 3
