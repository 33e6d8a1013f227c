"""Memory of the server while it transcribes very long files in bounded memory (row d).

A WAV file of ten hours of speech (the bundled recordings, repeated) and a FLAC file of a day of
silence are sent by `file_path` with `is_stream=true`. The memory of the server's processes and of
the file decoders is sampled every second; the figure is the largest sum, minus that of the idle
server after one short file.
"""

from __future__ import annotations

import tempfile
import threading
import time
import wave
from pathlib import Path

import av
import httpx2
import numpy as np
import psutil  # type: ignore[import-untyped]

from benchmarks.shared.rows import Row, parser, show
from benchmarks.shared.serving import Served, served
from realtime.audio.samples import silence, to_s16
from realtime.load_test.machine import machine
from realtime.types import SAMPLE_RATE
from realtime.weights.bundled import samples

ALLOWED_MB = 300.0
MB = 2**20


def speech_wav(path: Path, hours: float) -> Path:
    """A WAV file of `hours` of English sentences with a second of silence between them."""
    said = [s.read() for s in samples() if s.language == "en"]
    once = to_s16(np.concatenate([part for audio in said for part in (audio, silence(1.0))]))
    left = round(hours * 3600 * SAMPLE_RATE)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        while left:
            piece = once[:left]
            file.writeframesraw(piece.tobytes())
            left -= len(piece)
    return path


def silent_flac(path: Path, hours: float) -> Path:
    """A FLAC file of `hours` of digital silence, in the largest frames of the encoder."""
    with av.open(str(path), "w", format="flac") as output:
        stream = output.add_stream("flac", rate=SAMPLE_RATE, layout="mono")
        quiet = np.zeros((1, 600 * SAMPLE_RATE), np.int16)
        for index in range(max(1, round(hours * 6))):
            frame = av.AudioFrame.from_ndarray(quiet, format="s16", layout="mono")
            frame.sample_rate, frame.pts = SAMPLE_RATE, index * quiet.size
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


class MemorySampler:
    """Samples the memory of a server and its children once a second."""

    def __init__(self, server: Served) -> None:
        self._server = server
        self._stopping = threading.Event()
        self.peak = 0
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """Stop sampling; return the largest sum, in MB."""
        self._stopping.set()
        self._thread.join()
        return self.peak / MB

    def _look(self) -> None:
        while True:
            self.peak = max(self.peak, memory(self._server))
            if self._stopping.wait(1.0):
                return


def memory(server: Served) -> int:
    """Resident bytes of the server and its children."""
    total = server.rss_bytes()
    for child in server.process.children(recursive=True):
        try:
            total += int(child.memory_info().rss)
        except psutil.NoSuchProcess:
            continue
    return total


def measure(wav_hours: float = 10.0, flac_hours: float = 24.0) -> list[Row]:
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        short = speech_wav(folder / "short.wav", 0.01)
        with (
            served(api_port=0, allowed_dir=folder, max_audio_hours=24.0) as server,
            httpx2.Client(base_url=server.api, timeout=None, trust_env=False) as client,
        ):
            _transcribe(client, short)  # loads whatever is loaded only once
            idle_mb = memory(server) / MB
            for what, path in (
                (f"{wav_hours:g} h of WAV", speech_wav(folder / "long.wav", wav_hours)),
                (f"{flac_hours:g} h of silent FLAC", silent_flac(folder / "s.flac", flac_hours)),
            ):
                watch, started = MemorySampler(server), time.perf_counter()
                answer = _transcribe(client, path)
                taken_s, peak_mb = time.perf_counter() - started, watch.stop()
                words = len(str(answer["text"]).split())
                rows.append(
                    Row(
                        "d",
                        f"{what} ({path.stat().st_size / MB:.0f} MB), {taken_s:.0f} s, "
                        f"{words:,} words",
                        f"{peak_mb - idle_mb:+.0f} MB over {idle_mb:.0f} MB",
                        f"<= {ALLOWED_MB:g} MB",
                        peak_mb - idle_mb <= ALLOWED_MB,
                    )
                )
    return rows


def _transcribe(client: httpx2.Client, path: Path) -> dict[str, object]:
    form = {"file_path": str(path), "language": "en", "is_stream": "true"}
    answer = client.post("/transcribe", data=form)
    answer.raise_for_status()
    content: dict[str, object] = answer.json()
    return content


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--wav-hours", type=float, default=10.0)
    arguments.add_argument("--flac-hours", type=float, default=24.0)
    given = arguments.parse_args()
    print(machine())
    show(measure(given.wav_hours, given.flac_hours))


if __name__ == "__main__":
    main()
