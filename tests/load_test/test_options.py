"""The YAML file and the flags."""

from __future__ import annotations

from pathlib import Path

import pytest

from realtime.errors import SetupError
from realtime.load_test.options import Options, read

SPEC = """\
total_requests: 100      # N
warmup_requests: 10      # M, sent first, not counted (cold start)
concurrent_requests: 5
request_delay: 0.0       # s between requests
audio_duration: 10.0
sample_rate: 16000       # Hz
audio_source: speech
api: {base_url: "http://localhost:8003", endpoint: "/v1/audio/transcriptions", api_key: null,
      mode: http}
save_path: null
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_in_the_file_is_the_default(tmp_path: Path) -> None:
    assert read(written(tmp_path, SPEC), {}) == Options() == read(None, {})
    assert Options().api.url == "http://localhost:8003/v1/audio/transcriptions"


def test_flags_win_over_the_file_and_the_file_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, "total_requests: 7\napi: {api_key: secret, model: tiny}\n")
    monkeypatch.setenv("CONFIG_PATH", str(path))
    options = read(None, {"total_requests": None, "sample_rate": 8000, "model": "base"})
    assert (options.total_requests, options.sample_rate, options.api.model) == (7, 8000, "base")
    assert options.as_json()["api"]["api_key"] == "***"
    assert "secret" not in str(options)


def test_a_language_may_have_any_of_its_names() -> None:
    assert read(None, {"language": "Korean"}).language == "ko"
    with pytest.raises(SetupError, match="language"):
        read(None, {"language": "Klingon!"})


def test_live_streams_go_to_another_port() -> None:
    def url(flags: dict[str, object]) -> str:
        return read(None, {"mode": "websocket", **flags}).api.url

    assert url({}) == "ws://localhost:8765/"
    assert url({"base_url": "http://host:1"}) == "ws://host:1/"
    assert url({"base_url": "wss://host", "endpoint": "live"}) == "wss://host/live"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("total_request: 5", "There is no key total_request"),
        ("api: {url: x}", "There is no key api.url"),
        ("total_requests: 0", "--total-requests"),
        ("api: {mode: smoke}", "--mode"),
        ("api: 5", "api"),
        ("- 5", "keys and values"),
        ("a: [", "not valid YAML"),
        ("audio_duration: .nan", "--audio-duration"),
    ],
)
def test_mistakes_are_sentences(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SetupError) as refused:
        read(written(tmp_path, text), {})
    assert words in refused.value.message


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="--config"):
        read(tmp_path / "none.yaml", {})
    (tmp_path / "empty.yaml").touch()
    assert read(tmp_path / "empty.yaml", {}) == Options()
