"""A client of the jobs' API, and a model that tests can block."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import httpx2

from realtime.backends.base import Backend
from realtime.backends.whisper.runtimes.faster_whisper import FasterWhisperBackend
from realtime.backends.whisper.traits import WhisperTraits
from realtime.server.jobs.bodies import JobBody, SubmittedBody
from realtime.settings import Settings
from realtime.types import Hypothesis, Window
from realtime.weights.bundled import samples
from realtime.weights.resolve import ResolvedModel
from tests.engine.support import PATIENCE_S
from tests.serving import Served, serving

SPEECH = Path(samples()[0].path)


class Gate:
    """Blocks windows with the prompt `slow` until `open` is set."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.reached = threading.Event()

    def model(self, resolved: ResolvedModel, _settings: Settings) -> Backend:
        """Make the bundled model with this gate before it."""
        gate = self

        class Gated(FasterWhisperBackend):
            @property
            def traits(self) -> WhisperTraits:
                return replace(super().traits, context_text=True)  # else no prompt arrives here

            def decode(self, windows: Sequence[Window]) -> list[Hypothesis]:
                if any(window.options.prompt == "slow" for window in windows):
                    gate.reached.set()
                    assert gate.open.wait(PATIENCE_S)
                bare = [replace(each, options=replace(each.options, prompt="")) for each in windows]
                return super().decode(bare)

        return Gated(resolved.path, device="cpu")


class Client:
    """The API, with the calls that several tests use."""

    def __init__(self, served: Served, **headers: str) -> None:
        assert served.app.web is not None
        self.url = f"http://127.0.0.1:{served.app.web.port}/api"
        self.http = httpx2.Client(base_url=self.url, headers=headers, timeout=PATIENCE_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def upload(self, name: str = "call.wav", data: bytes | None = None) -> httpx2.Response:
        content = SPEECH.read_bytes() if data is None else data
        return self.http.post("/upload/", files={"file": (name, content)})

    def submit(self, key: str = "", **fields: Any) -> dict[str, Any]:
        fields.setdefault("file_id", None)
        if fields["file_id"] is None:
            fields["file_id"] = self.upload().json()["file_id"]
        headers = {"Idempotency-Key": key} if key else {}
        answer = self.http.post("/transcribe-async/", json=fields, headers=headers)
        assert answer.status_code == 200, answer.text
        return dict(SubmittedBody.model_validate(answer.json()))

    def status(self, job_id: str) -> dict[str, Any]:
        answer = self.http.get(f"/transcribe-status/{job_id}")
        assert answer.status_code == 200, answer.text
        JobBody.model_validate(answer.json())
        return dict(answer.json())

    def ended(self, job_id: str) -> dict[str, Any]:
        """Wait for the end of the job by its events; → the job."""
        with contextlib.closing(self.events(since=0)) as events:
            for event in events:
                if event["data"]["job_id"] == job_id and event["data"].get("completed_at"):
                    return self.status(job_id)
        raise AssertionError("the events ended")

    def events(
        self, since: int | None = None, last: str = ""
    ) -> Generator[dict[str, Any], None, None]:
        headers = {"Last-Event-ID": last} if last else {}
        query = {} if since is None else {"since": since}
        url = f"{self.url}/transcribe-events/"
        with self.http.stream("GET", url, params=query, headers=headers) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            found: dict[str, Any] = {}
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                if line == "" and "data" in found:
                    yield found
                    found = {}
                elif name:
                    found[name] = json.loads(value) if name == "data" else value


@contextmanager
def gated(folder: Path, gate: Gate, **more: Any) -> Iterator[Served]:
    own: dict[str, Any] = {"port": 0, "web_port": 0, "model": "bundled", "language": "en"}
    with serving(Settings(data_dir=folder, **(own | more)), gate.model) as served:
        yield served
