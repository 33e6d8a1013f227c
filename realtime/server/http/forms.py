"""Reads forms from request bodies; uploads go straight to the disk."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qsl

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from realtime.errors import BadRequest
from realtime.files.threads import in_thread
from realtime.jobs.files import shown_name
from realtime.server.http.disposition import part_names
from realtime.server.uploads import Upload, UploadFolder

if TYPE_CHECKING:  # the library defines it for type checkers only
    from python_multipart.multipart import MultipartCallbacks

MOST_FIELDS = 1_200
"""A batch names up to 1,000 files, one per field."""
MOST_TEXT_BYTES = 256 << 10
"""Limit for all text fields together: a thousand paths of a batch."""

_INDEX = re.compile(r"\[\d{0,4}\]$")
"""The end of a list field's name, as PHP and qs write it."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FormLimits:
    """What a form may hold besides the bytes of its files."""

    most_files: int = 1
    most_fields: int = MOST_FIELDS
    most_text_bytes: int = MOST_TEXT_BYTES


ONE_FILE = FormLimits()


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """One file of a form."""

    field: str
    filename: str
    """The client's name of the file, without folders. For display: never used as a path."""
    upload: Upload


@dataclass(slots=True)
class Form:
    """The contents of a form. `name`, `name[]` and `name[0]` are the same field."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    files: list[ReceivedFile] = field(default_factory=list)

    def add(self, name: str, value: str) -> None:
        self.fields.setdefault(_INDEX.sub("", name), []).append(value)

    def close(self) -> None:
        for file in self.files:
            file.upload.close()


@contextlib.asynccontextmanager
async def read_form(
    request: Request, folder: UploadFolder, limits: FormLimits = ONE_FILE
) -> AsyncIterator[Form]:
    """The form of a request; its files are closed afterwards.

    Raises BadRequest, MessageTooBig, DiskFull, SlowUpload, ClientDisconnect.
    """
    kind = _content_type(request)
    form = Form()
    try:
        if kind.get_content_type() == "multipart/form-data":
            announced = request.headers.get("content-length", "")
            expected_bytes = int(announced) if announced.isdigit() else 0
            await in_thread(None, lambda: folder.check(expected_bytes))
            await _Multipart(form, folder, limits).read(request)
        else:
            await _read_urlencoded(request, form, limits)
        yield form
    finally:
        await in_thread(None, form.close)  # to free a large file takes time


async def while_connected(request: Request, work: Awaitable[T]) -> T:
    """Wait for `work`; where the client disconnects, cancel it and raise ClientDisconnect."""
    working = asyncio.ensure_future(work)
    watching = asyncio.ensure_future(_hung_up(request))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        working.cancel()
        watching.cancel()
        await asyncio.gather(working, watching, return_exceptions=True)


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _content_type(request: Request) -> Message:
    """The Content-Type header, parsed like a mail header. Raises BadRequest where it is not a
    form's."""
    message = Message()
    message["content-type"] = request.headers.get(
        "content-type", "application/x-www-form-urlencoded"
    )
    if message.get_content_type() not in (
        "multipart/form-data",
        "application/x-www-form-urlencoded",
    ):
        raise BadRequest(
            "The body must be a form: multipart/form-data or application/x-www-form-urlencoded.",
            field="content-type",
        )
    return message


async def _read_urlencoded(request: Request, form: Form, limits: FormLimits) -> None:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limits.most_text_bytes:
            raise _too_much_text(limits)
    # In a thread: decoding a body of percent signs takes a tenth of a second.
    for name, value in await in_thread(None, lambda: _pairs(bytes(body), limits)):
        form.add(name, value)


def _pairs(body: bytes, limits: FormLimits) -> list[tuple[str, str]]:
    """The fields of an urlencoded body. Raises BadRequest."""
    text = body.decode("utf-8", "replace")
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=limits.most_fields)
    except ValueError:
        raise _too_many("fields", limits.most_fields) from None


@dataclass(slots=True)
class _FilePart:
    """A part of the form that is a file."""

    field: str
    filename: str
    upload: Upload | None = None
    """None until something is written."""


class _Multipart:
    """The parser's callbacks collect writes; these run after each chunk, off the event loop."""

    def __init__(self, form: Form, folder: UploadFolder, limits: FormLimits) -> None:
        self._form, self._folder, self._limits = form, folder, limits
        self._header_name = bytearray()
        self._header_value = bytearray()
        self._disposition = b""
        self._name = ""
        self._file: _FilePart | None = None
        self._files = 0
        self._text = bytearray()
        self._text_bytes = self._parts = 0
        self._writes: list[tuple[_FilePart, bytes]] = []
        self._ended = False

    async def read(self, request: Request) -> None:
        _, options = parse_options_header(request.headers["content-type"])
        boundary = options.get(b"boundary")
        if not boundary:
            raise BadRequest("The form has no boundary in its content type.", field="content-type")
        try:
            parser = MultipartParser(boundary, self._callbacks())
            async for chunk in request.stream():
                parser.write(chunk)
                for part, data in self._merged_writes():
                    await (part.upload or await self._open(part)).write(data)
            parser.finalize()
        except (FormParserError, ValueError) as error:
            raise BadRequest("The form is broken: send it as multipart/form-data.") from error
        if not self._ended:
            raise BadRequest("The form ends before its last boundary: send it again.")

    def _callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._on_header_name,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers,
            "on_part_data": self._on_data,
            "on_part_end": self._on_part_end,
            "on_end": self._on_end,
        }

    async def _open(self, part: _FilePart) -> Upload:
        part.upload = await in_thread(None, self._folder.new, Upload.close)
        self._form.files.append(ReceivedFile(part.field, part.filename, part.upload))
        return part.upload

    def _merged_writes(self) -> Iterator[tuple[_FilePart, bytes]]:
        """One write per file: the parser splits data at every line end that might begin a
        boundary."""
        pending, self._writes = self._writes, []
        while pending:
            part = pending[0][0]
            same = [data for other, data in pending if other is part]
            pending = [item for item in pending if item[0] is not part]
            yield part, b"".join(same)

    def _begin(self) -> None:
        self._disposition, self._file = b"", None
        self._text.clear()
        self._parts += 1
        if self._parts > self._limits.most_fields:
            raise _too_many("fields", self._limits.most_fields)

    def _on_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _on_header_end(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._disposition = bytes(self._header_value)
        self._header_name.clear()
        self._header_value.clear()

    def _on_headers(self) -> None:
        name, filename = part_names(self._disposition)
        if name is None:
            raise BadRequest("A part of the form has no name.")
        self._name = name
        if filename is None:
            return
        if self._files >= self._limits.most_files:
            raise _too_many("files", self._limits.most_files)
        self._files += 1
        self._file = _FilePart(name, shown_name(filename))
        self._writes.append((self._file, b""))  # a file without content is one, too

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._writes.append((self._file, data[start:end]))
            return
        self._text += data[start:end]
        self._text_bytes += end - start
        if self._text_bytes > self._limits.most_text_bytes:
            raise _too_much_text(self._limits)

    def _on_part_end(self) -> None:
        if self._file is None:
            self._form.add(self._name, self._text.decode("utf-8", "replace"))

    def _on_end(self) -> None:
        self._ended = True


def _too_many(what: str, most: int) -> BadRequest:
    shown = what.removesuffix("s") if most == 1 else what
    return BadRequest(
        f"A form may have at most {most} {shown}: send the others by themselves.", field=what
    )


def _too_much_text(limits: FormLimits) -> BadRequest:
    return BadRequest(
        f"The form has more than {limits.most_text_bytes} bytes of text: send audio as a file part."
    )
