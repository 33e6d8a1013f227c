"""Subtitles on a video: they follow the lines, name speakers, and can be without personal data."""

from __future__ import annotations

import io
from typing import Any

import av
import numpy as np

from realtime.types import SAMPLE_RATE
from tests.browser import needs_browser
from tests.serving import Served
from tests.web.results import finished, line
from tests.web.support import opened
from tests.web.test_correcting import saved

pytestmark = needs_browser

SECONDS, FRAMES_A_SECOND = 6, 10
SAID = (
    line(0, "My", "name", "is", "Alice", "Brown.", speaker=0),
    line(3, "Send", "a", "<b>", "report", "&", "a", "letter", speaker=1),
)
CUES = """() => {
  const [track] = document.querySelector(".screen video").textTracks;
  return [...track.cues].map((cue) => cue.text);
}"""
SHOWN = """text => {
  const video = document.querySelector('.screen video');
  const [cue] = video.textTracks[0].activeCues ?? [];
  return video.textTracks[0].mode === 'showing' && cue?.text === text;
}"""


def video() -> bytes:
    """A video of grey that gets lighter, with noise, as WebM, which every browser plays."""
    out = io.BytesIO()
    noise = np.random.default_rng(7).normal(0, 0.01, SECONDS * SAMPLE_RATE).astype(np.float32)
    with av.open(out, "w", format="webm") as file:
        pictures = file.add_stream("libvpx", rate=FRAMES_A_SECOND)
        pictures.width, pictures.height, pictures.pix_fmt = 160, 90, "yuv420p"
        sound = file.add_stream("libopus", rate=48_000)
        for number in range(SECONDS * FRAMES_A_SECOND):
            grey = np.full((90, 160, 3), 2 * number, np.uint8)
            file.mux(pictures.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        frame = av.AudioFrame.from_ndarray(noise[np.newaxis], format="flt", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        file.mux(sound.encode(frame))
        for stream in (pictures, sound):
            file.mux(stream.encode())
    return out.getvalue()


def test_subtitles_on_a_video_follow_the_lines(site: Served, deaf: Any) -> None:
    job = finished(site, SAID, float(SECONDS), name="talk.webm", sound=video())
    with opened(deaf, f"{site.page}/#files/{job}") as watched:
        page = watched.page
        page.wait_for_selector(".screen:not([hidden]) video")
        assert page.evaluate(CUES) == [
            "Speaker 1: My name is Alice Brown.",
            "Speaker 2: Send a &lt;b> report &amp; a letter",
        ]
        page.click(".line .from >> nth=1")
        page.wait_for_function(SHOWN, arg="Speaker 2: Send a &lt;b> report &amp; a letter")
        page.keyboard.press("Space")
        page.click("button.speaker:text-is('Speaker 2')")
        page.fill("input.speaker", "Kim")
        page.keyboard.press("Enter")
        page.dblclick(".line p >> nth=1")
        page.fill(".editing textarea", "Send the letter")
        page.keyboard.press("Escape")
        page.wait_for_function(SHOWN, arg="Kim: Send the letter")
        saved(page)
        page.click("#undo")
        page.wait_for_function(SHOWN, arg="Kim: Send a &lt;b> report &amp; a letter")
        page.click("#language")
        assert page.evaluate(CUES)[0] == "화자 1: My name is Alice Brown."
        watched.check()


def test_a_masked_video_has_no_personal_data(site: Served, deaf: Any) -> None:
    job = finished(site, SAID, float(SECONDS), name="talk.webm", sound=video())
    with opened(deaf, f"{site.page}/#files/{job}") as watched:
        page = watched.page
        page.wait_for_selector(".screen:not([hidden]) video")
        page.click("button.speaker:text-is('Speaker 1')")
        page.fill("input.speaker", "Alice")
        page.keyboard.press("Enter")
        with page.expect_response("**/api/sound/*") as sound:
            page.click("button:text('Masked')")
        assert sound.value.ok
        page.wait_for_selector("button:text('Masked')[aria-pressed=true]")
        masked = page.evaluate(CUES)
        assert masked[0].startswith("Speaker 1: My name is A")
        assert not any("Brown" in text or "Alice" in text for text in masked)
        video_of = "document.querySelector('.screen video')"
        assert page.is_visible(".screen video"), "the picture stays"
        assert page.evaluate(f"{video_of}.muted") is True, "its own sound is not heard"
        page.click(".line .from >> nth=1")
        page.wait_for_function(SHOWN, arg=masked[1])
        page.keyboard.press("Space")
        page.click("button:text('Original')")
        page.wait_for_selector("button:text('Original')[aria-pressed=true]")
        assert page.evaluate(f"{video_of}.muted") is False
        assert page.evaluate(CUES)[0] == "Alice: My name is Alice Brown."
        watched.check()
