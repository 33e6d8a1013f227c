"""A file is transcribed again with other options; the results are compared, and one is kept."""

from __future__ import annotations

from typing import Any

import httpx2

from tests.browser import needs_browser
from tests.e2e.support import SAMPLES
from tests.serving import Served
from tests.web.axe import axe_source
from tests.web.results import added, line, noise
from tests.web.screens import LOOKS, flaws
from tests.web.support import SCREENS, opened
from tests.web.test_files import choose, row

pytestmark = needs_browser

CALL = SAMPLES["en-call"]
ONE = (line(0.0, "Send", "the", "report"), line(2.0, "to", "Alice"), line(4.0, "Bye"))
OTHER = (line(0.0, "Send", "a", "report", speaker=0), line(2.0, "to", "Alice", speaker=1))
MARKED = "() => [...document.querySelectorAll('.compared mark')].map((mark) => mark.innerText)"


def two(site: Served) -> tuple[str, str]:
    """Create two results of one upload; return the ids of the jobs."""
    with httpx2.Client(base_url=site.page, timeout=60) as http:
        stored = http.post("/api/upload/", files={"file": ("two.wav", noise(8))}).json()
    file_id = stored["file_id"]
    return (
        added(site, file_id, "two.wav", ONE, 8.0),
        added(site, file_id, "two.wav", OTHER, 8.0, model="other"),
    )


def test_a_file_is_transcribed_again_and_one_result_is_kept(site: Served, deaf: Any) -> None:
    with opened(deaf, f"{site.page}/#files") as watched:
        page = watched.page
        page.click(".wish-box summary")
        page.fill("#file-prompt", "a call")
        page.keyboard.press("Tab")
        choose(page, {"name": "again.wav", "mimeType": "audio/wav"} | {"buffer": wav()})
        row(page, "again.wav", "completed").get_by_label("Name, folder and tags").click()
        page.fill("#label-folder", "Twice")
        page.keyboard.press("Enter")
        page.click(".row .name:text('again.wav')")
        page.wait_for_selector(".result .line")
        uploads: list[str] = []
        page.on("request", lambda sent: uploads.append(sent.url) if "/upload/" in sent.url else 0)
        page.keyboard.press("r")
        page.wait_for_selector("dialog[open]")
        assert page.input_value("#again-prompt") == "a call", "as it was asked for"
        assert "micro" in page.inner_text("dialog"), "the model that will be used"
        page.check("dialog input[name=diarize]")
        page.click("dialog .primary")
        page.click(".result-head a.button")
        rows = page.locator(".row[data-state=completed]").filter(has_text="again.wav")
        rows.nth(1).wait_for()
        assert rows.locator(".badge:text-is('Versions (2)')").count() == 2
        assert rows.locator(".badge:text-is('Twice')").count() == 2, "labels go with the file"
        assert uploads == []
        rows.nth(1).locator("a").click()
        page.click("#versions")
        assert "speakers told apart" in page.inner_text(".version")
        page.click(".version .button:text-is('Compare')")
        page.wait_for_selector(".compared-row")
        assert "Every word is the same" in page.inner_text(".deck")
        page.click("button[aria-label='Continue with this one: B']")
        page.wait_for_selector("button[aria-pressed=true]:text-is('Chosen')")
        chosen = page.url.rpartition("/")[2]
        page.goto(f"{site.page}/#files")
        page.reload()
        page.wait_for_selector(f".row[data-job='{chosen}']")
        assert rows.count() == 1, "the list shows the one that goes on"
        watched.check()


def wav() -> bytes:
    return CALL.path.read_bytes()


def test_differences_are_shown_by_word_and_can_be_played(site: Served, deaf: Any) -> None:
    one, other = two(site)
    with opened(deaf, f"{site.page}/#files/{one}/compare/{other}") as watched:
        page = watched.page
        page.wait_for_selector(".compared-row >> nth=3")
        assert page.evaluate(MARKED) == ["the", "a", "Bye"]
        assert "66% of the words are the same" in page.inner_text(".deck")
        assert "other" in page.inner_text(".side-head >> nth=1"), "the model that wrote it"
        assert page.locator(".who").all_inner_texts() == ["Speaker 1: ", "Speaker 2: "]
        for _ in range(2):
            page.keyboard.press("n")
        assert page.inner_text(".comparison .count") == "2 of 2"
        assert "Bye" in page.inner_text(".compared-row.now")
        page.keyboard.press("p")
        assert page.inner_text(".comparison .count") == "1 of 2"
        page.keyboard.press("d")
        assert page.locator(".compared-row:visible").count() == 3, "heads, and two that differ"
        page.wait_for_selector(".wave >> css=canvas >> nth=0")
        for side in (1, 2):
            page.click(f".compared-row >> nth=1 >> [role=cell] >> nth={side} >> .word >> nth=2")
            page.wait_for_selector(f"[role=cell]:nth-child({side + 1}) .word.heard")
            page.keyboard.press("Space")
            page.wait_for_selector("#play[aria-label=Play]")
        page.keyboard.press("?")
        assert "Next difference" in page.inner_text("dialog")
        watched.check()


def test_the_comparison_in_every_look(site: Served, deaf: Any) -> None:
    one, other = two(site)
    axe, problems = axe_source(), list[str]()
    SCREENS.mkdir(parents=True, exist_ok=True)
    for look, options in LOOKS.items():
        with opened(deaf, f"{site.page}/#files/{one}/compare/{other}", **options) as watched:
            page = watched.page
            page.wait_for_selector(".compared-row >> nth=3")
            page.screenshot(path=SCREENS / f"comparison-{look}.png")
            problems += [f"{look} {what}" for what in flaws(page, axe)]
            page.goto(f"{site.page}/#files/{one}")
            page.wait_for_selector(".result .line")
            page.click("#versions")
            problems += [f"versions {look} {what}" for what in flaws(page, axe)]
            page.keyboard.press("r") if look.startswith("desk") else page.click("#again")
            page.wait_for_selector("dialog[open]")
            problems += [f"again {look} {what}" for what in flaws(page, axe)]
            watched.troubles.clear()  # axe-core tries out styles, which the page's policy forbids
    assert problems == []
