"""Summary and chapters of a result, by a real chat server, with links into the text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
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

LINES = 120
FAR = 100
"""Index of a line that is out of view at first."""


def model(request: Request) -> Reply:
    """Summarises the text that it receives; one of its citations has no target."""
    said = next(str(m["content"]) for m in request["messages"] if m["role"] == "user")
    first = said.splitlines()[1].split("] ")[1]
    if "Answer this question" in request["messages"][0]["content"]:
        answer = [{"text": f"<i>It</i> is {first}", "lines": [FAR + 1, 999]}]
        return Reply(json.dumps({"answer": answer}))
    points = [
        {"text": f"It begins: {first}", "lines": [1]},
        {"text": "<b>A number is told.</b>", "lines": [FAR + 1, 999]},
    ]
    chapters = [{"title": "Opening", "line": 1}, {"title": "Numbers", "line": FAR + 1}]
    return Reply(json.dumps({"points": points, "chapters": chapters}))


@pytest.fixture(scope="module")
def chat() -> Iterator[ChatServer]:
    with chatting(model) as server:
        yield server


@pytest.fixture(scope="module")
def talking(tmp_path_factory: pytest.TempPathFactory, chat: ChatServer) -> Iterator[Served]:
    """A server with a language model."""
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


def a_call(site: Served) -> str:
    said = [line(0.0, "Call", "010-1234-5678", "now")]
    said += [line(at, "Line", f"number{at}", "of", "many") for at in range(2, LINES + 1)]
    return finished(site, said, LINES + 1.0)


def test_a_summary_is_stored_and_links_into_the_text(talking: Served, deaf: Any) -> None:
    job = a_call(talking)
    with opened(deaf, f"{talking.page}/#files/{job}") as watched:
        page = watched.page
        page.click("button[name=summarise]")
        page.wait_for_selector(".points li >> nth=1")
        assert "<b>A number is told.</b>" in page.inner_text(".points")
        assert "010-1234-5678" in page.inner_text(".points")
        assert "lines that do not exist: 1" in page.inner_text(".facts")
        assert flaws(page, axe_source()) == []
        watched.troubles.clear()  # axe-core tries out styles, which the page's policy forbids
        page.click(".chapters .goto >> nth=1")
        page.wait_for_selector(f".line.heard:has-text('number{FAR + 1}')")
        page.click("#play")
        page.reload()
        page.wait_for_selector(".chapters li >> nth=1")
        watched.check()


def test_in_the_masked_view_the_model_sees_masked_words(
    talking: Served, chat: ChatServer, deaf: Any
) -> None:
    job = a_call(talking)
    with opened(deaf, f"{talking.page}/#files/{job}") as watched:
        page = watched.page
        page.click(".pair button:text-is('Masked')")
        page.wait_for_selector(".line:has-text('010-****-5678')")
        page.click("button[name=summarise]")
        page.wait_for_selector(".points li:has-text('010-****-5678')")
        assert "1234" not in chat.said()
        page.click(".pair button:text-is('Original')")
        page.wait_for_selector(".line:has-text('010-1234-5678')")
        assert page.locator(".points").count() == 0, "what was masked is one view's"
        watched.check()


def test_a_question_is_answered_with_links_separately_in_each_view(
    talking: Served, chat: ChatServer, deaf: Any
) -> None:
    job, axe = a_call(talking), axe_source()
    for look, options in LOOKS.items():
        with opened(deaf, f"{talking.page}/#files/{job}", **options) as watched:
            page = watched.page
            page.wait_for_selector(".wave >> css=canvas >> nth=0")
            page.fill("textarea[name=question]", "What is the number?")
            page.press("textarea[name=question]", "Enter")
            page.wait_for_selector(".answers .points:has-text('<i>It</i> is Call 010-1234-5678')")
            assert page.evaluate("document.activeElement.name") == "question"
            assert page.input_value("textarea[name=question]") == ""
            page.locator(".answers").scroll_into_view_if_needed()
            page.screenshot(path=SCREENS / f"question-{look}.png")
            assert flaws(page, axe) == [], look
            watched.troubles.clear()
            if look != "desk-en-light":
                continue
            page.click(".answers .goto")
            page.wait_for_selector(f".line.heard:has-text('number{FAR + 1}')")
            page.click(".pair button:text-is('Masked')")
            page.wait_for_selector(".line:has-text('010-****-5678')")
            assert page.locator(".answers > *").count() == 0
            page.fill("textarea[name=question]", "And now?")
            page.click("button[name=ask]")
            page.wait_for_selector(".answers .points:has-text('010-****-5678')")
            assert "1234" not in chat.said()
            watched.check()


def test_an_unusable_language_model_is_reported_in_a_sentence(deaf: Any, tmp_path: Path) -> None:
    with chatting(lambda request: Reply("Sure! Here you are.")) as chat:
        settings = Settings(
            port=0, web_port=0, model="bundled", data_dir=tmp_path, llm_url=chat.url, llm_model="m"
        )
        with serving(settings) as site:
            job = finished(site, [line(0.0, "A", "single", "line")], 2.0)
            with opened(deaf, f"{site.page}/#files/{job}") as watched:
                watched.page.click("button[name=summarise]")
                watched.page.wait_for_selector(".fact .wrong:has-text('cannot be used')")
                watched.page.fill("textarea[name=question]", "Why?")
                watched.page.click("button[name=ask]")
                watched.page.wait_for_selector(".answers .wrong:has-text('cannot be used')")
                assert watched.page.input_value("textarea[name=question]") == "Why?"
                assert watched.page.locator(".points").count() == 0
                watched.check()


def test_without_a_language_model_no_summary_is_offered(site: Served, deaf: Any) -> None:
    job = finished(site, [line(0.0, "Call", "me")], 2.0)
    with opened(deaf, f"{site.page}/#files/{job}") as watched:
        watched.page.wait_for_selector(".figures")
        assert watched.page.locator("button[name=summarise], button[name=ask]").count() == 0
        assert watched.page.locator("input[name=summary]").count() == 0
        watched.check()


def test_over_http_a_summary_belongs_to_a_view_and_an_owner(talking: Served) -> None:
    job = a_call(talking)
    with httpx2.Client(base_url=talking.page, timeout=60) as http:
        assert http.get(f"/api/summary/{job}").json() is None
        made = http.post(f"/api/summary/{job}", params={"view": "masked"}).json()
        assert made["summary"]["points"][0]["segments"] == [0]
        assert "1234" not in json.dumps(made)
        assert http.get(f"/api/summary/{job}", params={"view": "masked"}).json() == made["summary"]
        assert http.get(f"/api/summary/{job}").json() is None
        assert http.post("/api/summary/00000000-0000-0000-0000-000000000000").status_code == 404
        assert http.get(f"/api/summary/{job}", params={"view": "bare"}).status_code == 422
        asked = {"question": "Which number?"}
        told = http.post(f"/api/questions/{job}", json=asked, params={"view": "masked"}).json()
        assert told["answer"][0]["segments"] == [FAR]
        assert told["dropped"] == 1
        assert "1234" not in json.dumps(told)
        missing = "00000000-0000-0000-0000-000000000000"
        assert http.post(f"/api/questions/{missing}", json=asked).status_code == 404
        assert http.post(f"/api/questions/{job}", json={"question": ""}).status_code == 422
