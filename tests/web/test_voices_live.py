"""A remembered voice is named on the live page. In a module of its own because its browser has a
microphone."""

from __future__ import annotations

from pathlib import Path

from tests.browser import browser, needs_browser, written
from tests.server.jobs_client import Client, Gate, gated
from tests.server.page.test_voices import both, voice
from tests.voices import HIGHER, as_wav
from tests.web.support import opened

pytestmark = needs_browser


def test_a_remembered_voice_is_named_live(tmp_path: Path) -> None:
    with gated(tmp_path, Gate(), remember_voices=True) as served, Client(served) as client:
        file_id = client.upload("two.wav", as_wav(both())).json()["file_id"]
        job = client.ended(client.submit(file_id=file_id, language="en", diarize=True)["job_id"])
        asked = {"job_id": job["job_id"], "speaker": 1, "name": "Lee"}
        client.http.post("/voices/", json=asked).raise_for_status()
        recording = written(tmp_path / "microphone.wav", voice(HIGHER))
        with browser(recording) as running, opened(running, served.page) as watched:
            page = watched.page
            page.select_option("#spoken-language", "en")
            page.check("#diarize")
            page.check("#known_voices")
            page.click("#talk")
            page.wait_for_selector("button.speaker:text-is('Lee')")
            page.click("#talk")
            watched.check()
