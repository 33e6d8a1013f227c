"""Comments on lines of a result: written, masked, undone, exported, shared."""

from __future__ import annotations

import json
from typing import Any

import httpx2

from tests.browser import needs_browser
from tests.serving import Served
from tests.web.axe import axe_source
from tests.web.results import LINES, finished
from tests.web.screens import LOOKS, flaws
from tests.web.support import SCREENS, opened

pytestmark = needs_browser

NOTE = "Ask Alice: my name is Alice Brown."


def commented(site: Served) -> str:
    """Create a job with a comment on its second line; return its id."""
    job = finished(site, LINES)
    said = [dict(one) for one in LINES]
    said[1]["comments"] = [{"text": NOTE, "name": "Kim"}]
    httpx2.put(f"{site.page}/api/edits/{job}", json={"segments": said}).raise_for_status()
    return job


def test_a_comment_is_written_by_keyboard_and_stays(site: Served, deaf: Any) -> None:
    with opened(deaf, f"{site.page}/#files/{finished(site, LINES)}") as watched:
        page = watched.page
        page.wait_for_selector(".result .line >> nth=2")
        page.keyboard.press("?")
        assert "Comment on this line" in page.inner_text("dialog")
        page.keyboard.press("Escape")
        page.focus(".line .from >> nth=1")
        page.keyboard.press("c")
        page.keyboard.type("Is it?")
        page.keyboard.press("Shift+Enter")
        page.keyboard.type("<b>Really?</b>")
        page.keyboard.press("Tab")
        page.keyboard.type("Kim")
        page.keyboard.press("Enter")
        page.wait_for_selector(".line:nth-child(2) .comments:has-text('<b>Really?</b>')")
        assert page.inner_text(".comments strong") == "Kim"
        page.wait_for_selector(".badge:text-is('Saved')")
        page.reload()
        page.wait_for_selector(".line:nth-child(2) .comments")
        page.hover(".line >> nth=2")
        page.click(".say")
        page.keyboard.type("Another")
        page.keyboard.press("Enter")
        page.wait_for_selector(".line:nth-child(3) .comments strong:text-is('Kim')")
        assert page.locator(".comment-list li").count() == 2
        page.click(".comment-list .goto >> nth=1")
        page.wait_for_selector(".line:nth-child(3).heard")
        page.click(".line:nth-child(2) [name=uncomment]")
        page.wait_for_selector(".comment-list li >> nth=1", state="detached")
        page.keyboard.press("Control+z")
        page.wait_for_selector(".comment-list li >> nth=1")
        page.keyboard.press("e")
        page.click(".line p >> nth=0")
        page.keyboard.press("End")
        page.keyboard.press("Delete")
        page.wait_for_selector(".line:nth-child(2) .comments:has-text('Another')")
        page.click("#original")
        page.wait_for_selector(".line:nth-child(3) .comments:has-text('Another')")
        assert page.locator(".comment-list li").count() == 2, "they are no part of the text"
        watched.check()


def test_the_masked_view_masks_comments_without_changing_them(site: Served, deaf: Any) -> None:
    job = commented(site)
    with opened(deaf, f"{site.page}/#files/{job}") as watched:
        page = watched.page
        page.wait_for_selector(".comments:has-text('Alice Brown')")
        page.click(".pair button:text-is('Masked')")
        page.wait_for_selector(".lines.viewed .comments")
        assert "Brown" not in page.inner_text("#view-files")
        assert "Kim" not in page.inner_text(".comments")
        assert page.locator("[name=uncomment]:visible").count() == 0
        page.keyboard.press("c")
        page.wait_for_selector(".toast:has-text('original text')")
        page.click(".pair button:text-is('Original')")
        page.wait_for_selector(".comments:has-text('Alice Brown')")
        page.click(".result-head summary:has-text('Reading')")
        page.check("input[name=read-paragraphs]")
        page.wait_for_selector(".line:only-child .comments:has-text('Alice Brown')")
        watched.check()


def test_comments_are_in_files_and_links_only_if_chosen(site: Served, deaf: Any) -> None:
    job = commented(site)
    with opened(deaf, f"{site.page}/#files/{job}") as watched:
        page = watched.page
        page.wait_for_selector(".comments")
        assert "Alice" not in exported(page, "Everything (.json)")
        page.click(".saving summary")
        page.click("text=Choose what to include")
        page.set_checked("dialog input[name=docx]", False)
        page.set_checked("dialog input[name=json]", True)
        page.set_checked("dialog input[name=comments]", True)
        with page.expect_download() as download:
            page.click("dialog button.primary")
        told = json.loads(download.value.path().read_text(encoding="utf-8"))
        assert told["comments"] == [{"start": 2.0, "text": NOTE, "name": "Kim"}]
        for with_comments in (False, True):
            page.wait_for_selector("dialog", state="detached")
            page.keyboard.press("s")
            page.set_checked("dialog input[name=comments]", with_comments)
            page.click("dialog button.primary")
            address = page.wait_for_selector("#share-link").input_value()
            with opened(deaf, address, ready=".line") as reading:
                assert reading.page.locator(".comments").count() == int(with_comments)
                reading.check()
            page.keyboard.press("Escape")
        watched.check()


def exported(page: Any, name: str) -> str:
    page.click(".saving summary")
    with page.expect_download() as download:
        page.click(f".saving button:text-is('{name}')")
    return str(download.value.path().read_text(encoding="utf-8"))


def test_comments_in_every_look(site: Served, deaf: Any) -> None:
    job, axe, problems = commented(site), axe_source(), list[str]()
    SCREENS.mkdir(parents=True, exist_ok=True)
    for look, options in LOOKS.items():
        with opened(deaf, f"{site.page}/#files/{job}", **options) as watched:
            page = watched.page
            page.wait_for_selector(".result .comments")
            page.wait_for_selector(".wave >> css=canvas >> nth=0")
            page.focus(".line .from >> nth=2")
            page.keyboard.press("c")
            page.wait_for_selector(".commenting textarea")
            page.screenshot(path=SCREENS / f"comments-{look}.png")
            problems += [f"comments {look} {what}" for what in flaws(page, axe)]
    assert problems == []
