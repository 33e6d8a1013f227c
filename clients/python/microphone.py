"""Transcribe the microphone with the library and sounddevice: [URL]. Ctrl-C stops."""

import sys

from realtime.client import Final, Partial, Transcriber
from realtime.client.microphone import Microphone
from realtime.errors import RealtimeError

try:
    url = (*sys.argv[1:], "ws://localhost:8765")[0]
    for event in Transcriber(url).stream_sync(Microphone()):
        if isinstance(event, Partial):
            print(f"\r\x1b[K{event.text}", end="", flush=True)
        elif isinstance(event, Final):
            print(f"\r\x1b[K{event.text}", flush=True)
except RealtimeError as failure:
    sys.exit(failure.message)
except KeyboardInterrupt:
    print()
