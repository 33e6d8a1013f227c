"""A queue is a row in a table: how jobs are sent and received. Celery's is one row."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from realtime.app.carriers import KINDS, CarrierKind, make_carrier, make_receiver
from realtime.app.worker import work
from realtime.errors import SetupError
from realtime.jobs.runner import Runner
from realtime.settings import Settings
from tests.engine.support import PATIENCE_S
from tests.readme import ROOT
from tests.server.jobs_client import Client
from tests.serving import serving

NAME_CELERY = {"app/carriers.py", "jobs/celery_carrier.py", "jobs/celery_worker.py"}
"""The table, and one file for each end."""


class Line:
    """A queue in this process: both ends."""

    def __init__(self) -> None:
        self.ids: Queue[str] = Queue()
        self.closed = 0
        self.seen_through: list[bool] = []

    def send(self, job_ids: Sequence[str]) -> None:
        for job_id in job_ids:
            self.ids.put(job_id)

    def waiting(self) -> int:
        return self.ids.qsize()

    def close(self) -> None:
        self.closed += 1

    def take_jobs(self, runner: Runner, loop: asyncio.AbstractEventLoop, grace_s: float) -> int:
        """Take one job, then stop the worker."""
        running = runner.run(self.ids.get(timeout=PATIENCE_S))
        self.seen_through.append(asyncio.run_coroutine_threadsafe(running, loop).result(grace_s))
        return 0


def test_another_queue_carries_jobs_from_the_page_to_a_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Line()
    monkeypatch.setitem(KINDS, "line", CarrierKind(lambda _: line, lambda _: line))
    own: dict[str, Any] = {"data_dir": tmp_path, "queue_url": "line://here", "model": "bundled"}
    settings = Settings(port=0, web_port=0, language="en", **own)
    codes: list[int] = []
    with serving(settings) as served, Client(served) as client:
        job = client.submit()["job_id"]
        assert client.status(job)["status"] == "pending", "the server does none itself"
        worker = threading.Thread(target=lambda: codes.append(work(Settings(**own))))
        worker.start()
        worker.join(PATIENCE_S)
        assert (codes, line.seen_through) == ([0], [True])
        done = client.status(job)
        assert (done["status"], bool(done["result"]["text"])) == ("completed", True)
    assert line.closed


def test_an_address_of_no_known_queue_is_refused() -> None:
    for make in (make_carrier, make_receiver):
        assert make(Settings()) is None
        with pytest.raises(SetupError, match="redis:// or rediss://"):
            make(Settings(queue_url="amqp://x"))


def test_celery_is_named_in_one_file_for_each_end() -> None:
    package = ROOT / "realtime"
    naming = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if "celery" in path.read_text(encoding="utf-8").lower()
    }
    assert naming == NAME_CELERY
