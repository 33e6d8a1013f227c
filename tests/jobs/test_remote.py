"""Jobs done by an API elsewhere: a web process here, a real server with the model there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from realtime.errors import BadRequest, DecodeFailed
from realtime.jobs.files import JobFiles
from realtime.jobs.job import Claim, Job, Status
from realtime.jobs.remote import RemoteWork
from realtime.jobs.work import Finished, Update
from realtime.models.bundled import samples
from realtime.server.job_work import shortened
from realtime.settings import Settings
from tests.jobs.servers import free_port
from tests.serving import Served, serving

SAMPLE = samples()[0]


@pytest.fixture(scope="module")
def api() -> Iterator[Served]:
    with serving(Settings(port=0, api_port=0, model="bundled")) as served:
        yield served


def claim(files: JobFiles, **request: object) -> Claim:
    with files.begin() as file:
        file.write(SAMPLE.path.read_bytes())
        stored = files.keep(file, "통화.wav", None)
    asked = {"language": SAMPLE.language, "filename": stored.name, "size_bytes": 1, **request}
    job = Job("a", stored.file_id, asked, Status.PROCESSING, 10.0, 0.0, owner="me", attempt=1)
    return Claim(job, "me", 1)


async def updates(url: str, folder: Path, **request: object) -> list[Update]:
    files = JobFiles(folder)
    work = RemoteWork(url, "", files, shortened)
    return [update async for update in work(claim(files, **request))]


async def test_the_api_there_does_the_work(api: Served, tmp_path: Path) -> None:
    found = await updates(api.api, tmp_path, word_timestamps=True, classification=True)
    last = found[-1]
    assert isinstance(last, Finished)
    assert last.result["text"] == SAMPLE.text
    assert last.result["file_path"] == "통화.wav"
    assert last.result["segments"][0]["words"]
    assert last.result["classification"]["code"]
    assert "segments" not in last.short


async def test_what_the_api_refuses_is_refused_for_good(api: Served, tmp_path: Path) -> None:
    with pytest.raises(BadRequest) as refused:
        await updates(api.api, tmp_path, language="xx")
    assert refused.value.details["answered"] == "bad_request"


async def test_an_api_that_is_not_there_may_come_back(tmp_path: Path) -> None:
    with pytest.raises(DecodeFailed, match="STT_API_URL"):
        await updates(f"http://127.0.0.1:{free_port()}", tmp_path)
