"""Checks a corrected transcript before it is stored.

The check runs in a process of its own: parsing an hour of speech with its words blocks the
interpreter for a tenth of a second, and a few MB of crafted nested lists block it for longer and
take hundreds of MB. Live streams must not wait for that.
"""

from __future__ import annotations

import math
import os
import re
import resource
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import BinaryIO

import orjson

from realtime.errors import BadRequest, MessageTooBig
from realtime.scripts import join_texts
from realtime.server.uploads import Upload

MOST_EDIT_BYTES = 8 << 20
"""Limit for one corrected transcript. An hour of speech with its words and their probabilities has
about 1 MB in English and 1.3 MB in Korean; a whole day fits without its words."""
PATIENCE_S = 30.0
"""How long the parent waits. 8 MB take 0.5 s, or some seconds on a busy machine."""
MEMORY_BYTES, CPU_S = 512 << 20, 20
"""Limits of the child process: 8 MB of empty lists take 180 MB as objects."""
REFUSED = 3
"""The child's exit code for an invalid transcript; its stdout has the name of the invalid field."""
NICE = 5
"""Live streams have priority."""
_VERSION = re.compile(rb'\{"version":(\d{1,15}),')
_CHILD = "import sys; sys.path[:] = {path!r}; from realtime.server.page.edits import main; main()"

MOST_SEGMENTS, MOST_WORDS, MOST_LETTERS = 200_000, 5_000, 20_000
"""Segments of a transcript, words of a segment, characters of a text."""
MOST_SPEAKERS, MOST_NAME_LETTERS = 64, 100
"""Number of channels or speakers; characters of a name."""
MOST_COMMENTS, MOST_COMMENT_LETTERS = 50, 2_000
"""Comments on a segment, characters of a comment."""


async def receive(body: AsyncIterator[bytes], received: Upload) -> None:
    """Write a transcript that a client sends to the upload. Raises MessageTooBig, DiskFull."""
    async for chunk in body:
        if received.size_bytes + len(chunk) > MOST_EDIT_BYTES:
            raise MessageTooBig(
                f"The transcript has more than {MOST_EDIT_BYTES} bytes: leave its words out.",
                limit_bytes=MOST_EDIT_BYTES,
            )
        await received.write(chunk)


def checked_apart(file: BinaryIO) -> tuple[bytes, str]:
    """The result of `checked` for a file, and the transcript's text. Runs the check in a child
    process; blocks for a tenth of a second. Raises BadRequest."""
    file.seek(0)
    try:
        done = subprocess.run(
            [sys.executable, "-S", "-E", "-c", _CHILD.format(path=sys.path)],
            stdin=file.fileno(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LC_ALL": "C.UTF-8"},  # none of this process's secrets
            timeout=PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _wrong("body") from None
    if done.returncode:  # invalid, or over its limits
        raise _wrong(done.stdout.decode() if done.returncode == REFUSED else "body")
    edit, _, text = done.stdout.partition(b"\n")  # orjson writes no line breaks
    return edit, text.decode()


def main() -> None:
    """The child process: reads the transcript from stdin, and writes the checked one to stdout."""
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    try:
        edit = checked(sys.stdin.buffer.read())
    except BadRequest as error:
        sys.stdout.write(error.details["field"])
        sys.stdout.flush()
        sys.exit(REFUSED)
    texts = [segment["text"] for segment in orjson.loads(edit)["segments"]]
    sys.stdout.buffer.write(edit + b"\n" + join_texts(texts).encode())


def checked(body: bytes) -> bytes:
    """The JSON to store: `{"segments": […]}` as in a result, where some may have comments,
    `[{"text", "name"?}]`; and `speakers`, where some have names: `{"0": "Kim"}`.
    Raises BadRequest."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _wrong("body") from None
    segments = value.get("segments") if isinstance(value, dict) else None
    if not isinstance(segments, list) or len(segments) > MOST_SEGMENTS:
        raise _wrong("segments")
    edit: dict[str, object] = {"segments": [_segment(segment) for segment in segments]}
    if value.get("speakers"):
        edit["speakers"] = _names(value["speakers"])
    return orjson.dumps(edit)


def version_of(edit: bytes | None) -> int:
    """How often a transcript was corrected; 0: never. The number comes first in the stored JSON, so
    that a megabyte need not be parsed for it."""
    if edit is None:
        return 0
    found = _VERSION.match(edit)
    return int(found[1]) if found else 1  # stored before versions were counted


def with_version(edit: bytes, version: int) -> bytes:
    """The result of `checked` with its version, to be stored."""
    return b'{"version":%d,' % version + edit[1:]


def _names(value: object) -> dict[str, str]:
    """Names by number of the speaker or channel. Raises BadRequest."""
    if not isinstance(value, dict) or len(value) > MOST_SPEAKERS:
        raise _wrong("speakers")
    for number, name in value.items():
        is_number = number.isascii() and number.isdecimal() and int(number) < MOST_SPEAKERS
        if not is_number or not isinstance(name, str) or len(name) > MOST_NAME_LETTERS:
            raise _wrong("speakers")
    return value


def _segment(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _wrong("segments")
    edit = {**_span(value), "text": _text(value.get("text"), "text")}
    words = value.get("words")
    for whose in ("channel", "speaker"):
        number = value.get(whose)
        if isinstance(number, int) and 0 <= number < MOST_SPEAKERS:
            edit[whose] = number
    if words is not None:
        if not isinstance(words, list) or len(words) > MOST_WORDS:
            raise _wrong("words")
        edit["words"] = [_word(word) for word in words]
    if value.get("comments"):
        edit["comments"] = _comments(value["comments"])
    return edit


def _comments(value: object) -> list[dict[str, object]]:
    if not isinstance(value, list) or len(value) > MOST_COMMENTS:
        raise _wrong("comments")
    return [_comment(comment) for comment in value]


def _comment(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _wrong("comments")
    edit: dict[str, object] = {"text": _text(value.get("text"), "comments", MOST_COMMENT_LETTERS)}
    if value.get("name"):
        edit["name"] = _text(value["name"], "comments", MOST_NAME_LETTERS)
    return edit


def _word(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _wrong("words")
    edit = {**_span(value), "word": _text(value.get("word"), "word")}
    if value.get("probability") is not None:
        edit["probability"] = _number(value["probability"], "probability")
    return edit


def _span(value: dict[str, object]) -> dict[str, object]:
    return {name: _number(value.get(name), name) for name in ("start", "end")}


def _number(value: object, field: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _wrong(field)
    return value


def _text(value: object, field: str, most: int = MOST_LETTERS) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise _wrong(field)
    return value


def _wrong(field: str) -> BadRequest:
    return BadRequest("Send segments with start, end and text, as a result has them.", field=field)
