"""The list of files: names, folders, tags, order, search, and thousands of jobs."""

from __future__ import annotations

import itertools
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from docx import Document

from realtime.settings import Settings
from tests.browser import needs_browser
from tests.serving import Served, serving
from tests.web.results import added, added_all, finished, line, noise
from tests.web.support import opened

pytestmark = needs_browser

NAMES = "() => [...document.querySelectorAll('.row .name')].map((name) => name.textContent)"
MANY_JOBS, MANY_LINES = 2000, 5000


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose list contains only what this module adds."""
    folder: Path = tmp_path_factory.mktemp("shelf")
    with serving(Settings(port=0, web_port=0, model="bundled", data_dir=folder)) as served:
        yield served


def test_files_are_renamed_sorted_into_folders_and_found(shelf: Served, deaf: Any) -> None:
    finished(shelf, [line(0, "the", "quarterly", "report")], 9.0, name="call 10.wav")
    finished(shelf, [line(0, "something", "else")], 5.0, name="call 9.wav")
    with opened(deaf, f"{shelf.page}/#files") as watched:
        page = watched.page
        page.wait_for_selector(".row >> nth=1")
        page.select_option("select[name=sort]", "name")
        assert page.evaluate(NAMES) == ["call 9.wav", "call 10.wav"]
        page.get_by_label("Name, folder and tags: call 9.wav").click()
        page.fill("#label-name", "Alice <b>")
        page.fill("#label-folder", "Customers")
        page.fill("#label-tags", "urgent, 고객")
        page.keyboard.press("Enter")
        page.wait_for_selector(".row .badge:text-is('#고객')")
        page.reload()
        page.wait_for_selector(".row >> nth=1")
        assert page.evaluate(NAMES) == ["Alice <b>", "call 10.wav"], "in the order that was chosen"
        page.select_option("select[name=folder]", "/Customers")
        assert page.evaluate(NAMES) == ["Alice <b>"]
        page.select_option("select[name=folder]", "*")
        page.click(".tag:has-text('urgent')")
        assert page.evaluate(NAMES) == ["Alice <b>"]
        page.click(".tag:has-text('urgent')")
        page.fill("#list-search", "QUARTERLY")
        page.wait_for_selector(".row .taste:has-text('quarterly report')")
        assert page.evaluate(NAMES) == ["call 10.wav"]
        page.click(".row .name")
        page.wait_for_selector(".result .count:text-is('1 of 1')")
        documents(page)
        tables_and_pages(page)
        page.click(".result-head a")
        page.fill("#list-search", "")
        page.check("input[aria-label='Select all']")
        page.wait_for_selector(".bulk-bar:has-text('2 selected')")
        archive(page)
        page.click(".bulk-bar button:has-text('Folder and tags')")
        page.fill("#label-folder", "Archive")
        page.keyboard.press("Enter")
        page.wait_for_function("() => document.querySelectorAll('.row .folder').length === 2")
        assert page.locator(".badge:text-is('#urgent')").count() == 1, "tags stay as they were"
        watched.check()


def documents(page: Any) -> None:
    """Download a corrected result for a word processor."""
    page.dblclick(".result .line p")
    page.fill(".editing textarea", "the 분기 report")
    page.click(".result .saving summary")
    with page.expect_download() as waiting:
        page.click(".result .saving button:has-text('Word')")
    assert waiting.value.suggested_filename == "call 10.docx"
    texts = [paragraph.text for paragraph in Document(str(waiting.value.path())).paragraphs]
    assert texts == ["call 10", "0:09 · en", "0:00  the 분기 report"]


def tables_and_pages(page: Any) -> None:
    """Download a corrected result as a spreadsheet, web page and Markdown."""
    for label, suffix, head in (
        ("Spreadsheet", "csv", "\ufeffstart,end,speaker,text\n0.000,"),
        ("Web page", "html", "<!doctype html>"),
        ("Markdown", "md", "# call 10\n"),
    ):
        page.click(".result .saving summary")
        with page.expect_download() as waiting:
            page.click(f".result .saving button:has-text('{label}')")
        assert waiting.value.suggested_filename == f"call 10.{suffix}"
        text = Path(waiting.value.path()).read_text(encoding="utf-8")
        assert text.startswith(head)
        assert "the 분기 report" in text


def archive(page: Any) -> None:
    """Download all selected results in the chosen formats."""
    page.click(".bulk-bar button:has-text('Download')")
    page.check("dialog input[name=pdf]")
    page.uncheck("dialog input[name=times]")
    with page.expect_download() as waiting:
        page.click("dialog .primary")
    with zipfile.ZipFile(waiting.value.path()) as packed:
        assert sorted(packed.namelist()) == [
            "Alice _b_.docx", "Alice _b_.pdf", "call 10.docx", "call 10.pdf",
        ]  # fmt: skip
        assert packed.read("call 10.pdf").startswith(b"%PDF")


def test_thousands_of_jobs_and_of_lines(shelf: Served, deaf: Any) -> None:
    """Nothing blocks the page noticeably: the number of drawn rows is limited, and long work is
    done in slices."""
    with httpx2.Client(base_url=shelf.page, timeout=60) as http:
        stored = http.post("/api/upload/", files={"file": ("many.wav", noise(5))}).json()
    words = ("Line", "of", "many", "words", "that", "somebody", "said", "in", "a", "meeting")
    said = [line(at * 5.0, *words, str(at)) for at in range(MANY_LINES)]
    job = added(shelf, stored["file_id"], "long.wav", said, MANY_LINES * 5.0)
    names = [f"job {number}.wav" for number in range(MANY_JOBS)]
    added_all(shelf, stored["file_id"], names, said[:3], 15.0)
    with opened(deaf, f"{shelf.page}/#files") as watched:
        page = watched.page
        page.fill("#list-search", "long.wav")
        page.wait_for_selector(f".row[data-job='{job}']")  # on the fifth page of the API
        page.fill("#list-search", "")
        assert page.locator(".row").count() <= 100
        for seen in itertools.count(1):
            page.evaluate("scrollTo(0, document.body.scrollHeight)")
            page.wait_for_function(
                "n => document.querySelectorAll('.row').length > n * 90", arg=seen
            )
            if seen > 2:
                break
        page.evaluate("id => { location.hash = `files/${id}`; }", job)
        page.wait_for_selector(".result .line >> nth=50")
        first = page.evaluate("document.querySelectorAll('.result .line').length")
        assert first < MANY_LINES / 2, "all lines were made before any was shown"
        page.wait_for_function(
            "n => document.querySelectorAll('.result .line').length === n", arg=MANY_LINES
        )
        page.keyboard.press("e")
        page.evaluate("document.querySelectorAll('.result .line p')[4000].focus()")
        page.keyboard.press("Enter")
        page.keyboard.type("Typed ")
        page.wait_for_selector(".badge[role=status]:text-is('Saved')")
        kept = httpx2.get(f"{shelf.page}/api/edits/{job}", timeout=60).json()["segments"]
        assert kept[4000]["text"].startswith("Typed Line of many")
        everywhere(page)
        kept = httpx2.get(f"{shelf.page}/api/edits/{job}", timeout=60).json()["segments"]
        assert all(segment["text"].count("call") == 1 for segment in kept)
        page.click("#undo")
        page.wait_for_function(SHOWING, arg=["meeting", MANY_LINES])
        watched.check()


SHOWING = """([word, count]) => [...document.querySelectorAll('.result .line p')].filter(
    (p) => p.textContent.includes(word)).length === count"""


def everywhere(page: Any) -> None:
    """Replace a word in every line: visible lines change at once, the others frame by frame."""
    page.evaluate("document.querySelectorAll('.result .line')[2500].scrollIntoView()")
    page.fill("#find-in-result", "meeting")
    page.fill("#replace", "call")
    drawn, seen = page.evaluate(
        """() => {
          const button = [...document.querySelectorAll('.finding button')].find(
            ({ textContent }) => textContent === 'Replace all');
          button.click();
          const texts = [...document.querySelectorAll('.result .line p')];
          const isNew = (p) => p.textContent.includes('call');
          const inView = texts.filter((p) => {
            // Of the line: asking for a paragraph's place would lay it out, also far out of view.
            const { top, bottom } = p.closest('.line').getBoundingClientRect();
            return bottom > 0 && top < innerHeight;
          });
          return [texts.filter(isNew).length, inView.every(isNew)];
        }"""
    )
    assert seen
    assert drawn < MANY_LINES / 10
    page.wait_for_function(SHOWING, arg=["call", MANY_LINES])
    page.wait_for_selector(".badge[role=status]:text-is('Saved')")
