"""The page of a report as people see it."""

from __future__ import annotations

from pathlib import Path

from realtime.evaluation.page import page
from tests.browser import browser, needs_browser
from tests.evaluation.test_run import recordings, report_of, run_of

pytestmark = needs_browser


def test_one_language_at_a_time_and_transcripts_in_both(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(page(report_of(run_of(recordings()))), encoding="utf-8")
    with browser() as chromium:
        shown = chromium.new_page()
        shown.goto(path.as_uri())
        assert shown.locator("h1").inner_text() == "Evaluation"
        assert "길 옆으로 3번" in shown.locator("main").text_content()
        shown.get_by_label("한국어").check()
        assert shown.locator("h1").inner_text() == "평가"
        shown.locator("summary").first.click()
        assert shown.get_by_text("twenty <b>dogs</b> & cats").is_visible()
        assert shown.locator("ins.doubled", has_text="again").first.is_visible()
