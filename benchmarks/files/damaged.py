"""Damaged and disguised files through the real API (row g): its answers, and how fast they come.

Each format is truncated at many places and gets many flipped bits; further files only claim to be
audio. What is still audio may be transcribed; the rest must get a 4xx with a sentence. That no
socket is opened and no other file is read is not observed but enforced: a decoder cannot open more
than the five descriptors of its limit (`tests/audio/test_files.py`).
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Iterator

import httpx2
import soxr

from benchmarks.shared.rows import Row, parser, show
from benchmarks.shared.serving import served
from realtime.load_test.machine import machine
from realtime.types import SAMPLE_RATE, Samples
from realtime.weights.bundled import samples
from tests.audio.encode import FORMATS, encode

DISGUISED = {
    "empty": b"",
    "text": b"This is no audio. " * 100,
    "SDP": b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio 5004 RTP/AVP 0\r\n",
    "m3u8 of a network": b"#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n",
    "m3u8 of a file": b"#EXTM3U\n#EXTINF:10,\n/etc/passwd\n#EXT-X-ENDLIST\n",
    "concat": b"ffconcat version 1.0\nfile /etc/passwd\n",
    "100 KB of JSON": json.dumps([{"key": "value" * 5}] * 2800).encode(),
    "an ELF program": b"\x7fELF" + bytes(100_000),
    "a WAV header alone": b"RIFF\x24\x00\x00\x00WAVEfmt ",
}
SLOW_S = 2.0


def variants(name: str, audio: Samples, cuts: int, flips: int) -> Iterator[bytes]:
    """One format, truncated at evenly spread places and with flipped bits."""
    container, codec, rate = FORMATS[name]
    whole = encode(container, codec, [soxr.resample(audio, SAMPLE_RATE, rate)], rate=rate)
    rng = random.Random(name)
    for cut in range(cuts):
        yield whole[: len(whole) * cut // cuts]
    for _ in range(flips):
        flipped = bytearray(whole)
        for _ in range(rng.choice((1, 8, 64))):
            flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
        yield bytes(flipped)


def measure(cuts: int = 50, flips: int = 200) -> list[Row]:
    audio = samples()[0].read()
    rows = []
    with served(api_port=0) as server, httpx2.Client(base_url=server.api, timeout=60) as client:
        for name in FORMATS:
            files = list(variants(name, audio, cuts, flips))
            rows.append(_row(f"{name}, {cuts} cuts, {flips} flips", client, files, refuse=False))
        for name, data in DISGUISED.items():
            rows.append(_row(name, client, [data], refuse=True))
    return rows


def _row(what: str, client: httpx2.Client, files: list[bytes], *, refuse: bool) -> Row:
    """Upload all files; `refuse` means that none of them is audio, so that a 200 is a failure."""
    statuses: Counter[int] = Counter()
    slowest_s, speechless = 0.0, 0
    for data in files:
        started = time.perf_counter()
        answer = client.post(
            "/transcribe_by_upload",
            files={"file": ("call.wav", data)},
            data={"language": "en"},
        )
        slowest_s = max(slowest_s, time.perf_counter() - started)
        statuses[answer.status_code] += 1
        if answer.status_code != 200:
            speechless += not answer.json().get("detail", {}).get("message")
    told = ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))
    fine = all(status == 200 or 400 <= status < 500 for status in statuses) and not speechless
    fine = fine and slowest_s < SLOW_S and not (refuse and statuses[200])
    return Row("g", what, f"{told}; slowest {slowest_s:.2f} s", "200 or 4xx, < 2 s", fine)


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--cuts", type=int, default=50)
    arguments.add_argument("--flips", type=int, default=200)
    given = arguments.parse_args()
    print(machine())
    show(measure(given.cuts, given.flips))


if __name__ == "__main__":
    main()
