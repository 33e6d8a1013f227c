"""Dictation types what is spoken into the focused window: a real terminal on a real X server."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.client.dictation import WTYPE, XDOTOOL, Dictation, Printed, Typing, keyboard, typed
from realtime.client.errors import NoKeyboard
from realtime.client.events import Event, Raw, parse_event
from tests.client.test_player import ASOUNDRC, needs_bare_portaudio
from tests.e2e.support import BIN, SAMPLES, environment, interruptible, letters
from tests.serving import Served
from tests.waiting import until

needs_x = pytest.mark.skipif(
    any(shutil.which(name) is None for name in ("Xvfb", "xdotool", "xterm")),
    reason="needs Xvfb, xdotool and xterm",
)
SAID = "Good morning. 안녕하세요, 9시 30분입니다!"


def event(kind: str, text: str = "") -> Event:
    """A message of the server, parsed."""
    places: Raw = {"text": text, "stable": text, "id": 0, "start": 0.0, "end": 1.0, "lag_ms": 1}
    about: Raw = {"session": "s", "model": "m", "language": "en", "ignored": []}
    final: Raw = {"confidence": 1.0, "endpoint": True, "flush": False}
    made = parse_event({"type": kind, **places, **about, **final, "code": "c", "message": text})
    assert made is not None
    return made


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_key_but_letters_is_ever_pressed(before: str, text: str) -> None:
    keys = typed(text, before)
    assert keys.isprintable()
    assert keys.strip() == " ".join(keys.split())


def test_finals_are_joined_as_their_script_is_written() -> None:
    out, notes = io.StringIO(), io.StringIO()
    dictation = Dictation(Printed(out), notes)
    dictation.show(event("ready"))
    for text in ("Hello\n", "", "rm -rf\r\x1b[A x.", "第一", "第二"):
        dictation.show(event("partial", text))
        dictation.show(event("final", text))
    for _ in range(2):
        dictation.show(event("warning", "Odd\x07"))
    dictation.close()
    assert out.getvalue() == "Hello rm -rf [A x. 第一第二"
    assert notes.getvalue() == "realtime: listening; Ctrl-C ends.\nrealtime: Odd \n"


def test_a_program_that_cannot_type_is_named() -> None:
    dictation = Dictation(Typing(["sh", "-c", "echo no screen >&2; exit 3"]), io.StringIO())
    dictation.show(event("final", "one"))
    with pytest.raises(NoKeyboard, match="sh could not type: no screen"):
        dictation.close()
    with pytest.raises(NoKeyboard, match="cannot be run"):
        Typing(["/nowhere"]).type("a")


def test_the_desktop_decides_what_types(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(NoKeyboard, match="--type-with"):
        keyboard("", {})
    with pytest.raises(NoKeyboard, match="correct --type-with"):
        keyboard("nothing-like-that -x", {})
    assert keyboard("cat -u", {}).command == ["cat", "-u"]
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoKeyboard, match="apt install xdotool"):
        keyboard("", {"DISPLAY": ":1"})
    for name in ("xdotool", "wtype"):
        (tmp_path / name).touch(0o755)
    assert keyboard("", {"DISPLAY": ":1"}).command == XDOTOOL
    assert keyboard("", {"DISPLAY": ":1", "WAYLAND_DISPLAY": "w"}).command == WTYPE


@contextmanager
def terminal(folder: Path) -> Iterator[tuple[str, Path]]:
    """A terminal that has the focus, in its own X server; → the display, and the file that receives
    the typed lines."""
    read, write = os.pipe()
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "800x600x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    ) as server:
        os.close(write)
        with os.fdopen(read) as told:
            display = f":{told.readline().strip()}"
        heard = folder / "typed.txt"
        shell = f"echo > {folder}/open; exec cat > {heard}"
        variables = {**os.environ, "DISPLAY": display, "LC_ALL": "C.UTF-8"}
        with subprocess.Popen(["xterm", "-u8", "-e", "sh", "-c", shell], env=variables) as window:
            try:
                until((folder / "open").exists)
                press(
                    display, "search", "--sync", "--onlyvisible", "--class", "xterm", "windowfocus"
                )
                yield display, heard
            finally:
                window.kill()
                server.terminate()


def press(display: str, *words: str) -> None:
    subprocess.run(["xdotool", *words], env={**os.environ, "DISPLAY": display}, check=True)


@needs_x
def test_every_letter_arrives_in_the_focused_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with terminal(tmp_path) as (display, heard):
        monkeypatch.setenv("DISPLAY", display)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        dictation = Dictation(keyboard(), sys.stderr)
        for text in SAID.split(" ", 2):
            dictation.show(event("final", text))
        dictation.close()
        press(display, "key", "Return")
        until(lambda: heard.read_text(encoding="utf-8").endswith("\n"))
    assert heard.read_text(encoding="utf-8") == SAID + "\n"


def speaking(home: Path) -> None:
    """Set up a user's microphone that plays a recorded sentence."""
    speech = (SAMPLES["en-timer"].read() * 32767).astype("<i2").tobytes()
    (home / "spoken.raw").write_bytes(speech + bytes(2 * 16_000 * 2))
    (home / ".asoundrc").write_text(ASOUNDRC.format(path=home / "spoken.raw"))


@needs_bare_portaudio
def test_dictation_to_a_pipe(server: Served, tmp_path: Path) -> None:
    speaking(tmp_path)
    command = [str(BIN / "realtime"), "dictate", "--to", "stdout", "--url", server.url]
    with interruptible(
        [*command, "--language", "en"],
        env=environment(HOME=str(tmp_path)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        first = running.stdout.read(len(SAMPLES["en-timer"].text))
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=60)
    assert letters(SAMPLES["en-timer"].text).startswith(letters(first)[:20])
    assert running.returncode == 0, err
    assert "listening" in err


@needs_x
@needs_bare_portaudio
def test_dictation_into_a_window(server: Served, tmp_path: Path) -> None:
    speaking(tmp_path)
    with terminal(tmp_path) as (display, heard):
        command = [str(BIN / "realtime"), "dictate", "--language", "en", "--url", server.url]
        with interruptible(
            command,
            env=environment(HOME=str(tmp_path), DISPLAY=display, WAYLAND_DISPLAY=""),
            stderr=subprocess.PIPE,
            text=True,
        ) as running:

            def arrived() -> bool:
                assert running.poll() is None
                press(display, "key", "Return")
                typed_so_far = letters(heard.read_text(encoding="utf-8"))
                return letters(SAMPLES["en-timer"].text) in typed_so_far

            until(arrived)
            running.send_signal(signal.SIGINT)
            _, err = running.communicate(timeout=120)
    assert running.returncode == 0, err
