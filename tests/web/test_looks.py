"""The looks of every screen: screenshots, cut-off text, and the reports of axe-core.

Screenshots are in `build/screens`.
"""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from tests.browser import needs_browser
from tests.e2e.support import SAMPLES
from tests.serving import Served
from tests.web.axe import axe_source
from tests.web.screens import LOOKS, flaws, screens
from tests.web.support import SCREENS, opened

pytestmark = needs_browser


@pytest.fixture(scope="module")
def with_a_result(site: Served) -> str:
    """Submit a job and return its id."""
    with httpx2.Client(base_url=site.page, timeout=30) as http:
        sound = SAMPLES["en-phone"].path.read_bytes()
        stored = http.post("/api/upload/", files={"file": ("en-phone.wav", sound)}).json()
        steps = dict.fromkeys(("privacy_removal", "classification", "ai_agent", "diarize"), True)
        asked = {"file_id": stored["file_id"], "language": "en", "word_timestamps": True, **steps}
        return str(http.post("/api/transcribe-async/", json=asked).json()["job_id"])


@pytest.mark.parametrize("look", LOOKS)
def test_every_screen(site: Served, deaf: Any, with_a_result: str, look: str) -> None:
    """No screen has cut-off text, accessibility problems or errors."""
    axe = axe_source()
    SCREENS.mkdir(parents=True, exist_ok=True)
    problems: list[str] = []
    with opened(deaf, site.page, **LOOKS[look]) as watched:
        for screen in screens(watched.page, with_a_result):
            watched.page.screenshot(path=SCREENS / f"{screen}-{look}.png")
            watched.check()
            problems += [f"{screen}: {what}" for what in flaws(watched.page, axe)]
            watched.troubles.clear()  # axe-core tries out styles, which the page's policy forbids
    assert problems == []


def test_language_and_theme_switches(site: Served, deaf: Any) -> None:
    """Language and theme can be switched by hand and stay after a reload."""
    with opened(deaf, site.page, color_scheme="light") as watched:
        page = watched.page
        assert page.get_attribute("html", "lang") == "en"
        page.click("#language")
        page.click("#theme")
        page.reload()
        page.wait_for_selector("html[lang=ko][data-theme=dark]")
        assert page.inner_text(".empty h2") == "말하면 바로 글이 됩니다"
        watched.check()
