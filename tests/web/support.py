"""The page in a browser, which records everything that must not happen on it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from realtime.backends.scripted import ScriptedBackend
from realtime.types import Hypothesis, Window
from realtime.weights.bundled import samples
from tests.browser import PATIENCE_MS
from tests.client.cutting_proxy import CuttingProxy
from tests.readme import ROOT

SCREENS = ROOT / "build" / "screens"
"""Screenshots for a human to look at."""

WATCH = """
document.addEventListener("securitypolicyviolation", (event) =>
  reportViolation(`${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}`));
"""
STATES = """
() => {
  window.states = [];
  window.firm = [];
  const look = () => {
    const state = document.querySelector(".state").dataset.state;
    if (window.states.at(-1) !== state) window.states.push(state);
    const now = document.querySelector(".line.now p");
    if (now) window.firm.push([now.querySelector(".firm").textContent, now.textContent]);
  };
  new MutationObserver(look).observe(document.body, {
    subtree: true, childList: true, characterData: true, attributes: true,
  });
  look();
}
"""
"""Records the states that the page shows, and the stable and the whole text of its live line."""

KEEP = """async (segments) => {
  const { Store } = await import("/js/live/store.js");
  const started = Date.UTC(2026, 4, 4, 5, 32);
  const session = { id: "kept", title: "", created: started, names: {}, notes: "", durationS: 6,
    recordings: [{ at: 0, started }], hasSound: false, beginning: segments[0].text };
  await new Store().put(session, segments.map((segment, n) => ({ n, segment })));
  sessionStorage.setItem("live-session", "kept");
}"""
"""Stores a session with these segments, which the page shows after a reload."""

WORD_PLACE = """(word) => {
  for (const paragraph of document.querySelectorAll(".timed")) {
    const walker = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const at = walker.currentNode.data.indexOf(word);
      if (at < 0) continue;
      paragraph.scrollIntoView({ block: "nearest" });
      const range = document.createRange();
      range.setStart(walker.currentNode, at);
      range.setEnd(walker.currentNode, at + word.length);
      const { left, top, width, height } = range.getBoundingClientRect();
      return [left + width / 2, top + height / 2];
    }
  }
}"""
HIGHLIGHTED = "(name) => [...(CSS.highlights.get(name) ?? [])].map(String).join()"
"""The text that the page marks by this name."""


def place_of(page: Any, word: str) -> tuple[float, float]:
    """The middle of the first place of a word with times, which is scrolled into view."""
    x, y = page.evaluate(WORD_PLACE, word)
    return x, y


@dataclass
class Watched:
    """A page and the problems that occurred on it."""

    page: Any
    troubles: list[str] = field(default_factory=list)

    def check(self, *expected: str) -> None:
        """Assert that there were no problems except those that contain one of `expected`."""
        left = [item for item in self.troubles if not any(word in item for word in expected)]
        assert left == []


@contextmanager
def opened(
    running: Any, address: str, ready: str = "#language-name:not(:empty)", **options: Any
) -> Iterator[Watched]:
    """Open `address` in a fresh browser context and wait for `ready`. `options`: of Playwright's
    context."""
    context = running.new_context(**{"locale": "en-US", "accept_downloads": True, **options})
    context.set_default_timeout(PATIENCE_MS)
    watched = Watched(context.new_page())
    context.expose_function("reportViolation", lambda what: watched.troubles.append(f"CSP {what}"))
    context.add_init_script(WATCH)

    def watch(page: Any) -> None:
        page.on("pageerror", lambda error: watched.troubles.append(f"error {error}"))
        page.on(
            "console",
            lambda message: (
                watched.troubles.append(f"console {message.text}")
                if message.type in ("error", "warning")
                else None
            ),
        )
        page.on("dialog", lambda dialog: dialog_seen(watched, dialog))

    watch(watched.page)
    context.on("page", watch)
    try:
        watched.page.goto(address)
        watched.page.locator(ready).first.wait_for()
        yield watched
    finally:
        context.close()


def dialog_seen(watched: Watched, dialog: Any) -> None:
    """Accept the page's own dialogs. An alert can only come from injected code."""
    if dialog.type == "alert":
        watched.troubles.append(f"alert {dialog.message}")
    dialog.accept()


@contextmanager
def cutting(cuts: list[int]) -> Iterator[CuttingProxy]:
    """Run the proxy in a thread; set its `port` once the server's is known."""
    proxy, started, stopping = CuttingProxy(0, cuts), threading.Event(), []

    async def run() -> None:
        async with proxy.running():
            done = asyncio.Event()
            loop = asyncio.get_running_loop()
            stopping.append(lambda: loop.call_soon_threadsafe(done.set))
            started.set()
            await done.wait()

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    started.wait()
    try:
        yield proxy
    finally:
        stopping[0]()
        thread.join(10)


class Rehearsed(ScriptedBackend):
    """Follows its script, but recognises the recordings of the self-test, which it would fail
    otherwise."""

    def decode(self, windows: Sequence[Window]) -> list[Hypothesis]:
        return [
            Hypothesis(text=known, language="en") if known else said
            for known, said in zip(map(_rehearsed, windows), super().decode(windows), strict=True)
        ]


def _rehearsed(window: Window) -> str:
    for sample in samples():
        if np.array_equal(sample.read(), window.samples):
            return sample.text
    return ""
