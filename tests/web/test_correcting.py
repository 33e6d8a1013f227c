"""Correcting a transcript: nothing is lost, every change can be undone, words keep their times."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.browser import needs_browser
from tests.serving import Served
from tests.web.results import LINES, finished, line, long_file
from tests.web.support import HIGHLIGHTED, Watched, opened, place_of

pytestmark = needs_browser

TEXTS = """() => [...document.querySelectorAll('.result .line p')].map((p) => p.textContent)"""


@pytest.fixture
def job(site: Served) -> str:
    """Create a finished job with `LINES` for one test; return its id."""
    return finished(site, LINES)


@pytest.fixture
def result(site: Served, deaf: Any, job: str) -> Iterator[Watched]:
    """The page with the result of `job`."""
    with opened(deaf, f"{site.page}/#files/{job}") as watched:
        watched.page.wait_for_selector(".result .line >> nth=2")
        yield watched
        watched.check("ERR_")


def kept(site: Served, job: str) -> Any:
    """The corrections that the server has stored."""
    return httpx2.get(f"{site.page}/api/edits/{job}", timeout=30).json()


def caret(page: Any, at: int) -> None:
    page.evaluate("at => document.activeElement.setSelectionRange(at, at)", at)


def saved(page: Any) -> None:
    page.wait_for_selector(".badge[role=status]:text-is('Saved')")


def test_lines_are_corrected_split_merged_and_restored(
    site: Served, result: Watched, job: str
) -> None:
    page = result.page
    page.evaluate("document.querySelector('#play').dataset.same = 'yes'")
    page.keyboard.press("e")
    page.focus(".result .line p >> nth=0")
    page.keyboard.press("Enter")
    page.fill(".editing textarea", "Call Kubernetes now please")
    caret(page, len("Call Kubernetes"))
    page.keyboard.press("Enter")
    assert page.evaluate(TEXTS)[:1] == ["Call Kubernetes"]
    page.keyboard.press("Backspace")
    page.keyboard.press("Escape")
    assert page.evaluate(TEXTS) == [
        "Call Kubernetes now please", "Kubernets is late", "Ask Kubernets again",
    ]  # fmt: skip
    page.click(".offer button:text('Change all')")
    assert page.evaluate(TEXTS)[1:] == ["Kubernetes is late", "Ask Kubernetes again"]
    page.click(".offer button:text('Add to names and terms')")
    saved(page)
    stored = kept(site, job)["segments"]
    assert [(word["word"], word["start"], word["end"]) for word in stored[0]["words"]] == [
        (" Call", 0.0, 0.4), (" Kubernetes", 0.4, 1.2), (" now", 1.2, 1.333),
        (" please", 1.333, 1.6),
    ]  # fmt: skip
    assert stored[2]["words"][1]["start"] == 4.4, "as it was"
    for _ in range(4):
        page.click("#undo")
    assert page.evaluate(TEXTS) == [line["text"] for line in LINES]
    for _ in range(4):
        page.keyboard.press("Control+Shift+Z")
    assert page.evaluate(TEXTS)[1] == "Kubernetes is late"
    page.click("#original")
    assert page.evaluate(TEXTS) == [line["text"] for line in LINES]
    saved(page)
    assert page.get_attribute("#play", "data-same") == "yes", "the player was made anew"
    page.click(".result-head a")
    page.click(".wish-box summary")
    assert page.input_value("#file-hotwords") == "Kubernetes"


def test_a_line_gets_another_speaker(site: Served, deaf: Any) -> None:
    """Voices that were told apart wrongly are put right by hand, also by keyboard alone."""
    said = (
        line(0, "Hello", "there.", speaker=0),
        line(2, "Who", "is", "it?", speaker=0),
        line(4, "Kim.", speaker=1),
    )
    job = finished(site, said)
    with opened(deaf, f"{site.page}/#files/{job}") as watched:
        page = watched.page
        page.wait_for_selector(".result .line >> nth=2")
        assert page.inner_text(".fact:has-text('Speaking time') dd >> nth=0").startswith("83%")
        page.dblclick(".result .line p >> nth=1")
        assert page.locator("[name=line-speaker] option").all_inner_texts() == [
            "Speaker 1", "Speaker 2", "Another speaker",
        ]  # fmt: skip
        page.focus("[name=line-speaker]")
        page.keyboard.press("ArrowDown")
        assert page.evaluate("document.activeElement.name") == "line-speaker"
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.textContent") == "Who is it?"
        labels = page.locator(".result button.speaker")
        assert labels.all_inner_texts() == ["Speaker 1", "Speaker 2"]
        saved(page)
        stored = kept(site, job)["segments"]
        assert [segment["speaker"] for segment in stored] == [0, 1, 1]
        page.keyboard.press("Control+z")
        saved(page)
        assert kept(site, job)["segments"][1]["speaker"] == 0
        page.click(".saving summary")
        with page.expect_download() as waiting:
            page.click(".saving button:has-text('The recording')")
        assert waiting.value.suggested_filename == "noise.wav"
        assert waiting.value.path().read_bytes().startswith(b"RIFF")
        watched.check()


def test_leaving_loses_nothing(site: Served, result: Watched, job: str) -> None:
    """Unsaved text survives going to the list, closing the page, and a server that is away."""
    page = result.page
    page.dblclick(".result .line p >> nth=1")
    page.fill(".editing textarea", "left for the list")
    page.click(".result-head a")
    page.wait_for_selector(".row")
    page.click(f".row[data-job='{job}'] a")
    page.wait_for_selector(".line p:text('left for the list')")
    page.route("**/api/edits/*", lambda route: route.abort())
    page.dblclick(".result .line p >> nth=2")
    page.fill(".editing textarea", "nobody heard this")
    page.wait_for_selector(".badge.late:has-text('kept in this browser')")
    page.reload()
    page.unroute("**/api/edits/*")
    page.reload()
    page.wait_for_selector(".line p:text('nobody heard this')")
    saved(page)
    texts = [segment["text"] for segment in kept(site, job)["segments"]]
    assert texts[1:] == ["left for the list", "nobody heard this"]


def test_find_and_replace(result: Watched) -> None:
    page = result.page
    page.keyboard.press("/")
    page.keyboard.type("KUBERNETS")
    assert page.inner_text(".result .count") == "1 of 3"
    page.keyboard.press("Enter")
    assert page.inner_text(".result .count") == "2 of 3"
    page.click("#edit")
    page.fill("#find-in-result", "Kubernets")
    page.fill("#replace", "K8s")
    page.click("button:text-is('Replace')")
    assert page.evaluate(TEXTS)[0] == "Call K8s now"
    page.click("button:text-is('Replace all')")
    assert page.evaluate(TEXTS)[1:] == ["K8s is late", "Ask K8s again"]
    assert page.inner_text(".result .count") == "No match"


def test_reading_options_change_only_the_view(site: Served, deaf: Any) -> None:
    """Reading options change only the view; editing shows the words as spoken."""
    said = (
        line(0, "Um,", "it", "costs", "twenty", "five", "dollars."),
        line(3, "This", "is", "shit."),
    )
    with opened(deaf, f"{site.page}/#files/{finished(site, said)}") as watched:
        page = watched.page
        page.wait_for_selector(".result .line >> nth=1")
        page.click(".result-head summary:has-text('Reading')")
        for name in ("hide_fillers", "format_numbers", "hide_profanity", "paragraphs"):
            page.click(f".reading label:has([name=read-{name}]) span")  # as people do, not the box
            page.wait_for_selector(f".reading[open] input[name=read-{name}]:checked")
        page.keyboard.press("Escape")
        page.wait_for_function(
            "text => document.querySelector('.result .lines').innerText.includes(text)",
            arg="It costs $25. This is s***.",
        )
        assert page.locator(".result .line").count() == 1
        page.mouse.click(*place_of(page, "$25."))
        page.wait_for_function(f"() => ({HIGHLIGHTED})('heard') === '$25.'")
        page.keyboard.press("e")
        assert page.evaluate(TEXTS) == [one["text"] for one in said]
        watched.check()


def test_the_playing_line_stays_in_view_until_somebody_scrolls(site: Served, deaf: Any) -> None:
    address = f"{site.page}/#files/{long_file(site)}"
    with opened(deaf, address, viewport={"width": 1280, "height": 700}) as watched:
        page = watched.page
        page.wait_for_selector(".wave >> css=canvas >> nth=0")
        bar = page.locator("#find-in-result")
        top = bar.bounding_box()["y"]
        page.evaluate("() => { document.querySelector('#play').click(); }")
        page.wait_for_selector(".line.heard")
        page.evaluate("scrollTo(0, 0)")
        page.click(".line .from >> nth=60")
        page.wait_for_function(IN_SIGHT)
        assert bar.bounding_box()["y"] <= top, "the bars are there wherever one reads"
        page.mouse.move(600, 500)
        page.mouse.wheel(0, -100_000)
        page.wait_for_selector(".follow:not([hidden])")
        page.wait_for_function("() => scrollY === 0")
        page.click(".follow")
        page.wait_for_function(IN_SIGHT)
        assert page.locator(".follow").is_hidden()
        page.get_by_label("Zoom in on the waveform").click()
        page.wait_for_function(WIDER)
        page.get_by_label("Zoom out").click()
        page.wait_for_selector(".wave[data-zoom='1']")
        watched.check()


NOTE_HEARD = """() => {
  window.heard = new Set();
  const look = () => {
    const line = document.querySelector(".line.heard");
    if (line) window.heard.add(line.dataset.start);
  };
  new MutationObserver(look).observe(document.body, { subtree: true, attributeFilter: ["class"] });
}"""
"""Collects the lines that are heard, however short they are."""
IN_SILENCE = """() => {
  const [minutes, seconds] = document.querySelector(".player .clock").textContent.split(/[: ]/);
  return Number(minutes) * 60 + Number(seconds) >= 22 && Number(minutes) < 3;
}"""
"""It plays between the words, although by 0:22 it would have gone on at 3:20 with skipping."""


def test_silences_are_skipped_by_the_times_of_the_words(site: Served, deaf: Any) -> None:
    """A key turns skipping on, also for later results in this browser; it works to the very end."""
    minutes = 300.0
    said = (line(20, "Far", "from", "the"), line(200, "other", "one."))
    with opened(deaf, f"{site.page}/#files/{finished(site, said, minutes)}") as watched:
        page = watched.page
        page.wait_for_selector(".wave >> css=canvas >> nth=0")
        page.keyboard.press("q")
        page.wait_for_selector("#skip-silences[aria-pressed=true]")
        page.reload()
        page.wait_for_selector("#skip-silences[aria-pressed=true]")
        page.wait_for_selector(".wave >> css=canvas >> nth=0")
        page.select_option(".player select", "2")
        page.keyboard.press("?")
        assert "Skip silences" in page.inner_text("dialog")
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog", state="detached")
        page.evaluate(NOTE_HEARD)
        page.keyboard.press("Space")
        page.wait_for_function("() => window.heard.size > 1")
        page.wait_for_selector("#play[aria-label=Play]")
        assert page.evaluate("[...window.heard]") == ["20", "200"]
        assert page.inner_text(".player .clock") == "5:00 / 5:00"
        page.keyboard.press("q")
        page.click(".line .from >> nth=0")
        page.wait_for_function(IN_SILENCE)
        watched.check()


IN_SIGHT = """() => {
  const line = document.querySelector(".line.heard");
  const deck = document.querySelector(".deck").getBoundingClientRect();
  const place = line?.getBoundingClientRect();
  return place && place.top >= deck.bottom && place.bottom <= innerHeight && scrollY > 100;
}"""
WIDER = """() => {
  const box = document.querySelector(".wave");
  const inner = box.firstElementChild.shadowRoot.querySelector(".wrapper");
  return inner.clientWidth > box.clientWidth * 1.9;
}"""
