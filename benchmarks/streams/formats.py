"""The same speech in other packets, encodings, rates and containers, through the real server.

Sent at once with `partials=false`, so that the finals depend on the bytes alone. Required: the same
words for every split into packets and every lossless encoding of the same samples; 24, 44.1 and 48
kHz within 1 point of WER; WAV, FLAC, WebM with Opus and MP3 within 2; 8 kHz μ-law is only reported.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from websockets.asyncio.client import connect

from benchmarks.shared.rows import Row, parser, show
from benchmarks.shared.serving import served
from benchmarks.shared.source import BUNDLED, Source, add_source
from benchmarks.shared.voices import SEED
from realtime.audio.samples import to_s16
from realtime.evaluation.word_errors import word_error_rate
from realtime.load_test.machine import machine
from realtime.types import SAMPLE_RATE, Samples

PACKET = 3200


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to send the same speech."""

    name: str
    query: str
    ffmpeg: tuple[str, ...] = ()
    """Output options of ffmpeg; if there are none, `raw` makes the bytes."""
    raw: str = "s16"
    allowed: float | None = 0.0
    """Allowed points of WER above 16 kHz s16le; 0: equal words; None: only reported."""


def _raw_rate(hz: int) -> Variant:
    return Variant(
        f"{hz / 1000:g} kHz s16le",
        f"encoding=s16le&sample_rate={hz}",
        ("-f", "s16le", "-ar", str(hz)),
        allowed=1.0,
    )


def _container(name: str, *options: str, allowed: float = 2.0) -> Variant:
    return Variant(name, "encoding=auto", options, allowed=allowed)


VARIANTS = (
    Variant("f32le", "encoding=f32le", raw="f32"),
    Variant("s32le", "encoding=s32le", raw="s32"),
    Variant("stereo s16le", "encoding=s16le&channels=2", raw="stereo"),
    _raw_rate(24_000),
    _raw_rate(44_100),
    _raw_rate(48_000),
    _container("wav", "-f", "wav"),
    _container("flac", "-f", "flac"),
    _container("webm/opus, 32 kbit/s", "-c:a", "libopus", "-b:a", "32k", "-f", "webm"),
    _container("mp3, 64 kbit/s", "-b:a", "64k", "-f", "mp3"),
    Variant(
        "8 kHz mu-law",
        "encoding=mulaw&sample_rate=8000",
        ("-f", "mulaw", "-ar", "8000"),
        allowed=None,
    ),
)
SPLITS = (("321 B", 321), ("3,201 B", 3201), ("65,536 B", 65_536), ("all at once", 1 << 30))


def encode(audio: Samples, variant: Variant) -> bytes:
    """Encode audio (float32, 16 kHz, mono) for the variant. All variants start from the same
    16-bit samples."""
    pcm = to_s16(audio)
    if variant.ffmpeg:
        command = ["ffmpeg", "-v", "error", "-f", "s16le", "-ar", str(SAMPLE_RATE), "-ac", "1"]
        command += ["-i", "-", "-ac", "1", *variant.ffmpeg, "-"]
        return subprocess.run(command, input=pcm.tobytes(), capture_output=True, check=True).stdout
    if variant.raw == "f32":
        return (pcm.astype("<f4") / np.float32(32768)).tobytes()
    if variant.raw == "s32":
        return (pcm.astype("<i4") << 16).tobytes()
    if variant.raw == "stereo":
        return np.repeat(pcm, 2).tobytes()
    return pcm.tobytes()


async def transcribe(url: str, data: bytes, query: str, packet: int = PACKET) -> str:
    """Send everything as fast as the server accepts it; → the text of all finals."""
    texts: list[str] = []
    async with connect(f"{url}/?{query}&partials=false", compression=None, max_size=None) as socket:

        async def read() -> None:
            async for message in socket:
                said = json.loads(message)
                if said["type"] == "final" and said["text"]:
                    texts.append(said["text"])

        reader = asyncio.create_task(read())
        for at in range(0, len(data), packet):
            await socket.send(data[at : at + packet])
        await socket.send('{"type":"end"}')
        await reader
    return " ".join(texts)


async def _each(
    url: str, audio: Sequence[Samples], variant: Variant, language: str, packet: int = PACKET
) -> list[str]:
    query = f"{variant.query}&language={language}"
    return [await transcribe(url, encode(one, variant), query, packet) for one in audio]


def measure(seconds: float = 120.0, byte_s: float = 2.0, source: Source = BUNDLED) -> list[Row]:
    """`seconds`: audio per language; `byte_s`: the part that is also sent byte by byte, as
    telephone audio. The server closes if more than 2.5 s arrive this way at once: too costly."""
    rows, plain = [], Variant("s16le", "encoding=s16le")
    with served(model=source.served) as server:
        for language in source.languages:
            heard = source.corpus(language, seconds, SEED)
            audio, texts = [s.samples for s in heard], [s.text for s in heard]
            base = asyncio.run(_each(server.url, audio, plain, language))
            base_rate = word_error_rate(zip(texts, base, strict=True)).rate
            rows.append(Row("c", f"{language}: s16le, 16 kHz", f"WER {base_rate:.1f} %"))
            for name, size in SPLITS:
                got = asyncio.run(_each(server.url, audio, plain, language, size))
                rows.append(_same(f"{language}: packets of {name}", got, base))
            short = [audio[0][: round(byte_s * SAMPLE_RATE)]]
            whole = asyncio.run(_each(server.url, short, VARIANTS[-1], language))
            got = asyncio.run(_each(server.url, short, VARIANTS[-1], language, 1))
            rows.append(_same(f"{language}: packets of 1 B ({byte_s:g} s of audio)", got, whole))
            for variant in VARIANTS:
                got = asyncio.run(_each(server.url, audio, variant, language))
                name = f"{language}: {variant.name}"
                if variant.allowed == 0.0:
                    rows.append(_same(name, got, base))
                    continue
                points = word_error_rate(zip(texts, got, strict=True)).rate - base_rate
                asked = "report" if variant.allowed is None else f"<= +{variant.allowed:g}"
                met = None if variant.allowed is None else points <= variant.allowed
                rows.append(Row("c", name, f"{points:+.1f} points", asked, met))
    return rows


def _same(what: str, got: Sequence[str], base: Sequence[str]) -> Row:
    equal = list(got) == list(base)
    return Row("c", what, "same words" if equal else "DIFFERENT words", "same words", equal)


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--seconds", type=float, default=120, help="audio a language")
    arguments.add_argument("--byte-seconds", type=float, default=2, help="sent byte by byte")
    add_source(arguments)
    given = arguments.parse_args()
    print(machine())
    show(measure(given.seconds, given.byte_seconds, Source.of(given)))


if __name__ == "__main__":
    main()
