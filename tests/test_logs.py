"""Logging: one format for everyone, no secret and no speech in it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from realtime import logs
from realtime.errors import HIDDEN


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Put the process's logging back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in ("websockets", "httpx", "httpx2", "httpcore", "httpcore2"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def test_json_lines_of_ours_and_of_libraries(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("info", "json")
    structlog.get_logger("server").info("started", port=8765)
    logging.getLogger("some.library").warning("it says %d", 3)
    ours, theirs = map(json.loads, capsys.readouterr().err.splitlines())
    assert (ours["event"], ours["port"], ours["level"]) == ("started", 8765, "info")
    assert (theirs["event"], theirs["level"]) == ("it says 3", "warning")
    assert ours["timestamp"].endswith("Z")


def test_a_console_line_has_no_colours_in_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("info", "console")
    structlog.get_logger("server").warning("careful", reason="so")
    line = capsys.readouterr().err
    assert "careful" in line
    assert "reason=so" in line
    assert "\x1b" not in line


def test_a_folder_gets_the_same_lines(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    logs.set_up("info", "json", tmp_path / "logs")
    structlog.get_logger("server").info("started", token="secret", text="spoken")
    written = (tmp_path / "logs" / logs.FILE_NAME).read_text()
    assert written == capsys.readouterr().err
    assert json.loads(written)["event"] == "started"
    assert "spoken" not in written


def test_an_unwritable_log_folder_stops_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    logs.set_up("info", "json", tmp_path / "file" / "logs")
    structlog.get_logger("server").info("started")
    warning, started = map(json.loads, capsys.readouterr().err.splitlines())
    assert (warning["event"], started["event"]) == ("log.no_file", "started")
    assert "STT_LOG_DIR" in warning["reason"]


def test_lines_below_the_level_are_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("warning", "json")
    structlog.get_logger("server").info("started")
    logging.getLogger("some.library").info("started")
    assert capsys.readouterr().err == ""


@given(st.text(min_size=6, alphabet=st.characters(categories=["L", "N"])))
def test_no_speech_and_no_key_at_the_default_level(spoken: str) -> None:
    event = {"event": "final", "text": spoken, "Token": spoken, "prompt": spoken, "id": 3}
    hidden = logs.drop_speech(None, "info", logs.hide_secrets(None, "info", event))
    assert hidden == {"event": "final", "Token": HIDDEN, "id": 3}


def test_no_password_of_an_address(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("info", "json")
    structlog.get_logger("server").info("ready", model="at http://me:hunter2@gpu:8003", jobs=2)
    entry = json.loads(capsys.readouterr().err)
    assert (entry["model"], entry["jobs"]) == ("at http://me:***@gpu:8003", 2)


def test_debug_shows_speech_but_no_key(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("debug", "json")
    structlog.get_logger("server").debug("final", text="hello", api_key="secret")
    entry = json.loads(capsys.readouterr().err)
    assert (entry["text"], entry["api_key"]) == ("hello", HIDDEN)
    assert not logging.getLogger("websockets.server").isEnabledFor(logging.DEBUG)


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_has_places_but_no_variables(
    form: logs.Format, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up("info", form)
    prompt = "what somebody said in private".replace("private", "secret")
    try:
        raise RuntimeError(len(prompt))
    except RuntimeError:
        structlog.get_logger("server").exception("it.failed")
    written = capsys.readouterr().err
    assert "RuntimeError" in written
    assert "test_logs.py" in written
    assert prompt not in written
