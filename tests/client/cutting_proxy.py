"""A TCP proxy on loopback that cuts connections after some bytes, as bad networks do."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

CHUNK = 1024  # bytes passed on at once, so that cuts may fall anywhere


class CuttingProxy:
    """Passes on to `port`; connection n is reset once its client has sent `cuts[n]` bytes, or the
    server `answers[n]`, including the handshake."""

    def __init__(self, port: int, cuts: Iterable[int], answers: Iterable[int] = ()) -> None:
        self.port = port
        self._cuts = list(cuts)
        self._answers = list(answers)
        self.connections = 0
        self.url = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[CuttingProxy]:
        async with await asyncio.start_server(self._serve, "127.0.0.1", 0) as server:
            self.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        budget = self._cuts.pop(0) if self._cuts else None
        answers = self._answers.pop(0) if self._answers else None
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            writer.transport.abort()
            return
        ways = [
            asyncio.create_task(self._pass(reader, far_writer, budget)),
            asyncio.create_task(self._pass(far_reader, writer, answers)),
        ]
        # When one direction ends, both end: WebSockets have no half-open connections.
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        for end in (writer, far_writer):
            if budget is None and answers is None:
                end.close()
            else:
                reset(end)

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, budget: int | None
    ) -> None:
        passed = 0
        try:
            while data := await reader.read(CHUNK):
                if budget is not None:
                    data = data[: budget - passed]
                passed += len(data)
                writer.write(data)
                await writer.drain()
                if budget is not None and passed >= budget:
                    return
        except OSError:
            return


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection with RST: bytes that were sent and not yet received are lost."""
    linger = struct.pack("ii", 1, 0)  # on, for 0 s: see socket(7)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()
