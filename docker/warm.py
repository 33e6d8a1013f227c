"""Uses the server once while an image is made: the libraries work after `trim.sh`, and Python's
compiled modules are there, which a container with a read-only file system could not keep.
"""

import sys

from realtime import WhisperSTT
from realtime.weights.bundled import samples

sample = samples()[0]
with WhisperSTT("bundled", device="cpu") as stt:
    heard = stt.transcribe(str(sample.path), language=sample.language)["text"]
if heard != sample.text:
    sys.exit(f"heard {heard!r} instead of {sample.text!r}")
