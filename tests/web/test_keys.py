"""Keyboard shortcuts, menus, and messages for actions with nothing recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from realtime.settings import Settings
from tests.browser import needs_browser
from tests.serving import Served, serving
from tests.web.results import LINES, finished
from tests.web.support import KEEP, opened

pytestmark = needs_browser

CHECKS = """async () => {
  const { healthOf } = await import("/js/server/health.js");
  const now = await (await fetch("/api/server")).json();
  const of = (final_ms, streams, status = "ok") => healthOf({
    ...now, health: { status }, samples: [{ final_ms }], streams, capacity: 4 });
  return [of(400, 3), of(27000, 3), of(400, 4), of(27000, 4), of(null, 4, "loading")]
    .map(({ name, level }) => `${name} ${level}`);
}"""
EMPTY_CHART = """async () => {
  const { chart } = await import("/js/server/chart.js");
  return chart("", "", [{ name: "", values: [null, null], show: String }], 1)
    .querySelector("svg").textContent;
}"""

UNCOVERED = """() => {
  const { left, top, width, height } = document.activeElement.getBoundingClientRect();
  const seen = document.elementFromPoint(left + width / 2, top + height / 2);
  return document.activeElement.contains(seen);
}"""


def test_the_server_view_shows_the_state_of_the_server(site: Served, deaf: Any) -> None:
    with opened(deaf, f"{site.page}#server") as watched:
        page = watched.page
        page.wait_for_selector(".state-line[data-state=good]:has-text('Everything works')")
        assert page.evaluate(CHECKS) == [
            "ok good", "slow bad", "full warn", "slow_full bad", "loading bad",
        ]  # fmt: skip
        assert page.evaluate(EMPTY_CHART) == "No speech yet1 min agonow"
        watched.check()


def test_a_wrong_key_is_reported(deaf: Any, tmp_path: Path) -> None:
    settings = Settings(
        port=0,
        web_port=0,
        host="127.0.0.1",
        model="bundled",
        data_dir=tmp_path,
        api_keys=(SecretStr("right"),),
    )
    with serving(settings) as served, opened(deaf, served.page) as watched:
        page = watched.page
        for wrong in ("wrong", "another"):
            page.fill("dialog input", wrong)
            page.keyboard.press("Enter")
            page.wait_for_selector("#key-wrong:has-text('not right')")
            assert page.evaluate("document.activeElement.type") == "password"
        page.keyboard.press("Escape")
        page.click(".tabs a >> nth=1")
        page.wait_for_selector("dialog[open]")
        assert page.input_value("dialog input") == "", "a refused key is not kept"
        page.evaluate("sessionStorage.setItem('api-key', 'withdrawn')")
        page.reload()
        page.wait_for_selector("#key-wrong:has-text('not right')")
        page.fill("dialog input", "right")
        page.keyboard.press("Enter")
        page.wait_for_selector("dialog", state="detached")
        page.click(".tabs a >> nth=0")
        page.wait_for_selector(".panel .value:has-text('micro')")
        watched.check("401")


def test_an_empty_transcript_is_not_copied(site: Served, deaf: Any) -> None:
    with opened(deaf, site.page, permissions=["clipboard-read", "clipboard-write"]) as watched:
        page = watched.page
        page.evaluate("navigator.clipboard.writeText('mine')")
        page.click("#copy")
        page.wait_for_selector(".toast:text('nothing to copy')")
        assert page.evaluate("navigator.clipboard.readText()") == "mine"
        page.click("#downloads summary")
        page.click("#downloads button >> nth=0")
        page.wait_for_selector(".toast:text('nothing to download')")
        watched.check()


@pytest.mark.parametrize("script", ["c", "ㅊ"])
def test_keys_after_clicks(site: Served, deaf: Any, script: str) -> None:
    """Shortcuts work after mouse clicks; Space operates a control that the keyboard focused."""
    with opened(deaf, site.page) as watched:
        page = watched.page
        page.click("#display summary")
        page.click("#eye")
        page.keyboard.press("Escape")
        page.select_option("#spoken-language", "ko")
        page.click("#spoken-language")
        page.keyboard.press("Escape")
        page.evaluate("document.querySelector('#spoken-language').blur()")
        page.click("#copy")
        page.wait_for_selector(".toast", state="detached")
        page.evaluate(f"""dispatchEvent(new KeyboardEvent("keydown",
            {{ key: "{script}", code: "KeyC", bubbles: true }}))""")
        page.wait_for_selector(".toast:text('nothing to copy')")
        page.keyboard.press("Space")
        page.wait_for_selector(".state:not([data-state=idle]), .problem:visible")
        page.focus("#display summary")
        page.keyboard.press("Space")
        page.wait_for_selector("#display[open]")
        watched.check()


def test_menus_and_the_list_of_shortcuts(site: Served, deaf: Any) -> None:
    with opened(deaf, site.page) as watched:
        page = watched.page
        for leave in ("Escape", "click", "Tab"):
            page.focus("#downloads summary")
            page.keyboard.press("Enter")
            page.wait_for_selector("#downloads[open]")
            if leave == "click":
                page.click(".transcript")
            else:
                entries = page.locator("#downloads button").count()
                for _ in range(1 if leave == "Escape" else entries + 2):
                    page.keyboard.press(leave)
            page.wait_for_selector("#downloads:not([open])")
        page.focus("#downloads summary")
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.parentElement.id") == "downloads"
        page.click("#help")
        assert "Start and stop" in page.inner_text("dialog")
        page.uncheck("dialog input[type=checkbox]")
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog", state="detached")
        page.keyboard.press("c")
        page.keyboard.press("3")
        assert page.locator(".toast").count() == 0
        page.keyboard.press("?")
        page.check("dialog input[type=checkbox]")
        page.keyboard.press("Escape")
        page.keyboard.press("3")
        page.wait_for_selector("#view-server .board > *")
        page.keyboard.press("?")
        page.wait_for_selector("dialog")
        assert "Start and stop" not in page.inner_text("dialog"), "another view, another map"
        page.mouse.click(5, 5)
        page.wait_for_selector("dialog", state="detached")
        watched.check()


def test_the_focus_returns_from_what_the_keyboard_opened(site: Served, deaf: Any) -> None:
    """From a search, a dialog behind a menu, a result, and a row that was deleted."""
    jobs = [finished(site, LINES, name=f"{name}.wav") for name in ("second", "first")]
    label = "document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText"
    with opened(deaf, site.page) as watched:
        page = watched.page
        page.focus("#find")
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.id") == "find"
        page.keyboard.press("2")
        page.focus(f".row[data-job='{jobs[1]}'] a")
        page.keyboard.press("Enter")
        page.focus(".result .saving summary")
        page.keyboard.press("Enter")
        page.focus(".saving button >> nth=-1")
        page.keyboard.press("Enter")
        page.wait_for_selector("dialog")
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog", state="detached")
        assert page.evaluate(label) == "Download"
        page.focus(".result-head > a")
        page.keyboard.press("Enter")
        page.wait_for_function(f"() => ({label}) === 'first.wav'")
        page.focus(f".row[data-job='{jobs[1]}'] [aria-label^=Delete]")
        page.keyboard.press("Enter")
        page.wait_for_function(f"() => ({label}) === 'second.wav'")
        watched.check()


def test_the_focus_is_not_behind_the_dock(site: Served, deaf: Any) -> None:
    many = [{"start": n, "end": n + 1, "text": f"Line {n}.", "speaker": n % 2} for n in range(9)]
    with opened(deaf, site.page, viewport={"width": 390, "height": 844}) as watched:
        page = watched.page
        page.evaluate(KEEP, many)
        page.reload()
        page.wait_for_selector(".line >> nth=8")
        page.evaluate("scrollTo(0, 0)")
        page.focus("button.speaker >> nth=0")
        for _ in range(9):
            page.keyboard.press("Tab")
            assert page.evaluate(UNCOVERED), page.evaluate("document.activeElement.outerHTML")
        watched.check()
