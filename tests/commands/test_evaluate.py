"""`realtime evaluate` as a user meets it: real model, real files, real exit codes."""

from __future__ import annotations

import io
import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from realtime.commands.evaluation.screen import FIRST_NAMED, left_out_lines, open_display
from realtime.evaluation.folder import SkippedRecording
from realtime.evaluation.normalisation import normaliser
from realtime.evaluation.recordings import Recording
from tests.commands.support import command_of
from tests.e2e.support import BIN, SAMPLES, environment, interruptible

BUNDLED = ("--model", "bundled", "--language", "en")


pytestmark = pytest.mark.usefixtures("no_settings")
run = command_of("evaluate")


def calls(folder: Path) -> Path:
    """Two recordings with texts, of which one has a wrong word; one without a text; one broken."""
    made = folder / "calls"
    made.mkdir()
    for name, text in (
        ("en-timer", "Set a timer for 10 minutes."),
        ("en-hello", "Hello, how can I <hear> you now?"),
        ("en-call", None),
    ):
        shutil.copy(SAMPLES[name].path, made / f"{name}.wav")
        if text is not None:
            (made / f"{name}.txt").write_text(text.replace("<hear>", "hear"), encoding="utf-8")
    (made / "broken.mp3").write_bytes(b"ID3 and nothing else")
    (made / "broken.txt").write_text("nothing", encoding="utf-8")
    return made


def loaded(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_a_folder_is_transcribed_in_every_setup(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    setups = "file,live,low-latency,chunk_duration=5&endpoint_ms=800"
    code, out, err = run(
        *(capsys, calls(tmp_path), *BUNDLED, "--setups", setups, "--partials"),
        *("--json", "out.json", "--html", "out.html"),
    )
    assert code == 0
    assert "broken.mp3 is left out" in err
    assert "en-call.wav is left out: there is no transcript" in err
    assert "en: 2 recordings" in out
    assert "chunk_duration=5&endpoint_ms=800" in out
    report = loaded(tmp_path / "out.json")
    assert [one["setup"] for one in report["figures"]] == setups.split(",")
    for figure in report["figures"]:
        # Of twelve words, help and today are wrong in the text; 10 equals ten.
        assert figure["errors"] == {
            **{"said": 13, "changed": 2, "lost": 0},
            **{"doubled": 0, "invented": 0},
        }
        assert figure["cpu_s_per_audio_s"] > 0
        assert (figure["final_s"]["count"] == 2) == (figure["setup"] != "file")
        assert (figure["first_partial_s"]["count"] > 0) == (figure["setup"] != "file")
        assert figure["retracted"] == 0
    assert len(report["left_out"]) == 2
    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert "<del class=changed>hear</del><ins class=changed>help</ins>" in page


def test_recordings_of_a_manifest_are_evaluated_one_by_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    names = ("en-timer", "ko-agent", "en-hello")
    items = [
        {"file": SAMPLES[n].path.name, "lang": SAMPLES[n].language, "reference": SAMPLES[n].text}
        for n in names
    ]
    for name in names:
        shutil.copy(SAMPLES[name].path, tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps(items), encoding="utf-8")
    arguments = (tmp_path, *BUNDLED, "--setups", "file,live", "--apart", 1)
    code, out, err = run(capsys, *arguments, "--json", "one.json")
    assert code == 0, err
    assert "realtime: 3 of 3: ko 1 s apart 1" in err
    report = loaded(tmp_path / "one.json")
    assert [one["language"] for one in report["figures"]] == ["en", "en", "ko", "ko"]
    assert [one["counted"] for one in report["figures"]][::2] == ["words", "characters"]
    assert [one["error_rate"] for one in report["figures"]] == [0.0] * 4
    assert "ko: 1 recordings" in out
    run(capsys, *arguments, "--json", "two.json")
    again = loaded(tmp_path / "two.json")
    texts = [[one["heard"]["live"]["text"] for one in r["recordings"]] for r in (report, again)]
    assert texts[0] == texts[1], "the same every time"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("gone",), "There is no folder gone"),
        (("empty",), "empty holds no recording"),
        (("untold",), "put NAME.txt beside each NAME.wav"),
        (("calls", "--setups", "best"), "There is no setup 'best' (preset must be"),
        (("calls", "--setups", "chunk_duration=90"), "chunk_duration must be a number"),
        (("calls", "--setups", "chunk=5"), "a stream has no option chunk"),
        (("calls", "--setups", ""), "There is nothing to compare"),
        (("calls", "--json", "nowhere/out.json"), "create it first"),
    ],
)
def test_mistakes_of_the_user_are_reported(
    arguments: tuple[str, ...],
    complaint: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    calls(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "untold").mkdir()
    (tmp_path / "untold" / "a.wav").touch()
    code, _, err = run(capsys, *arguments, *BUNDLED)
    assert code == 2
    assert complaint in err


def test_a_missing_library_is_named_before_any_transcription(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    normaliser.cache_clear()
    monkeypatch.setitem(sys.modules, "num2words", None)
    code, _, err = run(capsys, calls(tmp_path), *BUNDLED)
    assert code == 2
    assert "pip install 'realtime-whisper[evaluate]'" in err


def test_an_evaluation_without_any_result_fails(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "a.wav").write_bytes(b"no audio")
    (tmp_path / "a.txt").write_text("one", encoding="utf-8")
    code, out, err = run(capsys, tmp_path, *BUNDLED, "--setups", "file")
    assert (code, out) == (1, "")
    assert "none of the recordings could be transcribed" in err


def test_ctrl_c_keeps_finished_results(tmp_path: Path) -> None:
    made = calls(tmp_path)
    for number in range(200):  # no machine finishes them before the interruption
        for suffix in (".wav", ".txt"):
            shutil.copy(made / f"en-timer{suffix}", made / f"timer-{number:03}{suffix}")
    with interruptible(
        [BIN / "realtime", "evaluate", made, *BUNDLED, "--json", "out.json", "--html", "out.html"],
        cwd=tmp_path,
        env=environment(HF_HUB_OFFLINE="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stderr is not None
        for line in running.stderr:
            if line.startswith("realtime: 4 of "):
                break
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "interrupted" in err
    assert "recordings," in out
    report = loaded(tmp_path / "out.json")
    assert report["complete"] is False
    assert 3 <= len(report["recordings"]) < 200
    assert "Interrupted" in (tmp_path / "out.html").read_text(encoding="utf-8")


def test_a_terminal_shows_progress() -> None:
    console = Console(force_terminal=True, width=100, record=True, file=io.StringIO())
    one = Recording("a.wav", "en", np.zeros(16_000, np.float32), "x", parts=2)
    none = Recording("[bold]b.wav", "en", np.zeros(0, np.float32), "")
    with open_display(console, recordings=3, setups=2) as display:
        display.begin(one)
        display.progress("file", 1.0)
        display.progress("live", 0.5)
        display.end(one)
        display.begin(none)
        display.progress("file", 0.0)
        display.warn(SkippedRecording("[red]c.wav", "broken"))
        display.end(none)
    text = console.export_text()
    assert "[red]c.wav is left out: broken" in text
    assert "[bold]b.wav" in text


def test_left_out_recordings_are_counted() -> None:
    lines = list(
        left_out_lines([SkippedRecording(f"{n}.wav", "why") for n in range(FIRST_NAMED + 2)])
    )
    assert len(lines) == FIRST_NAMED + 1
    assert lines[-1] == "realtime: … and 2 more"
