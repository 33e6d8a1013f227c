"""Detects the container format of a byte stream from its first bytes."""

from __future__ import annotations

from typing import Final, Literal

Container = Literal[
    "matroska",
    "ogg",
    "wav",
    "mp3",
    "mp4",
    "flac",
    "aac",
    "aiff",
    "amr",
    "asf",
    "au",
    "avi",
    "caf",
    "mpeg",
    "mpegts",
    "sphere",
    "w64",
]

SNIFF_BYTES = 12  # the longest signature: RIFF, a size, WAVE
RESYNC_BYTES = 16 << 10
"""Bytes in which `sniff_within` looks: the rest of a frame has 1.4 KiB at most, padding more."""
ACCEPTED = (
    "WebM or Matroska, Ogg, WAV, MP3, MP4, M4A or 3GP, FLAC, AAC, AIFF, AMR, WMA, AU, AVI, CAF, "
    "MPEG, MPEG-TS, SPHERE or W64"
)

_RIFF_KINDS: Final[dict[bytes, Container]] = {b"WAVE": "wav", b"AVI ": "avi"}
_FORM_KINDS: Final = (b"AIFF", b"AIFC")
_WAV_FAMILY: Final = (b"RF64", b"BW64")
_SIGNATURES: Final[dict[bytes, Container]] = {
    b"\x1a\x45\xdf\xa3": "matroska",  # EBML
    b"OggS": "ogg",
    b"fLaC": "flac",
    b".snd": "au",
    b"caff": "caf",
    b"#!AM": "amr",  # RFC 4867, section 5
    b"NIST": "sphere",
    b"riff": "w64",  # the first GUID's beginning
    b"\x30\x26\xb2\x75": "asf",  # the header object's GUID: WMA
    b"\x00\x00\x01\xba": "mpeg",  # ISO/IEC 13818-1, section 2.5.3: a pack of a program stream
}
_MP4_FIRST_BOXES: Final = (b"ftyp", b"styp")
_BOX_HEADER_BYTES = 8  # ISO/IEC 14496-12, section 4.2: 32-bit size, then the type
_FRAME_HEADER_BYTES = 4
_FRAMES_IN_A_ROW = 3  # noise looks like one frame once in 16,000 bytes, like three never
_MPEG_1, _LAYER_3 = 3, 1  # the bits that say so
_MPEG_1_KBIT_PER_S = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MPEG_2_KBIT_PER_S = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_MPEG_1_RATES = (44_100, 48_000, 32_000)  # Hz
_RATE_HALVINGS: Final = {_MPEG_1: 0, 2: 1, 0: 2}
"""The bits of the version → how often the rate is halved: MPEG-1, MPEG-2, MPEG-2.5."""
_LONG_BOX_HEADER_BYTES = 16  # a size of 1 means that the real size follows the type, in 64 bits


def sniff(head: bytes) -> Container | None:
    """The container that begins with `head`; None if it is not an accepted one."""
    first, form = head[:4], head[8:12]
    if first == b"RIFF":
        return _RIFF_KINDS.get(form)
    if first in _WAV_FAMILY:
        return "wav" if form == b"WAVE" else None
    if first == b"FORM":
        return "aiff" if form in _FORM_KINDS else None
    if head[4:8] in _MP4_FIRST_BOXES:
        return "mp4"
    if head[:3] == b"ID3":
        return "mp3"
    return _SIGNATURES.get(first) or _by_frame(head)


def sniff_within(head: bytes) -> Container | None:
    """MP3 where `head` begins within a frame, as a recording of a broadcast does, or with padding:
    told by frames that follow each other. FFmpeg finds the first; of AAC it does not."""
    at = head.find(0xFF)
    while at >= 0:
        if _follow_each_other(head, at):
            return "mp3"
        at = head.find(0xFF, at + 1)
    return None


def is_surely_container(head: bytes) -> bool:
    """Whether `head` has a signature of three bytes or more, so that it is not raw samples."""
    return sniff(head) is not None and _by_frame(head) is None


def _by_frame(head: bytes) -> Container | None:
    """Detect formats without a signature by frame or packet headers that are rare in other data."""
    if _is_mpeg_audio(head):
        return "mp3"
    if _is_adts(head):
        return "aac"
    return "mpegts" if _is_transport_packet(head) else None


def mp4_index_comes_first(head: bytes) -> bool | None:
    """Whether an MP4's index (`moov`) precedes its data (`mdat`); None: more bytes are needed.

    Only an MP4 with its index first can be decoded while it arrives.
    """
    at = 0
    while at + _BOX_HEADER_BYTES <= len(head):
        size = int.from_bytes(head[at : at + 4], "big")
        kind = head[at + 4 : at + 8]
        if kind in (b"moov", b"mdat"):
            return kind == b"moov"
        if size == 1:
            size = int.from_bytes(head[at + 8 : at + _LONG_BOX_HEADER_BYTES], "big")
        if size < _BOX_HEADER_BYTES:  # 0: the box ends with the file; other values are broken
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


def _is_adts(head: bytes) -> bool:
    """Whether `head` is the header of an AAC frame (ISO/IEC 14496-3, section 1.A.2.2)."""
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:
        return False
    sample_rate, length = (head[2] >> 2) & 15, (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return sample_rate < 13 and length > 7


def _is_transport_packet(head: bytes) -> bool:
    """Whether `head` is a packet with which a transport stream begins (ISO/IEC 13818-1, section
    2.4.3.2), of a table or a programme: not scrambled, with a payload, at the start of a unit."""
    if len(head) < 5 or head[0] != 0x47:
        return False
    begins, payload = head[1] & 0xC0 == 0x40, head[3] & 0xD0 == 0x10
    return begins and payload


def _mp3_frame_bytes(head: bytes) -> int:
    """Length of the MP3 frame with the header `head`; 0 where it is none (ISO/IEC 11172-3, section
    2.4.3.1; ISO/IEC 13818-3 for half the rates)."""
    if not _is_mpeg_audio(head) or (head[1] >> 1) & 3 != _LAYER_3:
        return 0
    version = (head[1] >> 3) & 3
    whole = version == _MPEG_1
    kbit_per_s = (_MPEG_1_KBIT_PER_S if whole else _MPEG_2_KBIT_PER_S)[(head[2] >> 4) - 1]
    rate = _MPEG_1_RATES[(head[2] >> 2) & 3] >> _RATE_HALVINGS[version]
    return (144_000 if whole else 72_000) * kbit_per_s // rate + ((head[2] >> 1) & 1)


def _follow_each_other(head: bytes, at: int) -> bool:
    """Whether `_FRAMES_IN_A_ROW` frames of one kind lie one behind the other from `at` on."""
    kind = _kind_of_frame(head[at : at + _FRAME_HEADER_BYTES])
    for _ in range(_FRAMES_IN_A_ROW):
        header = head[at : at + _FRAME_HEADER_BYTES]
        length = _mp3_frame_bytes(header)
        if not length or _kind_of_frame(header) != kind:
            return False
        at += length
    return True


def _kind_of_frame(header: bytes) -> tuple[int, ...]:
    """Version, layer and sample rate: the same in every frame of a stream."""
    return tuple(byte & mask for byte, mask in zip(header, (0xFF, 0xFE, 0x0C), strict=False))
