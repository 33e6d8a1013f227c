"""How the page looks and reads: pictures to be looked at, and what axe-core says of each view.

The pictures lie in `build/screens`.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser import browser, needs_browser
from tests.e2e.support import SAMPLES
from tests.serving import Served
from tests.web.axe import axe_source
from tests.web.support import SCREENS, Watched, opened
from tests.web.test_files import choose, row

pytestmark = needs_browser

DESK = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
LOOKS = {
    "desk-en-light": {**DESK, "locale": "en-US", "color_scheme": "light"},
    "desk-ko-dark": {**DESK, "locale": "ko-KR", "color_scheme": "dark"},
    "phone-ko-light": {**PHONE, "locale": "ko-KR", "color_scheme": "light"},
    "phone-en-dark": {**PHONE, "locale": "en-US", "color_scheme": "dark"},
}
SEGMENTS = """[
  {"start": 0.5, "end": 2, "text": "Good morning, thank you.", "words": [
    {"word": "Good", "start": 0.5, "end": 0.8, "probability": 0.98},
    {"word": "morning,", "start": 0.8, "end": 1.2, "probability": 0.62},
    {"word": "thank", "start": 1.2, "end": 1.6, "probability": 0.2},
    {"word": "you.", "start": 1.6, "end": 2, "probability": 0.99}]}]"""


def serious(page: Any, axe: str) -> list[str]:
    """What axe-core finds serious or worse, each with the places."""
    page.evaluate(axe)
    found = page.evaluate("() => axe.run(document)")["violations"]
    return [
        f"{item['id']}: {[node['html'][:160] for node in item['nodes']]}"
        for item in found
        if item["impact"] in ("serious", "critical")
    ]


def fits(page: Any) -> bool:
    """Nothing sticks out sideways."""
    return bool(
        page.evaluate(
            "() => { const page = document.documentElement;"
            "return page.scrollWidth <= page.clientWidth; }"
        )
    )


@pytest.fixture(scope="module")
def with_a_result(site: Served) -> str:
    """The id of a finished job."""
    with browser() as running, opened(running, f"{site.page}/#files") as watched:
        page = watched.page
        page.click(".wish-box summary")
        for name in ("privacy_removal", "classification", "ai_agent"):
            page.check(f"input[name={name}]")
        choose(page, SAMPLES["en-phone"].path)
        return str(row(page, "en-phone.wav", "completed").get_attribute("data-job"))


def test_every_view_in_every_look(site: Served, with_a_result: str) -> None:
    axe = axe_source()
    SCREENS.mkdir(parents=True, exist_ok=True)
    problems: list[str] = []
    with browser() as running:
        for look, options in LOOKS.items():
            with opened(running, site.page, **options) as watched:
                for view in views(watched, with_a_result):
                    watched.page.screenshot(path=SCREENS / f"{view}-{look}.png")
                    watched.check()
                    problems += [f"{view} {look} {what}" for what in serious(watched.page, axe)]
                    watched.troubles.clear()  # axe-core tries out styles, which the page forbids
                    if not fits(watched.page):
                        problems.append(f"{view} {look} is wider than the screen")
    assert problems == []


def views(watched: Watched, job: str) -> Any:
    """Brings up one view after the other; yields its name."""
    page = watched.page
    page.wait_for_selector(".empty li")
    yield "live-empty"
    page.evaluate("segments => sessionStorage.setItem('transcript', segments)", SEGMENTS)
    page.reload()
    page.wait_for_selector(".word")
    page.click("#eye")
    yield "live"
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")
    yield "help"
    page.keyboard.press("Escape")
    page.click(".tabs a >> nth=1")
    page.wait_for_selector(".row")
    page.click(".wish-box summary")
    yield "files"
    page.click(f".row[data-job='{job}'] a")
    page.wait_for_selector(".wave >> css=canvas >> nth=0")
    yield "result"
    page.click(".tabs a >> nth=2")
    page.wait_for_selector(".chart")
    yield "server"


def test_the_switches(site: Served) -> None:
    """Language and light by hand; both stay after a reload."""
    with browser() as running, opened(running, site.page, color_scheme="light") as watched:
        page = watched.page
        assert page.get_attribute("html", "lang") == "en"
        page.click("#language")
        page.click("#theme")
        page.reload()
        page.wait_for_selector("html[lang=ko][data-theme=dark]")
        assert page.inner_text(".empty h2") == "말하면 바로 글이 됩니다"
        watched.check()
