"""The whole server on a cloud backend: only finals, the cost of a file, a key that fails later."""

from __future__ import annotations

import httpx2
import numpy as np
import pytest
from websockets.sync.client import connect

from realtime.app.backends import KEY_VARIABLE
from realtime.settings import Settings
from realtime.types import SAMPLE_RATE
from tests.backends.cloud import KEY, Refusal, cloud
from tests.e2e.support import SAMPLES, finals
from tests.serving import serving

pytest.importorskip("openai")


def test_files_streams_costs_and_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    sample = SAMPLES["en-timer"]
    with cloud() as provider:
        settings = Settings(
            port=0,
            api_port=0,
            web_port=-1,
            backend=("openai-api",),
            openai_base_url=provider.url,
            openai_usd_per_minute=0.6,
        )
        with serving(settings) as server, httpx2.Client(base_url=server.api, timeout=60) as api:
            body = file(api, sample.path.read_bytes()).json()
            assert body["text"] == sample.text
            assert body["backend"] == "openai-api"
            assert 0 < body["cost_usd"] <= 0.01 * (body["duration"] + 1)

            speech = np.concatenate([sample.read(), np.zeros(SAMPLE_RATE, np.float32)])
            with connect(f"{server.url}/?language=en") as socket:
                socket.send(speech.tobytes())
                socket.send('{"type":"end"}')
                messages = [message for message in socket if isinstance(message, str)]
            assert finals(messages) == sample.text
            assert not any('"type":"partial"' in message for message in messages)
            assert server.metric("cost_usd_total") > body["cost_usd"]

            provider.refusals[:] = [Refusal(401, "invalid_api_key")] * 3
            answer = file(api, sample.path.read_bytes())
            assert answer.status_code == 502
            assert answer.json()["detail"]["code"] == "provider_auth"
            assert KEY_VARIABLE in answer.json()["detail"]["message"]
            assert KEY not in answer.text


def file(api: httpx2.Client, data: bytes) -> httpx2.Response:
    return api.post("/transcribe_by_upload", files={"file": data}, data={"language": "en"})
