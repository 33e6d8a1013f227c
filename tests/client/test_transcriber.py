"""The library's main class: addresses, refusals, back-pressure, the synchronous version."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from websockets.asyncio.server import ServerConnection, serve

from realtime.client import (
    AudioFormat,
    Backoff,
    BadSource,
    Disconnected,
    End,
    Event,
    Final,
    Partial,
    Refused,
    Transcriber,
    Unreachable,
    Warning,
)
from realtime.client.inbox import Inbox
from tests.client.counting_server import Break, CountingServer, counted, run

QUICK = Backoff(first_s=0.001, most_s=0.01, give_up_s=10)


def client_of(url: str, **options: str) -> Transcriber:
    return Transcriber(url, encoding="s16le", backoff=QUICK, token=options.get("token"))


async def play(server: CountingServer, token: str | None = None) -> list[Event]:
    async with server.running():
        client = Transcriber(server.url, encoding="s16le", backoff=QUICK, token=token)
        return [event async for event in client.stream(counted(500))]


def test_importing_the_client_imports_no_server_and_no_model() -> None:
    heavy = (
        "faster_whisper ctranslate2 onnxruntime av soxr orjson pydantic uvloop torch sounddevice"
    )
    light = ("client", "encodings", "errors", "quiet", "version")
    code = (
        "import sys, realtime.client, realtime.client.player, realtime.client.microphone\n"
        f"found = [name for name in {heavy.split()!r} if name in sys.modules]\n"
        "found += [name for name in sys.modules if name.startswith('realtime.')\n"
        f"          and name.split('.')[1] not in {light}]\n"
        "sys.exit(' '.join(found) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("ws://host:1", "ws://host:1/"),
        ("host:1", "ws://host:1/"),
        ("http://host", "ws://host/"),
        ("https://host/v1/stream", "wss://host/v1/stream"),
    ],
)
def test_addresses_are_completed(url: str, base: str) -> None:
    client = Transcriber(url, language="ko", words=True, hop=0.25, token="secret", prompt="a&b=c")
    address = client.address(AudioFormat("s16le", 8_000, 2))
    assert address.shown == base
    query = {key: value[0] for key, value in parse_qs(urlsplit(address.url).query).items()}
    assert query == {
        "encoding": "s16le",
        "sample_rate": "8000",
        "channels": "2",
        "language": "ko",
        "words": "true",
        "hop": "0.25",
        "prompt": "a&b=c",
    }
    assert address.headers["Authorization"] == "Bearer secret"
    assert "secret" not in address.url + repr(client) + repr(address)
    assert address.resuming("id").endswith("&session=id")


def test_keys_of_the_address_are_kept_and_a_container_sends_only_auto() -> None:
    address = Transcriber("ws://host/?model=small").address(AudioFormat("auto"))
    assert address.url == "ws://host/?model=small&encoding=auto"


def test_the_token_is_sent_as_a_header() -> None:
    server = CountingServer()
    run(play(server, token="secret"))
    assert server.headers[0]["Authorization"] == "Bearer secret"
    assert "secret" not in server.paths[0]


@pytest.mark.parametrize("code", [1003, 1008, 1009])
def test_close_codes_that_are_final(code: int) -> None:
    server = CountingServer([Break(after_bytes=100, close=code)])
    with pytest.raises(Refused, match="as planned") as caught:
        run(play(server))
    assert caught.value.reason_code == f"closed_{code}"
    assert server.connections == 1


@pytest.mark.parametrize("code", [1001, 1011, 1012, 1013])
def test_close_codes_after_which_it_tries_again(code: int) -> None:
    server = CountingServer([Break(after_bytes=100, close=code)])
    events = run(play(server))
    assert isinstance(events[-1], End)
    assert server.connections == 2


def test_a_close_before_the_end_is_not_taken_for_the_end() -> None:
    server = CountingServer([Break(after_bytes=100, close=1000)])
    with pytest.raises(Refused) as caught:
        run(play(server))
    assert caught.value.reason_code == "closed"


SAID = {"code": "bad_option", "message": "hop must be a number."}


@pytest.mark.parametrize("body", [{"detail": SAID}, {"error": SAID}, {**SAID, "error": "x"}])
@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_handshakes_that_are_refused_for_good(status: int, body: dict[str, object]) -> None:
    server = CountingServer()
    server.refuse = [(status, {}, json.dumps(body))]
    with pytest.raises(Refused, match="hop must be a number") as caught:
        run(play(server))
    assert caught.value.reason_code == "bad_option"


@pytest.mark.parametrize("status", [429, 502, 503])
def test_handshakes_that_are_refused_for_now(status: int) -> None:
    server = CountingServer()
    server.refuse = [(status, {"Retry-After": "0"}, "[no JSON")]
    events = run(play(server))
    assert [event.code for event in events if isinstance(event, Warning)] == ["reconnecting"]
    assert isinstance(events[-1], End)


def test_the_server_decides_how_long_to_wait() -> None:
    server = CountingServer()
    server.refuse = [(503, {"Retry-After": "11"}, "")]
    with pytest.raises(Disconnected, match="for 10 s"):
        run(play(server))


def test_an_unreachable_server_says_how_to_start_one() -> None:
    async def attempt(url: str) -> None:
        async for _ in client_of(url).stream(b""):
            raise AssertionError

    async def nobody() -> None:
        async with serve(_nothing, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
        await attempt(f"127.0.0.1:{port}")

    with pytest.raises(Unreachable, match=r"nobody listens there.*realtime serve"):
        run(nobody())
    for url in ("ws://no such host:1", "ftp://host"):
        with pytest.raises(Unreachable):
            run(attempt(url))


async def _nothing(connection: ServerConnection) -> None:
    await connection.close()


def test_another_program_on_the_port_is_reported() -> None:
    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"220 mail.example ESMTP\r\n")
        writer.close()

    async def attempt(scheme: str) -> None:
        async with await asyncio.start_server(other, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            async for _ in client_of(f"{scheme}://127.0.0.1:{port}").stream(b""):
                raise AssertionError

    with pytest.raises(Unreachable, match=r"not as a realtime server does.*write wss://"):
        run(attempt("ws"))
    with pytest.raises(Unreachable, match=r"cannot be reached \(.+\).*write ws://"):
        run(attempt("wss"))


READY = {"type": "ready", "text": "", "session": "s", "model": "m", "language": "en", "ignored": []}


def final(number: int, text: str) -> str:
    said = {"type": "final", "text": text, "id": number, "seq": number, "start": 0, "end": 0.0}
    said |= {"language": "en", "confidence": 1, "endpoint": True, "flush": False, "lag_ms": 0}
    return json.dumps(said)


def test_a_server_that_sends_before_it_reads_blocks_nothing() -> None:
    """16 MiB each way, far more than the sockets hold: both sides must read while they send."""
    finals, audio = 512, bytes(1 << 24)
    heard = bytearray()

    async def talk(connection: ServerConnection) -> None:
        await connection.send(json.dumps(READY))
        for number in range(finals):
            await connection.send(final(number, "x" * 32_768))
        async for message in connection:
            if isinstance(message, bytes):
                heard.extend(message)
                continue
            control = json.loads(message)
            if control["type"] == "ping":
                await connection.send(json.dumps({"type": "pong", "id": control["id"]}))
            elif control["type"] == "end":
                end = {"type": "end", "text": "", "reason": "client", "audio_s": 1, "finals": 1}
                await connection.send(json.dumps(end))

    async def attempt() -> int:
        async with serve(talk, "127.0.0.1", 0, compression=None) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            seen = 0
            async for event in client_of(f"ws://127.0.0.1:{port}").stream(audio):
                seen += isinstance(event, Final)
            return seen

    assert run(attempt()) == finals
    assert bytes(heard) == audio


def partial(number: int, channel: int | None = None) -> Partial:
    return Partial(str(number), "", number, 0.0, 0.0, 0, channel, {})


async def test_a_slow_reader_gets_the_newest_partials_and_all_finals() -> None:
    inbox = Inbox()
    end = End("client", 0.0, 0, {})
    warning = Warning("w", "m", {})
    for event in (partial(1), partial(2, 1), warning, partial(3), partial(4, 1), end):
        inbox.put(event)
    inbox.close()
    assert [await inbox.take() for _ in range(5)] == [warning, partial(3), partial(4, 1), end, None]


def test_an_error_of_the_source_ends_the_stream() -> None:
    def failing() -> Iterator[bytes]:
        yield counted(10)
        raise BadSource("The cable is out.")

    async def attempt() -> None:
        server = CountingServer()
        async with server.running():
            async for _ in client_of(server.url).stream(failing()):
                pass

    with pytest.raises(BadSource, match="cable"):
        run(attempt())


def test_leaving_early_closes_the_connection_and_the_source() -> None:
    closed = threading.Event()

    def endless() -> Iterator[bytes]:
        try:
            while True:
                yield counted(1_600)
        finally:
            closed.set()

    async def attempt() -> None:
        server = CountingServer()
        async with server.running():
            async for event in client_of(server.url).stream(endless()):
                if isinstance(event, Final):
                    break

    run(attempt())
    assert closed.wait(10)


def test_an_ended_stream_accepts_no_more_audio() -> None:
    async def attempt() -> None:
        server = CountingServer()
        async with server.running(), client_of(server.url).open() as stream:
            stream.end()
            async for _ in stream:
                pass
            assert stream.closed
            await stream.send(b"late")

    with pytest.raises(Disconnected, match="no more audio"):
        run(attempt())


class _Background:
    """The counting server in a thread, for a client without an event loop."""

    def __init__(self, server: CountingServer) -> None:
        self._server = server
        self._up = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._down = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))

    async def _run(self) -> None:
        async with self._server.running():
            self._up.set()
            await self._down.wait()

    def __enter__(self) -> str:
        self._thread.start()
        assert self._up.wait(10)
        return self._server.url

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._down.set)
        self._thread.join()
        self._loop.close()


def test_the_synchronous_version_gives_the_same() -> None:
    server = CountingServer([Break(after_bytes=3_000)])
    with _Background(server) as url:
        events = list(client_of(url).stream_sync(counted(2_000)))
    samples = [int(n) for e in events if isinstance(e, Final) for n in e.text.split()]
    assert samples == list(range(2_000))
    assert isinstance(events[-1], End)


def test_the_synchronous_version_can_be_left_early_and_raises() -> None:
    with _Background(CountingServer()) as url:
        for event in client_of(url).stream_sync(counted(50_000)):
            if isinstance(event, Final):
                break
    with pytest.raises(Unreachable):
        list(client_of(url).stream_sync(b""))
