"""Two tabs, or two people, correct the same transcript: the page notices, and no change is lost."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from tests.browser import needs_browser
from tests.serving import Served
from tests.web.axe import axe_source
from tests.web.results import LINES, finished
from tests.web.screens import LOOKS, flaws
from tests.web.support import SCREENS, Watched, opened
from tests.web.test_correcting import TEXTS, kept, saved

pytestmark = needs_browser


def shown(page: Any, address: str) -> Any:
    page.goto(address)
    page.wait_for_selector(".result .line >> nth=2")
    return page


def correct(page: Any, index: int, text: str) -> None:
    page.dblclick(f".result .line p >> nth={index}")
    page.fill(".editing textarea", text)
    page.keyboard.press("Escape")
    page.keyboard.press("e")


def texts_of(site: Served, job: str) -> list[str]:
    return [segment["text"] for segment in kept(site, job)["segments"]]


def collide(watched: Watched, address: str, *mine: tuple[int, str]) -> Any:
    """The page of the tab that saves too late: another tab has changed the first line."""
    page = watched.page
    page.wait_for_selector(".result .line >> nth=2")
    other = shown(page.context.new_page(), address)
    with other.expect_response(lambda answer: answer.request.method == "PUT"):
        correct(other, 0, "Call Kubernetes now")
    other.close()
    for index, text in mine:
        correct(page, index, text)
    page.wait_for_selector("dialog[open] .conflict")
    return page


def test_corrections_of_two_tabs_are_merged(site: Served, deaf: Any) -> None:
    job = finished(site, LINES)
    address = f"{site.page}/#files/{job}"
    with opened(deaf, address) as watched:
        page = collide(watched, address, (2, "Ask Kubernetes again"))
        assert page.locator(".collisions").count() == 0, "no line was changed by both"
        page.keyboard.press("Enter")
        saved(page)
        merged = ["Call Kubernetes now", "Kubernets is late", "Ask Kubernetes again"]
        assert page.evaluate(TEXTS) == merged == texts_of(site, job)
        page.keyboard.press("e")
        page.click("#undo")
        assert page.evaluate(TEXTS)[0] == LINES[0]["text"], "mine alone is a step back"
        watched.check("412")


@pytest.mark.parametrize(
    ("way", "side", "after", "before"),
    [
        ("merge", "mine", "Ring Kubernetes", "Ring Kubernetes"),
        ("merge", "theirs", "Call Kubernetes now", "Ring Kubernetes"),
        ("mine", "mine", "Ring Kubernetes", "Call Kubernetes now"),
        ("theirs", "mine", "Call Kubernetes now", "Ring Kubernetes"),
    ],
)
def test_a_line_that_both_changed_needs_a_choice(
    site: Served, deaf: Any, way: str, side: str, after: str, before: str
) -> None:
    """Undo brings back the version that was not chosen."""
    job = finished(site, LINES)
    address = f"{site.page}/#files/{job}"
    with opened(deaf, address) as watched:
        page = collide(watched, address, (0, "Ring Kubernetes"))
        assert "Call Kubernetes now" in page.inner_text(".collisions")
        page.keyboard.press("Escape")
        page.wait_for_selector(".badge.late:has-text('corrected elsewhere')")
        page.click("#resolve")
        page.check(f".conflict input[name=way][value={way}]")
        page.check(f".conflict input[name=place-0][value={side}]")
        page.click(".conflict .primary")
        saved(page)
        assert page.evaluate(TEXTS)[0] == after
        assert texts_of(site, job)[0] == after
        page.keyboard.press("e")
        page.click("#undo")
        assert page.evaluate(TEXTS)[0] == before
        watched.check("412")


def test_corrections_of_closed_tabs_are_merged_with_saved_ones(site: Served, deaf: Any) -> None:
    """Corrections made while the server was away, in tabs since closed, are merged with another
    user's."""
    job = finished(site, LINES)
    address = f"{site.page}/#files/{job}"
    with opened(deaf, address) as watched:
        page = watched.page
        page.wait_for_selector(".result .line >> nth=2")
        page.context.route("**/api/edits/*", lambda route: route.abort())
        for index in (1, 2):
            tab = shown(page.context.new_page(), address)
            if index == 2:
                tab.wait_for_selector(".line p:text('kept 1')")
            correct(tab, index, f"kept {index}")
            tab.wait_for_selector(".badge.late:has-text('kept in this browser')")
            tab.close()
        page.context.unroute("**/api/edits/*")
        segments = [{**LINES[0], "text": "Somebody else"}, *LINES[1:]]
        httpx2.put(f"{site.page}/api/edits/{job}", json={"segments": segments}, timeout=30)
        page.reload()
        page.wait_for_selector(".line p:text('kept 2')")
        saved(page)
        assert texts_of(site, job) == ["Somebody else", "kept 1", "kept 2"]
        watched.check("ERR_")


def test_the_conflict_dialog_in_every_look(site: Served, deaf: Any) -> None:
    axe, problems = axe_source(), list[str]()
    SCREENS.mkdir(parents=True, exist_ok=True)
    for look, options in LOOKS.items():
        job = finished(site, LINES)
        address = f"{site.page}/#files/{job}"
        with opened(deaf, address, **options) as watched:
            page = collide(watched, address, (0, "Ring Kubernetes"), (1, "is it"))
            page.screenshot(path=SCREENS / f"conflict-{look}.png")
            problems += [f"{look} {what}" for what in flaws(page, axe)]
    assert problems == []
