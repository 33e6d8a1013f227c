"""Transcribe raw 16 kHz mono float32 from standard input, with bare websockets: [URL]

arecord -f FLOAT_LE -r 16000 -c 1 | python pipe.py
"""

import asyncio
import json
import os
import sys

from websockets.asyncio.client import ClientConnection, connect


async def send(socket: ClientConnection) -> None:
    """Send the input, then tell the server that no more audio follows."""
    while packet := await asyncio.to_thread(os.read, sys.stdin.fileno(), 6_400):
        await socket.send(packet)
    await socket.send('{"type":"end"}')


async def main(url: str) -> None:
    """Send audio and print finals at the same time."""
    async with connect(url) as socket, asyncio.TaskGroup() as tasks:
        tasks.create_task(send(socket))
        async for message in socket:
            said = json.loads(message)
            if said["type"] == "final" and said["text"]:
                print(said["text"], flush=True)


if __name__ == "__main__":
    asyncio.run(main((*sys.argv[1:], "ws://localhost:8765")[0]))
