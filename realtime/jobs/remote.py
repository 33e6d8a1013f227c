"""Work that a remote HTTP API does (`STT_API_URL`): sends it the file as a batch of one, and
receives progress and the transcript."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

import httpx2
import orjson
import structlog

from realtime.errors import DecodeFailed
from realtime.jobs.files import JobFiles
from realtime.jobs.job import PROCESSING_FROM, PROCESSING_TO, Claim, progress_of
from realtime.jobs.pieces import batch_of, handed_over
from realtime.jobs.refusals import failed, refused
from realtime.jobs.sse import Message, Messages
from realtime.jobs.store.base import Result
from realtime.jobs.work import Finished, PartDone, Started, Update

log = structlog.get_logger(__name__)

FIELDS = (
    *("language", "languages", "is_stream", "privacy_removal", "classification", "ai_agent"),
    "summary",
    *("task", "prompt", "hotwords", "word_timestamps", "multichannel", "diarize"),
)
"""Fields of a job's request that are passed to the API."""
BATCHES = "/transcribe_batch"
BUSY = frozenset({429, 503})
"""Statuses of a busy API: the attempt waits as `Retry-After` says and continues."""
RETRY_AFTER_S = 5.0
"""Pause where a busy API sends no `Retry-After`."""
PATIENCE_S = 120.0
"""An attempt survives an outage of this length: an API that restarts has to load its model."""
PAUSE_S = 2.0
"""Pause between two attempts to reach the API."""
CONNECT_S = 10.0
SILENCE_S = 60.0
"""After this silence a connection counts as lost; event streams have a keep-alive every 15 s."""
CANCEL_S = 2.0
"""Longest wait, at the end of a job, for the API to cancel the batch."""
STEP_S = 1.0
"""Progress is saved once a second, since each write waits for the disk."""
KOREAN, ENGLISH = {"Accept-Language": "ko"}, {"Accept-Language": "en"}
"""Korean for sentences in results, as in jobs done here; English for errors, which are translated
later."""


class RemoteWork:
    """Sends each job's file to the API, and reports its progress there.

    The store keeps the batch's id: a process that dies, or shuts down, leaves the batch running,
    and the next attempt continues with it. Any other end of the work here cancels the batch.
    """

    def __init__(
        self,
        url: str,
        api_key: str,
        files: JobFiles,
        shorten: Callable[[Result], Result],
        *,
        stopping: Callable[[], bool] = lambda: False,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """`api_key`: sent to the API; empty: none. `shorten`: shortens a result for lists of jobs.
        `stopping`: whether the process is shutting down and returns its jobs to the queue."""
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._files = files
        self._shorten = shorten
        self._stopping = stopping
        self._patience_s = patience_s

    async def __call__(self, claim: Claim) -> AsyncGenerator[Update, None]:
        """See `Work`. Raises MissingFile, the API's error where that is permanent, and DecodeFailed
        where a later attempt may succeed."""
        async with httpx2.AsyncClient(
            base_url=self._url,
            timeout=httpx2.Timeout(SILENCE_S, connect=CONNECT_S),
            headers=self._headers,
        ) as http:
            batch_id, over = batch_of(claim.pieces), False
            resumed = bool(batch_id) and await self._goes_on(http, batch_id)
            if not resumed:
                batch_id = await self._hand_over(http, claim)
            try:
                if not resumed:
                    yield PartDone(PROCESSING_FROM, handed_over(claim.pieces, batch_id))
                async with aclosing(self._updates(http, batch_id)) as updates:
                    async for update in updates:
                        over = isinstance(update, Finished)
                        yield update
            finally:
                if not over and not self._stopping():
                    await _cancel(http, batch_id)

    async def _goes_on(self, http: httpx2.AsyncClient, batch_id: str) -> bool:
        """Whether the batch of an earlier attempt is still alive."""
        answer = await self._patiently(lambda: http.get(f"{BATCHES}/{batch_id}"))
        return answer.status_code == 200 and answer.json()["status"] not in ("cancelled", "failed")

    async def _hand_over(self, http: httpx2.AsyncClient, claim: Claim) -> str:
        """Send the file; → the id of its batch."""
        request = claim.job.request
        form = {name: _text(request[name]) for name in FIELDS if request.get(name) is not None}
        form["wait"] = "false"

        async def send() -> httpx2.Response:
            with self._files.open(claim.job.file_id) as file:
                return await http.post(
                    BATCHES,
                    data=form,
                    files={"file": (request["filename"], file)},
                    headers=KOREAN,
                )

        sending = asyncio.create_task(self._patiently(send))
        try:
            answer = await asyncio.shield(sending)
        except asyncio.CancelledError:
            # The batch may be running already, while the answer with its id is not here yet.
            await asyncio.wait([sending], timeout=CANCEL_S)
            done = not sending.cancel() and sending.exception() is None
            if done and (begun := _batch_id(sending.result())):
                await _cancel(http, begun)
            raise
        batch_id = _batch_id(answer)
        if batch_id is None:
            raise refused(answer.status_code, answer.content)
        return batch_id

    async def _updates(
        self, http: httpx2.AsyncClient, batch_id: str
    ) -> AsyncGenerator[Update, None]:
        """The API's progress and its result, as updates of the job."""
        told_at, done_s, begun = 0.0, 0.0, False
        async with aclosing(self._messages(http, batch_id)) as messages:
            async for message in messages:
                if message.name == "done":
                    result = _result(message.data)
                    yield PartDone(PROCESSING_TO)
                    yield Finished(result, self._shorten(result))
                    return
                if not begun:
                    yield Started()  # a file that waits in the API's queue is not stalled
                if message.name == "progress":
                    for file in orjson.loads(message.data)["files"]:
                        begun = file["status"] != "pending"
                        if file["done_s"] > done_s and time.monotonic() - told_at >= STEP_S:
                            told_at, done_s = time.monotonic(), file["done_s"]
                            yield PartDone(progress_of(done_s, file["duration_s"]))

    async def _messages(
        self, http: httpx2.AsyncClient, batch_id: str
    ) -> AsyncGenerator[Message, None]:
        """The events of a batch up to the last one, reconnecting after a broken connection."""
        patience = _Patience(self._patience_s)
        while True:
            try:
                async with http.stream(
                    "GET", f"{BATCHES}/{batch_id}/events", headers=ENGLISH
                ) as answer:
                    if answer.status_code == 404:
                        raise DecodeFailed(
                            "The API at STT_API_URL was restarted and no longer has the file: "
                            "it is sent again, unless that happened too often."
                        )
                    if answer.status_code == 200:
                        async for message in _read(answer.aiter_bytes()):
                            patience.reward()
                            yield message
                            if message.name == "done":
                                return
                    elif answer.status_code not in BUSY:
                        raise refused(answer.status_code, await answer.aread())
                await patience.wait(None)
            except httpx2.TransportError as error:
                await patience.wait(error)

    async def _patiently(self, ask: Callable[[], Awaitable[httpx2.Response]]) -> httpx2.Response:
        """Call an API that may be busy or restarting; → its answer. Raises DecodeFailed."""
        patience = _Patience(self._patience_s)
        while True:
            try:
                answer = await ask()
            except httpx2.TransportError as error:
                await patience.wait(error)
                continue
            if answer.status_code not in BUSY:
                return answer
            patience.reward()
            await asyncio.sleep(_retry_after_s(answer))


class _Patience:
    """Limits how long attempts to reach an unreachable API go on."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._since: float | None = None

    def reward(self) -> None:
        """Note that the API answered: its outage, if any, is over."""
        self._since = None

    async def wait(self, error: httpx2.TransportError | None) -> None:
        """Pause before the next attempt. `error`: that of the last one; None: the answer broke off.
        Raises DecodeFailed once the outage exceeds the limit."""
        now = time.monotonic()
        why = type(error).__name__ if error is not None else "the answer broke off"
        if self._since is None:
            self._since = now
            log.warning("api.unreachable", reason=why, patience_s=self._limit_s)
        if now - self._since >= self._limit_s:
            raise DecodeFailed(
                f"The API at STT_API_URL cannot be reached ({why}): see that it runs there."
            ) from error
        await asyncio.sleep(PAUSE_S)


async def _read(chunks: AsyncIterator[bytes]) -> AsyncIterator[Message]:
    messages = Messages()
    async for chunk in chunks:
        for message in messages.receive(chunk):
            yield message


def _batch_id(answer: httpx2.Response) -> str | None:
    """The id of the new batch; None: the API started none."""
    return str(answer.json()["batch_id"]) if answer.status_code == 202 else None


async def _cancel(http: httpx2.AsyncClient, batch_id: str) -> None:
    """Cancel a batch that is no longer needed; where the API is unreachable, it ends by itself."""
    with contextlib.suppress(httpx2.TransportError):
        await http.delete(f"{BATCHES}/{batch_id}", timeout=CANCEL_S)


def _result(data: bytes) -> dict[str, Any]:
    """The result of the only file of an ended batch. Raises its error where it failed."""
    file = orjson.loads(data)["files"][0]
    if file["result"] is None:
        raise failed(file["error"] or {})
    result: dict[str, Any] = file["result"]
    return result


def _text(value: object) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _retry_after_s(answer: httpx2.Response) -> float:
    delay_text = answer.headers.get("retry-after", "")
    return float(delay_text) if delay_text.isdigit() and int(delay_text) > 0 else RETRY_AFTER_S
