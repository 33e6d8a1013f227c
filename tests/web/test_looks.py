"""How the page looks and reads: pictures to be looked at, and what axe-core says of each view.

The pictures lie in `build/screens`.
"""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from tests.browser import needs_browser
from tests.e2e.support import SAMPLES
from tests.serving import Served
from tests.web.axe import axe_source
from tests.web.support import KEEP, SCREENS, Watched, opened

pytestmark = needs_browser

DESK = {"viewport": {"width": 1280, "height": 800}}
WIDE = {"viewport": {"width": 1920, "height": 1080}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
LOOKS: dict[str, dict[str, Any]] = {
    "desk-en-light": {**DESK, "locale": "en-US", "color_scheme": "light"},
    "desk-en-dark": {**DESK, "locale": "en-US", "color_scheme": "dark"},
    "wide-ko-light": {**WIDE, "locale": "ko-KR", "color_scheme": "light"},
    "phone-ko-dark": {**PHONE, "locale": "ko-KR", "color_scheme": "dark"},
}
SEGMENTS = """[
  {"start": 0.5, "end": 2, "text": "Good morning, thank you.", "words": [
    {"word": "Good", "start": 0.5, "end": 0.8, "probability": 0.98},
    {"word": "morning,", "start": 0.8, "end": 1.2, "probability": 0.62},
    {"word": "thank", "start": 1.2, "end": 1.6, "probability": 0.2},
    {"word": "you.", "start": 1.6, "end": 2, "probability": 0.99}]},
  {"start": 3, "end": 5, "text": "안녕하세요. 누구세요?", "language": "ko", "speaker": 0,
    "translations": [{"start": 3, "end": 5, "text": "Hello. Who is it?"}]},
  {"start": 5, "end": 6, "text": "김민수입니다.", "language": "ko", "speaker": 1}]"""


def violations(page: Any, axe: str) -> list[str]:
    """What axe-core finds, each with the places."""
    page.evaluate(axe)
    found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")["violations"]
    return [f"{item['id']}: {[node['html'][:160] for node in item['nodes']]}" for item in found]


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
    with httpx2.Client(base_url=site.page, timeout=30) as http:
        sound = SAMPLES["en-phone"].path.read_bytes()
        stored = http.post("/api/upload/", files={"file": ("en-phone.wav", sound)}).json()
        steps = dict.fromkeys(("privacy_removal", "classification", "ai_agent", "diarize"), True)
        asked = {"file_id": stored["file_id"], "language": "en", "word_timestamps": True, **steps}
        return str(http.post("/api/transcribe-async/", json=asked).json()["job_id"])


def test_every_view_in_every_look(site: Served, deaf: Any, with_a_result: str) -> None:
    axe = axe_source()
    SCREENS.mkdir(parents=True, exist_ok=True)
    problems: list[str] = []
    for look, options in LOOKS.items():
        with opened(deaf, site.page, **options) as watched:
            for view in views(watched, with_a_result):
                watched.page.screenshot(path=SCREENS / f"{view}-{look}.png")
                watched.check()
                problems += [f"{view} {look} {what}" for what in violations(watched.page, axe)]
                watched.troubles.clear()  # axe-core tries out styles, which the page forbids
                if not fits(watched.page):
                    problems.append(f"{view} {look} is wider than the screen")
    assert problems == []


def views(watched: Watched, job: str) -> Any:
    """Brings up one view after the other; yields its name."""
    page = watched.page
    page.wait_for_selector(".empty li")
    yield "live-empty"
    page.evaluate("""() => import("/js/dialogs.js").then(({ askKey }) => askKey())""")
    page.wait_for_selector("dialog[open]")
    yield "key"
    page.keyboard.press("Escape")
    page.evaluate(KEEP, json.loads(SEGMENTS))
    page.reload()
    page.wait_for_selector(".word")
    page.click("#display summary")
    if page.get_attribute("#eye", "aria-pressed") == "false":
        page.click("#eye")
    yield "live-display"
    page.keyboard.press("Escape")
    yield "live"
    if page.locator(".panel details:not([open])").count():
        page.click(".panel summary")
    page.click(".parts label >> nth=1")
    page.keyboard.press("k")
    page.keyboard.press("b")
    page.keyboard.press("/")
    page.keyboard.type("o")
    yield "live-notes"
    page.keyboard.press("Escape")
    page.click("#history")
    page.wait_for_selector(".sessions li")
    yield "live-history"
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")
    yield "help"
    page.keyboard.press("Escape")
    page.click(".tabs a >> nth=1")
    page.wait_for_selector(".row")
    page.click(".wish-box summary")
    yield "files"
    page.click(f".row[data-job='{job}'] a")  # which is there once it is done
    page.wait_for_selector(".wave >> css=canvas >> nth=0")
    yield "result"
    for label in ("Pause", "Play") if page.get_attribute("html", "lang") == "en" else ():
        page.keyboard.press("Space")
        page.wait_for_selector(f"#play[aria-label={label}]")
    page.click(".tabs a >> nth=2")
    page.wait_for_selector(".chart")
    yield "server"


def test_the_switches(site: Served, deaf: Any) -> None:
    """Language and light by hand; both stay after a reload."""
    with opened(deaf, site.page, color_scheme="light") as watched:
        page = watched.page
        assert page.get_attribute("html", "lang") == "en"
        page.click("#language")
        page.click("#theme")
        page.reload()
        page.wait_for_selector("html[lang=ko][data-theme=dark]")
        assert page.inner_text(".empty h2") == "말하면 바로 글이 됩니다"
        watched.check()
