"""Live sessions on the server: other browsers can open them until somebody deletes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from realtime.settings import Settings
from tests.browser import needs_browser
from tests.serving import Served, serving
from tests.web.axe import axe_source
from tests.web.screens import flaws
from tests.web.support import KEEP, opened

pytestmark = needs_browser

LINES = 300
SEGMENTS = [
    {"start": n, "end": n + 1, "text": f"Line {n} <b>of</b> many.", "speaker": n % 2}
    for n in range(LINES)
]


@pytest.fixture(scope="module")
def keeping(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server configured to keep sessions for a week."""
    folder = tmp_path_factory.mktemp("keeping")
    settings = Settings(port=0, web_port=0, model="bundled", data_dir=folder, session_days=7)
    with serving(settings) as site:
        yield site


def test_a_session_is_opened_in_another_browser(keeping: Served, deaf: Any) -> None:
    with opened(deaf, keeping.page) as watched:
        page = watched.page
        page.evaluate(KEEP, SEGMENTS)
        page.reload()
        page.wait_for_selector(".line:has-text('Line 299')")
        with httpx2.Client(base_url=keeping.page, timeout=30) as http:
            assert http.get("/api/sessions/").json()["sessions"] == [], "nobody asked for it"
        page.keyboard.press("h")
        assert not page.is_checked("input[name='history.server']"), "off unless somebody wants it"
        assert flaws(page, axe_source()) == []
        watched.troubles.clear()  # axe-core tries out styles, which the page's policy forbids
        with page.expect_response(lambda answer: last_line(answer.request)):
            page.check("input[name='history.server']")
        watched.check()
    with opened(deaf, keeping.page) as watched:
        page = watched.page
        page.keyboard.press("h")
        page.wait_for_selector(".sessions .badge:text-is('on the server')")
        page.click(".sessions button.name")
        page.wait_for_selector(".line:has-text('Line 299 <b>of</b> many.')")
        assert page.locator(".line").count() == LINES
        page.keyboard.press("h")
        page.click(".sessions button[title=Rename]")
        page.fill(".sessions input", "Board meeting")
        page.keyboard.press("Enter")
        page.wait_for_selector(".sessions button.name:text-is('Board meeting')")
        watched.check()
    with opened(deaf, keeping.page) as watched:
        page = watched.page
        page.keyboard.press("h")
        page.wait_for_selector(".sessions button.name:text-is('Board meeting')")
        page.click(".sessions button[title=Delete]")
        page.wait_for_selector(".sessions li", state="detached")
        with httpx2.Client(base_url=keeping.page, timeout=30) as http:
            assert http.get("/api/sessions/").json()["sessions"] == []
        watched.check()


def last_line(request: Any) -> bool:
    """Whether the request uploads the last line of the session."""
    if request.method != "PUT":
        return False
    lines = json.loads(request.post_data)["lines"]
    return bool(lines) and lines[-1]["n"] == LINES - 1


def test_sessions_on_the_server_are_offered_only_where_allowed(site: Served, deaf: Any) -> None:
    with opened(deaf, site.page) as watched:
        watched.page.keyboard.press("h")
        watched.page.wait_for_selector("input[name='history.keep']")
        assert watched.page.locator("input[name='history.server']").count() == 0
        watched.check()
