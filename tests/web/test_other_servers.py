"""Another live server typed into the page: its words appear, or a message says why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import SecretStr

from realtime.settings import Settings
from tests.browser import CHROMIUM, ELSEWHERE, browser, needs_browser, spoken
from tests.e2e.support import SAMPLES, letters
from tests.serving import Served, serving
from tests.web.support import opened

pytestmark = needs_browser

KEY = "of-both"
"""Both servers have the same key: the page must still not send it to one server because it was
entered for the other."""
HARMFUL = '<img/src=x/onerror="alert(1)">'
STORED = """localStorage.setItem("live-options", '{"server": "ws://elsewhere.test:1"}')"""


def test_words_come_from_the_chosen_server(site: Served, tmp_path: Path) -> None:
    settings = Settings(
        port=0, web_port=0, host="127.0.0.1", model="bundled", api_keys=(SecretStr(KEY),),
        data_dir=tmp_path, web_live_servers=("any",),
    )  # fmt: skip
    other = Settings(port=0, host="127.0.0.1", model="bundled", api_keys=(SecretStr(KEY),))
    with serving(settings) as own, serving(other) as there:
        strange = own.page.replace("localhost", ELSEWHERE)
        # Permits the microphone. The headless shell does not know this flag.
        secure = f"--unsafely-treat-insecure-origin-as-secure={strange}"
        recording = spoken(tmp_path, SAMPLES["en-timer"])
        with browser(recording, secure, program=CHROMIUM) as running:
            with opened(running, site.page) as watched:
                check_one_server(watched.page, site)
                watched.check()
            with opened(running, strange) as watched:
                enter_key(watched.page)
                check_refusals(watched.page, there)
                watched.check("WebSocket connection to")
            with opened(running, own.page) as watched:
                enter_key(watched.page)
                check_words(watched.page, own, there)
                watched.check()


def check_one_server(page: Any, site: Served) -> None:
    """Without the setting there is no input for a server, and a stored address has no effect."""
    page.evaluate(STORED)
    answered = page.reload()
    page.wait_for_selector(".panel .value:has-text('micro')")
    assert page.locator("#live-server").count() == 0
    policy = answered.headers["content-security-policy"]
    assert f"connect-src 'self' blob: ws://localhost:{site.app.server.port};" in policy
    page.keyboard.press("?")
    assert "this server and nowhere else" in page.inner_text("dialog")


def check_refusals(page: Any, there: Served) -> None:
    """Messages for an invalid address, and for a server that refuses this page's origin: to the
    browser the latter looks like an unreachable server."""
    choose(page, HARMFUL)
    page.click("#talk")
    assert "address is not valid" in problem(page, "gpu1:8765")
    page.reload()
    page.wait_for_selector("#live-server[aria-invalid=true]")
    assert page.input_value("#live-server") == HARMFUL
    assert page.locator("main img").count() == 0
    choose(page, there.url)
    page.click("#talk")
    shown = problem(page, f"{there.url} is not responding to this page")
    assert f"--allowed-origins {page.evaluate('origin')}." in shown
    page.click("#talk")
    page.wait_for_selector(".state[data-state=finishing]")
    page.click("#talk")
    page.wait_for_selector(".state[data-state=idle]")


def check_words(page: Any, own: Served, there: Served) -> None:
    """Once its key is entered, all words come from the other server; a click switches back."""
    address = f"localhost:{there.app.server.port}"
    choose(page, address)
    page.click("#talk")
    problem(page, f"ws://{address} requires a key")
    page.click(".problem button:text('Enter a key')")
    enter_key(page)
    page.click("#talk")
    page.wait_for_selector(".line:not(.now)")
    page.click("#talk")
    page.wait_for_selector(".state[data-state=idle]")
    said = " ".join(page.locator(".line:not(.now) p").all_inner_texts())
    assert letters(said) == letters(SAMPLES["en-timer"].text)
    page.reload()
    page.wait_for_selector("button:text('Back to')")
    assert page.input_value("#live-server") == f"ws://{address}"
    assert own.metric("sessions_opened_total") == 0
    page.click("button:text('Back to')")
    page.click("#talk")
    page.wait_for_selector(".state[data-state=listening], .state[data-state=speaking]")
    assert own.metric("sessions_opened_total") == 1
    assert there.metric("sessions_opened_total") == 1


def enter_key(page: Any) -> None:
    page.fill("dialog input", KEY)
    page.click("dialog .primary")
    page.wait_for_selector("dialog", state="detached")
    page.wait_for_selector("#live-server")


def choose(page: Any, address: str) -> None:
    page.fill("#live-server", address)
    page.keyboard.press("Enter")


def problem(page: Any, words: str) -> str:
    page.wait_for_selector(f'.problem:has-text("{words}")')
    return str(page.inner_text(".problem"))
