"""Other servers of Whisper beside this one: same weights, same recordings, same pace, one run.

Each server is started as its documentation says, in an environment of its own, and gets 1, 2, 4, 8
paced streams of people at once, after a warm-up stream. Latencies use the times that each server
reports; words are compared as in `realtime evaluate`. Some seconds of silence follow the last word,
so that a server with endpointing can end the utterance.

`benchmarks/figures/method.md` describes how the environments are made.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil  # type: ignore[import-untyped]
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from benchmarks.shared.rows import Row, parser, show
from benchmarks.shared.source import Source
from benchmarks.shared.voices import rotated
from benchmarks.streams.peer_dialects import Ours, RealtimeSTT, Talk, WhisperLive
from realtime.audio.samples import silence
from realtime.evaluation.differences import Errors
from realtime.evaluation.score import judge
from realtime.load_test.machine import machine
from realtime.load_test.player import PACKET_S, PHASE_S, Arrival, Playback
from realtime.load_test.statistics import percentile
from realtime.load_test.synthetic.corpus import SpokenSession
from realtime.load_test.synthetic.grammar import Language
from realtime.load_test.waits import Waits
from realtime.types import SAMPLE_RATE, Samples

LANGUAGE: Language = "en"
STREAMS = (1, 2, 4, 8)
TAIL_S = 4.0
"""Silence after each session."""
QUIET_S = 5.0
"""A server that does not close is done once it has sent nothing for this long after the end."""
START_S = 120.0
WARM_UP_S = 10.0

WHISPER_LIVE = (
    "import sys; from whisper_live.server import TranscriptionServer as S; "
    "S().run('127.0.0.1', port=int(sys.argv[1]), backend='faster_whisper', "
    "faster_whisper_custom_model_path=sys.argv[2], single_model=True, max_clients=64, "
    "max_connection_time=86400)"
)
Command = list[str]


@dataclass(frozen=True, slots=True)
class Server:
    """A server's name, the command that starts it, and the protocol of its streams."""

    name: str
    command: Callable[[str, int, Path], Command]
    """Makes the command from the Python interpreter, a port and the weights."""
    talk: Callable[[], Talk]


def ours(python: str, port: int, model: Path) -> Command:
    return [
        *(python, "-c", "from realtime.cli import main; main()", "serve", "--port", str(port)),
        *("--api-port", "-1", "--web-port", "-1", "--model", str(model), "--max-sessions", "64"),
    ]


def realtime_stt(python: str, port: int, model: Path) -> Command:
    return [
        *(python, "-m", "example_fastapi_server.server", "--host", "127.0.0.1"),
        *("--port", str(port), "--engine", "faster_whisper", "--model", str(model)),
        *("--realtime-model", str(model), "--device", "cpu", "--compute-type", "int8"),
        *("--batch-size", "0", "--realtime-batch-size", "0", "--language", LANGUAGE),
        *("--no-model-warmup", "--max-sessions", "64", "--max-active-speakers", "64"),
    ]


def whisper_live(python: str, port: int, model: Path) -> Command:
    return [python, "-c", WHISPER_LIVE, str(port), str(model)]


OURS = Server("this project", ours, Ours)
PEERS = {
    "realtimestt": Server("RealtimeSTT", realtime_stt, RealtimeSTT),
    "whisperlive": Server("WhisperLive", whisper_live, WhisperLive),
}


# ---- one stream


async def play(url: str, talk: Talk, samples: Samples, phase_s: float) -> Playback:
    """Send the audio, and read until the server closes or sends nothing more.

    Raises TimeoutError where it never accepts the stream.
    """
    played = Playback()
    async with connect(
        url + talk.path(LANGUAGE), compression=None, max_size=None, proxy=None
    ) as link:
        await _begin(link, talk)
        await asyncio.sleep(phase_s)
        begun = time.time()
        reader = asyncio.create_task(_read(link, talk, begun, played))
        with suppress(ConnectionClosed):
            await _speak(link, talk, samples, begun, played)
            heard = -1
            while heard != len(played.arrivals) and not reader.done():
                heard = len(played.arrivals)
                await asyncio.wait([reader], timeout=QUIET_S)
            for message in talk.bye():
                await link.send(message)
        await asyncio.wait([reader], timeout=QUIET_S)
        reader.cancel()
    played.close_code = link.close_code
    return played


async def _begin(link: ClientConnection, talk: Talk) -> None:
    for text in talk.hello(LANGUAGE):
        await link.send(text)
    async with asyncio.timeout(START_S):
        while not talk.goes(json.loads(await link.recv())):
            pass


async def _speak(
    link: ClientConnection, talk: Talk, samples: Samples, begun: float, played: Playback
) -> None:
    step = round(PACKET_S * SAMPLE_RATE)
    for index, at in enumerate(range(0, len(samples), step)):
        due = begun + (index + 1) * PACKET_S
        await asyncio.sleep(max(0.0, due - time.time()))
        played.late_s = max(played.late_s, time.time() - due)
        await link.send(talk.packet(samples[at : at + step]))


async def _read(link: ClientConnection, talk: Talk, begun: float, played: Playback) -> None:
    with suppress(ConnectionClosed):
        async for raw in link:
            at_s = time.time() - begun
            for message in talk.read(json.loads(raw), begun):
                played.arrivals.append(Arrival(at_s, message))


async def play_all(url: str, server: Server, audio: Sequence[Samples]) -> list[Playback]:
    """Play all at once, each at its own phase. A stream that the server refuses has no messages."""
    rng = random.Random(0)

    async def one(samples: Samples) -> Playback:
        try:
            return await play(url, server.talk(), samples, rng.uniform(0, PHASE_S))
        except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed):
            return Playback()

    return list(await asyncio.gather(*map(one, audio)))


# ---- one server


@contextmanager
def running(server: Server, python: str, model: Path, log: Path) -> Iterator[tuple[str, Meter]]:
    """Run the server: its address, and the meter of its cost. Its log is appended to `log`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with log.open("ab") as out:
        process = subprocess.Popen(
            server.command(python, port, model), stdout=out, stderr=out, stdin=subprocess.DEVNULL,
            env={**_environment(), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "2"},
            start_new_session=True,
        )  # fmt: skip
    try:
        url, deadline = f"ws://127.0.0.1:{port}", time.monotonic() + START_S
        while not asyncio.run(_takes_streams(url, server.talk())):
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{server.name} did not start: see {log}")
            time.sleep(0.5)
        yield url, Meter(psutil.Process(process.pid))
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _environment() -> dict[str, str]:
    return {k: v for k, v in psutil.Process().environ().items() if not k.startswith("STT_")}


async def _takes_streams(url: str, talk: Talk) -> bool:
    """Whether the server accepts a stream, which ends at once."""
    try:
        async with connect(url + talk.path(LANGUAGE), max_size=None, proxy=None) as link:
            await _begin(link, talk)
    except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed):
        return False
    return True


@dataclass(frozen=True, slots=True)
class Meter:
    """Processor time of a process and all its descendants."""

    process: psutil.Process

    def cpu_s(self) -> float:
        family = [self.process, *self.process.children(recursive=True)]
        times = [one.cpu_times() for one in family]
        return float(sum(one.user + one.system for one in times))


# ---- figures


@dataclass(slots=True)
class Result:
    """One server's figures under the load of all streams."""

    name: str
    waits: Waits
    wer: float
    cores: float
    unheard: int
    """Streams without any word."""


def sessions(source: Source, count: int, seconds: float) -> list[SpokenSession]:
    """Sessions that begin with different recordings."""
    pool = source.sessions(LANGUAGE, seconds, 60, 4)
    return [
        rotated(pool[n % len(pool)], (n // len(pool) * 7) % len(pool[n % len(pool)].sentences))
        for n in range(count)
    ]


def measure(server: Server, url: str, meter: Meter, spoken: Sequence[SpokenSession]) -> Result:
    tail = silence(TAIL_S)
    before_s, begun = meter.cpu_s(), time.monotonic()
    audio = [np.concatenate([one.samples, tail]) for one in spoken]
    played = asyncio.run(play_all(url, server, audio))
    cores = (meter.cpu_s() - before_s) / (time.monotonic() - begun)
    waits, total = Waits(), Errors()
    for session, one in zip(spoken, played, strict=True):
        waits.add(session.sentences, one)
        total += judge(session.text, one.text, LANGUAGE).score.words
    unheard = sum(not one.text for one in played)
    return Result(server.name, waits, total.rate or 0.0, cores, unheard)


def rows(count: int, results: Sequence[Result]) -> Iterator[Row]:
    """This project's row first; then the others, with whether this project is ahead of them."""
    own = results[0]
    for one in results:
        waits = one.waits
        first = percentile(waits.first_partial_s, 50)
        p50, p95 = (percentile(waits.final_s, percent) for percent in (50, 95))
        figure = (
            f"{one.wer:.1f} % of words wrong; first text p50 {first:.2f} s; "
            f"final p50 {p50:.2f}, p95 {p95:.2f} s; {waits.unanswered} of {waits.utterances} "
            f"without a final, {one.unheard} streams unheard; {one.cores:.2f} cores"
        )
        if one is own:
            yield Row("f", f"{count} streams: {one.name}", figure)
            continue
        ahead = (
            own.wer <= one.wer
            and not percentile(own.waits.first_partial_s, 50) > first
            and not percentile(own.waits.final_s, 95) > p95
        )
        yield Row("f", f"{count} streams: {one.name}", figure, "this project ahead", ahead)


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--model", type=Path, required=True, help="directory of the weights")
    arguments.add_argument("--speech", type=Path, required=True, help="folder of recordings")
    arguments.add_argument("--streams", type=int, nargs="+", default=STREAMS)
    arguments.add_argument("--seconds", type=float, default=60.0, help="of each stream")
    arguments.add_argument("--log", type=Path, default=Path("peers.log"), help="of the servers")
    for name, peer in PEERS.items():
        arguments.add_argument(f"--{name}", help=f"the Python in which {peer.name} is installed")
    given = arguments.parse_args()
    print(machine())
    source = Source(given.model, given.speech)
    every = [(OURS, sys.executable)]
    every += [(peer, vars(given)[name]) for name, peer in PEERS.items() if vars(given)[name]]
    found: dict[int, list[Result]] = {count: [] for count in given.streams}
    for server, python in every:
        for count in given.streams:
            with running(server, python, given.model, given.log) as (url, meter):
                measure(server, url, meter, sessions(source, 1, WARM_UP_S))
                spoken = sessions(source, count, given.seconds)
                found[count].append(measure(server, url, meter, spoken))
                print(f"{server.name}, {count} streams", file=sys.stderr, flush=True)
    show(row for count, results in found.items() for row in rows(count, results))


if __name__ == "__main__":
    main()
