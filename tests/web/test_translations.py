"""Translation of a result: beside its lines, alone, as subtitles, and separately in each view."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from realtime.settings import Settings
from tests.browser import needs_browser
from tests.postprocess.chat_server import ChatServer, Reply, Request, chatting
from tests.serving import Served, serving
from tests.web.axe import axe_source
from tests.web.results import finished, line
from tests.web.screens import LOOKS, flaws
from tests.web.support import SCREENS, opened

pytestmark = needs_browser

SAID = (line(0, "Call", "010-1234-5678"), line(3, "Never", "mind."), line(6, "Good", "bye."))


def model(request: Request) -> Reply:
    """Translates every line that it receives except those with "Never"."""
    shown = next(str(m["content"]) for m in request["messages"] if m["role"] == "user")
    lines = map(json.loads, shown.splitlines()[1:-1])
    done = [{"line": n, "text": f"<b>de</b> {text}"} for n, text in lines if "Never" not in text]
    return Reply(json.dumps({"lines": done}))


@pytest.fixture(scope="module")
def chat() -> Iterator[ChatServer]:
    with chatting(model) as server:
        yield server


@pytest.fixture(scope="module")
def talking(tmp_path_factory: pytest.TempPathFactory, chat: ChatServer) -> Iterator[Served]:
    settings = Settings(
        port=0,
        web_port=0,
        model="bundled",
        data_dir=tmp_path_factory.mktemp("talking"),
        llm_url=chat.url,
        llm_model="test-model",
    )
    with serving(settings) as site:
        yield site


def test_over_http_only_missing_translations_are_requested(
    talking: Served, chat: ChatServer
) -> None:
    job = finished(talking, SAID)
    path, german = f"/api/translation/{job}", {"language": "German"}
    with httpx2.Client(base_url=talking.page, timeout=60) as http:
        before = http.get(path, params=german).json()
        assert (before["languages"], before["missing"]) == ([], 3)
        made = http.post(path, params=german).json()
        assert made["language"] == "de"
        assert made["missing"] == 1
        assert [one["text"] for one in made["segments"]] == [one["text"] for one in SAID]
        assert made["segments"][1]["translation"] is None
        assert made == http.get(path, params=german).json()
        srt = http.get(path, params={**german, "format": "srt"}).text
        assert "00:00:06,000 --> " in srt
        assert "<b>de</b> Good bye." in srt
        assert "Never mind." in srt
        edit = {"segments": [{**SAID[0], "text": "Call me"}, *SAID[1:]]}
        http.put(f"/api/edits/{job}", json=edit).raise_for_status()
        assert http.get(path, params=german).json()["missing"] == 2
        again = http.post(path, params=german).json()
        assert [one["translation"] for one in again["segments"]] == [
            "<b>de</b> Call me", None, "<b>de</b> Good bye.",
        ]  # fmt: skip
        assert "Good bye" not in chat.said(), "only what is missing is sent"
        assert http.get(path, params={"language": "xx"}).status_code == 422
        missing = "/api/translation/00000000-0000-0000-0000-000000000000"
        assert http.post(missing, params=german).status_code == 404


def test_a_translation_is_shown_beside_the_lines_or_alone(
    talking: Served, chat: ChatServer, deaf: Any
) -> None:
    job = finished(talking, SAID)
    with opened(deaf, f"{talking.page}/#files/{job}") as watched:
        page = watched.page
        page.wait_for_selector(".result .line >> nth=2")
        page.focus("#translation")
        page.keyboard.press("Enter")
        page.select_option("[name=translation-language]", "de")
        page.click("button[name=translate]")
        page.wait_for_selector(".translation[lang=de] >> nth=1")
        assert page.locator(".translation").all_inner_texts() == [
            "<b>de</b> Call 010-1234-5678", "<b>de</b> Good bye.",
        ]  # fmt: skip
        assert "Lines not translated: 1" in page.inner_text(".translating")
        with page.expect_download() as download:
            page.click("[name=translation-srt]")
        assert download.value.suggested_filename == "noise.de.srt"
        assert "<b>de</b> Good bye." in download.value.path().read_text(encoding="utf-8")
        page.check("[name=translation-alone]")
        page.wait_for_selector(".lines.alone .line:nth-child(3) > .translation")
        assert page.is_hidden(".line:nth-child(3) > p:not(.translation)")
        assert page.is_visible(".line:nth-child(2) > p:has-text('Never mind.')")
        page.reload()
        page.wait_for_selector(".translation >> nth=1")
        assert page.is_visible(".line:nth-child(3) > p:not(.translation)")
        page.click(".pair button:text-is('Masked')")
        page.wait_for_selector(".line:has-text('010-****-5678')")
        assert page.locator(".translation").count() == 0, "each view has its own"
        page.click("#translation")
        page.click("button[name=translate]")
        page.wait_for_selector(".translation:has-text('010-****-5678')")
        assert "1234" not in chat.said()
        watched.check()


def test_translations_in_every_look(talking: Served, deaf: Any) -> None:
    job, axe, problems = finished(talking, SAID), axe_source(), list[str]()
    httpx2.post(f"{talking.page}/api/translation/{job}", params={"language": "de"})
    SCREENS.mkdir(parents=True, exist_ok=True)
    for look, options in LOOKS.items():
        with opened(deaf, f"{talking.page}/#files/{job}", **options) as watched:
            page = watched.page
            page.wait_for_selector(".wave >> css=canvas >> nth=0")
            page.click("#translation")
            page.select_option("[name=translation-language]", "de")
            page.wait_for_selector(".translation >> nth=1")
            page.screenshot(path=SCREENS / f"translation-{look}.png")
            problems += [f"translation {look} {what}" for what in flaws(page, axe)]
    assert problems == []
