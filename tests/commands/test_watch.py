"""`realtime watch` as a user meets it: real model, real files, real signals."""

from __future__ import annotations

import shutil
import signal
import subprocess
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.commands.support import command_of
from tests.e2e.support import BIN, SAMPLES, environment, interruptible, said
from tests.serving import Served
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_settings")]
run = command_of("watch")

BUNDLED = ("--model", "bundled", "--language", "auto")


@contextmanager
def watching(folder: Path, *more: str) -> Iterator[subprocess.Popen[str]]:
    """Run the command; yield it once it reports that it is watching."""
    command = [str(BIN / "realtime"), "watch", str(folder), "--settle", "0.2", *BUNDLED, *more]
    with interruptible(command, env=environment(), stderr=subprocess.PIPE, text=True) as running:
        read_to(running, "watching")
        yield running


def read_to(running: subprocess.Popen[str], what: str) -> None:
    assert running.stderr is not None
    for line in running.stderr:
        if what in line:
            return
    raise AssertionError(f"it ended, and never said {what!r}")


def stopped(running: subprocess.Popen[str]) -> str:
    running.send_signal(signal.SIGTERM)
    _, err = running.communicate(timeout=120)
    assert running.returncode == 0, err
    return err


def text_of(path: Path) -> str:
    until(path.is_file)
    return path.read_text(encoding="utf-8")


def test_new_recordings_are_transcribed_as_they_appear(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    calls = tmp_path / "calls"
    calls.mkdir()
    shutil.copy(SAMPLES["en-hello"].path, calls / "old.wav")
    with watching(calls, "--format", "txt,csv") as running:
        said(text_of(calls / "old.txt"), SAMPLES["en-hello"])
        (calls / "sub").mkdir()
        whole = SAMPLES["ko-agent"].path.read_bytes()
        with (calls / "sub" / "copied.wav").open("wb") as copy:
            copy.write(whole[:5000])
            copy.flush()
            copy.write(whole[5000:])
        said(text_of(calls / "sub" / "copied.txt"), SAMPLES["ko-agent"])
        assert text_of(calls / "sub" / "copied.csv").startswith("\ufeffstart,")
        (calls / "broken.mp3").write_bytes(b"ID3 and nothing else")
        assert "mp3" in text_of(calls / "broken.error.txt")
        shutil.copy(SAMPLES["en-timer"].path, tmp_path / "moved.part")
        (tmp_path / "moved.part").rename(calls / "moved.wav")
        said(text_of(calls / "moved.txt"), SAMPLES["en-timer"])
        until((calls / "moved.csv").is_file)
        err = stopped(running)
    assert "3 done, 1 failed" in err
    results = {path: path.stat().st_mtime_ns for path in calls.rglob("*.txt")}
    code, _, err = run(capsys, calls, "--once", "--settle", "0.2", "--format", "txt,csv", *BUNDLED)
    assert code == 0, "nothing failed now"
    assert "0 done, 4 done before" in err
    assert {path: path.stat().st_mtime_ns for path in calls.rglob("*.txt")} == results


def test_sigterm_finishes_what_has_begun(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    calls = tmp_path / "calls"
    calls.mkdir()
    speech = (SAMPLES["en-call"].read() * 32767).astype("<i2").tobytes()
    for name, times in (("a", 30), ("b", 1)):
        with wave.open(str(calls / f"{name}.wav"), "wb") as file:
            file.setparams((1, 2, 16_000, 0, "NONE", ""))
            for _ in range(times):
                file.writeframes(speech)
    with watching(calls, "--jobs", "1", "--out", str(tmp_path / "texts")) as running:
        read_to(running, "a.wav: begun")
        err = stopped(running)
    assert "finishing what has begun" in err
    assert "1 done" in err
    assert (tmp_path / "texts" / "a.txt").read_text(encoding="utf-8").count("\n") >= 30
    assert not (tmp_path / "texts" / "b.txt").exists()
    code, _, err = run(capsys, calls, "--once", "--out", "texts", "--jobs", "1", *BUNDLED)
    assert code == 0
    assert "1 done, 1 done before" in err
    said(text_of(tmp_path / "texts" / "b.txt"), SAMPLES["en-call"])


def test_a_server_does_it_and_a_changed_recording_is_done_again(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, api: Served
) -> None:
    calls = tmp_path / "calls"
    calls.mkdir()
    asked = (calls, "--once", "--settle", "0.1", "--language", "auto", "--url", api.api)
    shutil.copy(SAMPLES["en-hello"].path, calls / "a.wav")
    assert run(capsys, *asked)[0] == 0
    said(text_of(calls / "a.txt"), SAMPLES["en-hello"])
    shutil.copy(SAMPLES["en-timer"].path, calls / "a.wav")
    (calls / "b.wav").write_bytes(b"RIFF and nothing else")
    assert run(capsys, *asked)[0] == 1
    said(text_of(calls / "a.txt"), SAMPLES["en-timer"])
    assert text_of(calls / "b.error.txt")


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (("none",), "correct the path"),
        ((".", "--format", "doc"), "--format"),
        ((".", "--url", "http://127.0.0.1:9"), "--url"),
    ],
)
def test_mistakes_of_the_user_end_with_a_sentence(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], advice: str
) -> None:
    code, _, err = run(capsys, *arguments)
    assert code == 2
    assert advice in err
