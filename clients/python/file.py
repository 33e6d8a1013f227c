"""Transcribe a file of any format with the library, with times: FILE [URL]"""

import asyncio
import sys

from realtime.client import Final, Transcriber
from realtime.errors import RealtimeError


async def main(path: str, url: str) -> None:
    """Print every final as it arrives."""
    async for event in Transcriber(url).stream(path):
        if isinstance(event, Final) and event.text:
            print(f"{event.start:8.2f} {event.end:8.2f}  {event.text}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    try:
        asyncio.run(main(*(*sys.argv[1:], "ws://localhost:8765")[:2]))
    except RealtimeError as failure:
        sys.exit(failure.message)
