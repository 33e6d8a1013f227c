"""Voices are remembered from one recording and named in the next, only for the same key."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from pydantic import SecretStr
from websockets.asyncio.client import connect

from realtime.types import SAMPLE_RATE, Samples
from tests.server.jobs_client import Client, Gate, gated
from tests.serving import Served
from tests.voices import HIGHER, as_wav, recorded

pytestmark = pytest.mark.slow

MISSING = "00000000-0000-0000-0000-000000000000"


def voice(speed: float) -> Samples:
    """Enough speech of one voice to remember it."""
    gap = np.zeros(SAMPLE_RATE // 2, np.float32)
    names = ("en-hello", "en-timer", "en-hello", "en-timer")
    return np.concatenate([part for name in names for part in (recorded(name, speed), gap)])


def both() -> Samples:
    """Two voices one after the other: speakers 0 and 1."""
    return np.concatenate([voice(1.0), voice(HIGHER)])


def transcribed(client: Client, **asked: bool) -> dict[str, object]:
    """The finished job of a file with both voices."""
    file_id = client.upload("two.wav", as_wav(both())).json()["file_id"]
    job = client.submit("", file_id=file_id, language="en", diarize=True, **asked)
    return client.ended(job["job_id"])


async def live_session(served: Served, key: str) -> str:
    """The id of a live session with the second voice."""
    async with connect(f"{served.url}/?language=en&diarize=true&token={key}") as socket:
        await socket.send(voice(HIGHER).astype("<f4").tobytes())
        await socket.send('{"type":"end"}')
        messages = [json.loads(message) async for message in socket]
    assert any(message["type"] == "final" for message in messages)
    return str(messages[0]["session"])


async def test_a_voice_is_named_in_the_next_recording_and_live_until_it_is_deleted(
    tmp_path: Path,
) -> None:
    keys = {"api_keys": (SecretStr("mine"), SecretStr("yours")), "host": "127.0.0.1"}
    with (
        gated(tmp_path, Gate(), remember_voices=True, **keys) as served,
        Client(served, **{"X-API-Key": "mine"}) as me,
        Client(served, **{"X-API-Key": "yours"}) as you,
    ):
        assert me.http.get("/config").json()["remembers_voices"] is True
        job = transcribed(me)
        result = job["result"]
        assert isinstance(result, dict)
        assert {segment["speaker"] for segment in result["segments"]} == {0, 1}
        assert "speakers" not in result, "nobody asked for names"
        asked = {"job_id": job["job_id"], "speaker": 1, "name": " Kim "}
        made = me.http.post("/voices/", json=asked)
        assert (made.status_code, made.json()["name"]) == (201, "Kim")
        assert "embedding" not in made.text
        assert you.http.post("/voices/", json=asked).status_code == 404

        again = transcribed(me, known_voices=True)["result"]
        assert isinstance(again, dict)
        assert again["speakers"] == {"1": "Kim"}
        masked = transcribed(me, known_voices=True, privacy_removal=True)["result"]
        assert isinstance(masked, dict)
        assert masked["speakers"] == {}
        other = transcribed(you, known_voices=True)["result"]
        assert isinstance(other, dict)
        assert other["speakers"] == {}

        session = await live_session(served, "mine")
        assert me.http.get(f"/voices/heard/{session}").json() == {"speakers": {"0": "Kim"}}
        assert you.http.get(f"/voices/heard/{session}").json() == {"speakers": {}}
        assert me.http.get("/voices/heard/unknown").json() == {"speakers": {}}

        (listed,) = me.http.get("/voices/").json()["voices"]
        assert you.http.get("/voices/").json()["voices"] == []
        renamed = {"name": "Kim Min-su"}
        me.http.patch(f"/voices/{listed['id']}", json=renamed).raise_for_status()
        names = me.http.get(f"/voices/heard/{session}").json()
        assert names == {"speakers": {"0": "Kim Min-su"}}
        assert you.http.delete(f"/voices/{listed['id']}").status_code == 404
        me.http.delete(f"/voices/{listed['id']}").raise_for_status()
        assert me.http.get(f"/voices/heard/{session}").json() == {"speakers": {}}
        assert not [path for path in (tmp_path / "voices").rglob("*") if path.is_file()]


def test_the_masked_view_has_no_names_and_unusable_voices_are_refused(tmp_path: Path) -> None:
    with gated(tmp_path, Gate(), remember_voices=True) as served, Client(served) as client:
        job = transcribed(client)
        asked = {"job_id": job["job_id"], "speaker": 0, "name": "Lee"}
        assert client.http.post("/voices/", json={**asked, "speaker": 9}).status_code == 404
        assert client.http.post("/voices/", json={**asked, "job_id": MISSING}).status_code == 404
        assert client.http.post("/voices/", json={**asked, "name": "  "}).status_code == 422
        short = client.upload("short.wav", as_wav(recorded("en-timer"))).json()["file_id"]
        said = client.submit(file_id=short, language="en", diarize=True)["job_id"]
        client.ended(said)
        refused = client.http.post("/voices/", json={**asked, "job_id": said})
        assert refused.status_code == 422
        client.http.post("/voices/", json=asked).raise_for_status()
        named = transcribed(client, known_voices=True)["job_id"]
        assert client.http.get(f"/transcript/{named}").json()["speakers"] == {"0": "Lee"}
        view = client.http.get(f"/transcribe-status/{named}", params={"view": "masked"}).json()
        assert "speakers" not in view["result"]


@pytest.mark.parametrize("path", ["/voices/", "/voices/heard/any"])
def test_it_is_off_unless_the_operator_allows_it(tmp_path: Path, path: str) -> None:
    with gated(tmp_path, Gate()) as served, Client(served) as client:
        assert client.http.get(path).status_code == 404
        assert client.http.get("/config").json()["remembers_voices"] is False
        failed = transcribed(client, known_voices=True)
        assert failed["status"] == "failed"
        assert not (tmp_path / "voices").exists()
