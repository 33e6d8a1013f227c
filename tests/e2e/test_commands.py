"""The command `realtime` as a separate process: with a real server, and with errors."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from realtime.cli import main
from realtime.weights.bundled import Sample
from tests.e2e.support import BIN, SAMPLES, environment, said
from tests.serving import Served

pytestmark = pytest.mark.slow

NOWHERE = "http://127.0.0.1:9"
"""The port of the discard service, on which nothing listens."""
PATIENCE_S = 300.0
"""Never reached unless a command hangs; beside thirty busy processes 90 s were too few."""

needs_ffmpeg = pytest.mark.skipif(
    shutil.which("ffmpeg") is None, reason="needs ffmpeg: apt install ffmpeg"
)


def realtime(
    *arguments: object,
    given: bytes | None = None,
    limit: Callable[[], None] | None = None,
    **changes: str,
) -> tuple[int, str, str]:
    """Run it with `given` as piped input; → exit code, standard output and standard error."""
    done = subprocess.run(
        [BIN / "realtime", *map(str, arguments)],
        env=environment(HF_ENDPOINT=NOWHERE, **changes),
        input=given,
        stdin=subprocess.DEVNULL if given is None else None,
        capture_output=True,
        timeout=PATIENCE_S,
        preexec_fn=limit,
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def encoded(sample: Sample, *options: str) -> bytes:
    """A recording converted by ffmpeg, written to a pipe."""
    command = ["ffmpeg", "-v", "error", "-i", str(sample.path), *options, "-"]
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout


# stream


@needs_ffmpeg
@pytest.mark.parametrize(
    "options",
    [("-f", "mp3", "-b:a", "64k"), ("-c:a", "libopus", "-f", "webm"), ("-f", "flac")],
    ids=["mp3", "webm", "flac"],
)
def test_stream_reads_any_file(server: Served, tmp_path: Path, options: tuple[str, ...]) -> None:
    sample, path = SAMPLES["en-timer"], tmp_path / "speech"
    path.write_bytes(encoded(sample, *options))
    answer = realtime(*("stream", path, "--url", server.url, "--language", "en", "--pace", "fast"))
    assert (answer[0], answer[2]) == (0, "")
    said(answer[1], sample)


@needs_ffmpeg
@pytest.mark.parametrize(
    ("options", "flags"),
    [
        (("-f", "f32le", "-ar", "16000", "-ac", "1"), ()),
        (
            ("-f", "s16le", "-ar", "44100", "-ac", "2"),
            ("--encoding", "s16le", "--sample-rate", "44100", "--channels", "2"),
        ),
        (("-f", "wav"), ("--encoding", "auto")),
    ],
    ids=["as it is", "said", "container"],
)
def test_stream_reads_a_pipe(
    server: Served, options: tuple[str, ...], flags: tuple[str, ...]
) -> None:
    sample = SAMPLES["ko-agent"]
    given = encoded(sample, *options)
    code, out, err = realtime("stream", "-", "--url", server.url, *flags, given=given)
    assert (code, err) == (0, "")
    said(out, sample)


def test_stream_prints_the_messages(server: Served) -> None:
    sample = SAMPLES["en-hello"]
    code, out, err = realtime(
        *("stream", sample.path, "--url", server.url, "--language", "en", "--json", "--words")
    )
    messages = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (0, "")
    assert [messages[0]["type"], messages[-1]["type"]] == ["ready", "end"]
    assert any(message["type"] == "partial" for message in messages), "it plays in real time"
    (final,) = [message for message in messages if message["type"] == "final"]
    said(final["text"], sample)
    assert [word["word"].strip() for word in final["words"]] == final["text"].split()


def test_an_option_that_the_server_refuses_is_its_sentence(server: Served) -> None:
    sample = SAMPLES["en-hello"]
    code, out, err = realtime("stream", sample.path, "--url", server.url, "--language", "xx")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "'xx'" in err


# Errors that the user must correct: one sentence, exit code 2, no traceback


Serve = Callable[..., tuple[int, str, str]]


@pytest.fixture
def serve(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Serve:
    """`realtime serve` in this process, to save a process that only imports everything and ends.
    The results are those of `realtime`."""
    for name in [name for name in os.environ if name.startswith("STT_")]:
        monkeypatch.delenv(name)

    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["serve", "--web-port", "-1", *map(str, arguments)])
        return (int(ended.value.code or 0), *capsys.readouterr())

    return run


def test_a_port_in_use(serve: Serve) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        rest = ("--model", "bundled")
        refused("--port", serve("--port", port, "--api-port", "-1", *rest))
        refused("--api-port", serve("--port", "0", "--api-port", port, *rest))


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [(("--model", "nonsense"), "models list"), (("--model", "org/none"), "--model bundled")],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_serve_without_a_reachable_hub_is_refused(arguments: tuple[str, ...], advice: str) -> None:
    refused(advice, realtime("serve", "--port", "0", *arguments))


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (("--model", "smal"), "small"),
        (("--model", "./no/such/folder"), "correct the path"),
        (("--model", "/"), "config.json"),
        (("--device", "cuda", "--model", "bundled"), "--device cpu"),
        (("--config", "none.toml"), "--config"),
        (("--host", "0.0.0.0", "--model", "bundled"), "api_keys"),
        (("--tls-cert", "none.pem", "--tls-key", "none.pem"), "--tls-cert"),
        (("--vad", "ears"), "silero"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_serve_explains_errors(arguments: tuple[str, ...], advice: str, serve: Serve) -> None:
    if "cuda" in arguments and shutil.which("nvidia-smi"):
        pytest.skip("there may be a GPU here")
    refused(advice, serve("--port", "0", "--api-port", "-1", *arguments))


def test_a_flag_that_does_not_exist() -> None:
    code, out, err = realtime("serve", "--prot", "1")
    assert (code, out) == (2, "")
    assert "--port" in err
    assert "Traceback" not in err


def test_mic_without_a_microphone() -> None:
    code, out, _ = realtime("devices")
    if code == 0:
        pytest.skip(f"this machine has microphones: {out}")
    for flags in ((), ("--local", "--model", "bundled")):
        refused("realtime stream FILE", realtime("mic", *flags))


def refused(advice: str, answer: tuple[int, str, str]) -> None:
    """Check for one sentence that contains the advice, and exit code 2."""
    code, out, err = answer
    assert (code, out) == (2, "")
    sentences = [line for line in err.splitlines() if line.startswith("realtime: ")]
    assert len(sentences) == 1, err
    assert err.splitlines()[-1] == sentences[0], "what went wrong comes last"
    assert advice in sentences[0]
    assert "Traceback" not in err


# A full disk


def at_most(size: int) -> Callable[[], None]:
    """A `preexec_fn` that limits the files of a new process to `size` bytes."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, as Linux has it")
def test_a_transcript_onto_a_full_disk(server: Served) -> None:
    command = (BIN / "realtime", "stream", SAMPLES["en-hello"].path, "--url", server.url)
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            (*command, "--pace", "fast"),
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    assert done.returncode == 1
    # A busy machine's warnings may come before.
    assert done.stderr.splitlines()[-1] == "realtime: The disk is full: make room and try again."
    assert "Traceback" not in done.stderr


def test_a_model_onto_a_full_disk(tmp_path: Path) -> None:
    out = tmp_path / "base"
    code, _, err = realtime("models", "inflate", "micro", "base", out, limit=at_most(1 << 20))
    assert code != 0
    assert [line for line in err.splitlines() if not line.startswith("realtime: ")] == []
    assert str(out) in err
    assert not out.exists() or not os.listdir(out), "no half of a model is left behind"
