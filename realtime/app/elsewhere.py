"""The HTTP API at `api_url`, as the page of a process without a model shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx2
import orjson
import structlog

from realtime.app.jobs import api_key
from realtime.errors import ProviderUnreachable, RealtimeError
from realtime.jobs.refusals import detail, failed
from realtime.models.catalogue import BUNDLED_SHOWN_NAME
from realtime.server.web.dashboard import SAMPLE_S, Reading, told_reading
from realtime.settings import Settings

log = structlog.get_logger(__name__)

ANSWER_S = 5.0
"""An API that takes longer is told of as one that does not answer."""
PATHS = ("/health", "/backend/current", "/metrics")
NO_MODEL: Mapping[str, object] = {
    "current_backend": None,
    "available_backends": {},
    "model_path": "",
    "loaded": False,
}
"""A backend of which nothing is known."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the last look found."""

    health: Mapping[str, object] = field(
        default_factory=lambda: {"status": "loading", "memory": {}},
    )
    backend: Mapping[str, object] = field(default_factory=lambda: NO_MODEL)
    reading: Reading = field(default_factory=Reading)
    warning: str = ""
    """Why there is nothing, in a sentence."""


class ApiElsewhere:
    """Looked at every few seconds while `run` runs; everything else answers from the last look."""

    def __init__(self, settings: Settings) -> None:
        key = api_key(settings)
        self._url = settings.api_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._seen = Seen()

    async def run(self) -> None:
        """Until cancelled."""
        async with httpx2.AsyncClient(
            base_url=self._url, headers=self._headers, timeout=ANSWER_S
        ) as http:
            while True:
                await self.look(http)
                await asyncio.sleep(SAMPLE_S)

    async def look(self, http: httpx2.AsyncClient) -> None:
        """One look."""
        before = self._seen.warning
        try:
            answers = [await http.get(path) for path in PATHS]
            self._seen = _seen(*answers)
        except (httpx2.TransportError, ValueError) as error:
            self._seen = _lost(
                f"cannot be reached ({type(error).__name__}): see that it runs there"
            )
        if self._seen.warning and self._seen.warning != before:
            log.warning("api.not_seen", reason=self._seen.warning)

    def facts(self) -> Mapping[str, object]:
        """Of the model there, for `/api/config`."""
        seen = self._seen
        model = str(seen.health.get("model", ""))
        return {
            "model": model,
            "models": [model] if model else [],
            "multilingual": seen.backend.get("multilingual") is not False,
            "demo": model == BUNDLED_SHOWN_NAME,
            "warning": seen.warning or str(seen.health.get("warning", "")),
        }

    def state(self) -> Mapping[str, object]:
        """Health and backend there, for `/api/server`."""
        return {"health": self._seen.health, "backend": self._seen.backend}

    def reading(self) -> Reading:
        """Its figures."""
        return self._seen.reading

    def reload(self, name: str | None) -> Mapping[str, object]:
        """Change the backend there. Blocks while that loads. Raises what the API answers with."""
        try:
            answer = httpx2.post(
                f"{self._url}/backend/reload",
                json={"backend": name},
                headers={**self._headers, "Accept-Language": "en"},
                timeout=httpx2.Timeout(None, connect=ANSWER_S),
            )
        except httpx2.TransportError as error:
            raise ProviderUnreachable(
                "The API at STT_API_URL cannot be reached: see that it runs there."
            ) from error
        if answer.status_code != 200:
            raise _refusal(answer)
        changed: dict[str, object] = answer.json()
        return changed


def _seen(health: httpx2.Response, backend: httpx2.Response, metrics: httpx2.Response) -> Seen:
    """Raises ValueError for what no API of ours says."""
    for answer in (health, backend, metrics):
        if answer.status_code in (401, 403):
            return _lost("does not let us in: give both the same STT_API_KEYS")
        if answer.status_code != 200:
            return _lost(f"answered {answer.status_code}: see that it is one of realtime-whisper")
    told, runs = orjson.loads(health.content), orjson.loads(backend.content)
    if not (isinstance(told, dict) and isinstance(runs, dict) and "memory" in told):
        raise ValueError("no answer of ours")
    return Seen(told, {**NO_MODEL, **runs}, told_reading(metrics.text))


def _lost(why: str) -> Seen:
    return Seen({"status": "unready", "memory": {}}, warning=f"The HTTP API at STT_API_URL {why}.")


def _refusal(answer: httpx2.Response) -> RealtimeError:
    told = detail(answer.content)
    error = failed(told)
    error.details.update(
        {name: told[name] for name in ("available", "field", "reason") if name in told}
    )
    return error
