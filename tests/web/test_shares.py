"""A transcript shared by a link: the link is created, read by somebody else, revoked."""

from __future__ import annotations

from typing import Any

from tests.browser import needs_browser
from tests.serving import Served
from tests.web.axe import axe_source
from tests.web.results import finished, line
from tests.web.screens import LOOKS, flaws
from tests.web.support import SCREENS, opened

pytestmark = needs_browser

SAID = (
    line(0, "My", "name", "is", "Alice", "Brown.", speaker=0),
    line(3, "Good", "morning.", speaker=1),
)


def made(page: Any, *, masked: bool, sound: bool = True) -> str:
    """Create a link on the page of a result; return its address."""
    page.wait_for_selector(".result .line")
    page.keyboard.press("s")
    page.set_checked("dialog input[name=masked]", masked)
    page.set_checked("dialog input[name=sound]", sound)
    page.click("dialog button.primary")
    page.wait_for_selector(".shares li[data-state=open]")
    address = page.input_value("#share-link")
    assert isinstance(address, str)
    return address


def test_a_link_is_made_read_and_revoked(site: Served, deaf: Any) -> None:
    job = finished(site, SAID, 8.0, name="Alice Brown.wav")
    may_copy = ["clipboard-write"]  # a browser with windows allows it with a click
    with opened(deaf, f"{site.page}/#files/{job}", permissions=may_copy) as watched:
        page = watched.page
        page.wait_for_selector(".result .line")
        page.click("button.speaker:text-is('Speaker 1')")
        page.fill("input.speaker", "Alice")
        page.keyboard.press("Enter")
        address = made(page, masked=False)
        page.click("dialog button:has-text('Copy link')")
        page.wait_for_selector(".toast:text-is('Copied')")
        with opened_link(deaf, address) as reading:
            reader = reading.page
            assert reader.inner_text("h1") == "Alice Brown.wav"
            assert reader.locator(".line p").all_inner_texts() == [one["text"] for one in SAID]
            assert reader.locator(".who").all_inner_texts() == ["Alice", "Speaker 2"]
            reader.click(".line .from >> nth=1")
            reader.wait_for_selector(".line.heard:has-text('Good morning.')")
            reader.click("#language")
            reader.wait_for_selector("html[lang=ko] .who:text-is('화자 2')")
            assert reader.locator("a[href]").count() == 0, "it leads nowhere else"
            page.click(".shares button:has-text('Revoke')")
            page.wait_for_selector(".shares li[data-state=revoked]")
            assert page.locator("#share-link").count() == 0, "nobody should copy a dead link"
            assert reader.reload().status == 410
            reader.wait_for_selector("h1:text-is('더 이상 쓸 수 없는 링크입니다')")
            reading.check("410")
        watched.check()


def opened_link(deaf: Any, address: str) -> Any:
    """The page of a link, in a separate browser context."""
    return opened(deaf, address, ready=".line, .ended")


def test_a_masked_link_and_an_incomplete_one(site: Served, deaf: Any) -> None:
    job = finished(site, SAID, 8.0, name="Alice Brown.wav")
    with opened(deaf, f"{site.page}/#files/{job}") as watched:
        page = watched.page
        page.wait_for_selector(".result .line")
        page.click("button:text('Masked')")
        page.wait_for_selector("button:text('Masked')[aria-pressed=true]")
        page.keyboard.press("s")
        assert page.is_checked("dialog input[name=masked]"), "as it is looked at"
        page.keyboard.press("Escape")
        address = made(page, masked=True)
        watched.check()
    with opened_link(deaf, address) as reading:
        seen = reading.page.content()
        assert "Brown" not in seen
        assert "personal data masked" in reading.page.inner_text(".about")
        reading.page.click(".line .from >> nth=1")
        reading.page.wait_for_selector(".line.heard")
        reading.check()
    with opened_link(deaf, address.partition("#")[0]) as reading:
        assert reading.page.inner_text("h1") == "This link is not complete"
        reading.check("404")


def test_a_link_to_a_line_shows_that_line(site: Served, deaf: Any) -> None:
    said = tuple(line(2.0 * n, "Line", f"number{n}") for n in range(150))
    job = finished(site, said, 300.0)
    with opened(deaf, f"{site.page}/#files/{job}") as watched:
        address = made(watched.page, masked=False)
        watched.check()
    may_copy = ["clipboard-read", "clipboard-write"]
    with opened(deaf, address, ready=".line", permissions=may_copy) as reading:
        reader = reading.page
        assert reader.locator(".line.pointed").count() == 0
        reader.focus(".line:nth-child(141) .point")
        reader.keyboard.press("Enter")
        reader.wait_for_selector(".toast:text-is('Copied')")
        pointing = reader.evaluate("navigator.clipboard.readText()")
        reading.check()
    with opened_link(deaf, pointing) as reading:
        reader = reading.page
        reader.wait_for_selector(".line.pointed:has-text('number140')")
        reader.wait_for_function(
            """() => {
              const place = document.querySelector(".line.pointed").getBoundingClientRect();
              return place.top > 0 && place.bottom < innerHeight;
            }"""
        )
        assert reader.evaluate("document.querySelector('audio').currentTime") == 280
        assert flaws(reader, axe_source()) == []
        reading.check("style-src")


def test_links_in_every_look(site: Served, deaf: Any) -> None:
    job = finished(site, SAID, 8.0)
    axe, problems = axe_source(), list[str]()
    SCREENS.mkdir(parents=True, exist_ok=True)
    for look, options in LOOKS.items():
        with opened(deaf, f"{site.page}/#files/{job}", **options) as watched:
            page = watched.page
            address = made(page, masked=False)
            page.screenshot(path=SCREENS / f"share-{look}.png")
            problems += [f"share {look} {what}" for what in flaws(page, axe)]
            page.click(".shares button >> nth=0")
            page.wait_for_selector(".shares li[data-state=revoked]")
            ended = address
            page.keyboard.press("Escape")
            address = made(page, masked=True)
        for name, link in (("shared", address), ("ended", ended)):
            with opened(deaf, link, ready=".line, .ended", **options) as reading:
                reading.page.screenshot(path=SCREENS / f"{name}-{look}.png")
                problems += [f"{name} {look} {what}" for what in flaws(reading.page, axe)]
    assert problems == []
