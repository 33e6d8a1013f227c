"""Jobs done by an API elsewhere: a web process here, and a real server with the model there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from realtime.errors import BadRequest, DecodeFailed, NotAudio
from realtime.jobs.files import JobFiles
from realtime.jobs.job import PROCESSING_FROM, Claim, Job, Status
from realtime.jobs.remote import RemoteWork
from realtime.jobs.work import Finished, PartDone, Started, Update
from realtime.settings import Settings
from realtime.transcribe.job_work import shortened
from realtime.weights.bundled import samples
from tests.jobs.processes import repeated
from tests.jobs.servers import free_port
from tests.serving import HeldModel, Served, serving
from tests.waiting import until

SAMPLE = samples()[0]


@dataclass
class There:
    """The API elsewhere, and its model."""

    served: Served
    model: HeldModel

    def batch(self, update: Update) -> dict[str, Any]:
        """The state of the batch that `update` names."""
        assert isinstance(update, PartDone)
        assert update.piece is not None
        answer = httpx2.get(
            f"{self.served.api}/transcribe_batch/{update.piece.checkpoint['batch']}"
        )
        return dict(answer.json())


@pytest.fixture(scope="module")
def there() -> Iterator[There]:
    model = HeldModel()
    with serving(Settings(port=0, api_port=0, model="bundled"), model.load) as served:
        yield There(served, model)


@pytest.fixture
def held(there: There) -> Iterator[There]:
    """Holds the model there."""
    with there.model.held():
        yield there


def claim(files: JobFiles, data: bytes = b"", **request: object) -> Claim:
    with files.begin() as file:
        file.write(data or SAMPLE.path.read_bytes())
        stored = files.keep(file, "통화.wav", None)
    asked = {"language": SAMPLE.language, "filename": stored.name, "size_bytes": 1, **request}
    job = Job("a", stored.file_id, asked, Status.PROCESSING, 10.0, 0.0, owner="me", attempt=1)
    return Claim(job, "me", 1)


def works(
    url: str, files: JobFiles, claimed: Claim, stopping: Callable[[], bool] = lambda: False
) -> AsyncGenerator[Update, None]:
    return RemoteWork(url, "", files, shortened, stopping=stopping, patience_s=0)(claimed)


async def updates(url: str, folder: Path, data: bytes = b"", **request: object) -> list[Update]:
    files = JobFiles(folder)
    return [update async for update in works(url, files, claim(files, data, **request))]


async def test_the_api_elsewhere_does_the_work(there: There, tmp_path: Path) -> None:
    found = await updates(there.served.api, tmp_path, word_timestamps=True, classification=True)
    last = found[-1]
    assert isinstance(last, Finished)
    assert last.result["text"] == SAMPLE.text
    assert last.result["file_path"] == "통화.wav"
    assert last.result["segments"][0]["words"]
    assert last.result["classification"]["code"]
    assert "segments" not in last.short


async def test_the_candidate_languages_are_passed_on(there: There, tmp_path: Path) -> None:
    asked: dict[str, Any] = {"language": "auto", "languages": ["ko", "en"]}
    *_, last = await updates(there.served.api, tmp_path, **asked)
    assert isinstance(last, Finished)
    assert last.result["language"] == SAMPLE.language
    with pytest.raises(BadRequest, match="field language"):
        await updates(there.served.api, tmp_path, **{**asked, "languages": ["tlh"]})


async def test_the_progress_there_is_the_jobs_progress(held: There, tmp_path: Path) -> None:
    files, steps = JobFiles(tmp_path), []
    held.model.passes.release()  # the other windows wait until the end of the first one is reported
    async for update in works(held.served.api, files, claim(files, repeated(SAMPLE, 16))):
        if isinstance(update, PartDone):
            steps.append(update.progress)
            if update.progress > PROCESSING_FROM:
                held.model.let_go()
    assert steps == sorted(steps)
    assert (steps[0], steps[-1]) == (10.0, 90.0)
    assert any(10.0 < step < 90.0 for step in steps), steps


async def test_however_the_work_ends_here_it_ends_there_too(held: There, tmp_path: Path) -> None:
    files = JobFiles(tmp_path)
    work = works(held.served.api, files, claim(files))
    first = await anext(work)
    assert isinstance(await anext(work), Started)
    until(held.model.begun.is_set, "the model is not asked")
    await work.aclose()
    assert held.batch(first)["status"] == "cancelled"


async def test_a_cancel_before_the_response_ends_the_work_there(
    held: There, tmp_path: Path
) -> None:
    """The upload has arrived and its batch has begun, but the response has not come yet."""
    files, answered, let_go = JobFiles(tmp_path), asyncio.Event(), asyncio.Event()
    told: list[bytes] = []
    relays: list[asyncio.Task[Any] | None] = []

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        relays.append(asyncio.current_task())
        above, below = await asyncio.open_connection("127.0.0.1", urlsplit(held.served.api).port)
        asking = asyncio.create_task(questions(reader, below))
        while data := await above.read(65_536):
            told.append(data)
            answered.set()
            await let_go.wait()
            writer.write(data)
        await asking
        writer.close()

    async def questions(reader: asyncio.StreamReader, below: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            below.write(data)
        below.close()

    async with await asyncio.start_server(relay, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        work = works(f"http://127.0.0.1:{port}", files, claim(files))
        first = asyncio.ensure_future(anext(work))
        await asyncio.wait_for(answered.wait(), 30)
        first.cancel()
        let_go.set()
        with pytest.raises(asyncio.CancelledError):
            await first
    for task in relays:
        assert task is not None
        await task
    batch_id = re.findall(rb'"batch_id":"([^"]+)"', b"".join(told))[0].decode()
    answer = httpx2.get(f"{held.served.api}/transcribe_batch/{batch_id}").json()
    assert answer["status"] == "cancelled"


async def test_the_next_attempt_continues_the_batch_that_a_stopping_process_left(
    held: There, tmp_path: Path
) -> None:
    files = JobFiles(tmp_path)
    claimed = claim(files)
    async with aclosing(works(held.served.api, files, claimed, lambda: True)) as work:
        first = await anext(work)
        await anext(work)
    assert isinstance(first, PartDone)
    assert first.progress == PROCESSING_FROM, "nothing is done: the attempt counts"
    assert first.piece is not None
    assert held.batch(first)["status"] in ("pending", "processing")
    held.model.let_go()
    again = replace(claimed, pieces=(first.piece,), attempt=2)
    found = [update async for update in works(held.served.api, files, again)]
    assert isinstance(found[-1], Finished)
    assert not any(isinstance(update, PartDone) and update.piece for update in found), (
        "no new batch"
    )


async def test_a_batch_that_no_longer_exists_is_begun_anew(there: There, tmp_path: Path) -> None:
    files = JobFiles(tmp_path)
    claimed = claim(files)
    work = works(there.served.api, files, claimed)
    first = await anext(work)
    await work.aclose()
    assert isinstance(first, PartDone)
    assert first.piece is not None
    gone = replace(first.piece, checkpoint={"batch": "gone"})
    for piece in (first.piece, gone):
        again = replace(claimed, pieces=(piece,), attempt=2)
        found = [update async for update in works(there.served.api, files, again)]
        assert isinstance(found[0], PartDone)
        assert found[0].piece is not None
        assert found[0].piece.number == 0
        assert found[0].piece != piece
        assert isinstance(found[-1], Finished)


async def test_a_refusal_by_the_api_is_final(there: There, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="field language") as refused:
        await updates(there.served.api, tmp_path, language="x" * 99)
    assert refused.value.details["answered"] == "bad_request"
    with pytest.raises(NotAudio):
        await updates(there.served.api, tmp_path, b"no audio at all" * 99)


async def test_an_unreachable_api_may_come_back(tmp_path: Path) -> None:
    with pytest.raises(DecodeFailed, match="STT_API_URL"):
        await updates(f"http://127.0.0.1:{free_port()}", tmp_path)
