"""Tools for a live transcript: find, correct, bookmark, take notes, alert words, replay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.browser import browser, needs_browser, spoken
from tests.e2e.support import SAMPLES
from tests.serving import Served
from tests.web.support import HIGHLIGHTED, KEEP, opened, place_of
from tests.web.test_live import lines, stop, wait_for_lines

pytestmark = needs_browser

SAMPLE = SAMPLES["en-timer"]
WORD = "timer"
WEBM = bytes.fromhex("1a45dfa3")
PLAYS = """() => {
  const audio = document.querySelector(".recordings audio");
  return audio && Number.isFinite(audio.duration) && audio.currentTime > 0 && audio.duration;
}"""
PIECES = """async () => {
  const { Store } = await import("/js/live/store.js");
  const sound = await new Store().sound(sessionStorage.getItem("live-session"));
  return [...sound.values()].some((blob) => blob.size > 1000);
}"""
MARKED = "() => CSS.highlights.get('{name}')?.size ?? 0"
IN_SIGHT = """(index) => {
  const { bottom, top } = [...document.querySelectorAll(".line")].at(index).getBoundingClientRect();
  const sheet = document.querySelector(".transcript").getBoundingClientRect();
  return top >= sheet.top && bottom <= sheet.bottom;
}"""
SKIPPED = """() => [...document.querySelectorAll(".block")].filter((block) =>
  !block.firstElementChild.checkVisibility({ contentVisibilityAuto: true })).length"""
NODES = """(root) => {
  const walker = document.createTreeWalker(document.querySelector(root));
  let count = 0;
  while (walker.nextNode()) count += 1;
  return count;
}"""
MANY = 5_000
NODES_PER_LINE = 5
"""The line; its time and its paragraph, each with one text."""


def test_words_are_found_corrected_marked_and_replayed(site: Served, tmp_path: Path) -> None:
    with browser(spoken(tmp_path, SAMPLE)) as running, opened(running, site.page) as watched:
        page = watched.page
        page.check("#keepSound")
        page.fill("#keywords", f"{WORD}, kettle")
        page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("Space")
        page.wait_for_selector(f".toast:has-text('Heard: {WORD}')")
        assert page.evaluate(MARKED.format(name="watched")) > 0
        assert page.locator(".line.watched").count() > 0
        find_and_correct(page)
        stop(page)
        take_notes(page)
        page.wait_for_selector(".recordings audio", state="attached")
        page.reload()
        wait_for_lines(page, 1)
        check_what_is_kept(page)
        watched.check()


def find_and_correct(page: Any) -> None:
    """Works by keyboard while recording continues."""
    page.keyboard.press("/")
    page.keyboard.type(WORD.upper())
    page.wait_for_selector(".find .count:text('1 of')")
    assert page.evaluate(MARKED.format(name="found-now")) == 1
    page.keyboard.press("Escape")
    page.wait_for_selector(".find", state="hidden")
    page.keyboard.press("k")
    page.keyboard.press("e")
    page.fill(".lines textarea", "Set a kettle for me.")
    page.keyboard.press("Escape")
    assert lines(page)[-1] == "Set a kettle for me."
    split_join_and_take_back(page)
    page.keyboard.press("b")
    page.wait_for_selector(".line.marked")
    assert page.get_attribute(".state", "data-state") != "idle"


def split_join_and_take_back(page: Any) -> None:
    """Works as in results of files."""
    page.keyboard.press("e")
    for _ in range(len("for me.")):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('.editing textarea').value === 'for me.'")
    page.keyboard.press("Escape")
    assert lines(page)[-2:] == ["Set a kettle", "for me."]
    page.click("#live-undo")
    assert lines(page)[-1] == "Set a kettle for me."
    page.keyboard.press("Control+y")
    assert lines(page)[-2:] == ["Set a kettle", "for me."]
    page.keyboard.press("k")
    page.keyboard.press("k")
    page.keyboard.press("e")
    page.click(".editing button:has-text('Join')")
    page.keyboard.press("Escape")
    assert lines(page)[-1] == "Set a kettle for me."
    assert page.locator("#live-undo").is_visible()


def take_notes(page: Any) -> None:
    page.click(".parts label >> nth=1")
    page.fill("#notes", "Ask <b>Kim</b>.")
    page.keyboard.press("Tab")
    assert "Set a kettle" in page.inner_text(".bookmarks")


def check_what_is_kept(page: Any) -> None:
    """A reload keeps everything, including the sound; a click on a time plays it."""
    assert lines(page)[-1] == "Set a kettle for me."
    page.click(".parts label >> nth=1")
    assert page.input_value("#notes") == "Ask <b>Kim</b>."
    assert page.locator(".bookmarks b").count() == 0
    page.wait_for_selector(".lines.sounding")
    page.click(".line > time >> nth=0")
    page.wait_for_function(PLAYS)
    assert page.evaluate(PLAYS) > len(SAMPLE.read()) / 16_000
    with page.expect_download() as waiting:
        page.click(".recordings li button")
    assert waiting.value.suggested_filename.endswith(".webm")
    assert Path(waiting.value.path()).read_bytes().startswith(WEBM)
    page.keyboard.press("h")
    page.wait_for_selector(".sessions li:has-text('with sound')")


def test_a_crashed_page_loses_seconds_at_most(site: Served, tmp_path: Path) -> None:
    """After a crash, the next page's history has the words and the sound of the recording."""
    with browser(spoken(tmp_path, SAMPLE)) as running, opened(running, site.page) as watched:
        page = watched.page
        page.check("#keepSound")
        page.click("#talk")
        wait_for_lines(page, 1)
        page.wait_for_function(PIECES)
        said = lines(page)
        page.close()
        page = watched.page.context.new_page()
        page.goto(site.page)
        page.wait_for_selector(".empty h2")
        page.keyboard.press("h")
        page.click(".sessions li .name")
        wait_for_lines(page, 1)
        assert lines(page) == said
        page.wait_for_selector(".lines.sounding")
        page.click(".line > time >> nth=0")
        page.click(".parts label >> nth=1")
        page.wait_for_function(PLAYS)
        watched.check()


def test_five_thousand_lines(site: Served, deaf: Any) -> None:
    """The newest line is in view, the oldest can be reached, almost no line costs rendering time,
    and words are text and no elements: browsers walk over all nodes of a page whenever something
    on it changes.

    `python -m benchmarks.streams.page` measures the time per frame.
    """
    many = [
        {
            **{"start": n, "end": n + 1, "text": f"This is line {n}.", "language": "en"},
            "words": [timed(word, n) for word in ("This", "is", "line", f"{n}.")],
        }
        for n in range(MANY)
    ]
    with opened(deaf, site.page) as watched:
        page = watched.page
        page.evaluate(KEEP, many)
        page.reload()
        wait_for_lines(page, MANY)
        page.wait_for_function(IN_SIGHT, arg=-1)
        assert page.evaluate(NODES, ".lines") <= MANY * NODES_PER_LINE + MANY / 50 + 10
        assert drawn_once(page)
        assert page.locator(".block").count() <= MANY / 50 + 1
        assert page.evaluate(SKIPPED) > MANY / 50 - 10
        page.keyboard.press("/")
        page.keyboard.type("line 1")
        page.wait_for_selector(".find .count:text('1 of 1111')")
        page.wait_for_function(IN_SIGHT, arg=1)
        page.wait_for_function("() => CSS.highlights.get('found')?.size === 1000")  # in pieces
        page.keyboard.press("Escape")
        page.click(".latest")
        page.wait_for_function(IN_SIGHT, arg=-1)
        page.keyboard.press("k")
        page.keyboard.press("k")
        assert page.evaluate("document.activeElement.innerText").endswith(f"line {MANY - 2}.")
        watched.check()


def test_options_display_and_presets_are_remembered(site: Served, deaf: Any) -> None:
    with opened(deaf, site.page) as watched:
        page = watched.page
        page.select_option("#spoken-language", "ko")
        page.check("#diarize")
        page.fill("#own-preset-name", "Weekly meeting")
        page.keyboard.press("Enter")
        page.wait_for_selector(".toast:has-text('Weekly meeting')")
        page.select_option("#spoken-language", "en")
        page.uncheck("#diarize")
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("t")
        page.reload()
        page.wait_for_selector(".lines:not(.times)", state="attached")
        assert page.input_value("#own-preset") == ""
        page.select_option("#own-preset", "Weekly meeting")
        assert page.input_value("#spoken-language") == "ko"
        assert page.is_checked("#diarize")
        assert page.input_value("#own-preset") == "Weekly meeting"
        page.click("[aria-label='Delete this preset']")
        page.reload()
        page.wait_for_selector("#own-preset")
        assert page.locator("#own-preset option").count() == 1
        assert page.is_checked("#diarize"), "the options stay"
        watched.check()


def test_text_that_scrolls_under_a_resting_pointer_is_left_alone(site: Served, deaf: Any) -> None:
    """A browser sends pointerover in each such frame; moving the tools would make it lay out."""
    said = [
        {"start": n, "end": n + 0.9, "text": word, "language": "en", "words": [timed(word, n)]}
        for n, word in enumerate(("one", "two", "three"))
    ]
    where = (
        "[...document.querySelectorAll('.line')].findIndex((l) => l.querySelector('.line-tools'))"
    )
    with opened(deaf, site.page) as watched:
        page = watched.page
        page.evaluate(KEEP, said)
        page.reload()
        wait_for_lines(page, 3)
        page.mouse.move(*place_of(page, "one"))
        assert page.evaluate(where) == 0
        tip = page.inner_text("#tip")
        page.dispatch_event(".timed >> nth=2", "pointerover")
        assert page.evaluate(where) == 0
        assert page.inner_text("#tip") == tip
        page.mouse.move(*place_of(page, "three"))
        assert page.evaluate(where) == 2
        assert page.inner_text("#tip") != tip
        assert page.evaluate(HIGHLIGHTED, "pointed") == "three"
        watched.check()


def drawn_once(page: Any) -> bool:
    """Whether the browser keeps the drawn text as a layer, which scrolling only moves."""
    client = page.context.new_cdp_session(page)
    layers: list[dict[str, Any]] = []
    client.on("LayerTree.layerTreeDidChange", lambda tree: layers.extend(tree.get("layers", [])))
    client.send("LayerTree.enable")
    page.evaluate("document.querySelector('.transcript').scrollBy(0, -100)")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    height = page.evaluate("document.querySelector('.transcript').scrollHeight")
    client.detach()
    return any(layer["height"] > height / 2 for layer in layers)


def timed(word: str, second: int) -> dict[str, Any]:
    return {"word": word, "start": second, "end": second + 0.9, "probability": 0.9}
