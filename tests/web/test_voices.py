"""Remembered voices on the page: asked for, named, deleted; off unless the operator allows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from realtime.settings import Settings
from tests.browser import needs_browser
from tests.server.page.test_voices import both
from tests.serving import Served, serving
from tests.voices import as_wav
from tests.web.axe import axe_source
from tests.web.results import finished, line
from tests.web.screens import flaws
from tests.web.support import opened
from tests.web.test_files import row

pytestmark = needs_browser

CALL = {"name": "call.wav", "mimeType": "audio/wav", "buffer": as_wav(both())}


@pytest.fixture(scope="module")
def allowing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server configured to let voices be remembered."""
    folder = tmp_path_factory.mktemp("allowing")
    settings = Settings(
        port=0, web_port=0, model="bundled", data_dir=folder, language="en", remember_voices=True
    )
    with serving(settings) as site:
        yield site


def test_a_named_voice_is_remembered_and_named_in_the_next_file(
    allowing: Served, deaf: Any
) -> None:
    with opened(deaf, f"{allowing.page}/#files") as watched:
        page = watched.page
        page.click(".wish-box summary")
        page.check("input[name=diarize]")
        assert not page.is_checked("input[name=known_voices]"), "off unless somebody wants it"
        page.check("input[name=known_voices]")
        page.set_input_files("#file-picker", [CALL])
        row(page, "call.wav", "completed").locator("a").click()
        page.wait_for_selector(".fact:has-text('biometric data')")
        page.click("button.speaker:text-is('Speaker 2') >> nth=0")
        page.fill("input.speaker", "Kim")
        page.keyboard.press("Enter")
        page.click("button.remember")
        page.wait_for_selector(".voices .badge:text-is('Remembered')")
        assert flaws(page, axe_source()) == []
        watched.troubles.clear()  # axe-core tries out styles, which the page's policy forbids
        page.click(".result-head a")
        page.set_input_files("#file-picker", [{**CALL, "name": "next.wav"}])
        row(page, "next.wav", "completed").locator("a").click()
        page.wait_for_selector("button.speaker:text-is('Kim')")

        page.click("button[name=voices]")
        page.fill("dialog li input", "Kim Min-su")
        page.keyboard.press("Tab")
        page.wait_for_selector("dialog button[aria-label='Delete: Kim Min-su']")
        page.click("dialog button[aria-label='Delete: Kim Min-su']")
        page.wait_for_selector("dialog p:text-is('No voice is remembered.')")
        watched.check()


def test_remembered_voices_are_offered_only_where_allowed(site: Served, deaf: Any) -> None:
    job = finished(site, [line(0.0, "Call", "me", speaker=0)], 2.0)
    with opened(deaf, f"{site.page}/#files/{job}") as watched:
        watched.page.wait_for_selector(".figures")
        assert watched.page.locator("button[name=voices]").count() == 0
        assert watched.page.locator("input[name=known_voices]").count() == 0
        watched.check()
