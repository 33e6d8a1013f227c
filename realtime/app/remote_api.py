"""The state of the HTTP API at `api_url`, for the page of a process that has no model itself."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx2
import orjson
import structlog

from realtime.app.options import api_key
from realtime.errors import ProviderUnreachable, RealtimeError
from realtime.jobs.refusals import detail, failed
from realtime.server.page.dashboard import SAMPLE_S, ProcessReading, parse_reading
from realtime.settings import Settings
from realtime.traits import Traits
from realtime.weights.catalogue import BUNDLED_SHOWN_NAME

log = structlog.get_logger(__name__)

ANSWER_S = 5.0
"""An API that takes longer to answer counts as unreachable."""
PATHS = ("/health", "/backend/current", "/metrics")
PROBLEMS: Mapping[str, str] = {
    "api_unreachable": "cannot be reached: check that it runs there",
    "api_locked": "refuses this process's key: set the same STT_API_KEYS on both",
    "api_other": "does not answer like a realtime-whisper server: check what runs there",
}
"""Why the API's state is unknown. The page translates the keys; the log has the sentences."""
NO_MODEL: Mapping[str, object] = {
    "current_backend": None,
    "available_backends": {},
    "model_path": "",
    "loaded": False,
}
"""The answer of `/backend/current` for an unknown backend."""


@dataclass(frozen=True, slots=True)
class ServerState:
    """What the last poll returned."""

    health: Mapping[str, object] = field(
        default_factory=lambda: {"status": "loading", "memory": {}},
    )
    backend: Mapping[str, object] = field(default_factory=lambda: NO_MODEL)
    reading: ProcessReading = field(default_factory=ProcessReading)
    problem: str = ""
    """A key of `PROBLEMS`; "": the API answered."""


class RemoteApi:
    """Polls the API every few seconds while `run` runs; the methods that read its state answer
    from the last poll."""

    def __init__(self, settings: Settings) -> None:
        key = api_key(settings)
        self._url = settings.api_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._server_state = ServerState()

    async def run(self) -> None:
        """Poll until cancelled."""
        async with httpx2.AsyncClient(
            base_url=self._url, headers=self._headers, timeout=ANSWER_S
        ) as http:
            while True:
                await self.look(http)
                await asyncio.sleep(SAMPLE_S)

    async def look(self, http: httpx2.AsyncClient) -> None:
        """Poll once; log a problem when it begins."""
        before, why = self._server_state.problem, ""
        try:
            answers = [await http.get(path) for path in PATHS]
            self._server_state = _server_state(*answers)
            why = ", ".join(str(answer.status_code) for answer in answers)
        except httpx2.TransportError as error:
            self._server_state, why = _lost("api_unreachable"), type(error).__name__
        except ValueError as error:
            self._server_state, why = _lost("api_other"), str(error)
        problem = self._server_state.problem
        if problem and problem != before:
            reason = f"The HTTP API at STT_API_URL {PROBLEMS[problem]}."
            log.warning("api.unavailable", reason=reason, error=why)

    def facts(self) -> Mapping[str, object]:
        """Facts about the API's model, for `/api/config`."""
        state = self._server_state
        model = str(state.health.get("model", ""))
        return {
            "model": model,
            "models": [model] if model else [],
            "demo": model == BUNDLED_SHOWN_NAME,
            "language_model": state.health.get("language_model") is True,
            "problem": state.problem,
            "speakers_off": "",
        }

    def traits(self) -> Traits | None:
        """Traits of the API's model; None where its answer cannot be understood."""
        answer_fields = self._server_state.backend.get("traits")
        try:
            return Traits.from_json(answer_fields) if isinstance(answer_fields, dict) else None
        except (KeyError, TypeError):
            return None  # the API has another version

    def state(self) -> Mapping[str, object]:
        """Health and backend of the API, for `/api/server`."""
        return {"health": self._server_state.health, "backend": self._server_state.backend}

    def reading(self) -> ProcessReading:
        """Figures from the API's metrics."""
        return self._server_state.reading

    def reload(self, name: str | None) -> Mapping[str, object]:
        """Change the API's backend. Blocks while the backend loads. Raises the API's error, or
        ProviderUnreachable."""
        try:
            answer = httpx2.post(
                f"{self._url}/backend/reload",
                json={"backend": name},
                headers={**self._headers, "Accept-Language": "en"},
                timeout=httpx2.Timeout(None, connect=ANSWER_S),
            )
        except httpx2.TransportError as error:
            raise ProviderUnreachable(
                "The API at STT_API_URL cannot be reached: check that it runs there."
            ) from error
        if answer.status_code != 200:
            raise _refusal(answer)
        changed: dict[str, object] = answer.json()
        return changed


def _server_state(
    health: httpx2.Response, backend: httpx2.Response, metrics: httpx2.Response
) -> ServerState:
    """Raises ValueError for an answer that does not come from realtime-whisper."""
    statuses = {answer.status_code for answer in (health, backend, metrics)}
    if statuses & {401, 403}:
        return _lost("api_locked")
    if statuses != {200}:
        # A busy API, or one that is down behind a proxy, recovers by itself.
        away = 429 in statuses or max(statuses) >= 500
        return _lost("api_unreachable" if away else "api_other")
    answer_fields, runs = orjson.loads(health.content), orjson.loads(backend.content)
    if not (
        isinstance(answer_fields, dict) and isinstance(runs, dict) and "memory" in answer_fields
    ):
        raise ValueError("not an answer of realtime-whisper")
    return ServerState(answer_fields, {**NO_MODEL, **runs}, parse_reading(metrics.text))


def _lost(problem: str) -> ServerState:
    return ServerState({"status": "unready", "memory": {}}, problem=problem)


def _refusal(answer: httpx2.Response) -> RealtimeError:
    answer_fields = detail(answer.content)
    error = failed(answer_fields)
    error.details.update(
        {
            name: answer_fields[name]
            for name in ("available", "field", "reason")
            if name in answer_fields
        }
    )
    return error
