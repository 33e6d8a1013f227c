"""The OpenAPI document describes the existing routes and their actual answers."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import httpx2

from benchmarks.files.fuzz import CHECKS
from tests.serving import Served

PATHS = {
    *{"/transcribe", "/transcribe_by_upload", "/transcribe_batch", "/transcribe_batch/{batch_id}"},
    *{"/transcribe_batch/{batch_id}/events", "/backend/current", "/backend/reload"},
    *{"/health", "/ready", "/live", "/metrics", "/v1/models", "/v1/models/{model_id}"},
    *{"/v1/audio/transcriptions", "/v1/audio/translations"},
}


def test_every_path_is_described_with_its_errors(api: Served) -> None:
    document = httpx2.get(f"{api.api}/openapi.json", trust_env=False).json()
    assert set(document["paths"]) == PATHS
    for path, operations in document["paths"].items():
        for operation in operations.values():
            wanted = {"200", "401", "403", "405", "429", "503"}
            assert wanted <= set(operation["responses"]), path
    form = document["paths"]["/transcribe"]["post"]["requestBody"]["content"]
    assert set(form) == {"multipart/form-data", "application/x-www-form-urlencoded"}
    fields = form["multipart/form-data"]["schema"]["properties"]
    assert {"file", "audio", "file_path", "language", "is_stream", "output"} <= set(fields)


def test_the_documentation_page_is_self_contained(api: Served) -> None:
    page = httpx2.get(f"{api.api}/docs", trust_env=False)
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert "http://" not in page.text
    assert "https://" not in page.text
    for path in PATHS:
        assert f"<code>{path}</code>" in page.text
    assert "is_stream" in page.text


def test_made_up_requests_get_described_answers(api: Served, tmp_path: Path) -> None:
    """A short run; `python -m benchmarks.files.fuzz` is the long one.

    It leaves out the reload, which takes a second each time and has its own tests.
    """
    done = subprocess.run(
        [
            *(str(Path(sys.executable).parent / "schemathesis"), "run"),
            *(f"{api.api}/openapi.json", "--checks", ",".join(CHECKS), "--no-color"),
            *(
                "--exclude-path",
                "/backend/reload",
                "--max-examples",
                "2",
                "--seed",
                "1",
                "--generation-database",
                "none",
            ),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    found = re.search(r"([\d,]+) generated", done.stdout)
    assert found is not None
    assert int(found[1].replace(",", "")) > 200
