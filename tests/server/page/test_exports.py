"""Transcripts as files over HTTP: requests, refusals, files that remain on the disk."""

from __future__ import annotations

from pathlib import Path

import httpx2

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
