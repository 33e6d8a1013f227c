"""The simplest client: it sends float32 packets of 0.1 s and prints what arrives. FILE.wav [URL]

It needs no handshake and no end message: three seconds of silence end the last sentence.
"""

import sys
import wave
from contextlib import suppress

import numpy as np
from websockets.sync.client import connect

if len(sys.argv) < 2:
    sys.exit(__doc__)
path, url = (*sys.argv[1:], "ws://localhost:8765")[:2]
with wave.open(path) as file:
    if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (16_000, 1, 2):
        sys.exit(f"{path} must be 16 kHz, mono, 16 bits: sox {path} -r 16000 -c 1 -b 16 new.wav")
    samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
samples = np.append(samples, np.zeros(3 * 16_000, np.float32))

with connect(url) as socket:
    for start in range(0, len(samples), 1_600):
        socket.send(samples[start : start + 1_600].tobytes())
        with suppress(TimeoutError):
            print(socket.recv(timeout=0.1), end="")
