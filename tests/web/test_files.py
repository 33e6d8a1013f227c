"""The view of files: upload, queue, progress, cancel, retry, result, corrections."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from realtime.types import SAMPLE_RATE
from tests.browser import ELSEWHERE, needs_browser, written
from tests.e2e.support import SAMPLES, letters
from tests.serving import HeldModel, Served
from tests.web.support import HIGHLIGHTED, opened, place_of
from tests.web.test_live import parse_srt

pytestmark = needs_browser

CALL = SAMPLES["en-call"]


def row(page: Any, name: str, state: str) -> Any:
    """The row of the list for a file, once it is in this state."""
    found = page.locator(f".row[data-state={state}]").filter(has_text=name)
    found.first.wait_for()
    return found.first


def choose(page: Any, *files: Path | dict[str, Any]) -> None:
    page.set_input_files("#file-picker", list(files))


def test_a_file_from_upload_to_corrected_subtitles(
    site: Served, model: HeldModel, deaf: Any, tmp_path: Path
) -> None:
    long = written(tmp_path / "long.wav", np.tile(CALL.read(), 4))
    with opened(deaf, f"{site.page}/#files") as watched:
        page = watched.page
        with model.held():
            wait_in_line(page, tmp_path)
        page.click(".wish-box summary")
        page.check("input[name=multichannel]")
        page.check("input[name=diarize]")
        assert not page.is_checked("input[name=multichannel]"), "by voice or by channel"
        with model.held():
            choose(page, long, CALL.path)
            going = row(page, "long.wav", "processing")
            going.locator("[role=progressbar]").wait_for()
            going.get_by_label("Cancel").click()
            again = row(page, "long.wav", "cancelled").get_by_label("Try again")
        again.click()
        row(page, "long.wav", "completed")
        row(page, "en-call.wav", "completed").locator("a").click()
        check_result(page)
        correct(page)
        page.click(".result-head a")
        row(page, "en-call.wav", "completed").get_by_label("Delete").click()
        page.wait_for_selector(".row:has-text('en-call.wav')", state="detached")
        watched.check()


def wait_in_line(page: Any, folder: Path) -> None:
    """Two jobs run at once; each further one shows how many are ahead of it. The model must be
    held."""
    for number in range(2):
        choose(page, written(folder / f"first-{number}.wav", CALL.read()))
        row(page, f"first-{number}", "processing")
    choose(page, *(written(folder / f"next-{number}.wav", CALL.read()) for number in range(2)))
    page.wait_for_selector(".row[data-state=pending]:has-text('Waiting: next in line')")
    page.wait_for_selector(".row[data-state=pending]:has-text('Waiting: 1 ahead')")
    for state in ("pending", "processing"):
        for button in page.locator(f".row[data-state={state}]").get_by_label("Cancel").all()[::-1]:
            button.click()
    page.wait_for_function(
        "() => document.querySelectorAll('.row[data-state=cancelled]').length === 4"
    )
    for left in reversed(range(4)):
        page.locator(".row[data-state=cancelled]").get_by_label("Delete").first.click()
        page.wait_for_function(
            "left => document.querySelectorAll('.row[data-state=cancelled]').length === left",
            arg=left,
        )


def check_result(page: Any) -> None:
    """The result shows the words, and a click on a word plays from its time."""
    page.wait_for_selector(".result .line >> nth=2")
    said = page.locator(".result .line p").all_inner_texts()
    assert letters(" ".join(said)) == letters(CALL.text)
    page.wait_for_selector(".wave >> css=canvas >> nth=0")  # in the player's shadow DOM
    word = next(item for item in CALL.words if "report" in item.text)
    page.mouse.click(*place_of(page, "report"))
    page.wait_for_function(f"() => ({HIGHLIGHTED})('heard').startsWith('report')")
    assert abs(float(page.inner_text("#tip").split()[0]) - word.start_s) < 0.5
    page.click("#play")
    page.fill("#find-in-result", "SEND the re")
    assert page.inner_text(".result .count") == "1 of 1"


def correct(page: Any) -> None:
    """Corrections survive a reload, and downloads contain them."""
    page.click("#edit")
    page.click(".result .line p >> nth=1")
    page.fill(".editing textarea", "Send the <b>letter</b> to Bob.")
    page.click("#edit")
    page.click("button.speaker:text-is('Speaker 1')")
    page.fill("input.speaker", "Kim <b>Min-su</b>")
    page.keyboard.press("Enter")
    page.wait_for_selector(".badge:text-is('Saved')")
    page.reload()
    page.wait_for_selector(".line p:text('Send the <b>letter</b> to Bob.')")
    page.click(".result .saving summary")
    with page.expect_download() as waiting:
        page.click(".result .saving button:has-text('.srt')")
    assert waiting.value.suggested_filename == "en-call.srt"
    cues = parse_srt(Path(waiting.value.path()).read_text(encoding="utf-8"))
    said = page.locator(".result .line p").all_inner_texts()
    assert [text for _, _, text in cues] == [f"Kim <b>Min-su</b>: {text}" for text in said]


def test_masked_uploads_and_files_without_audio(site: Served, deaf: Any) -> None:
    name = "<img src=x onerror=alert(1)>.wav"
    harmful = {"name": name, "mimeType": "audio/wav", "buffer": CALL.path.read_bytes()}
    nothing = {
        "name": "<script>alert(2).wav",
        "mimeType": "audio/wav",
        "buffer": b"<script>alert(3)",
    }
    with opened(deaf, f"{site.page}/#files") as watched:
        page = watched.page
        page.click(".wish-box summary")
        page.check("input[name=privacy_removal]")
        page.check("input[name=classification]")
        choose(page, harmful, nothing)
        failed = row(page, "<script>alert(2).wav", "failed")
        assert "not an audio file" in failed.text_content()
        row(page, "onerror", "completed").locator("a").click()
        page.wait_for_selector(".result .line >> nth=2")
        assert page.inner_text(".result h1") == name
        masked = page.inner_text(".result .lines")
        assert "555" not in masked
        facts = page.inner_text(".facts")
        assert "Phone number" in facts
        assert page.is_disabled("button:text('Original')")
        watched.check("415")


def test_masking_is_a_view_of_the_result_and_of_its_corrections(site: Served, deaf: Any) -> None:
    with opened(deaf, f"{site.page}/#files") as watched:
        page = watched.page
        choose(page, CALL.path)
        row(page, "en-call.wav", "completed").locator("a").click()
        page.wait_for_selector(".result .line >> nth=2")
        rows = page.locator(".row").count()
        assert "555" in page.inner_text(".result .lines")
        page.click("#edit")
        page.click(".result .line p >> nth=0")
        page.fill(".editing textarea", "My name is Alice Brown.")
        with page.expect_response("**/api/sound/*") as sound:
            page.click("button:text('Masked')")
        assert sound.value.ok, "the recording has tones in the place of what is masked"
        page.wait_for_selector("button:text('Masked')[aria-pressed=true]")
        masked = page.inner_text(".result .lines")
        assert "555" not in masked
        assert "Brown" not in masked
        assert "My name is A" in masked
        assert "Phone number" in page.inner_text(".facts")
        page.once("dialog", lambda dialog: dialog.accept())
        page.click("button[aria-label^='Delete the original sound']")
        page.wait_for_selector(".toast:has-text('deleted')")
        page.click("button:text('Original')")
        page.wait_for_selector(".line p:text('My name is Alice Brown.')")
        assert "555" in page.inner_text(".result .lines")
        page.click(".result-head a")
        assert page.locator(".row").count() == rows
        watched.check()


def test_the_list_shows_the_real_state(
    site: Served, model: HeldModel, deaf: Any, tmp_path: Path
) -> None:
    """The page offers only what this server can do, a bar moves while the model works, and a file
    without speech is reported as such."""
    quiet = written(tmp_path / "quiet.wav", np.zeros(3 * SAMPLE_RATE, np.float32))
    with opened(deaf, f"{site.page}/#files") as watched:
        page = watched.page
        page.click(".wish-box summary")
        page.wait_for_selector("input[name=classification]")
        assert page.locator("input[name=ai_agent]").count() == 0, "there is no language model"
        choose(page, CALL.path)
        row(page, "en-call.wav", "completed")
        choose(page, quiet)
        assert "No speech found" in row(page, "quiet.wav", "completed").text_content()
        with model.held():
            choose(page, written(tmp_path / "going.wav", CALL.read()))
            row(page, "going.wav", "processing")
            page.wait_for_function(
                "() => document.querySelector('.row[data-state=processing] [role=progressbar]')"
                "?.getAttribute('aria-valuenow') > 20"
            )
            told = page.evaluate(
                "id => fetch(`api/transcribe-status/${id}`).then((answer) => answer.json())",
                page.get_attribute(".row[data-state=processing]", "data-job"),
            )
            assert told["progress"] == 10, "the model was held"
        row(page, "going.wav", "completed")
        watched.check()


def test_on_plain_http_files_work_and_the_microphone_is_explained(site: Served, deaf: Any) -> None:
    """Browsers withhold the microphone, the clipboard and more from pages without https."""
    address = site.page.replace("localhost", ELSEWHERE)
    with opened(deaf, address) as watched:
        page = watched.page
        assert page.evaluate("isSecureContext") is False
        assert "https://" in page.inner_text(".notice >> nth=1")
        page.click("#talk")
        assert "The microphone is not available at this address" in page.inner_text(".problem")
        page.click("#copy")
        page.click(".tabs a >> nth=1")
        choose(page, CALL.path)
        row(page, "en-call.wav", "completed").locator("a").click()
        page.wait_for_selector(".result .line >> nth=2")
        watched.check("Opener-Policy")  # Chromium ignores this header on plain http
