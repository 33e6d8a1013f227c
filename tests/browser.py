"""Debian's Chromium for the tests, with a microphone that plays a recording."""

from __future__ import annotations

import shutil
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from realtime.types import SAMPLE_RATE, Samples
from realtime.weights.bundled import Sample

CHROMIUM = shutil.which("chromium")
SHELL = shutil.which("chromium-headless-shell") or CHROMIUM
"""The same engine without a browser's own windows. Each page that Chromium opens gets a window,
whose tabs and menus are pages too: a view of our page costs 1.1 s of processor time, 0.6 s here."""
needs_browser = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs a browser: apt install chromium"),
]
"""Value for `pytestmark`."""

ELSEWHERE = "elsewhere.test"
"""A host name that resolves to this machine, for tests with a second origin."""
NAMES = f"MAP {ELSEWHERE} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"
"""Chromium's resolver rules, of which the first match wins; no real look-up happens."""
QUIET = (
    # As root in a container, Chromium has no sandbox. The other flags keep it from contacting its
    # maker and from resolving any name but this machine's.
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    f"--host-resolver-rules={NAMES}",
)
PATIENCE_MS = 60_000


def spoken(folder: Path, sample: Sample) -> Path:
    """A recording for the microphone: `sample` between two pauses of 0.5 s."""
    pause = np.zeros(SAMPLE_RATE // 2, np.float32)
    return written(folder / "microphone.wav", np.concatenate([pause, sample.read(), pause]))


def written(path: Path, audio: Samples) -> Path:
    """Write samples at 16 kHz as a WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((audio * 32767).astype("<i2").tobytes())
    return path


@contextmanager
def browser(
    recording: Path | None = None, *more: str, program: str | None = SHELL
) -> Iterator[Any]:
    """Start a browser whose microphone plays `recording` once, as soon as a page records. `more`:
    further flags of Chromium; `program`: `SHELL` or `CHROMIUM`."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright: make setup")
    devices = []
    if recording is not None:
        devices = [
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-audio-capture={recording}%noloop",
        ]
    with sync_api.sync_playwright() as playwright:
        arguments = [*QUIET, *devices, *more]
        running = playwright.chromium.launch(executable_path=program, args=arguments)
        try:
            yield running
        finally:
            running.close()
