"""The page reports the real state while it records: a model that loads, a full server."""

from __future__ import annotations

import threading
from pathlib import Path

from realtime.app.backends import load_faster_whisper
from realtime.backends.base import Backend
from realtime.settings import Settings
from realtime.weights.resolve import ResolvedModel
from tests.browser import browser, needs_browser, spoken
from tests.e2e.support import SAMPLES
from tests.serving import serving
from tests.web.support import opened

pytestmark = needs_browser

PATIENCE_S = 60.0


def test_a_loading_model_is_not_shown_as_a_full_server(tmp_path: Path) -> None:
    loading, go = threading.Event(), threading.Event()

    def load(resolved: ResolvedModel, settings: Settings) -> Backend:
        loading.set()
        assert go.wait(PATIENCE_S)
        return load_faster_whisper(resolved, settings)

    settings = Settings(port=0, web_port=0, model="bundled", data_dir=tmp_path, language="en")
    recording = spoken(tmp_path, SAMPLES["en-timer"])
    with (
        serving(settings, load, loading) as served,
        browser(recording) as running,
        opened(running, served.page) as watched,
    ):
        page = watched.page
        page.keyboard.press("Space")
        page.wait_for_selector(".state[data-state=loading]:has-text('The model is loading')")
        assert "full" not in page.inner_text(".dock")
        assert page.locator(".problem:visible").count() == 0
        go.set()
        page.wait_for_selector(".line:not(.now)")
        watched.check("WebSocket connection to")


def test_a_full_server_is_shown(tmp_path: Path) -> None:
    settings = Settings(
        port=0, web_port=0, host="127.0.0.1", model="bundled", data_dir=tmp_path, max_sessions=1
    )
    with (
        serving(settings) as served,
        browser(spoken(tmp_path, SAMPLES["en-timer"])) as running,
        opened(running, served.page) as watched,
    ):
        page = watched.page
        page.click("#talk")
        page.wait_for_selector(".state[data-state=listening], .state[data-state=speaking]")
        page.click(".tabs a >> nth=2")
        page.wait_for_selector(".state-line:has-text('All streams are in use')")
        assert "1 of 1 streams" in page.inner_text(".state-line p")
        watched.check()
