"""Transcripts as files over HTTP: requests, refusals, files that remain on the disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2

from realtime.files.documents.export import KINDS
from realtime.settings import Settings
from tests.serving import serving
from tests.web.results import finished, line


def test_what_is_exported_and_what_is_refused(tmp_path: Path) -> None:
    settings = Settings(port=0, web_port=0, model="bundled", data_dir=tmp_path)
    with serving(settings) as site, httpx2.Client(base_url=site.page, timeout=60) as http:
        said = [line(0, "My", "name", "is", "Alice", "Brown.", speaker=0)]
        job = finished(site, said, 5.0, name="통화.wav")

        def export(**wanted: object) -> httpx2.Response:
            asked: dict[str, object] = {"job_ids": [job], "formats": ["txt"], **wanted}
            return http.post("/api/export/", json=asked)

        plain = export()
        assert plain.text == "Speaker 1  0:00\nMy name is Alice Brown.\n"
        assert "filename*=utf-8''%ED%86%B5%ED%99%94.txt" in plain.headers["Content-Disposition"]
        masked = export(view="masked", speakers=False, times=False).text
        assert masked.startswith("My name is A")
        assert "Brown" not in masked
        missing = "00000000-0000-0000-0000-000000000000"
        assert export(job_ids=[missing]).status_code == 404
        assert export(job_ids=[]).status_code == 422
        assert export(formats=["exe"]).status_code == 422
    assert list((tmp_path / "page" / "exports").iterdir()) == []


def test_a_transcript_that_is_sent_becomes_a_file_and_nothing_of_it_is_kept(
    tmp_path: Path,
) -> None:
    settings = Settings(port=0, web_port=0, model="bundled", data_dir=tmp_path)
    sent = {
        "segments": [
            {"start": 0.0, "end": 1.5, "text": "안녕하세요.", "speaker": 0},
            {"start": 2.0, "end": 3.0, "text": "Hello, <b>you</b>.", "speaker": -1},
        ],
        "speakers": {"0": "김 <i>민수</i>"},
    }
    about = {"name": "Plan v2.0 / 월요일", "language": "ko", "duration": 3.0}
    with serving(settings) as site, httpx2.Client(base_url=site.page, timeout=60) as http:

        def made(kind: str, body: object = sent, **more: object) -> httpx2.Response:
            asked: Any = {**about, "format": kind, **more}
            return http.post("/api/document/", params=asked, json=body)

        answers = {kind: made(kind) for kind in KINDS}
        assert {answer.status_code for answer in answers.values()} == {200}
        assert answers["md"].text.startswith("# Plan v2.0 \\_ 월요일\n")
        assert "<b>" not in answers["html"].text
        assert "김 <i>민수</i>" in answers["csv"].text
        assert answers["docx"].content.startswith(b"PK")
        assert answers["pdf"].content.startswith(b"%PDF")
        assert "Plan%20v2.0%20_%20" in answers["pdf"].headers["Content-Disposition"]
        assert "transcript.md" in made("md", name="").headers["Content-Disposition"]
        assert made("exe").status_code == 422
        assert made("md", {"segments": [{"text": 1}]}).status_code == 422
        assert made("md", "x" * (9 << 20)).status_code == 413
        assert http.post("/api/export/", json={"job_ids": ["x" * (1 << 17)]}).status_code == 413
    assert list((tmp_path / "page" / "exports").iterdir()) == []
