"""Work done by an HTTP API elsewhere (`STT_API_URL`): the file goes there, the transcript back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any

import httpx2
import structlog

from realtime.errors import BadRequest, DecodeFailed, RealtimeError
from realtime.jobs.files import JobFiles
from realtime.jobs.job import PROCESSING_TO, Claim
from realtime.jobs.store.base import Result
from realtime.jobs.work import Begun, Finished, Further, Update

log = structlog.get_logger(__name__)

FIELDS = (
    *("language", "is_stream", "privacy_removal", "classification", "ai_agent"),
    *("task", "prompt", "hotwords", "word_timestamps", "multichannel", "diarize"),
)
"""Of a job's request: what the API is asked for."""
BUSY = frozenset({429, 503})
"""The API asks to come back: its `Retry-After` is waited for, the attempt goes on."""
RETRY_AFTER_S = 5.0
"""Where a busy API does not say when."""
CONNECT_S = 10.0


class RemoteWork:
    """Sends each job's file to the API. Its answer comes when all is done, without steps between:
    the API has its own watch over files that get no further."""

    def __init__(
        self, url: str, api_key: str, files: JobFiles, shorten: Callable[[Result], Result]
    ) -> None:
        """`api_key`: shown to the API; empty: none. `shorten`: for lists of jobs."""
        self._url = url.rstrip("/") + "/transcribe_by_upload"
        self._headers = {"Accept-Language": "ko"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._files = files
        self._shorten = shorten

    async def __call__(self, claim: Claim) -> AsyncGenerator[Update, None]:
        """Raises MissingFile, BadRequest (refused for good), DecodeFailed (may work later)."""
        request = claim.job.request
        timeout = httpx2.Timeout(None, connect=CONNECT_S)
        async with httpx2.AsyncClient(timeout=timeout, headers=self._headers) as client:
            while True:
                answer = await self._ask(client, claim.job.file_id, request)
                if answer.status_code not in BUSY:
                    break
                yield Begun()
                await asyncio.sleep(_retry_after_s(answer))
        if answer.status_code != 200:
            raise _refused(answer)
        result: dict[str, Any] = answer.json()
        yield Further(PROCESSING_TO)
        yield Finished(result, self._shorten(result))

    async def _ask(
        self, client: httpx2.AsyncClient, file_id: str, request: Mapping[str, Any]
    ) -> httpx2.Response:
        form = {name: _text(request[name]) for name in FIELDS if request.get(name) is not None}
        with self._files.open(file_id) as file:
            try:
                return await client.post(
                    self._url, data=form, files={"file": (request["filename"], file)}
                )
            except httpx2.TransportError as error:
                raise DecodeFailed(
                    f"The API at STT_API_URL cannot be reached ({type(error).__name__}): see that "
                    "it runs there."
                ) from error


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _retry_after_s(answer: httpx2.Response) -> float:
    said = answer.headers.get("retry-after", "")
    return float(said) if said.isdigit() and int(said) > 0 else RETRY_AFTER_S


def _refused(answer: httpx2.Response) -> RealtimeError:
    """What the API said, as an error of ours."""
    try:
        detail = answer.json()["detail"]
        message, code = str(detail["message"]), str(detail["code"])
    except (ValueError, KeyError, TypeError):
        message, code = f"The API at STT_API_URL answered {answer.status_code}.", ""
    kind = BadRequest if 400 <= answer.status_code < 500 else DecodeFailed
    return kind(message, answered=code)
