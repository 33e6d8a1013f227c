"""File names in requests: only files inside the allowed folder are ever opened."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path
from typing import Literal
from unicodedata import normalize

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realtime.errors import Forbidden, MissingFile
from realtime.server.allowed_folder import AllowedFolder

INSIDE, OUTSIDE = b"inside", b"outside"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_place(tmp_path_factory.mktemp("place"))


def make_place(top: Path) -> Path:
    """Create the allowed folder `audio/` beside a folder that must not be read."""
    audio, secret = top / "audio", top / "secret"
    (audio / "sub" / "deep").mkdir(parents=True)
    (audio / "locked").mkdir()
    secret.mkdir()
    (top / "audio-of-others").mkdir()
    for file in (audio / "a.wav", audio / "sub" / "b.wav", audio / "한국어 파일.wav"):
        file.write_bytes(INSIDE)
    for file in (secret / "s.wav", top / "audio-of-others" / "o.wav", top / "t.wav"):
        file.write_bytes(OUTSIDE)
    (audio / "link.wav").symlink_to(secret / "s.wav")
    (audio / "relative-link.wav").symlink_to("../secret/s.wav")
    (audio / "inner-link.wav").symlink_to("a.wav")
    (audio / "linked-folder").symlink_to(secret)
    (audio / "sub" / "up").symlink_to("../..")
    (audio / "loop").symlink_to("loop")
    (audio / "dangling.wav").symlink_to("/nowhere")
    (audio / "proc.wav").symlink_to("/proc/self/environ")
    (audio / "zero").symlink_to("/dev/zero")
    os.mkfifo(audio / "fifo.wav")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(audio / "socket.wav"))
    return top


TRICKS = (
    "../secret/s.wav",
    "../t.wav",
    "..",
    ".",
    "/",
    "",
    " ",
    "sub/../../secret/s.wav",
    "sub/../a.wav",
    "./../t.wav",
    "....//t.wav",
    "..\\secret\\s.wav",
    "sub/..",
    "/etc/passwd",
    "//etc/passwd",
    "/dev/zero",
    "/dev/stdin",
    "/proc/self/environ",
    "/proc/self/fd/0",
    "/proc/self/cwd/a.wav",
    "{top}/t.wav",
    "{top}/secret/s.wav",
    "{top}/audio-of-others/o.wav",
    "{top}/audio/../t.wav",
    "{top}/audio",
    "{top}/audio/",
    "{top}/audio/link.wav",
    "a.wav\0.txt",
    "\0",
    "../t.wav\0a.wav",
    "%2e%2e/t.wav",
    "%2e%2e%2ft.wav",
    "..%2ft.wav",
    "..%c0%aft.wav",
    "%00",
    "link.wav",
    "relative-link.wav",
    "inner-link.wav",
    "linked-folder/s.wav",
    "sub/up/t.wav",
    "sub/up/audio/a.wav",
    "loop",
    "loop/a.wav",
    "dangling.wav",
    "proc.wav",
    "zero",
    "fifo.wav",
    "socket.wav",
    "sub",
    "sub/",
    "sub/deep/",
    "a.wav/b.wav",
    "A.WAV",
    "~/t.wav",
    "$HOME/t.wav",
    "file:///etc/passwd",
    "http://127.0.0.1/a.wav",
    "concat:a.wav|../t.wav",
    "n" * 256,
    "n/" * 3000,
    "gpj.\u202evaw.exe",
    "．．/t.wav",
    "\ud800.wav",
    "{top}/audio/sub/up/t.wav",
)
"""Malicious names; `{top}` is the folder that contains the allowed one."""


@pytest.mark.parametrize("trick", TRICKS, ids=lambda trick: repr(trick)[:40])
def test_a_malicious_name_is_refused(trick: str, place: Path) -> None:
    name = trick.replace("{top}", str(place))
    with pytest.raises((Forbidden, MissingFile)) as refused:
        AllowedFolder(place / "audio").open(name)
    error = refused.value
    if isinstance(error, Forbidden):
        assert error.details["allowed_directory"] == str(place / "audio")
    else:
        assert isinstance(error.details["file_path"], str)


@pytest.mark.parametrize(
    "name",
    [
        *("a.wav", "a.wav/", "./a.wav", "sub/b.wav", "sub//b.wav", "한국어 파일.wav"),
        *("{top}/audio/a.wav", "{top}/audio//sub/./b.wav", "audio/a.wav"),
    ],
)
def test_files_inside_the_folder_are_opened(
    name: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    name = name.replace("{top}", str(place))
    opened = AllowedFolder(Path("audio")).open(name)
    with opened.file:
        assert opened.file.read() == INSIDE
    assert (opened.shown_path, opened.size_bytes) == (name, len(INSIDE))


def test_the_folder_itself_may_be_a_link_and_may_come_later(tmp_path: Path) -> None:
    folder = AllowedFolder(tmp_path / "audio")
    with pytest.raises(MissingFile):
        folder.open("a.wav")
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.wav").write_bytes(INSIDE)
    (tmp_path / "audio").symlink_to("real")
    for name in ("a.wav", str(tmp_path / "real" / "a.wav"), str(tmp_path / "audio" / "a.wav")):
        with folder.open(name).file as file:
            assert file.read() == INSIDE


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(
            (
                *("..", ".", "", "sub", "up", "a.wav", "b.wav", "link.wav", "linked-folder"),
                *("s.wav", "t.wav", "audio", "secret", "\0", "%2e%2e", "loop", "deep"),
            )
        ),
        max_size=8,
    ).map("/".join)
)
def test_no_combination_leads_out(place: Path, name: str) -> None:
    try:
        opened = AllowedFolder(place / "audio").open(name)
    except (Forbidden, MissingFile):
        return
    with opened.file:
        assert opened.file.read() == INSIDE


def test_no_race_leads_out(tmp_path: Path) -> None:
    """A folder and a file are replaced by links and back while they are opened."""
    audio, secret = tmp_path / "audio", tmp_path / "secret"
    for folder, content in ((audio / "sub", INSIDE), (secret, OUTSIDE)):
        folder.mkdir(parents=True)
        (folder / "x.wav").write_bytes(content)
    (tmp_path / "evil").symlink_to(secret)
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            os.rename(audio / "sub", tmp_path / "away")
            os.rename(tmp_path / "evil", audio / "sub")
            os.rename(audio / "sub", tmp_path / "evil")
            os.rename(tmp_path / "away", audio / "sub")

    swapping = threading.Thread(target=swap)
    swapping.start()
    read: set[bytes] = set()
    try:
        for _ in range(3_000):
            try:
                with AllowedFolder(audio).open("sub/x.wav").file as file:
                    read.add(file.read())
            except (Forbidden, MissingFile):
                read.add(b"")
    finally:
        stop.set()
        swapping.join()
    assert OUTSIDE not in read
    assert len(read) == 2  # both occurred: the inside file, and a refusal


def test_unreadable_files_are_refused(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (tmp_path / "a.wav").write_bytes(INSIDE)
    (tmp_path / "a.wav").chmod(0)
    with pytest.raises(Forbidden):
        AllowedFolder(tmp_path).open("a.wav")


@pytest.mark.parametrize(("stored", "asked"), [("NFC", "NFD"), ("NFD", "NFC"), ("NFD", "NFD")])
def test_a_name_is_found_in_any_unicode_normalisation(
    tmp_path: Path, stored: Literal["NFC", "NFD"], asked: Literal["NFC", "NFD"]
) -> None:
    folder = tmp_path / normalize(stored, "녹음")
    folder.mkdir()
    (folder / normalize(stored, "통화é.wav")).write_bytes(INSIDE)
    opened = AllowedFolder(tmp_path).open(normalize(asked, "녹음/통화é.wav"))
    assert opened.file.read() == INSIDE
    opened.file.close()
    with pytest.raises(MissingFile):
        AllowedFolder(tmp_path).open("녹음/없음.wav")
