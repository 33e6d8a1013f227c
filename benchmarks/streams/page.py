"""How smooth the page is with a long session and a long result, from the browser's own trace.

Run `python -m benchmarks.streams.page [--lines 5000]`. It prints the first paint and, for
scrolling, typing, arriving words, and replacing a word in every line of a result: frames a second,
the longest gap between two frames, and the longest task.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx2
import numpy as np

from realtime.settings import Settings
from realtime.types import SAMPLE_RATE
from tests.browser import CHROMIUM, browser, written
from tests.e2e.support import SAMPLES
from tests.serving import Served, serving
from tests.web.results import added, noise
from tests.web.support import KEEP, opened

SENTENCE = "so we would like to move the delivery to next Tuesday if that is all right"
WORDS = SENTENCE.split()
WHEELS, WHEEL_PX = 180, 120
TYPED = ["a", "b", "c", "Space"] * 25
HEARD_S = 5
LATE_MS = 1.5 * 1000 / 60
FRAME = "DrawFrame"
PAGE_THREAD = "CrRendererMain"
TASKS = ("RunTask", "ThreadControllerImpl::RunTask")
NEXT_FRAME = "new Promise(requestAnimationFrame)"
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
CATEGORIES = "devtools.timeline,disabled-by-default-devtools.timeline.frame,toplevel,__metadata"


def session(lines: int) -> list[dict[str, Any]]:
    """Segments with words and times, as the server sends them."""
    made = []
    for n in range(lines):
        start = 4.0 * n
        step = 3.5 / len(WORDS)
        words = [
            {
                "word": word,
                "start": round(start + step * i, 2),
                "end": round(start + step * (i + 1), 2),
                "probability": 0.9 if (n + i) % 17 else 0.3,
            }
            for i, word in enumerate(WORDS)
        ]
        made.append(
            {
                "start": start,
                "end": start + 3.5,
                "text": f"{SENTENCE}.",
                "language": "en",
                "words": words,
            }
        )
    return made


@contextmanager
def traced(page: Any, report: Callable[[list[dict[str, Any]]], None]) -> Iterator[None]:
    """Trace the page inside the context; pass the events to `report`."""
    client = page.context.new_cdp_session(page)
    events: list[dict[str, Any]] = []
    done: list[bool] = []
    client.on("Tracing.dataCollected", lambda part: events.extend(part["value"]))
    client.on("Tracing.tracingComplete", lambda _: done.append(True))
    client.send("Tracing.start", {"categories": CATEGORIES, "transferMode": "ReportEvents"})
    yield
    client.send("Tracing.end")
    while not done:
        page.wait_for_timeout(50)
    client.detach()
    report(events)


def figures(events: list[dict[str, Any]]) -> str:
    """Frames per second, the longest gap between two, and the CPU time of the longest task."""
    frames = sorted(event["ts"] for event in events if event["name"] == FRAME)
    gaps = [(later - earlier) / 1000 for earlier, later in pairwise(frames)]
    page = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == PAGE_THREAD
    }
    tasks = [
        event["tdur"] / 1000
        for event in events
        if event["name"] in TASKS and "tdur" in event and (event["pid"], event["tid"]) in page
    ]
    if not gaps:
        return "no frames"
    late = sum(gap > LATE_MS for gap in gaps)
    return (
        f"{1000 * len(gaps) / sum(gaps):5.1f} frames/s, {late} of {len(gaps)} late, longest gap "
        f"{max(gaps):.0f} ms; the page's thread: {sum(tasks) / (len(gaps) + 1):.1f} ms of CPU a "
        f"frame, at most {max(tasks, default=0):.1f} ms"
    )


def scroll(page: Any) -> None:
    """Scroll up through the session with the mouse wheel."""
    box = page.locator(".transcript").bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 100)
    for _ in range(WHEELS):
        page.mouse.wheel(0, -WHEEL_PX)
        page.evaluate(NEXT_FRAME)


def write(page: Any) -> None:
    """Type into the notes, one letter per frame."""
    page.focus("#notes")
    for letter in TYPED:
        page.keyboard.press(letter)
        page.evaluate(NEXT_FRAME)


def look(page: Any) -> None:
    """Search for a word that every line has."""
    page.focus(".find input")
    for letter in WORDS[-1]:
        page.keyboard.press(letter)
        page.evaluate(NEXT_FRAME)


def hear(page: Any) -> None:
    """Receive words while the sheet follows them."""
    page.wait_for_timeout(1000 * HEARD_S)


def result(served: Served, lines: int) -> str:
    """Add a finished job of this many lines; return its id."""
    with httpx2.Client(base_url=served.page, timeout=60) as http:
        stored = http.post("/api/upload/", files={"file": ("long.wav", noise(5))}).json()
    return added(served, stored["file_id"], "long.wav", session(lines), 4.0 * lines)


def ready_to_replace(page: Any, address: str, lines: int) -> None:
    """Open a result, and ask for another word in every line."""
    page.goto(address)
    count = "n => document.querySelectorAll('.result .line').length >= n"
    page.wait_for_function(count, arg=lines)
    page.keyboard.press("e")
    page.fill("#find-in-result", "delivery")
    page.fill("#replace", "shipment")


def press(page: Any, button: str, word: str, lines: int) -> None:
    """Press a button, and wait until every line has the word."""
    page.click(button)
    page.wait_for_function(
        """([word, count]) => [...document.querySelectorAll('.result .line p')].filter(
          (p) => p.textContent.includes(word)).length === count""",
        arg=[word, lines],
        polling=500,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=5000)
    lines = parser.parse_args().lines
    folder = Path(tempfile.mkdtemp())
    speech = np.concatenate([SAMPLES["en-timer"].read(), np.zeros(SAMPLE_RATE, np.float32)])
    recording = written(folder / "speech.wav", np.tile(speech, 20))
    settings = Settings(port=0, web_port=0, model="bundled", data_dir=folder, language="en")
    with (
        serving(settings) as served,
        browser(recording, program=CHROMIUM) as running,
        opened(running, served.page, viewport={"width": 1280, "height": 800}) as watched,
    ):
        page = watched.page
        print(f"first paint, empty: {page.evaluate(FIRST_PAINT):.0f} ms")
        page.evaluate(KEEP, session(lines))
        page.reload()
        page.wait_for_function("n => document.querySelectorAll('.line').length >= n", arg=lines)
        print(f"first paint, {lines} lines: {page.evaluate(FIRST_PAINT):.0f} ms")
        measure(page, "scrolling", scroll)
        page.click(".parts label >> nth=1")
        measure(page, "typing notes", write)
        page.click("#find")
        measure(page, "typing a search", look)
        page.keyboard.press("Escape")
        page.evaluate("document.querySelector('.latest').click()")
        page.keyboard.press("r")
        page.wait_for_selector(".line.now, .divider ~ .line")
        measure(page, "words coming in", hear)
        page.keyboard.press("r")
        ready_to_replace(page, f"{served.page}/#files/{result(served, lines)}", lines)
        replace = ".finding button:text-is('Replace all')"
        measure(page, "replacing all", lambda page: press(page, replace, "shipment", lines))
        measure(page, "undoing it", lambda page: press(page, "#undo", "delivery", lines))
    return 0


def measure(page: Any, name: str, act: Callable[[Any], None]) -> None:
    with traced(page, lambda events: print(f"{name:>16}: {figures(events)}")):
        act(page)


if __name__ == "__main__":
    sys.exit(main())
