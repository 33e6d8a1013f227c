"""Runs the library once while an image is built. This checks that it works after `trim.sh`, and
compiles Python's modules, which a container with a read-only file system could not store.
"""

import sys

import huggingface_hub

from realtime import WhisperSTT
from realtime.files.documents.docx import docx
from realtime.files.documents.layout import Block, Layout
from realtime.files.documents.pdf import pdf
from realtime.weights.bundled import samples

sample = samples()[0]
with WhisperSTT("bundled", device="cpu") as stt:
    heard = stt.transcribe(str(sample.path), language=sample.language)["text"]
if heard != sample.text:
    sys.exit(f"heard {heard!r} instead of {sample.text!r}")
layout = Layout("통화", "0:01", (Block("A", "0:00", f"안녕하세요, {heard}"),), "ko")
for made in (docx(layout), pdf(layout)):
    assert len(made) > 1000
huggingface_hub.HfApi()
