"""Forms are read alike however their bytes are split; malformed ones are refused."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import threading
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive

from realtime.errors import BadRequest, MessageTooBig
from realtime.server.http.forms import Form, FormLimits, read_form, while_connected
from realtime.server.uploads import Upload, UploadFolder
from tests.server.support import PATIENCE_S

Part = tuple[str, str | None, bytes]
"""(field, file name, content)."""


def multipart(parts: Sequence[Part], boundary: str = "limit") -> bytes:
    out = b""
    for name, filename, content in parts:
        file = f'; filename="{filename}"' if filename is not None else ""
        out += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n'.encode()
        out += b"Content-Type: application/octet-stream\r\n\r\n" + content + b"\r\n"
    return out + f"--{boundary}--\r\n".encode()


FIVE_FILES = FormLimits(most_files=5)


def request(chunks: Sequence[bytes], kind: str = "multipart/form-data; boundary=limit") -> Request:
    """A request whose body comes in these chunks, before the client disconnects."""
    waiting = list(chunks)

    async def receive() -> Message:
        if waiting:
            chunk = waiting.pop(0)
            return {"type": "http.request", "body": chunk, "more_body": bool(waiting)}
        return {"type": "http.disconnect"}

    return request_from(receive, kind)


def request_from(receive: Receive, kind: str = "") -> Request:
    headers = [(b"content-type", kind.encode())] if kind else []
    return Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive)


def read(
    chunks: Sequence[bytes],
    kind: str = "multipart/form-data; boundary=limit",
    limits: FormLimits = FIVE_FILES,
    limit_bytes: int = 1 << 20,
) -> tuple[dict[str, list[str]], list[tuple[str, str, bytes]]]:
    """Read a form; → its fields, and its files as (field, name, content)."""

    async def work() -> tuple[dict[str, list[str]], list[tuple[str, str, bytes]]]:
        with tempfile.TemporaryDirectory() as place:
            folder = UploadFolder(Path(place), limit_bytes)
            async with read_form(request(chunks, kind), folder, limits) as form:
                return form.fields, [_content(form, at) for at in range(len(form.files))]

    return asyncio.run(work())


def _content(form: Form, at: int) -> tuple[str, str, bytes]:
    received = form.files[at]
    received.upload.file.seek(0)
    return received.field, received.filename, received.upload.file.read()


names = st.text("abcxyz_", min_size=1, max_size=8)
contents = st.one_of(
    st.binary(max_size=200),
    st.lists(st.sampled_from([b"\r\n", b"--", b"\r\n--limi", b"limit", b"x", b"\r", b"-"])).map(
        b"".join
    ),
).filter(lambda content: b"--limit" not in content)
files = st.tuples(names, names, contents)
texts = st.tuples(names, st.none(), st.text(max_size=50).map(str.encode)).filter(
    lambda part: b"--limit" not in part[2]
)


@given(
    st.lists(st.one_of(texts, files), min_size=1, max_size=5),
    st.lists(st.integers(1, 400), max_size=20),
)
def test_any_split_of_the_bytes_is_parsed_alike(parts: list[Part], cuts: list[int]) -> None:
    body = multipart(parts)
    at = sorted({0, len(body), *(cut for cut in cuts if cut < len(body))})
    chunks = [body[a:b] for a, b in pairwise(at)]
    fields, received = read(chunks)
    assert received == [(n, file, c) for n, file, c in parts if file is not None]
    expected: dict[str, list[str]] = {}
    for name, file, content in parts:
        if file is None:
            expected.setdefault(name, []).append(content.decode())
    assert fields == expected


@given(st.binary(max_size=300), st.sampled_from(["multipart/form-data; boundary=limit", ""]))
def test_any_bytes_are_a_form_or_an_error(body: bytes, kind: str) -> None:
    with contextlib.suppress(BadRequest):
        read([body], kind)


def test_arrays_with_and_without_brackets_are_one() -> None:
    parts: list[Part] = [("a[]", None, b"1"), ("a", None, b"2"), ("b[]", None, b"")]
    assert read([multipart(parts)])[0] == {"a": ["1", "2"], "b": [""]}
    kind = "application/x-www-form-urlencoded"
    assert read([b"a%5B%5D=1&a=", b"%ED%95%9C&c"], kind)[0] == {"a": ["1", "한"], "c": [""]}
    numbered = b"a[0]=1&a[1]=2&a[x]=3&a[0][b]=4"
    assert read([numbered], kind)[0] == {"a": ["1", "2"], "a[x]": ["3"], "a[0][b]": ["4"]}


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.wav", "a.wav"),
        ("x" * 300, "x" * 200),
        ("한" * 300 + ".wav", "한" * 196 + ".wav"),
        (normalize("NFD", "통화.wav"), "통화.wav"),
        ("", ""),
    ],
)
def test_a_file_name_has_no_path(sent: str, shown: str) -> None:
    (file,) = read([multipart([("file", sent, b"1")])])[1]
    assert file == ("file", shown, b"1")


@pytest.mark.parametrize(
    "body",
    [
        multipart([("a", None, b"1")])[:-8],  # no final boundary
        multipart([("file", "a", b"1")])[:-20],
        multipart([("a", None, b"1")]).replace(b'name="a"', b'title="a"'),
        b"nothing of the kind",
        b"",
    ],
)
def test_broken_forms_are_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        read([body])


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "multipart/form-data", "multipart/mixed; boundary=b"]
)
def test_other_bodies_are_refused(kind: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read([b"{}"], kind)
    assert refused.value.details == {"field": "content-type"}


def test_forms_beyond_the_limits_are_refused() -> None:
    few = FormLimits(most_files=1, most_fields=3, most_text_bytes=1_000)
    urlencoded = "application/x-www-form-urlencoded"
    with pytest.raises(BadRequest, match="at most 3 fields"):
        read([multipart([("a", None, b"1")] * 4)], limits=few)
    with pytest.raises(BadRequest, match="at most 3 fields"):
        read([b"a=1&a=1&a=1&a=1"], urlencoded, few)
    with pytest.raises(BadRequest, match="more than 1000 bytes"):
        read([multipart([("a", None, b"1" * 1_001)])], limits=few)
    with pytest.raises(BadRequest, match="more than 1000 bytes"):
        read([b"a=" + b"1" * 1_001], urlencoded, few)
    with pytest.raises(BadRequest, match="at most 1 file:"):
        read([multipart([("a", "a", b"1")] * 2)], limits=few)
    with pytest.raises(MessageTooBig):
        read([multipart([("a", "a", b"1" * 101)])], limit_bytes=100)


class WatchedFolder(UploadFolder):
    """Notes the threads that touch the disk."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, 1 << 20)
        self.threads: list[int] = []

    def check(self, expected_bytes: int) -> None:
        self.threads.append(threading.get_ident())
        super().check(expected_bytes)

    def new(self) -> Upload:
        self.threads.append(threading.get_ident())
        return WatchedUpload(super().new().file, self.limit_bytes, self.threads)


class WatchedUpload(Upload):
    def __init__(self, file: BinaryIO, limit_bytes: int, threads: list[int]) -> None:
        super().__init__(file, limit_bytes)
        self._threads = threads

    def close(self) -> None:
        self._threads.append(threading.get_ident())
        super().close()


async def test_the_event_loop_does_not_touch_the_disk(tmp_path: Path) -> None:
    folder, sent = WatchedFolder(tmp_path), multipart([("a", "a", b"1"), ("b", "b", b"")])
    async with read_form(request([sent]), folder, FIVE_FILES) as form:
        assert [file.field for file in form.files] == ["a", "b"]
    assert len(folder.threads) == 5  # one check, two files opened and closed
    assert threading.get_ident() not in folder.threads


async def test_work_ends_with_its_client() -> None:
    ended = asyncio.Event()

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(ClientDisconnect):
        await asyncio.wait_for(while_connected(request([]), endless()), PATIENCE_S)
    assert ended.is_set()

    async def failing() -> None:
        raise BadRequest("No.")

    async def silent() -> Message:
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    stays = request_from(silent)
    with pytest.raises(BadRequest):
        await while_connected(stays, failing())
    assert await while_connected(stays, asyncio.sleep(0, "done")) == "done"


def test_an_extended_name_alone_is_an_upload() -> None:
    body = multipart([("file", "?", b"1")]).replace(
        b'filename="?"', b"filename*=UTF-8''%ED%86%B5%ED%99%94.wav"
    )
    assert read([body]) == ({}, [("file", "통화.wav", b"1")])
