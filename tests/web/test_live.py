"""The live view: real speech through a microphone, over a network that breaks."""

from __future__ import annotations

import csv
import json
import re
from importlib.util import find_spec
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import SecretStr
from websockets.sync.client import connect

from realtime.backends.scripted import Script, ScriptedWord
from realtime.load_test.synthetic.grammar import sentence_of
from realtime.load_test.synthetic.speech import Voice, missing_programs, speak
from realtime.settings import Settings
from realtime.types import SAMPLE_RATE
from tests.browser import browser, needs_browser, spoken, written
from tests.e2e.support import SAMPLES, letters
from tests.serving import Served, serving
from tests.web.support import STATES, Rehearsed, cutting, opened, place_of

pytestmark = needs_browser

BYTES_PER_S = 2 * SAMPLE_RATE
ORDER = ("idle", "connecting", "listening", "speaking", "reconnecting", "finishing")
OTHER = "wss://gpu1:8765"
PAUSE_S = 0.6
FINALS = 12
BEAT_S = 0.6
AGENT_IN_ENGLISH = "Please connect me to an agent."
NAMES = ("Kim <b>Min-su</b>", "Speaker 2")
ONLINE = "dispatchEvent(new Event('online'))"
REFUSE = """() => {
  navigator.mediaDevices.getUserMedia = async () => {
    throw new DOMException("", "NotAllowedError");
  };
}"""
HARMFUL = '<img/src=x/onerror="alert({n})">'
"""A word that would run as a script if a page treated it as HTML."""


def lines(page: Any) -> list[str]:
    return list(page.locator(".line:not(.now) p").all_inner_texts())


def wait_for_lines(page: Any, count: int) -> None:
    page.wait_for_function(
        "count => document.querySelectorAll('.line:not(.now)').length >= count", arg=count
    )


def stop(page: Any) -> None:
    page.click("#talk")
    page.wait_for_selector(".state[data-state=idle]")


def change_backend(page: Any, served: Served) -> None:
    """Change the backend by a click in the server view; the confirmation is accepted."""
    name = "openai-whisper"
    if find_spec("whisper") is None:  # imported by another process: it brings torch
        pytest.skip("needs openai-whisper: make setup")
    page.click(".tabs a >> nth=2")
    page.click(f"button[data-name={name}]")
    page.wait_for_selector(f".backends li:has(strong:text-is('{name}')) .badge")
    assert served.app.switch.describe()["current_backend"] == name


def choose_from_the_list(page: Any) -> None:
    """With a fixed set of allowed servers, the page offers a list of them, and a way back."""
    assert page.locator("#live-server option").all_inner_texts() == ["This page's server", OTHER]
    page.select_option("#live-server", OTHER)
    assert page.inner_text("#live-server-about").startswith(
        f"From the next start, your voice goes to {OTHER}"
    )
    assert page.inner_text(".panel .value") == "That server's default"
    page.click("button:text('Back to')")
    assert page.input_value("#live-server") == ""
    assert "micro" in page.inner_text(".panel .value")


def downloaded(page: Any, format_: str) -> str:
    """The file behind the entry of the menu for this format."""
    page.click("#downloads summary")
    with page.expect_download() as waiting:
        page.click(f"#downloads button:has-text('(.{format_})')")
    return Path(waiting.value.path()).read_text(encoding="utf-8")


def parse_srt(text: str) -> list[tuple[float, float, str]]:
    """Parse strictly: numbers from 1, times, lines, an empty line between cues."""
    cues = []
    for number, block in enumerate(text.strip().split("\n\n"), 1):
        head, times, *said = block.split("\n")
        assert head == str(number)
        match = re.fullmatch(r"(.{12}) --> (.{12})", times)
        assert match is not None
        start, end = (seconds(value) for value in match.groups())
        cues.append((start, end, " ".join(said)))
    return cues


def seconds(timestamp: str) -> float:
    match = re.fullmatch(r"(\d\d):(\d\d):(\d\d),(\d{3})", timestamp)
    assert match is not None
    hours, minutes, rest, ms = map(int, match.groups())
    return 3600 * hours + 60 * minutes + rest + ms / 1000


def test_speech_over_a_connection_that_breaks_in_mid_sentence(tmp_path: Path) -> None:
    first, second = SAMPLES["en-hello"], SAMPLES["en-timer"]
    text, before_s = f"{first.text} {second.text}", len(first.read()) / SAMPLE_RATE + 2 * PAUSE_S
    pause = np.zeros(round(PAUSE_S * SAMPLE_RATE), np.float32)
    audio = np.concatenate([pause, first.read(), pause, second.read(), pause])
    recording = written(tmp_path / "microphone.wav", audio)
    with cutting([round((before_s + 1.0) * BYTES_PER_S)]) as proxy:
        settings = Settings(
            port=0, web_port=0, model="bundled", data_dir=tmp_path, public_ws_url=proxy.url
        )
        with serving(settings) as served, browser(recording) as running:
            proxy.port = served.app.server.port
            with opened(running, served.page) as watched:
                page = watched.page
                page.evaluate(STATES)
                page.keyboard.press("Space")
                wait_for_lines(page, 1)
                with page.expect_popup() as popup:
                    page.click("#captions")
                wait_for_lines(page, 2)
                stop(page)
                check_words(page, text)
                assert proxy.connections == 2
                states = list(dict.fromkeys(page.evaluate("window.states")))
                assert [state for state in states if state in ORDER] == list(ORDER)
                firm = page.evaluate("window.firm")
                assert any(stable and stable != whole for stable, whole in firm), "firm and pale"
                popup.value.wait_for_selector("#captions p >> nth=1")
                shown = " ".join(popup.value.locator("#captions p").all_inner_texts())
                assert letters(shown) == letters(text)
                assert served.metric("sessions_resumed_total") == 1
                watched.check("WebSocket connection to")  # Chromium logs the broken connection


def check_words(page: Any, text: str) -> None:
    """Every word appears once, with times in its tooltip, and the downloads have the same words."""
    said = lines(page)
    assert letters(" ".join(said)) == letters(text)
    page.mouse.move(*place_of(page, said[0].split()[0]))
    assert re.fullmatch(r"\d\.\d\d – \d\.\d\d s · \d+% confidence", page.inner_text("#tip")), (
        "times and confidence"
    )
    page.click("#display summary")
    page.click("#eye")
    page.keyboard.press("Escape")
    assert page.locator(".lines.confidence").count() == 1
    assert downloaded(page, "txt") == "\n".join(said) + "\n"
    whole = json.loads(downloaded(page, "json"))
    assert [segment["text"] for segment in whole["segments"]] == said
    assert all(segment["words"] for segment in whole["segments"])
    assert [row["text"] for row in csv.DictReader(StringIO(downloaded(page, "csv")))] == said
    assert said[0] in downloaded(page, "md"), "which the server writes"
    assert "\n".join(page.locator("#spoken p").all_inner_texts()) == "\n".join(said), "read out"


def test_two_speakers_with_a_translation_beside_them(site: Served, tmp_path: Path) -> None:
    if missing := missing_programs():
        pytest.skip(f"needs a second voice: apt install {' '.join(missing)}")
    sample = SAMPLES["ko-agent"]
    other = speak(sentence_of("ko", sample.text), Voice("espeak", "ko+m7"))
    assert other is not None
    pause = np.zeros(round(PAUSE_S * SAMPLE_RATE), np.float32)
    audio = np.concatenate([pause, sample.read(), pause, other.samples, pause])
    recording = written(tmp_path / "microphone.wav", audio)
    with browser(recording) as running, opened(running, site.page) as watched:
        page = watched.page
        assert page.is_disabled("#translate")
        assert "nothing to translate" in page.inner_text(".panel")
        page.select_option("#spoken-language", "ko")
        page.check("#translate")
        page.check("#diarize")
        page.click("#talk")
        with page.expect_popup() as popup:
            page.click("#captions")
        wait_for_lines(page, 2)
        stop(page)
        assert lines(page) == [sample.text] * 2
        assert page.locator(".translation").all_inner_texts() == [AGENT_IN_ENGLISH] * 2
        assert page.locator("#spoken p[lang=en]").all_inner_texts() == [AGENT_IN_ENGLISH] * 2
        page.click("button.speaker:text('Speaker 1')")
        page.fill("input.speaker", "Kim <b>Min-su</b>")
        page.keyboard.press("Enter")
        check_names(page, popup.value, sample.text)
        page.reload()
        page.wait_for_selector(".translation >> nth=1")
        assert page.locator("button.speaker").all_inner_texts() == list(NAMES)
        watched.check()


def check_names(page: Any, captions: Any, text: str) -> None:
    """A speaker's name appears wherever text is shown, original and translation."""
    assert page.locator("button.speaker").all_inner_texts() == list(NAMES)
    captions.wait_for_selector(f"#captions p:text('{NAMES[0]}: {text}') + .translation")
    page.click("#downloads summary")
    page.click("#downloads label:has-text('Translation')")
    page.click("#downloads summary")
    cues = [said for _, _, said in parse_srt(downloaded(page, "srt"))]
    assert cues == [f"{name}: {AGENT_IN_ENGLISH}" for name in NAMES]
    segments = json.loads(downloaded(page, "json"))["segments"]
    assert [(item["speaker"], item["name"], item["text"]) for item in segments] == [
        (number, name, text) for number, name in enumerate(NAMES)
    ]
    assert all(item["translations"][0]["text"] == AGENT_IN_ENGLISH for item in segments)


def test_harmful_words_are_shown_and_exported_as_text(tmp_path: Path) -> None:
    """Words that look like HTML stay text, on the page and in the file."""
    words = [
        ScriptedWord(HARMFUL.format(n=n), 0.5 + n * BEAT_S + 0.1, 0.5 + n * BEAT_S + 0.2)
        for n in range(FINALS)
    ]
    audio = np.zeros(round((FINALS * BEAT_S + 1.5) * SAMPLE_RATE), np.float32)
    for word in words:
        start = round((word.start_s - 0.1) * SAMPLE_RATE)
        times = np.arange(round(0.3 * SAMPLE_RATE)) / SAMPLE_RATE
        audio[start : start + len(times)] = 0.3 * np.sin(2 * np.pi * 300 * times)
    settings = Settings(
        port=0, web_port=0, vad="energy", endpoint_ms=150, data_dir=tmp_path, model="bundled"
    )
    backend = Rehearsed(Script(tuple(words)))
    recording = written(tmp_path / "beats.wav", audio)
    phone = {"width": 390, "height": 800}
    with (
        serving(settings, lambda *_: backend) as served,
        browser(recording) as running,
        opened(running, served.page, viewport=phone) as watched,
    ):
        page = watched.page
        page.click("#talk")
        wait_for_lines(page, FINALS)
        stop(page)
        said = lines(page)
        assert said == [word.text for word in words]
        cues = parse_srt(downloaded(page, "srt"))
        assert [text for _, _, text in cues] == said
        assert all(start < end for start, end, _ in cues)
        assert all(one[1] <= other[0] + 0.001 for one, other in pairwise(cues))
        page.reload()
        wait_for_lines(page, FINALS)
        assert lines(page) == said, "a reload loses nothing"
        assert page.locator("main img").count() == 0
        watched.check()


def test_keys_a_full_server_and_a_refused_microphone(tmp_path: Path) -> None:
    settings = Settings(
        port=0, web_port=0, host="127.0.0.1", model="bundled", data_dir=tmp_path,
        api_keys=(SecretStr("se cret"),), max_sessions=1, web_live_servers=(OTHER,),
    )  # fmt: skip
    recording = spoken(tmp_path, SAMPLES["en-timer"])
    with serving(settings) as served, browser(recording) as running:
        with opened(running, served.page) as watched:
            page = watched.page
            page.fill("dialog input", "wrong")
            page.click("dialog .primary")
            page.wait_for_selector("dialog input")
            page.fill("dialog input", "se cret")
            page.click("dialog .primary")
            page.wait_for_selector(".notice", state="attached")
            assert "micro" in page.inner_text(".panel .value")
            with connect(f"{served.url}/", additional_headers={"X-API-Key": "se cret"}):
                page.click("#talk")
                page.wait_for_selector(".state[data-state=waiting]:has-text('full')")
            while served.app.admission.active:  # until the other client's stream is free
                page.wait_for_timeout(20)
            page.evaluate(ONLINE)  # retry at once
            page.wait_for_selector(".state[data-state=listening], .state[data-state=speaking]")
            page.select_option("#spoken-language", "ko")
            page.check("#translate")
            page.wait_for_selector(".state:has-text('No free stream for the translation')")
            page.click("#talk")
            page.wait_for_selector(
                ".state[data-state=finishing]:has-text('waiting for a free stream')"
            )
            while served.app.admission.active:  # the original's stream has ended and is free
                page.wait_for_timeout(20)
            page.evaluate(ONLINE)
            page.wait_for_selector(".state[data-state=idle]")
            assert served.metric("sessions_opened_total") == 2 + 1  # one is the other client's
            change_backend(page, served)
            watched.check("401")
        with opened(running, served.page, permissions=[]) as watched:
            page = watched.page
            page.fill("dialog input", "se cret")
            page.click("dialog .primary")
            page.wait_for_selector(".notice")
            choose_from_the_list(page)
            page.evaluate(REFUSE)
            page.click("#talk")
            assert page.inner_text(".problem").strip().splitlines() == [
                "Microphone access was denied.",
                "Allow it with the icon next to the address bar, then start again.",
            ]
