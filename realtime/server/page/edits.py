"""What a corrected transcript must look like before it is kept.

It is parsed in a process of its own: an hour with its words takes the interpreter a tenth of a
second, and a few MB of nested lists that somebody made up take it for longer, and hundreds of MB.
Beside streams nothing may do that.
"""

from __future__ import annotations

import math
import os
import re
import resource
import subprocess
import sys
from typing import BinaryIO

import orjson

from realtime.errors import BadRequest
from realtime.scripts import join_texts

MOST_EDIT_BYTES = 8 << 20
"""Of one corrected transcript. An hour of speech with its words and their probabilities has about
1 MB in English and 1.3 MB in Korean; of a whole day, the sentences alone still fit."""
PATIENCE_S = 30.0
"""Of the parent. 8 MB take 0.5 s, on a machine that is busy some seconds."""
MEMORY_BYTES, CPU_S = 512 << 20, 20
"""What the process may take: 8 MB of empty lists are 180 MB as objects."""
REFUSED = 3
"""Its exit code where the transcript is none; what is wrong with it is on its output."""
NICE = 5
"""Streams come first."""
_VERSION = re.compile(rb'\{"version":(\d{1,15}),')
_CHILD = "import sys; sys.path[:] = {path!r}; from realtime.server.page.edits import main; main()"

MOST_SEGMENTS, MOST_WORDS, MOST_LETTERS = 200_000, 5_000, 20_000
"""Of a transcript, of a segment, of a text."""
MOST_SPEAKERS, MOST_NAME_LETTERS = 64, 100
"""As numbers of channels or speakers; of a name."""


def checked_apart(file: BinaryIO) -> tuple[bytes, str]:
    """`checked` of a whole file on disk, and its text. Blocks for a tenth of a second. Raises
    BadRequest."""
    file.seek(0)
    try:
        done = subprocess.run(
            [sys.executable, "-S", "-E", "-c", _CHILD.format(path=sys.path)],
            stdin=file.fileno(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LC_ALL": "C.UTF-8"},  # no secret of ours
            timeout=PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _wrong("body") from None
    if done.returncode:  # or it took more than it may
        raise _wrong(done.stdout.decode() if done.returncode == REFUSED else "body")
    kept, _, text = done.stdout.partition(b"\n")  # JSON has none outside of its strings
    return kept, text.decode()


def main() -> None:
    """The process's whole life: the transcript comes in at one end and goes out at the other."""
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    try:
        kept = checked(sys.stdin.buffer.read())
    except BadRequest as error:
        sys.stdout.write(error.details["field"])
        sys.stdout.flush()
        sys.exit(REFUSED)
    texts = [segment["text"] for segment in orjson.loads(kept)["segments"]]
    sys.stdout.buffer.write(kept + b"\n" + join_texts(texts).encode())


def checked(body: bytes) -> bytes:
    """The JSON to be kept: `{"segments": […]}` as in a result, and `speakers`, where some have
    names: `{"0": "Kim"}`. Raises BadRequest.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _wrong("body") from None
    segments = value.get("segments") if isinstance(value, dict) else None
    if not isinstance(segments, list) or len(segments) > MOST_SEGMENTS:
        raise _wrong("segments")
    kept: dict[str, object] = {"segments": [_segment(segment) for segment in segments]}
    if value.get("speakers"):
        kept["speakers"] = _names(value["speakers"])
    return orjson.dumps(kept)


def version_of(kept: bytes | None) -> int:
    """How often a transcript was corrected: 0, it was not. It is the first of what is kept, so that
    a megabyte need not be read for it."""
    if kept is None:
        return 0
    found = _VERSION.match(kept)
    return int(found[1]) if found else 1  # kept before versions were counted


def with_version(kept: bytes, version: int) -> bytes:
    """What `checked` gave, to be kept."""
    return b'{"version":%d,' % version + kept[1:]


def _names(value: object) -> dict[str, str]:
    """By the number of the speaker, or of the channel."""
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
    kept = {**_span(value), "text": _text(value.get("text"), "text")}
    words = value.get("words")
    for whose in ("channel", "speaker"):
        number = value.get(whose)
        if isinstance(number, int) and 0 <= number < MOST_SPEAKERS:
            kept[whose] = number
    if words is not None:
        if not isinstance(words, list) or len(words) > MOST_WORDS:
            raise _wrong("words")
        kept["words"] = [_word(word) for word in words]
    return kept


def _word(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _wrong("words")
    kept = {**_span(value), "word": _text(value.get("word"), "word")}
    if value.get("probability") is not None:
        kept["probability"] = _number(value["probability"], "probability")
    return kept


def _span(value: dict[str, object]) -> dict[str, object]:
    return {name: _number(value.get(name), name) for name in ("start", "end")}


def _number(value: object, field: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _wrong(field)
    return value


def _text(value: object, field: str) -> str:
    if not isinstance(value, str) or len(value) > MOST_LETTERS:
        raise _wrong(field)
    return value


def _wrong(field: str) -> BadRequest:
    return BadRequest("Send segments with start, end and text, as a result has them.", field=field)
