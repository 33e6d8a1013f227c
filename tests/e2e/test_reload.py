"""The backend changes in mid-speech, without an effect on streams and files."""

from __future__ import annotations

import threading
from contextlib import suppress
from importlib.util import find_spec

import httpx2
import numpy as np
import psutil  # type: ignore[import-untyped]
import pytest
from websockets.sync.client import connect

from realtime.settings import Settings
from realtime.types import SAMPLE_RATE
from tests.e2e.support import SAMPLES, finals
from tests.serving import serving
from tests.waiting import until

pytestmark = pytest.mark.skipif(
    not all(map(find_spec, ("torch", "transformers"))), reason="needs transformers: make setup"
)

ORDER = ("transformers", "faster-whisper")


def test_streams_and_files_continue_and_old_processes_end() -> None:
    settings = Settings(port=0, api_port=0, web_port=-1, model="bundled", device="cpu")
    sample = SAMPLES["en-call"]
    speech = np.concatenate([sample.read(), np.zeros(SAMPLE_RATE, np.float32)])
    half = len(speech) // 2
    with (
        serving(settings) as server,
        httpx2.Client(base_url=server.api, timeout=120) as api,
        connect(f"{server.url}/?language=en") as socket,
    ):
        names, texts = [], []

        def file() -> None:
            data = {"language": "en"}
            answer = api.post(
                "/transcribe_by_upload", files={"file": sample.path.read_bytes()}, data=data
            )
            texts.append(answer.json()["text"])

        for number, name in enumerate(ORDER):
            socket.send(speech[half * number : half * (number + 1)].tobytes())
            filing = threading.Thread(target=file)
            filing.start()
            answer = api.post("/backend/reload", json={"backend": name})
            filing.join()
            assert answer.status_code == 200, answer.text
            names.append((answer.json()["previous_backend"], answer.json()["current_backend"]))
            file()
        socket.send('{"type":"end"}')
        said = finals([message for message in socket if isinstance(message, str)])
        assert names == [("faster-whisper", "transformers"), ("transformers", "faster-whisper")]
        assert said == sample.text
        assert texts == [sample.text] * 4
        until(lambda: not hosts(), "the process of a backend that was left goes on")


def hosts() -> list[int]:
    """Child processes that host a backend. A process that has ended has no command line."""
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):  # psutil may raise it for zombies
            if "realtime.backends.whisper.runtimes.host" in child.cmdline():
                found.append(child.pid)
    return found
