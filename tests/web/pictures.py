"""Takes the READMEs' pictures from the real page: `python -m tests.web.pictures`.

A browser whose microphone plays a bundled recording speaks to the real server with the bundled
model. `docs/images/live.png` shows one moment, `live.gif` shows words as they appear.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from realtime.settings import Settings
from tests.browser import browser, spoken
from tests.e2e.support import SAMPLES
from tests.readme import DOCS
from tests.serving import serving
from tests.web.support import opened

SAMPLE = "en-call"
LISTENS_S = 9.5
FRAME_S = 0.25
STILL_AT_S = 8.0
SIZE = {"width": 900, "height": 560}
PALETTE = "split[a][b];[a]palettegen=max_colors=32[p];[b][p]paletteuse=dither=none"


def frames(page: Any, folder: Path) -> list[Path]:
    """Take screenshots at regular intervals while the page records."""
    page.keyboard.press("Space")
    page.wait_for_selector(".line.now")
    taken: list[Path] = []
    began = time.monotonic()
    while (now := time.monotonic() - began) < LISTENS_S:
        path = folder / f"{len(taken):03}.png"
        page.screenshot(path=path)
        taken.append(path)
        page.wait_for_timeout(max(0.0, (len(taken) * FRAME_S - now) * 1000))
    return taken


def main() -> None:
    """Take the pictures again."""
    images = DOCS / "images"
    images.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = Settings(
            port=0, web_port=0, model="bundled", language="en", data_dir=folder / "data"
        )
        with (
            serving(settings) as served,
            browser(spoken(folder, SAMPLES[SAMPLE])) as running,
            opened(running, served.page, viewport=SIZE) as watched,
        ):
            taken = frames(watched.page, folder)
        still = taken[min(len(taken) - 1, round(STILL_AT_S / FRAME_S))]
        (images / "live.png").write_bytes(still.read_bytes())
        rate = str(len(taken) / LISTENS_S)
        command = ["ffmpeg", "-loglevel", "error", "-y", "-framerate", rate]
        movie = ["-i", str(folder / "%03d.png"), "-vf", PALETTE, str(images / "live.gif")]
        subprocess.run([*command, *movie], check=True)


if __name__ == "__main__":
    main()
