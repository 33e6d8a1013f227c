"""Lines for silences and the end times of lines, which people choose to see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.browser import browser, needs_browser, spoken
from tests.e2e.support import SAMPLES
from tests.serving import Served
from tests.web.results import finished, line
from tests.web.support import KEEP, opened
from tests.web.test_live import stop, wait_for_lines

pytestmark = needs_browser

SEGMENTS = [
    {"start": 0.5, "end": 2, "text": "Good morning."},
    {"start": 3, "end": 5, "text": "Who is it?"},
    {"start": 65, "end": 68, "text": "It is me."},
]
SILENCE = "Silence 0:05–1:05"
END = """(line) =>
  getComputedStyle(line.querySelector("time"), "::after").content.replace(/[" ]/g, "")"""
GOING_ON = ".transcript > .silence:visible"


def ends(page: Any) -> list[str]:
    """What is shown behind the start of each line; `none`: nothing."""
    return [line.evaluate(END) for line in page.locator(".line:not(.now)").all()]


def shown(page: Any) -> list[str]:
    return [str(one) for one in page.locator(".line > .silence:visible").all_inner_texts()]


def test_a_silence_that_goes_on_grows_until_the_recording_stops(
    site: Served, tmp_path: Path
) -> None:
    recording = spoken(tmp_path, SAMPLES["en-timer"])
    with browser(recording) as running, opened(running, site.page) as watched:
        page = watched.page
        page.evaluate("localStorage.setItem('display-silences', 'on')")
        page.reload()
        page.click("#talk")
        wait_for_lines(page, 1)
        first = page.wait_for_selector(GOING_ON).inner_text()
        page.wait_for_function(
            "first => document.querySelector('.transcript > .silence').innerText !== first",
            arg=first,
        )
        later = page.inner_text(GOING_ON)
        assert first.split("–")[0] == later.split("–")[0]
        stop(page)
        assert page.locator(GOING_ON).count() == 0
        watched.check()


def test_silences_and_ends_are_shown_on_demand_and_remembered(site: Served, deaf: Any) -> None:
    with opened(deaf, site.page) as watched:
        page = watched.page
        page.evaluate(KEEP, SEGMENTS)
        page.reload()
        wait_for_lines(page, 3)
        assert shown(page) == []
        assert ends(page) == ["none"] * 3
        page.click("#display summary")
        page.click("#silences")
        page.click("#ends")
        page.click("#times")
        assert page.is_disabled("#ends"), "a line without its time has no place for the end"
        page.click("#times")
        assert shown(page) == [SILENCE]
        assert ends(page) == ["–0:02", "–0:05", "–1:08"]
        page.reload()
        wait_for_lines(page, 3)
        assert shown(page) == [SILENCE]
        page.click("#language")
        assert shown(page) == ["무음 0:05–1:05"]
        page.click("#language")
        page.keyboard.press("k")
        page.keyboard.press("e")
        page.fill(".lines textarea", "It is you.")
        page.keyboard.press("Escape")
        assert shown(page) == [SILENCE], "a corrected line keeps the silence before it"
        watched.check()


def test_a_result_shows_them_too(site: Served, deaf: Any) -> None:
    """The sides of a call overlap: while one of them speaks, nothing is silent."""
    said = (
        line(3.0, "Call", "Kim", "now", s=3.0, speaker=0),
        line(4.0, "Yes", speaker=1),
        line(11.9, "Good", speaker=0),
        line(20.0, "Bye", speaker=1),
    )
    job = finished(site, said, 21.0)
    with opened(deaf, f"{site.page}/#files/{job}") as watched:
        page = watched.page
        page.wait_for_selector(".line >> nth=3")
        assert shown(page) == []
        page.click(".reading summary")
        page.check("[name=read-silences]")
        assert shown(page) == ["Silence 0:00–0:03", "Silence 0:12–0:20"]
        page.check("[name=read-ends]")
        assert ends(page)[0] == "–0:12"
        page.check("[name=read-paragraphs]")
        page.wait_for_selector(".viewed")
        assert shown(page)[-1] == "Silence 0:12–0:20"
        watched.check()
