"""Visits every screen of the page in turn: views, menus and dialogs, for screenshots and checks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.web.support import KEEP

DESK = {"viewport": {"width": 1280, "height": 800}}
WIDE = {"viewport": {"width": 1920, "height": 1080}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
LOOKS: dict[str, dict[str, Any]] = {
    "desk-en-light": {**DESK, "locale": "en-US", "color_scheme": "light"},
    "wide-ko-dark": {**WIDE, "locale": "ko-KR", "color_scheme": "dark"},
    "phone-en-dark": {**PHONE, "locale": "en-US", "color_scheme": "dark"},
    "phone-ko-light": {**PHONE, "locale": "ko-KR", "color_scheme": "light"},
}
"""Both languages, light and dark themes, and every width."""
VIOLATIONS = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations; // what passed is ten times as long, and takes as long as finding it
}"""
CUT = Path(__file__).with_name("cut.js").read_text(encoding="utf-8")
SEGMENTS = """[
  {"start": 0.5, "end": 2, "text": "Good morning, thank you.", "words": [
    {"word": "Good", "start": 0.5, "end": 0.8, "probability": 0.98},
    {"word": "morning,", "start": 0.8, "end": 1.2, "probability": 0.62},
    {"word": "thank", "start": 1.2, "end": 1.6, "probability": 0.2},
    {"word": "you.", "start": 1.6, "end": 2, "probability": 0.99}]},
  {"start": 3, "end": 5, "text": "안녕하세요. 누구세요?", "language": "ko", "speaker": 0,
    "translations": [{"start": 3, "end": 5, "text": "Hello. Who is it?"}]},
  {"start": 8, "end": 9, "text": "김민수입니다.", "language": "ko", "speaker": 1}]"""


def flaws(page: Any, axe: str) -> list[str]:
    """Text that is not fully visible, and what axe-core (source `axe`) reports, with the places."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(axe)
    found = page.evaluate(VIOLATIONS)
    kept_out = [f"{item['id']}: {[node['html'][:160] for node in item['nodes']]}" for item in found]
    return [*kept_out, *page.evaluate(CUT)]


def screens(page: Any, job: str) -> Iterator[str]:
    """Bring up one screen after the other and yield its name. `job`: id of a job to open."""
    yield from _live(page)
    page.click(".tabs a >> nth=1")
    yield from _files(page)
    page.click(f".row[data-job='{job}'] a")  # appears once the job has finished
    page.wait_for_selector(".wave >> css=canvas >> nth=0")
    yield from _result(page)
    page.click(".tabs a >> nth=2")
    page.wait_for_selector(".chart")
    yield "server"


def _dialog(page: Any, name: str) -> Iterator[str]:
    page.wait_for_selector("dialog[open]")
    yield name
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")


def _live(page: Any) -> Iterator[str]:
    page.wait_for_selector(".empty li")
    yield "live-empty"
    page.evaluate("""() => import("/js/dialogs.js").then(({ askKey }) => askKey())""")
    yield from _dialog(page, "key")
    page.evaluate(KEEP, json.loads(SEGMENTS))
    page.reload()
    page.wait_for_selector(".timed")
    page.click("#downloads summary")
    yield "live-downloads"
    page.click("#display summary")
    for part in ("#silences", "#ends"):
        if page.get_attribute(part, "aria-pressed") == "false":
            page.click(part)
    if page.get_attribute("#eye", "aria-pressed") == "false":
        page.click("#eye")
    yield "live-display"
    page.keyboard.press("Escape")
    yield "live"
    if page.locator(".panel details:not([open])").count():
        page.click(".panel summary")
    yield "live-options"
    page.click(".parts label >> nth=1")
    page.keyboard.press("k")
    page.keyboard.press("b")
    page.keyboard.press("/")
    page.keyboard.type("o")
    yield "live-notes"
    page.keyboard.press("Escape")
    page.keyboard.press("k")
    page.keyboard.press("e")
    page.wait_for_selector(".lines textarea")
    yield "live-correcting"
    page.keyboard.press("Escape")
    page.click("#history")
    page.wait_for_selector(".sessions li")
    yield from _dialog(page, "live-history")
    page.keyboard.press("?")
    yield from _dialog(page, "help")


def _files(page: Any) -> Iterator[str]:
    page.wait_for_selector(".row")
    page.click(".wish-box summary")
    yield "files"
    page.check(".row input[type=checkbox] >> nth=0")
    page.wait_for_selector(".bulk-bar")
    yield "files-chosen"
    page.click(".bulk-bar button >> nth=0")
    yield from _dialog(page, "files-export")
    page.click(".bulk-bar button >> nth=1")
    yield from _dialog(page, "files-label")
    page.uncheck(".row input[type=checkbox] >> nth=0")


def _result(page: Any) -> Iterator[str]:
    yield "result"
    for menu in range(page.locator(".result-head details.menu").count()):
        page.click(f".result-head details.menu >> nth={menu} >> summary")
        yield f"result-menu-{menu + 1}"
        page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.wait_for_selector("#undo")
    page.click(".result .line p >> nth=0")
    page.wait_for_selector(".editing textarea")
    yield "result-correcting"
    page.keyboard.press("Escape")
    page.click("#edit")
    page.click(".result-head .pair button >> nth=1")
    page.wait_for_selector(".result-head .pair button[aria-pressed=true] >> nth=0")
    yield "result-masked"
