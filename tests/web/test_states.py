"""The page reports the real state while it records: a model that loads, a full server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from realtime.app.backends import load_faster_whisper
from realtime.backends.base import Backend
from realtime.server.wrong_keys import WrongKeyLimits
from realtime.settings import Settings
from realtime.weights.resolve import ResolvedModel
from tests.browser import browser, needs_browser, spoken
from tests.e2e.support import SAMPLES
from tests.serving import Served, serving
from tests.web.axe import axe_source
from tests.web.results import noise
from tests.web.screens import flaws
from tests.web.support import opened

pytestmark = needs_browser

PATIENCE_S = 60.0


@contextmanager
def page_of_a_loading_model(tmp_path: Path) -> Iterator[tuple[Any, threading.Event]]:
    """A page whose server's model is loaded once the event is set."""
    loading, go = threading.Event(), threading.Event()

    def load(resolved: ResolvedModel, settings: Settings) -> Backend:
        loading.set()
        assert go.wait(PATIENCE_S)
        return load_faster_whisper(resolved, settings)

    settings = Settings(port=0, web_port=0, model="bundled", data_dir=tmp_path, language="en")
    with (
        serving(settings, load, loading) as served,
        browser(spoken(tmp_path, SAMPLES["en-timer"])) as running,
        opened(running, served.page) as watched,
    ):
        yield watched, go


def test_a_loading_model_is_not_shown_as_a_full_server(tmp_path: Path) -> None:
    with page_of_a_loading_model(tmp_path) as (watched, go):
        page = watched.page
        assert page.inner_text(".state .what") == "The model is loading", "before the start too"
        page.keyboard.press("Space")
        page.wait_for_selector(".state[data-state=loading]:has-text('The model is loading')")
        assert "full" not in page.inner_text(".dock")
        assert page.locator(".problem:visible").count() == 0
        go.set()
        page.wait_for_selector(".line:not(.now)")
        watched.check("WebSocket connection to")


def test_words_that_nobody_waits_for_are_not_lost_silently(tmp_path: Path) -> None:
    """Once the recording has ended, the page says what it waits for, and what was given up."""
    with page_of_a_loading_model(tmp_path) as (watched, go):
        page = watched.page
        page.click("#talk")
        page.wait_for_selector(".dock .clock:has-text('0:02')")
        page.click("#talk")
        page.wait_for_selector(".state[data-state=finishing] small:has-text('model is loading')")
        page.click("#talk")
        page.wait_for_selector(".gapline:has-text('s were not transcribed')")
        assert page.get_attribute(".state", "data-state") == "idle"
        go.set()
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


def test_what_waits_for_a_model_says_so(tmp_path: Path) -> None:
    """A file that waits for the first model is at 0 %, and no other backend can be chosen."""
    with page_of_a_loading_model(tmp_path) as (watched, go):
        page = watched.page
        page.click(".tabs a >> nth=1")
        sound = {"name": "call.wav", "mimeType": "audio/wav", "buffer": noise(1)}
        page.set_input_files("input[type=file]", [sound])
        row = page.locator(".row[data-state=pending]:has-text('Waiting: the model is loading')")
        row.wait_for()
        assert row.locator(".bar").get_attribute("aria-valuenow") == "0"
        page.click(".tabs a >> nth=2")
        page.wait_for_selector(".state-line:has-text('The model is loading')")
        assert page.locator(".backends button:enabled").count() == 0
        go.set()
        page.wait_for_selector(".backends .badge")
        watched.check()


def test_words_that_were_shown_stay_when_the_server_is_gone(tmp_path: Path) -> None:
    settings = Settings(port=0, web_port=0, model="bundled", data_dir=tmp_path, language="en")
    with browser(spoken(tmp_path, SAMPLES["en-timer"])) as running, ExitStack() as going:
        served = going.enter_context(serving(settings))
        with opened(running, served.page) as watched:
            page = watched.page
            page.click("#talk")
            page.wait_for_selector(".line.now .pale:not(:empty), .line.now .firm:not(:empty)")
            going.close()
            page.wait_for_selector(".state[data-state=reconnecting]")
            said = page.inner_text(".line >> nth=0 >> p")
            page.click("#talk")
            page.wait_for_selector(".state[data-state=finishing]")
            page.click("#talk")
            page.wait_for_selector(".state:has-text('The server is not responding')")
            assert page.inner_text(".line:not(.now) >> nth=0 >> p") == said
            watched.check("WebSocket connection to", "ERR_")


def test_a_page_without_a_key_asks_for_it_once(tmp_path: Path) -> None:
    """Wrong keys are not sent again by themselves; too many are not called a full server."""
    settings = Settings(
        port=0, web_port=0, host="127.0.0.1", model="bundled", data_dir=tmp_path,
        api_keys=(SecretStr("secret"),),
    )  # fmt: skip
    limits = WrongKeyLimits(free_guesses=1, first_wait_s=60.0)
    with (
        serving(settings, wrong_keys=limits) as served,
        browser() as running,
        opened(running, served.page, ready="dialog[open]") as watched,
    ):
        page = watched.page
        page.fill("dialog input", "wrong")
        page.keyboard.press("Enter")
        page.wait_for_selector("#key-wrong:has-text('not right')")
        assert page.evaluate("sessionStorage.getItem('api-key')") is None
        page.keyboard.press("Escape")
        assert page.inner_text(".state .what") == "This server requires a key"
        page.click("#talk")
        page.fill("dialog input", "wrong, too")
        page.keyboard.press("Enter")
        page.wait_for_selector("#key-wrong:has-text('not right')")
        page.keyboard.press("Enter")
        page.wait_for_selector("#key-wrong:has-text('Too many wrong keys')")
        page.keyboard.press("Escape")
        page.click(".tabs a >> nth=2")
        page.wait_for_selector("dialog[open]")
        page.keyboard.press("Escape")
        page.wait_for_selector(".state-line h1:has-text('requires a key')")
        watched.check("401", "429")


def test_a_list_that_cannot_be_read_is_not_shown_as_empty(site: Served, deaf: Any) -> None:
    """It is asked for again until the server answers."""
    list_of_jobs = "**/api/transcribe-jobs/?*"
    with opened(deaf, site.page) as watched:
        page = watched.page
        page.route(list_of_jobs, lambda route: route.abort())
        page.click(".tabs a >> nth=1")
        page.wait_for_selector(".nothing:has-text('The server is not responding')")
        page.unroute(list_of_jobs)
        page.wait_for_selector(".nothing:has-text('not responding')", state="hidden")
        watched.check("ERR_")


def test_files_without_sound_are_told_apart(site: Served, deaf: Any) -> None:
    """And no button offers to try again what cannot succeed."""
    expected = {
        "empty.wav": (b"", "The file is empty."),
        "header.wav": (noise(1)[:44], "The recording is empty."),
        "notes.txt": (b"hello", "This is not an audio file."),
    }
    with opened(deaf, f"{site.page}#files") as watched:
        page = watched.page
        page.set_input_files(
            "input[type=file]",
            [
                {"name": name, "mimeType": "audio/wav", "buffer": content}
                for name, (content, _) in expected.items()
            ],
        )
        for name, (_, text) in expected.items():
            row = page.locator(f".row:has-text('{name}')")
            row.locator(f".wrong:has-text('{text}')").wait_for()
            assert row.locator("button").count() == 1, "only: remove it"
        watched.check("415")


def test_a_result_that_is_not_there_is_a_page(site: Served, deaf: Any) -> None:
    for place in ("nothing", "nothing/compare/nothing"):
        with opened(deaf, f"{site.page}/#files/{place}") as watched:
            page = watched.page
            page.wait_for_selector("h1.missing:text-is('Not found.')")
            assert flaws(page, axe_source()) == []
            watched.check("404", "style-src")
