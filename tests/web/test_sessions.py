"""Sessions of the live view: several recordings, the history, the recording sign, captions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.browser import browser, needs_browser, spoken
from tests.e2e.support import SAMPLES, letters
from tests.serving import Served
from tests.web.support import opened
from tests.web.test_live import lines, stop, wait_for_lines

pytestmark = needs_browser

SAMPLE = SAMPLES["en-timer"]
NOTICED_MS = 9_000
"""Longer than the time after which captions fade without new words."""


def record(page: Any, key: str, count: int) -> None:
    """Record until there are `count` lines."""
    page.keyboard.press(key)
    wait_for_lines(page, count)
    stop(page)


def titles(page: Any) -> list[str]:
    page.keyboard.press("h")
    page.wait_for_selector(".sessions li")
    return list(page.locator(".sessions .name").all_inner_texts())


def test_recordings_are_sessions_of_their_own(site: Served, tmp_path: Path) -> None:
    with browser(spoken(tmp_path, SAMPLE)) as running, opened(running, site.page) as watched:
        page = watched.page
        record(page, "Space", 1)
        assert page.get_attribute("#title", "placeholder") != "New session", "it has a date now"
        page.fill("#title", "The first")
        page.keyboard.press("Enter")
        one = len(lines(page))
        record(page, "r", 2 * one)
        check_a_further_recording(page, one)
        record(page, "Space", 1)
        assert len(lines(page)) == one, "a session of its own"
        assert page.input_value("#title") == ""
        found = titles(page)
        assert len(found) == 2
        assert found[1] == "The first"
        page.click(".sessions .name >> nth=1")
        wait_for_lines(page, 2 * one)
        page.reload()
        wait_for_lines(page, 2 * one)
        assert page.input_value("#title") == "The first"
        check_the_history(page)
        watched.check()


def check_a_further_recording(page: Any, one: int) -> None:
    """A divider with the time of day separates the recordings, and times start again from 0."""
    assert page.locator(".divider").count() == 2
    assert page.locator(".divider time").evaluate_all(
        "all => all.every((time) => Date.now() - new Date(time.dateTime) < 600000)"
    )
    times = page.locator(".line time").all_inner_texts()
    assert times[0] == times[one], "each on a clock of its own"
    assert letters(" ".join(lines(page))) == 2 * letters(SAMPLE.text)


def check_the_history(page: Any) -> None:
    """Rename, find and delete by keyboard; a reload does not bring back what was deleted."""
    assert len(titles(page)) == 2
    page.focus(".sessions li:has-text('The first') [aria-label^=Rename]")
    page.keyboard.press("Enter")
    page.keyboard.type("A call")
    page.keyboard.press("Enter")
    page.wait_for_selector(".sessions .name:text('A call')")
    page.fill("dialog input[type=search]", "a call")
    page.wait_for_function("() => document.querySelectorAll('.sessions li').length === 1")
    page.focus(".sessions [aria-label^=Delete]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".sessions li", state="detached")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")  # the first one clears the field
    page.wait_for_selector("dialog", state="detached")
    assert lines(page) == []
    page.reload()
    page.wait_for_selector(".empty h2")
    assert len(titles(page)) == 1


def test_other_views_show_the_recording_and_captions_fade(site: Served, tmp_path: Path) -> None:
    with browser(spoken(tmp_path, SAMPLE)) as running, opened(running, site.page) as watched:
        page = watched.page
        page.keyboard.press("Space")
        with page.expect_popup() as popup:
            page.click("#captions")
        captions = popup.value
        captions.clock.install()
        captions.reload()
        wait_for_lines(page, 1)
        assert page.is_hidden("#recording")
        page.click(".tabs a >> nth=2")
        page.wait_for_selector("#recording:has-text('Recording')")
        page.click("#recording button")
        page.wait_for_selector("#recording", state="hidden")
        captions.wait_for_selector("#captions p")
        assert captions.locator("#captions.faded").count() == 0
        captions.clock.fast_forward(NOTICED_MS)
        captions.wait_for_selector("#captions.faded", state="attached")
        page.click(".tabs a >> nth=0")
        page.wait_for_selector(".state[data-state=idle]")
        record(page, "r", 2)
        captions.wait_for_selector("#captions:not(.faded) p")
        said = " ".join(captions.locator("#captions p").all_inner_texts())
        assert letters(said) == letters(SAMPLE.text), "what had gone does not come back"
        watched.check()
