"""A user's page in the whole of Debian's Chromium, with a microphone that plays a recording.

The page sends `Float32Array` buffers of 4,096 samples at the rate of its `AudioContext`, without
stating that rate; it comes from a web server on localhost, or is opened as a file (origin "null",
which must be allowed by name).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from realtime.settings import Settings
from realtime.settings.table import Language
from realtime.weights.bundled import Sample
from tests.browser import CHROMIUM, PATIENCE_MS, browser, needs_browser, spoken
from tests.e2e.support import SAMPLES, said
from tests.readme import READMES, ROOT, blocks
from tests.serving import Served, serving

pytestmark = needs_browser

AT_RATE = """
const Native = AudioContext;
window.AudioContext = class extends Native { constructor() { super({ sampleRate: RATE }); } };
"""
"""Simulates a sound card with this rate; nothing else in the page changes."""

CLIENTS = ROOT / "docs/clients.md"
WORKLET_PAGE = """<!doctype html>
<button id="start">Speak</button><p id="text"></p>
<script>
  const module = `registerProcessor("collect", class extends AudioWorkletProcessor {
    buffer = new Float32Array(4096);
    filled = 0;
    process([[samples]]) {
      if (!samples) return true;
      this.buffer.set(samples, this.filled);
      this.filled += samples.length;
      if (this.filled === 4096) { this.port.postMessage(this.buffer); this.filled = 0; }
      return true;
    }
  })`;
  document.getElementById("start").onclick = async () => {
    const socket = new WebSocket("ws://localhost:8765");
    socket.onmessage = (event) => {
      document.getElementById("text").textContent = JSON.parse(event.data).text;
    };
    const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
    const context = new AudioContext();
    await context.audioWorklet.addModule(URL.createObjectURL(new Blob([module], {
      type: "text/javascript",
    })));
    const collect = new AudioWorkletNode(context, "collect");
    collect.port.onmessage = ({ data }) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(data);
    };
    context.createMediaStreamSource(microphone).connect(collect);
  };
</script>
"""


def documented_page() -> str:
    """The page in docs/clients.md."""
    (page,) = [item.code for item in blocks(CLIENTS.read_text()) if item.kind == "html"]
    return page


@contextmanager
def website(folder: Path) -> Iterator[str]:
    """A web server on localhost, like a user's own."""

    class Silent(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=folder))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def speak(running: Any, address: str, rate: int) -> tuple[list[dict[str, Any]], str]:
    """Press the page's button; → messages up to the first final, and the text of the page then."""
    page = running.new_page()
    page.add_init_script(AT_RATE.replace("RATE", str(rate)))
    sockets: list[Any] = []
    frames: list[str] = []

    def opened(socket: Any) -> None:
        # No frame is missed, since nothing else runs before this handler returns.
        sockets.append(socket)
        socket.on("framereceived", lambda frame: frames.append(frame))

    page.on("websocket", opened)
    page.goto(address)
    page.click("#start")
    page.wait_for_function(
        "document.getElementById('text').textContent !== ''", timeout=PATIENCE_MS
    )
    if not any(is_final(frame) for frame in frames):
        sockets[0].wait_for_event("framereceived", is_final, timeout=PATIENCE_MS)
    page.wait_for_function(
        "text => document.getElementById('text').textContent === text",
        arg=json.loads(next(frame for frame in frames if is_final(frame)))["text"],
        timeout=PATIENCE_MS,
    )
    return [json.loads(frame) for frame in frames], page.inner_text("#text")


def is_final(frame: str) -> bool:
    message = json.loads(frame)
    return message["type"] == "final" and bool(message["text"])


def check(messages: list[dict[str, Any]], shown: str, sample: Sample, rate: int) -> None:
    """Check that the rate was detected and reported, partials came, and the words are right."""
    kinds = [message["type"] for message in messages]
    assert kinds[0] == "ready"
    (warning,) = [item for item in messages if item.get("code") == "sample_rate_guessed"]
    assert warning["sample_rate"] == rate
    assert f"sample_rate={rate}" in warning["message"]
    assert kinds.index("warning") < kinds.index("partial") < kinds.index("final")
    said(shown, sample)


def test_our_page_from_a_website(server: Served, tmp_path: Path) -> None:
    sample = SAMPLES["en-timer"]
    with (
        website(ROOT / "clients" / "javascript") as site,
        browser(spoken(tmp_path, sample), program=CHROMIUM) as running,
    ):
        address = f"{site}/simple.html?server={server.url}/?language=en"
        check(*speak(running, address, 48_000), sample, 48_000)


def test_the_page_of_the_guide_opened_as_a_file(tmp_path: Path) -> None:
    sample, page = SAMPLES["ko-agent"], tmp_path / "page.html"
    settings = Settings(port=0, model="bundled", allowed_origins=("null",))
    with (
        serving(settings) as server,
        browser(spoken(tmp_path, sample), program=CHROMIUM) as running,
    ):
        page.write_text(documented_page().replace("ws://localhost:8765", server.url))
        check(*speak(running, page.as_uri(), 44_100), sample, 44_100)


def test_a_page_with_an_audio_worklet(server: Served, tmp_path: Path) -> None:
    sample, page = SAMPLES["ko-meeting"], tmp_path / "page.html"
    page.write_text(WORKLET_PAGE.replace("ws://localhost:8765", server.url))
    with website(tmp_path) as site, browser(spoken(tmp_path, sample), program=CHROMIUM) as running:
        check(*speak(running, f"{site}/page.html", 44_100), sample, 44_100)


@pytest.mark.parametrize("language", READMES)
def test_the_script_of_the_readme(server: Served, tmp_path: Path, language: Language) -> None:
    (script,) = [item.code for item in blocks(READMES[language].read_text()) if item.kind == "js"]
    (tmp_path / "page.html").write_text(
        '<!doctype html><script type="module">'
        + script.replace("ws://localhost:8765", server.url)
        + "</script>"
    )
    sample = SAMPLES["en-timer" if language == "en" else "ko-meeting"]
    with website(tmp_path) as site, browser(spoken(tmp_path, sample), program=CHROMIUM) as running:
        page = running.new_page()
        logged: list[str] = []  # what it writes to the console: the text of each message
        page.on("console", lambda message: logged.append(message.text))
        with page.expect_websocket() as opening:
            page.goto(f"{site}/page.html")
        frame = opening.value.wait_for_event("framereceived", is_final, timeout=PATIENCE_MS)
        text = json.loads(frame)["text"]
        said(text, sample)
        if text not in logged:
            page.wait_for_event("console", lambda message: message.text == text)
