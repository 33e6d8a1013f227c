"""The command line: what it prints, what it refuses, and its exit codes."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import constants

import realtime
from realtime.cli import explained
from realtime.settings import Settings
from realtime.settings.knob import flag, variable
from realtime.weights.bundled import bundled_dir, samples
from realtime.weights.cache import missing_files
from tests.commands.support import command_of
from tests.e2e.support import BIN, environment

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, no_settings: None) -> None:
    """The terminal is wide enough for help texts with every flag."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)  # it was read when it was imported


run = command_of()


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    for asked in ("version", "--version"):
        assert run(capsys, asked) == (0, f"realtime {realtime.__version__}\n", "")


def test_it_runs_as_a_module() -> None:
    program = [sys.executable, "-m", "realtime.cli", "version"]
    said = subprocess.run(program, capture_output=True, text=True, check=True, env=environment())
    assert said.stdout == f"realtime {realtime.__version__}\n"


def test_serve_has_a_flag_for_every_setting(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "serve", "--help")
    assert code == 0
    for name in Settings.model_fields:
        assert flag(name) in out
        assert variable(name) in out


@pytest.mark.parametrize("command", ["stream", "mic", "serve", "transcribe", "load-test"])
def test_help_gives_examples(capsys: pytest.CaptureFixture[str], command: str) -> None:
    code, out, _ = run(capsys, command, "--help")
    assert code == 0
    assert f"realtime {command} " in out.partition("Examples")[2]


@pytest.mark.parametrize(
    "command", [["stream"], ["serve"], ["models", "remove"], ["keys", "add"], ["config", "show"]]
)
def test_help_shows_no_type_for_switches(
    capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    """`--json <bool>` reads as if it took a value."""
    code, out, _ = run(capsys, *command, "--help")
    assert code == 0
    assert "--help" in out
    assert "<bool>" not in out


def test_config_show_says_where_values_come_from(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("realtime.toml").write_text("hop = 0.7\napi_keys = ['file-secret']\n", encoding="utf-8")
    monkeypatch.setenv("STT_LANGUAGE", "en")
    code, out, err = run(capsys, "config", "show", "--origin", "--json", "--port", "9000")
    assert (code, err) == (0, "")
    shown = json.loads(out)
    assert shown["port"] == {"value": 9000, "origin": "flag --port"}
    assert shown["language"] == {"value": "en", "origin": "environment STT_LANGUAGE"}
    assert shown["hop"] == {"value": 0.7, "origin": "file realtime.toml"}
    assert shown["model"] == {"value": "auto", "origin": "default"}
    assert shown["host"]["value"] == "0.0.0.0"
    assert "file-secret" not in out


@pytest.mark.parametrize("form", [[], ["--json"], ["--json", "--origin"]])
def test_config_show_shows_no_password(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, form: list[str]
) -> None:
    for name in ("JOB_STORE", "QUEUE_URL", "API_URL", "LLM_URL", "OPENAI_BASE_URL"):
        monkeypatch.setenv(
            f"STT_{name}", f"scheme://me:hunter2@{name.lower()}.host/1?token=hunter2"
        )
    code, out, _ = run(capsys, "config", "show", *form)
    assert code == 0
    assert "hunter2" not in out
    assert "scheme://me:***@job_store.host/1?token=***" in out


def test_config_show_as_a_table(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STT_PROT", "1")
    code, out, err = run(capsys, "config", "show", "--origin", "--insecure", "--host", "0.0.0.0")
    assert code == 0
    assert "flag --insecure" in out
    assert err == "realtime: there is no setting STT_PROT: did you mean STT_PORT\n"


@pytest.mark.parametrize("command", ["transcribe", "serve", "worker", "load-test", "stream", "mic"])
def test_servers_are_named_by_one_flag(capsys: pytest.CaptureFixture[str], command: str) -> None:
    _, out, _ = run(capsys, command, "--help")
    assert re.search(r"--url\b", out)
    assert not re.search(r"--(base-url|api-url|api-key)\b", out)


@pytest.mark.parametrize("flag", ["--url", "--api-url"])
def test_the_former_flag_still_works(capsys: pytest.CaptureFixture[str], flag: str) -> None:
    code, out, _ = run(capsys, "config", "show", "--origin", "--json", flag, "http://gpu:8003")
    shown = json.loads(out)["api_url"]
    assert (code, shown) == (0, {"value": "http://gpu:8003", "origin": "flag --url"})


def test_bad_settings_are_sentences_and_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "serve", "--port", "x", "--hop", "0")
    assert (code, out) == (2, "")
    lines = err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("realtime: The value of ") for line in lines)


@pytest.mark.parametrize("arguments", [["nonsense"], ["serve", "--nonsense"], ["stream"]])
def test_wrong_usage_is_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    code, _, err = run(capsys, *arguments)
    assert code == 2
    assert "Usage: realtime" in err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["stream", "a.wav", "--pace", "1"], "'--pace': '1' is not one of 'fast', 'realtime'."),
        (["stream", "a.wav", "--channels", "x"], "'--channels': it must be a whole number."),
        (["transcribe", "a.wav", "--jobs", "0"], "'--jobs': it must be at least 1."),
        (["dictate", "--to", "x"], "'--to': 'x' is not one of 'window', 'stdout'."),
        (["load-test", "--request-delay", "x"], "'--request-delay': it must be a number."),
    ],
)
def test_a_wrong_value_is_refused_without_a_librarys_words(
    capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    code, _, err = run(capsys, *arguments)
    assert code == 2
    assert f"Invalid value for {sentence}" in err


def test_a_missing_file_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "stream", "none.wav")
    assert code == 2
    assert err.count("\n") == 1
    assert "none.wav" in err


@pytest.mark.parametrize(
    "content",
    [
        b"no audio at all, only words",
        b"RIFF\x24\0\0\0WAVE",
        b"RIFF\x24\0\0\0WAVEjunkand a chunk that says it is longer than the file",
    ],
    ids=["text", "a header alone", "a lying header"],
)
def test_a_broken_recording_is_reported_as_broken(
    capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    Path("broken.wav").write_bytes(content)
    code, out, err = run(capsys, "stream", "broken.wav")
    assert (code, out) == (2, "")
    assert err == (
        "realtime: broken.wav is not an audio file, or it is damaged: choose another file.\n"
    )


@pytest.mark.parametrize("model", ["nonsense", "some/model", "large-v2"])
def test_an_unavailable_model_is_one_sentence(tmp_path: Path, model: str) -> None:
    done = subprocess.run(
        [BIN / "realtime", "serve", "--port", "0", "--model", model, "--models-dir", tmp_path],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
        env=environment(HF_ENDPOINT="http://127.0.0.1:9", HF_HUB_OFFLINE="0"),
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("realtime: ")
    assert done.stderr.count("\n") == 1, done.stderr


def test_an_invalid_speaker_model_is_one_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    model, audio = tmp_path / "voices.onnx", samples()[0].path
    model.write_bytes(b"no network at all")
    own = ("--model", "bundled", "--speaker-model", str(model))
    for command in (
        ("serve", "--port=0", "--api-port=-1", "--web-port=-1"),
        ("transcribe", str(audio), "--diarize"),
    ):
        code, out, err = run(capsys, *command, *own)
        assert (code, out) == (2, "")
        assert err.splitlines()[-1].startswith(f"realtime: {model} cannot tell speakers apart")


def test_an_unknown_encoding_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "stream", "-", "--encoding", "pcm")
    assert code == 2
    assert "f32le" in err


def test_models_list_names_all(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = run(capsys, "models", "list", "--models-dir", str(tmp_path))
    assert code == 0
    for name in ("auto", "bundled", "tiny", "large-v3-turbo", "distil-large-v3"):
        assert name in out


def test_models_inflate_makes_a_model(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    target = tmp_path / "tiny"
    code, out, _ = run(capsys, "models", "inflate", "micro", "tiny", str(target))
    assert code == 0
    assert f"--model {target}" in out
    assert missing_files(target) == []
    code, _, err = run(capsys, "models", "inflate", str(bundled_dir()), "huge", str(tmp_path / "x"))
    assert code == 2
    assert "huge" in err


def test_devices_and_mic_without_a_microphone(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "devices")
    if code == 0:
        pytest.skip(f"this machine has microphones: {out}")
    assert code == 2
    assert err.count("\n") == 1
    code, _, err = run(capsys, "mic")
    assert code == 2
    assert err.count("\n") == 1


def test_doctor_as_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = run(
        *(capsys, "doctor", "--json", "--port", "0", "--api-port", "0", "--web-port", "-1"),
        *("--models-dir", str(tmp_path), "--device", "cpu"),
    )
    answer = json.loads(out)
    names = [check["name"] for check in answer["checks"]]
    assert {"cpu", "gpu", "models", "hub", "port 0", "data", "microphone", "ffmpeg"} <= set(names)
    assert (code == 0) is answer["ok"]
    assert code == 0


def test_doctor_fails_where_serve_could_not_start(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "doctor", "--host", "192.0.2.1", "--insecure")
    assert code == 1
    assert "fail" in out


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EADDRINUSE, "--port"),
        (errno.EADDRNOTAVAIL, "--host"),
        (errno.ENOSPC, "full (x)"),
        (errno.EACCES, "denied (x)"),
        (errno.ENOENT, "no such file or folder (x)"),
        (errno.EEXIST, "a file of that name already (x)"),
        (errno.ENOTDIR, "a file, not a folder (x)"),
        (errno.EISDIR, "a folder, not a file (x)"),
        (errno.EIO, "(x)"),
    ],
)
def test_system_errors_say_what_to_do(number: int, words: str) -> None:
    assert words in explained(OSError(number, os.strerror(number), "x"))


def test_a_closed_output_is_no_reason_for_a_traceback() -> None:
    program = f'exec "{sys.executable}" -m realtime.cli stream "$1" --url ws://localhost:1 >&-'
    shell = ["sh", "-c", program, "sh", str(samples()[0].path)]
    ended = subprocess.run(shell, capture_output=True, text=True, check=False, env=environment())
    assert ended.returncode == 2
    assert ended.stderr.startswith("realtime: ws://localhost:1/ cannot be reached")
    assert ended.stderr.count("\n") == 1


def test_an_interrupt_before_the_command_begins_is_no_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("realtime.cli.app", interrupted)
    assert run(capsys, "version") == (130, "", "")


def test_a_file_in_place_of_a_folder_must_be_corrected(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    place = tmp_path / "taken"
    place.write_text("", encoding="utf-8")
    recording = samples()[0].path
    code, _, err = run(capsys, "transcribe", recording, "--model", "bundled", "--out", place)
    assert (code, err) == (
        2,
        f"realtime: There is a file of that name already ({place}): correct the path.\n",
    )
    code, _, err = run(capsys, "watch", place, "--model", "bundled", "--once")
    assert code == 2
    assert err == f"realtime: {place} is not a folder: correct the path.\n"


def test_the_help_needs_no_model_library() -> None:
    """A user who asks for help does not wait for the models' libraries."""
    probe = (
        "import sys, realtime.cli;"
        "heavy = {'ctranslate2', 'faster_whisper', 'onnxruntime', 'torch', 'av'};"
        "heavy |= {'fastapi', 'hdrh', 'transformers'};"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_files_are_transcribed_without_the_listeners_libraries() -> None:
    code = (
        "import sys, realtime.app.library.local, realtime.app.usage\n"
        "sys.exit(', '.join({'fastapi', 'uvicorn'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
