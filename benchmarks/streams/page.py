"""How smooth the page is with a long session and a long result, from the browser's own trace.

Run `python -m benchmarks.streams.page [--lines 5000] [--rounds 3]`. It prints the first paint and,
for scrolling, typing, arriving words, and replacing a word in every line of a result: frames a
second, dropped and late frames, the longest gap between two, and processor time. Scrolling and
typing are measured by turns with the floor, a static page with the same text, sizes and no script:
what this browser draws at most on this machine. The ratio to it means something on a busy machine
too.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
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
SCROLL_PX, SCROLL_PX_S = 8000, 2000
TYPED = ["a", "b", "c", "Space"] * 25
HEARD_S = 5
VIEWPORT = {"width": 1280, "height": 800}
LATE_MS = 1.5 * 1000 / 60
FRAME = "DrawFrame"
DROPPED = "DroppedFrame"
"""Something had changed, but was not ready in time. A late frame may be one before which nothing
changed; this one was missed."""
PAGE_THREAD = "CrRendererMain"
TASK = "ThreadControllerImpl::RunTask"
NEXT_FRAME = "new Promise(requestAnimationFrame)"
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
CATEGORIES = "devtools.timeline,disabled-by-default-devtools.timeline.frame,toplevel,__metadata"
FLOOR = """<!doctype html><html lang="en"><meta charset="utf-8"><title>floor</title><style>
body { margin: 0; font: 16px/1.55 sans-serif; display: flex; gap: 1rem }
.transcript { height: 560px; width: 880px; overflow-y: auto; font-size: 21px; line-height: 1.62 }
p { margin: 0 0 5px } textarea { height: 12rem; width: 18rem }
</style><div class="transcript">LINES</div><textarea id="notes"></textarea></html>"""


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


@dataclass(frozen=True)
class Smooth:
    """Frames that the browser drew while somebody did something."""

    frames: int
    late: int
    seconds: float
    longest_ms: float
    dropped: int
    page_ms: float
    """Processor time of the page's own thread."""
    longest_task_ms: float

    @property
    def rate(self) -> float:
        return (self.frames - 1) / self.seconds

    def __str__(self) -> str:
        return (
            f"{self.rate:5.1f} frames/s, {self.dropped} dropped, {self.late} of {self.frames - 1} "
            f"late, longest gap {self.longest_ms:.0f} ms; the page's thread: "
            f"{self.page_ms / self.frames:.1f} ms of CPU a frame, at most "
            f"{self.longest_task_ms:.1f} ms"
        )


def smoothness(events: list[dict[str, Any]]) -> Smooth:
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
        if event["name"] == TASK and "tdur" in event and (event["pid"], event["tid"]) in page
    ]
    return Smooth(
        frames=len(frames),
        late=sum(gap > LATE_MS for gap in gaps),
        seconds=sum(gaps) / 1000,
        dropped=sum(event["name"] == DROPPED for event in events),
        longest_ms=max(gaps),
        page_ms=sum(tasks),
        longest_task_ms=max(tasks, default=0),
    )


def scroll(page: Any) -> None:
    """Scroll up through the session. The browser itself turns the wheel, as in its own tests: a
    turn that is asked for from outside, frame by frame, comes too late for every second frame."""
    page.evaluate("document.querySelector('.transcript').scrollTop = 1e9")
    box = page.locator(".transcript").bounding_box()
    place = {"x": box["x"] + 200, "y": box["y"] + 100, "gestureSourceType": "mouse"}
    client = page.context.new_cdp_session(page)
    how = {**place, "yDistance": SCROLL_PX, "speed": SCROLL_PX_S}
    client.send("Input.synthesizeScrollGesture", how)
    client.detach()


def write(page: Any) -> None:
    """Type into the notes, one letter per frame."""
    page.fill("#notes", "")
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


@contextmanager
def static(running: Any, lines: int) -> Iterator[Any]:
    """The floor, opened beside the page."""
    context = running.new_context(viewport=VIEWPORT)
    page = context.new_page()
    page.set_content(FLOOR.replace("LINES", f"<p>{SENTENCE}.</p>" * lines))
    yield page
    context.close()


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
    parser.add_argument("--rounds", type=int, default=3, help="of each beside the floor")
    asked = parser.parse_args()
    lines, rounds = asked.lines, asked.rounds
    folder = Path(tempfile.mkdtemp())
    speech = np.concatenate([SAMPLES["en-timer"].read(), np.zeros(SAMPLE_RATE, np.float32)])
    recording = written(folder / "speech.wav", np.tile(speech, 20))
    settings = Settings(port=0, web_port=0, model="bundled", data_dir=folder, language="en")
    with (
        serving(settings) as served,
        browser(recording, program=CHROMIUM) as running,
        opened(running, served.page, viewport=VIEWPORT) as watched,
        static(running, lines) as floor,
    ):
        page = watched.page
        page.bring_to_front()
        print(f"first paint, empty: {page.evaluate(FIRST_PAINT):.0f} ms")
        page.evaluate(KEEP, session(lines))
        page.reload()
        page.wait_for_function("n => document.querySelectorAll('.line').length >= n", arg=lines)
        print(f"first paint, {lines} lines: {page.evaluate(FIRST_PAINT):.0f} ms")
        beside(floor, page, "scrolling", scroll, rounds)
        page.click(".parts label >> nth=1")
        beside(floor, page, "typing notes", write, rounds)
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
    with traced(page, lambda events: print(f"{name:>16}: {smoothness(events)}")):
        act(page)


def beside(floor: Any, page: Any, name: str, act: Callable[[Any], None], rounds: int) -> None:
    """Do the same on the floor and on our page by turns, and print both and the ratio."""
    found: dict[str, list[Smooth]] = {"floor": [], "ours": []}
    for _ in range(rounds):
        for whose, there in (("floor", floor), ("ours", page)):
            there.bring_to_front()
            there.evaluate(NEXT_FRAME)
            events: list[dict[str, Any]] = []
            with traced(there, events.extend):
                act(there)
            found[whose].append(smoothness(events))
            print(f"{name:>16}, {whose}: {found[whose][-1]}")
    floors, own = found["floor"], found["ours"]
    rates = [median(one.rate for one in some) for some in (own, floors)]
    costs = [median(one.page_ms / one.frames for one in some) for some in (own, floors)]
    print(
        f"{name:>16}: {rates[0]:.1f} frames/s beside {rates[1]:.1f} ({rates[0] / rates[1]:.2f}); "
        f"the page's thread {costs[0]:.1f} ms of CPU a frame beside {costs[1]:.1f}"
    )


if __name__ == "__main__":
    sys.exit(main())
