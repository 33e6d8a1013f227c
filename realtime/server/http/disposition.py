"""Reads the names of field and file from a part's Content-Disposition, however clients write it.
Pure.

Browsers and curl send `filename="…"` in UTF-8. Old versions of Requests and urllib3, Java and .NET
clients send `filename*=UTF-8''…` (RFC 5987), alone or next to a plain name without accents; clients
built on mail libraries send `filename="=?UTF-8?B?…?="` (RFC 2047).
"""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from urllib.parse import unquote_to_bytes

from python_multipart.multipart import parse_options_header

_PARAMETER = re.compile(r';\s*([^\s;="]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')
_EXTENDED = re.compile(r"([\w.:-]{1,40})'[^']*'(.*)", re.DOTALL)
_ENCODED_WORD = re.compile(r"=\?[^?\s]{1,40}\?[bBqQ]\?[^?]*\?=")


def part_names(header: bytes) -> tuple[str | None, str | None]:
    """Returns the field's name (None: it has none) and the file's name (None: it is no file).

    `filename*` has precedence over `filename` (RFC 6266, section 4.3).
    """
    _, options = parse_options_header(header)
    name, plain = options.get(b"name"), options.get(b"filename")
    shown = extended_name(header)
    if shown is None and plain is not None:
        shown = _decoded(plain.decode("utf-8", "replace"))
    return None if name is None else name.decode("utf-8", "replace"), shown


def extended_name(header: bytes) -> str | None:
    """The value of `filename*`; None where it is missing or cannot be decoded."""
    if b"*" not in header:  # true of most parts, and there may be a thousand
        return None
    for match in _PARAMETER.finditer(header.decode("latin-1")):
        if match[1].lower() != "filename*":
            continue
        parts = _EXTENDED.fullmatch(match[2].strip().strip('"'))
        if parts is not None:
            try:
                return unquote_to_bytes(parts[2]).decode(parts[1], "replace")
            except (LookupError, UnicodeError):  # unknown charset, or a codec that is no charset
                return None
    return None


def _decoded(name: str) -> str:
    """The name with its RFC 2047 encoded words, if any, as text."""
    if not _ENCODED_WORD.search(name):
        return name
    try:
        return str(make_header(decode_header(name)))
    except (HeaderParseError, LookupError, ValueError):  # it only looks like an encoded word
        return name
