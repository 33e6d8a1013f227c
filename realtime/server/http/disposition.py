"""The header of a form's part: the field's name, and the file's, in every way that clients write
one. Pure.

Browsers and curl send `filename="…"` in UTF-8. Requests and urllib3 of old, Java and .NET clients
send `filename*=UTF-8''…` (RFC 5987), alone or beside a plain name without accents; mail-minded ones
`filename="=?UTF-8?B?…?="` (RFC 2047).
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
    """→ the field's name, None where it has none, and the file's name, None where it is no file.

    `filename*` wins over `filename`, as RFC 6266 (section 4.3) has it.
    """
    _, options = parse_options_header(header)
    name, plain = options.get(b"name"), options.get(b"filename")
    shown = extended_name(header)
    if shown is None and plain is not None:
        shown = _decoded(plain.decode("utf-8", "replace"))
    return None if name is None else name.decode("utf-8", "replace"), shown


def extended_name(header: bytes) -> str | None:
    """What `filename*` says; None where there is none, or one that cannot be read."""
    if b"*" not in header:  # of most parts, and there may be a thousand
        return None
    for match in _PARAMETER.finditer(header.decode("latin-1")):
        if match[1].lower() != "filename*":
            continue
        parts = _EXTENDED.fullmatch(match[2].strip().strip('"'))
        if parts is not None:
            try:
                return unquote_to_bytes(parts[2]).decode(parts[1], "replace")
            except (LookupError, UnicodeError):  # no such charset, or one that is no charset
                return None
    return None


def _decoded(name: str) -> str:
    """With its encoded words, if there are any, as text."""
    if not _ENCODED_WORD.search(name):
        return name
    try:
        return str(make_header(decode_header(name)))
    except (HeaderParseError, LookupError, ValueError):  # a name that only looks like it
        return name
