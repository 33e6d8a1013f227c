"""`realtime worker` as a process: without Redis, it takes jobs from the store itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from realtime.app.carriers import make_carrier
from realtime.app.services.jobs import make_store
from realtime.errors import SetupError
from realtime.jobs.files import JobFiles
from realtime.jobs.store.base import NewJob
from realtime.jobs.store.sqlite import SqliteStore
from realtime.settings import Settings
from tests.e2e.support import SAMPLES, letters
from tests.jobs.processes import house
from tests.waiting import until


def test_a_worker_takes_waiting_jobs_from_the_store(tmp_path: Path) -> None:
    sample, files = SAMPLES["en-call"], JobFiles(tmp_path / "uploads")
    with files.begin() as file:
        file.write(sample.path.read_bytes())
        stored = files.keep(file, "call.wav", None)
    store = SqliteStore(tmp_path / "jobs.sqlite3")
    asked = {"language": "en", "filename": stored.name, "size_bytes": stored.size_bytes}
    store.add(NewJob("a", stored.file_id, asked))
    store.close()
    with house(tmp_path) as place:
        worker = place.worker()
        worker.start()
        until(lambda: place.waiting() == 0, "the job does not end")
        assert worker.stop() == 0
        ((result,),) = place.ask("SELECT result FROM results")
        assert letters(json.loads(result)["text"]) == letters(sample.text)


@pytest.mark.parametrize(
    ("make", "settings", "sentence"),
    [
        (make_store, {"job_store": "mysql://x"}, "job_store must be empty for SQLite"),
        (make_store, {"job_store": "postgresql://127.0.0.1:9/x"}, "start that PostgreSQL server"),
        (make_carrier, {"queue_url": "amqp://x"}, "queue_url must begin with redis://"),
    ],
)
def test_unusable_settings_are_reported_in_a_sentence(
    make: Callable[[Settings], object], settings: dict[str, str], sentence: str
) -> None:
    with pytest.raises(SetupError, match=sentence):
        make(Settings.model_validate(settings))


def test_without_a_queue_there_is_no_receiver() -> None:
    assert make_carrier(Settings()) is None
