"""Transcribe the microphone with pyaudio and bare websockets: [URL]

Ctrl-C stops after the last words.
"""

import json
import sys
import threading

import pyaudio
from websockets.sync.client import ClientConnection, connect

RATE = 16_000


def listen(socket: ClientConnection) -> None:
    """Print messages until the server closes the connection."""
    for message in socket:
        said = json.loads(message)
        if said["type"] == "partial":
            print(f"\r\x1b[K{said['text']}", end="", flush=True)
        elif said["type"] == "final":
            print(f"\r\x1b[K{said['text']}", flush=True)


audio = pyaudio.PyAudio()
url = (*sys.argv[1:], "ws://localhost:8765")[0]
with connect(f"{url}?encoding=s16le&sample_rate={RATE}") as socket:
    reader = threading.Thread(target=listen, args=(socket,))
    reader.start()
    microphone = audio.open(RATE, 1, pyaudio.paInt16, input=True, frames_per_buffer=RATE // 10)
    try:
        while True:
            socket.send(microphone.read(RATE // 10, exception_on_overflow=False))
    except KeyboardInterrupt:
        socket.send('{"type":"end"}')
    finally:
        microphone.close()
    reader.join()
audio.terminate()
