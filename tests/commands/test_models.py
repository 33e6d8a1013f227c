"""`realtime models download` and `remove`, against a hub on loopback."""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from realtime.cli import main
from realtime.models import cache
from tests.e2e.support import BIN, environment
from tests.models.hub_server import LocalHub, serve

SMALL = "Systran/faster-whisper-small"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[LocalHub]:
    folder = tmp_path / "offered"
    folder.mkdir()
    for name in ("config.json", "tokenizer.json", "vocabulary.json"):
        (folder / name).write_text("{}", encoding="utf-8")
    (folder / "model.bin").write_bytes(os.urandom(3_000_000))
    with serve() as server:
        server.repositories[SMALL] = folder
        yield server


def in_process(
    capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str
) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        main(["models", *arguments, "--models-dir", str(folder)])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out + err


def test_a_model_comes_and_goes(
    hub: LocalHub,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "cache"

    def download(*flags: str, answer: str = "") -> tuple[int, str]:
        """In a process of its own: the hub's library reads its address when it is imported."""
        command = [BIN / "realtime", "models", "download", "small", *flags]
        done = subprocess.run(
            [*command, "--models-dir", folder],
            input=answer,
            capture_output=True,
            text=True,
            env=environment(HF_ENDPOINT=hub.endpoint, NO_PROXY="127.0.0.1", HF_HUB_OFFLINE="0"),
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    code, said = download(answer="n\n")
    assert code == 1
    assert f"Download {SMALL} (3 MB)" in said
    assert cache.find(SMALL, folder) is None
    code, said = download("--yes")
    assert code == 0, said
    assert cache.find(SMALL, folder) is not None
    code, said = in_process(capsys, folder, "download", "small")
    assert (code, "already" in said) == (0, True)

    monkeypatch.setattr("sys.stdin", io.StringIO())
    code, said = in_process(capsys, folder, "remove", "small")
    assert code == 1, "nobody answered"
    assert cache.find(SMALL, folder) is not None
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    code, said = in_process(capsys, folder, "remove", "small")
    assert (code, "3 MB" in said) == (0, True)
    assert cache.find(SMALL, folder) is None
    code, said = in_process(capsys, folder, "remove", "small", "-y")
    assert (code, "models list" in said) == (2, True)


@pytest.mark.parametrize("name", ["auto", "bundled", "smal"])
def test_what_is_nothing_to_download(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    code, said = in_process(capsys, tmp_path, "download", name, "-y")
    assert (code, "models list" in said or "did you mean" in said) == (2, True)
