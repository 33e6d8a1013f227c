"""`realtime transcribe` as a user meets it: real model, real files, real exit codes."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import wave
from pathlib import Path

import pytest

from realtime.weights.bundled import samples
from tests.commands.support import command_of
from tests.commands.terminal import at_a_terminal
from tests.e2e.support import BIN, SAMPLES, environment, interruptible, said
from tests.serving import Served
from tests.waiting import until

BUNDLED = ("--model", "bundled")


pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_settings")]
run = command_of("transcribe")


def calls(folder: Path) -> Path:
    """calls/{en.wav, sub/ko.wav, sub/broken.mp3}."""
    (folder / "calls" / "sub").mkdir(parents=True)
    shutil.copy(SAMPLES["en-timer"].path, folder / "calls" / "en.wav")
    shutil.copy(SAMPLES["ko-agent"].path, folder / "calls" / "sub" / "ko.wav")
    (folder / "calls" / "sub" / "broken.mp3").write_bytes(b"ID3 and nothing else")
    return folder / "calls"


def text_of(path: Path) -> str:
    return str(json.loads(path.read_text(encoding="utf-8"))["text"])


def test_one_recording_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    sample = SAMPLES["ko-agent"]
    code, out, err = run(capsys, sample.path, *BUNDLED)
    assert (code, err) == (0, "")
    said(out, sample)
    assert out.endswith("\n")


def test_standard_input_and_json() -> None:
    sample = SAMPLES["en-hello"]
    options = ("--format", "json", "--language", "en", "--word-times", *BUNDLED)
    done = subprocess.run(
        [BIN / "realtime", "transcribe", "-", *options],
        input=sample.path.read_bytes(),
        env=environment(),
        capture_output=True,
        timeout=120,
        check=True,
    )
    answer = json.loads(done.stdout)
    assert answer["text"] == sample.text
    words = [word for segment in answer["segments"] for word in segment["words"]]
    assert "".join(word["word"] for word in words).strip() == sample.text


def test_a_folder_with_failures_and_finished_files(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    calls(tmp_path)
    order = ("calls", "--out", "texts", "--format", "json,srt", "--language", "auto", *BUNDLED)
    code, out, err = run(capsys, *order)
    assert (code, out) == (1, "")
    failure, summary = err.splitlines()
    assert failure.startswith("realtime: calls/sub/broken.mp3: ")
    assert summary.startswith("realtime: 2 done, 1 failed, 0:00:")
    assert text_of(tmp_path / "texts/en.json") == SAMPLES["en-timer"].text
    assert text_of(tmp_path / "texts/sub/ko.json") == SAMPLES["ko-agent"].text
    assert "-->" in (tmp_path / "texts/sub/ko.srt").read_text(encoding="utf-8")
    assert not (tmp_path / "texts/sub/broken.json").exists()

    before = (tmp_path / "texts/en.json").stat().st_mtime_ns
    (tmp_path / "calls/sub/broken.mp3").unlink()
    code, _, err = run(capsys, *order)
    assert (code, err) == (0, "realtime: 0 done, 2 done before; results in texts\n")
    assert (tmp_path / "texts/en.json").stat().st_mtime_ns == before
    code, _, err = run(capsys, *order, "--overwrite", "--jobs", 1)
    assert code == 0
    assert err.startswith("realtime: 2 done, ")


def test_a_server_gives_the_same(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, api: Served
) -> None:
    folder = calls(tmp_path)
    (folder / "sub/broken.mp3").unlink()
    order = (folder, "--format", "json", "--language", "auto", "--privacy", "--multichannel")
    assert run(capsys, *order, "--out", "here", *BUNDLED)[0] == 0
    assert run(capsys, *order, "--out", "there", "--url", api.api)[0] == 0
    for name in ("en.json", "sub/ko.json"):
        ours, theirs = (
            json.loads((tmp_path / place / name).read_text(encoding="utf-8"))
            for place in ("here", "there")
        )
        assert ours.keys() == theirs.keys()
        for key in ("text", "segments", "language", "duration", "privacy_removal", "backend"):
            assert ours[key] == theirs[key]


def test_an_estimate_transcribes_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    calls(tmp_path)
    code, out, err = run(capsys, "calls", "--estimate", *BUNDLED)
    assert code == 1
    files, expected, cost = out.splitlines()
    assert files.startswith("2 files, 0.00 hours of audio (0.")
    assert re.fullmatch(
        r"expected time: about \d+ s with faster-whisper \(\d+ s to load the model, then "
        r"\d+\.\d times as fast as speech, measured with your recordings\)",
        expected,
    )
    assert cost == "cost: none; with openai-api $0.00 at $0.006 a minute"
    assert "broken.mp3" in err


def test_an_estimate_for_the_cloud_needs_no_key(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = calls(tmp_path)
    order = ("--estimate", "--backend", "openai-api", "--openai-usd-per-minute", "600")
    code, out, _ = run(capsys, folder / "en.wav", *order)
    audio_s = len(SAMPLES["en-timer"].read()) / 16_000
    assert code == 0
    assert out.splitlines()[2] == f"cost: ${10 * audio_s:.2f} at $600 a minute"


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (("none.wav",), "correct the path"),
        (("calls",), "--out"),
        (("calls/en.wav", "--format", "json,srt"), "--out"),
        (("calls/en.wav", "--format", "doc"), "--format"),
        (("calls/en.wav", "--task", "sing"), "translate"),
        (("calls/en.wav", "--language", "xx", *BUNDLED), "language"),
        (("calls/en.wav", "--model", "./none"), "correct the path"),
        (("calls/en.wav", "--url", "http://127.0.0.1:9"), "--url"),
        (("calls/sub/broken.mp3", *BUNDLED), "mp3"),
        (("calls", "--estimate", "--url", "http://127.0.0.1:9"), "--url"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_mistakes_of_the_user_are_reported(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: tuple[str, ...], advice: str
) -> None:
    calls(tmp_path)
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    sentences = [line for line in err.splitlines() if line.startswith("realtime: ")]
    assert len(sentences) == 1, err
    assert advice in sentences[0]
    assert err.endswith(sentences[0] + "\n")


def test_a_terminal_shows_progress_and_remaining_time(tmp_path: Path) -> None:
    folder = calls(tmp_path)
    shutil.copy(SAMPLES["en-call"].path, folder / "en-call.wav")
    code, shown = at_a_terminal(
        *("transcribe", "calls", "--out", "texts", "--jobs", "1", *BUNDLED), cwd=tmp_path
    )
    assert code == 1
    assert re.search(r"1 of 4 files.* █+.* \d:\d\d:\d\d of \d:\d\d:\d\d \d:\d\d:\d\d left", shown)
    assert "-:--:--" not in shown
    assert "1 failed" in shown


def test_an_interrupted_run_keeps_finished_results(tmp_path: Path) -> None:
    (tmp_path / "calls").mkdir()
    shutil.copy(SAMPLES["en-hello"].path, tmp_path / "calls" / "1.wav")
    every = b"".join((item.read() * 32767).astype("<i2").tobytes() for item in samples())
    with wave.open(str(tmp_path / "calls" / "2.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        for _ in range(60):  # almost an hour: no machine finishes before it is interrupted
            file.writeframes(every)
    command = [str(BIN / "realtime"), "transcribe", "calls", "--out", "texts", *BUNDLED]
    with interruptible(
        [*command, "--format", "json", "--jobs", "1"],
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    ) as running:

        def written() -> bool:
            assert running.poll() is None
            return (tmp_path / "texts/1.json").exists()

        until(written)
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "1 done" in err
    assert err.endswith("run the same command again to continue\n")
    assert [path.name for path in sorted((tmp_path / "texts").iterdir())] == [
        ".realtime-transcribe.jsonl",
        "1.json",
    ]
