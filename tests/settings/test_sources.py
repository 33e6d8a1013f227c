"""Layers, origins and messages of the settings."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from realtime.errors import SetupError
from realtime.settings import Settings, load
from realtime.settings.knob import flag, hidden_flag, variable
from realtime.settings.merged import knob
from realtime.settings.serving import Servers
from realtime.settings.sources import unknown_variables

SERVERS: TypeAdapter[tuple[str, ...]] = TypeAdapter(Servers)


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Remove the project's variables and enter a folder without a realtime.toml."""
    for name in list(os.environ):
        if name.startswith("STT_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def message_of(flags: dict[str, object], config: Path | None = None) -> str:
    with pytest.raises(SetupError) as caught:
        load(flags, config)
    assert caught.value.exit_code == 2
    return caught.value.message


def test_defaults_are_those_of_the_protocol() -> None:
    settings = load()
    assert settings.port == 8765
    assert settings.host == "127.0.0.1"
    assert settings.language == "ko"
    assert (settings.chunk_duration, settings.overlap_duration, settings.hop) == (15.0, 1.0, 0.5)
    assert set(settings.origins().values()) == {"default"}


def test_each_layer_wins_over_the_one_below(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    Path("realtime.toml").write_text("port = 1\nhop = 1.0\nlanguage = 'en'\n", encoding="utf-8")
    monkeypatch.setenv("STT_PORT", "2")
    monkeypatch.setenv("STT_HOP", "2.0")
    settings = load({"port": "3", "model": None})
    assert (settings.port, settings.hop, settings.language) == (3, 2.0, "en")
    origins = settings.origins()
    assert origins["port"] == "flag --port"
    assert origins["hop"] == "environment STT_HOP"
    assert origins["language"] == "file realtime.toml"
    assert origins["model"] == "default"
    assert list(origins) == list(Settings.model_fields)


def test_the_file_may_be_named_by_flag_or_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other, named = tmp_path / "other.toml", tmp_path / "named.toml"
    other.write_text("port = 5", encoding="utf-8")
    named.write_text("port = 6", encoding="utf-8")
    monkeypatch.setenv("STT_CONFIG", str(other))
    assert load().port == 5
    assert load(config=named).port == 6


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STT_PORT", "")
    assert load().port == 8765


def test_arguments_alone_do_not_read_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STT_PORT", "2")
    assert Settings().port == 8765


def test_a_language_may_have_any_of_its_names() -> None:
    assert load({"language": "ko_KR.UTF-8"}).language == "ko"
    assert load({"language": "English"}).language == "en"
    assert load({"language": "AUTO"}).language == "auto"


def test_every_bad_value_gets_its_own_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STT_PORT", "99999")
    lines = message_of({"vad": "cobra", "language": "Klingon!"}).splitlines()
    assert len(lines) == 3
    port, language, vad = lines
    assert "environment STT_PORT" in port
    assert "at least -1 and at most 65535" in port
    assert "--port, STT_PORT or port in the settings file" in port
    assert "ko, en-US or Korean" in language
    assert "one of silero, webrtc, energy, off" in vad


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", ()),
        ("any", ("any",)),
        (" WSS://GPU1:8765/ , ws://10.0.0.2,any", ("wss://gpu1:8765", "ws://10.0.0.2", "any")),
        ("wss://stt.example-1.org", ("wss://stt.example-1.org",)),
    ],
)
def test_addresses_of_other_live_servers_are_normalised(given: str, kept: tuple[str, ...]) -> None:
    assert load({"web_live_servers": given}).web_live_servers == kept


@pytest.mark.parametrize(
    "bad",
    [
        *("http://a", "a:8765", "ws://", "ws://a:0", "ws://a:65536", "ws://a/b", "ws://a?b", "*"),
        *("ws://*.a", "ws://[::1]:1", "ws://a; script-src *", "ws://a\nX: y", "ws://a..b", "가"),
        "ws://u@a",
    ],
)
def test_an_invalid_live_server_is_named_by_its_position(bad: str) -> None:
    message = message_of({"web_live_servers": f"ws://fine,{bad}"})
    assert len(message.splitlines()) == 1
    assert "web_live_servers (flag --web-live-servers, entry 2) is not allowed" in message
    assert "must be any, or addresses such as wss://gpu1:8765" in message


@given(st.text(max_size=20), st.sampled_from(["", "ws://", "wss://a", "ws://a:1"]))
def test_only_addresses_get_into_the_policy(text: str, start: str) -> None:
    try:
        kept = SERVERS.validate_python((start + text,))
    except ValidationError:
        return
    assert all(re.fullmatch(r"any|wss?://[a-z0-9.-]+(:\d+)?", server) for server in kept)


def test_an_unknown_key_in_the_file_names_the_nearest_one() -> None:
    Path("realtime.toml").write_text("prot = 1", encoding="utf-8")
    assert message_of({}) == ("There is no setting 'prot' (file realtime.toml): did you mean port.")


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"port = ", "not valid TOML"), (b"host = '\xff'", "not UTF-8")],
)
def test_a_broken_file_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    message = message_of({}, path)
    assert words in message
    assert str(path) in message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "does not exist" in message_of({}, tmp_path / "none.toml")
    assert "is not a file" in message_of({}, tmp_path)


def test_only_keys_allow_listening_beyond_loopback() -> None:
    assert load({"api_keys": "one, two"}).host == "0.0.0.0"
    assert load({"api_keys": "one", "host": "127.0.0.1"}).host == "127.0.0.1"
    assert "api_keys" in message_of({"host": "0.0.0.0"})
    assert load({"host": "0.0.0.0", "insecure": True}).host == "0.0.0.0"


def test_settings_that_belong_together_are_checked() -> None:
    assert "tls_cert and tls_key" in message_of({"tls_cert": "cert.pem"})
    assert "chunk_duration must exceed" in message_of(
        {"chunk_duration": "3", "overlap_duration": "2.5"}
    )


@given(
    st.text(
        alphabet=st.characters(exclude_characters=", ", exclude_categories=["Cs", "Z", "C"]),
        min_size=8,
        max_size=30,
    )
)
def test_a_secret_is_never_shown(secret: str) -> None:
    secret += "#"  # not in our own messages
    settings = load({"api_keys": f"{secret},other"})
    assert settings.api_keys[0].get_secret_value() == secret
    shown = f"{settings!r} {settings} {settings.model_dump_json()}"
    assert secret not in shown
    with pytest.raises(SetupError) as caught:
        load({"api_keys": secret, "port": "x"})
    assert secret not in str(caught.value)
    with pytest.raises(ValidationError) as refused:
        Settings.model_validate({"api_keys": secret, "port": "x"})
    assert secret not in str(refused.value)


def test_a_mistyped_variable_is_found() -> None:
    found = unknown_variables({"STT_PROT": "1", "STT_PORT": "1", "STT_CONFIG": "x", "PATH": ""})
    assert found == ["STT_PROT: did you mean STT_PORT"]


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_described_in_both_languages(name: str) -> None:
    described = knob(name)
    assert described.help.endswith(".")
    assert described.help_ko.endswith(".")
    assert any("가" <= letter <= "힣" for letter in described.help_ko)
    assert (hidden_flag(name) or flag(name)).strip("-").replace("-", "_") == name
    assert variable(name) == "STT_" + name.upper()
