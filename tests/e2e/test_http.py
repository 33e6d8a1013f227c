"""The API as users run it: `realtime serve` with TLS and a key, and the examples of its contract
on the bundled model."""

from __future__ import annotations

import re
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx2
import pytest

from tests.e2e.support import BIN, SAMPLES, environment, letters, said
from tests.serving import Served

KEY = "canary-key-4711"
PATIENCE_S = 60


@dataclass
class Program:
    """A running `realtime serve` and its log."""

    process: subprocess.Popen[str]
    url: str
    certificate: Path
    log: Path

    def client(self) -> httpx2.Client:
        context = ssl.create_default_context(cafile=str(self.certificate))
        return httpx2.Client(base_url=self.url, verify=context, timeout=60, trust_env=False)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    certificate, key, log = tmp_path / "cert.pem", tmp_path / "key.pem", tmp_path / "log"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *(
                "-nodes",
                "-keyout",
                key,
                "-out",
                certificate,
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
            ),
            *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    (tmp_path / "audio").mkdir()
    (tmp_path / "audio" / "canary-file.wav").write_bytes(SAMPLES["en-call"].path.read_bytes())
    variables = {"STT_API_PORT": "0", "STT_API_KEYS": KEY, "STT_HOST": "127.0.0.1"}
    with log.open("w") as errors:
        process = subprocess.Popen(
            [
                *(BIN / "realtime", "serve", "--model", "bundled", "--port", "0"),
                *("--tls-cert", certificate, "--tls-key", key, "--drain-s", "10"),
            ],
            cwd=tmp_path,
            env=environment(**variables),
            stderr=errors,
            text=True,
        )
    try:
        with log.open() as lines:
            yield Program(process, _address(process, lines), certificate, log)
    finally:
        process.kill()
        process.wait()


def _address(process: subprocess.Popen[str], log: IO[str]) -> str:
    """Wait for the address of the API in the log."""
    seen = ""
    while process.poll() is None:
        seen += log.read()
        if found := re.search(r"api=(https://localhost:\d+)", seen):
            return found[1]
        time.sleep(0.05)
    raise AssertionError(f"it ended without being ready: {seen}")


def test_a_server_with_tls_and_a_key_and_its_stop(program: Program) -> None:
    sample, headers = SAMPLES["en-call"], {"Authorization": f"Bearer {KEY}"}
    with program.client() as http:
        assert http.get("/health").json()["status"] == "ok"
        assert http.post("/transcribe", data={"file_path": "x"}).status_code == 401
        ask = {"file_path": "canary-file.wav", "language": "en"}
        answer = http.post("/transcribe", data=ask, headers=headers)
        said(answer.json()["text"], sample)
        wrong = http.post("/transcribe", data={"file_path": "../log"}, headers=headers)
        assert wrong.status_code == 403
        name = {"file": ("canary-name.wav", b"canary-body" * 100)}
        assert http.post(f"/transcribe?token={KEY}", files=name).status_code == 415
    program.process.terminate()
    assert program.process.wait(PATIENCE_S) == 0
    log = program.log.read_text()
    assert "draining" in log
    # Users' data and speech are not logged.
    assert "canary" not in log
    assert "morning" not in log.lower()


def test_clients_without_tls_or_trust_in_the_certificate_get_an_error(
    program: Program,
) -> None:
    live = re.search(r"url=wss(://localhost:\d+)", program.log.read_text())
    assert live is not None
    of_api = program.url.removeprefix("https")
    for command, scheme, rest in (("transcribe", "http", of_api), ("stream", "ws", live[1])):
        for used, advice in ((f"{scheme}s", "SSL_CERT_FILE"), (scheme, f"write {scheme}s://")):
            program_and_file = (str(BIN / "realtime"), command, str(SAMPLES["en-call"].path))
            asked = [*program_and_file, "--url", used + rest]
            failed = subprocess.run(asked, env=environment(), capture_output=True, text=True)
            assert failed.returncode == 2, failed.stderr
            assert advice in failed.stderr


def test_the_first_example(api: Served) -> None:
    """`POST /transcribe` with both embedded steps; every key of the contract."""
    with httpx2.Client(base_url=api.api, timeout=60, trust_env=False) as http:
        ask = {"file_path": "ko-call.wav", "privacy_removal": "true", "classification": "true"}
        body = http.post("/transcribe", data=ask).json()
        assert body["success"] is True
        assert (body["language"], body["backend"]) == ("ko", "faster-whisper")
        assert "010-2468-1357" not in str(body), "masked in text, segments and everywhere else"
        assert body["privacy_removal"]["privacy_exist"] == "Y"
        assert "PHONE" in " ".join(body["privacy_removal"]["privacy_types"])
        assert body["privacy_removal"]["text"] == body["text"]
        assert set(body["classification"]) == {"code", "category", "confidence", "reason"}
        assert body["processing_steps"] == {
            "stt": True,
            "privacy_removal": True,
            "classification": True,
            "ai_agent": False,
        }
        agent = http.post("/transcribe", data={"file_path": "en-hello.wav", "ai_agent": "true"})
        assert agent.json()["step_errors"] == {"ai_agent": "not_configured"}
        assert agent.json()["processing_steps"]["ai_agent"] is False
        assert agent.json()["text"]


@pytest.mark.parametrize("output", ["txt", "srt", "vtt", "tsv"])
def test_subtitles(output: str, api: Served) -> None:
    sample = SAMPLES["en-call"]
    ask = {"file_path": sample.path.name, "language": "en", "output": output}
    answer = httpx2.post(f"{api.api}/transcribe", data=ask, timeout=60, trust_env=False)
    assert answer.headers["content-type"].endswith("charset=utf-8")
    shown = re.sub(r"^(WEBVTT|start\tend\ttext|\d+|[\d:., ]+-->.*)$", "", answer.text, flags=re.M)
    shown = re.sub(r"^\d+\t\d+\t", "", shown, flags=re.M)
    assert letters(shown) == letters(sample.text)


@pytest.mark.parametrize(
    ("output", "kind"), [("csv", "text/csv"), ("html", "text/html"), ("md", "text/markdown")]
)
def test_tables_and_pages(output: str, kind: str, api: Served) -> None:
    sample = SAMPLES["en-call"]
    ask = {"file_path": sample.path.name, "language": "en", "output": output}
    answer = httpx2.post(f"{api.api}/transcribe", data=ask, timeout=60, trust_env=False)
    assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
    plain = re.sub(r"<style>.*</style>|<[^>]*>", "", answer.text, flags=re.S)
    for sentence in sample.text.split(". "):
        assert letters(sentence) in letters(plain)
    assert output == "csv" or "en-call" in answer.text


def test_normal_and_streaming_give_the_same_text(api: Served) -> None:
    with httpx2.Client(base_url=api.api, timeout=60, trust_env=False) as http:
        for sample in SAMPLES.values():
            ask = {"file_path": sample.path.name, "language": sample.language}
            normal = http.post("/transcribe", data=ask).json()
            streaming = http.post("/transcribe", data=ask | {"is_stream": "true"}).json()
            assert normal["text"] == streaming["text"]
            assert streaming["processing_mode"] == "streaming"
