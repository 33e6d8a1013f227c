"""Transcripts → the bytes of files, several of them as one archive."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

from realtime.files.documents.layout import DocumentChoice, Layout, lay_out
from realtime.files.formats import Format, render
from realtime.types import Comment, Transcript

Kind: TypeAlias = Literal[Format, "docx", "pdf"]
KINDS: tuple[Kind, ...] = get_args(Kind)
MAX_NAME_CHARS = 120
ROOM = str.maketrans(dict.fromkeys(r'\/:*?"<>|', "_"))
"""Replaces the characters that some systems do not allow in file names."""


@dataclass(frozen=True, slots=True)
class Exported:
    """One transcript to be written."""

    name: str
    """The name that people know it by; it may have the recording's suffix."""
    transcript: Transcript
    names: Mapping[str, str] = field(default_factory=dict)
    """Names of speakers, by number."""
    comments: Sequence[Comment] = ()
    """Those that are to be in the file, in order."""


def write(exported: Exported, kind: Kind, choice: DocumentChoice) -> bytes:
    """The contents of one file."""
    transcript, names, title = exported.transcript, exported.names, stem(exported.name)
    if kind in ("txt", "docx", "pdf"):
        return _writer(kind)(lay_out(title, transcript, names, choice, exported.comments))
    form: Format = kind  # type: ignore[assignment]  # the others are
    made = render(transcript, form, names, title=title, choice=choice, comments=exported.comments)
    return (_with_comments(made, exported.comments) if kind == "json" else made).encode()


def _with_comments(made: str, comments: Sequence[Comment]) -> str:
    """The JSON of a transcript, with its comments where there are any."""
    if not comments:
        return made
    listed = [comment_dict(comment) for comment in comments]
    return json.dumps(json.loads(made) | {"comments": listed}, ensure_ascii=False, indent=2) + "\n"


def comment_dict(comment: Comment) -> dict[str, Any]:
    """A comment as JSON files and the HTTP API show it; without `name` where none was given."""
    named = {"name": comment.name} if comment.name else {}
    return {"start": round(comment.start_s, 3), "text": comment.text, **named}


def _writer(kind: Kind) -> Callable[[Layout], bytes]:
    """The writer of a kind. The document libraries take 30 MB, so they are loaded on first use."""
    if kind == "docx":
        from realtime.files.documents.docx import docx

        return docx
    if kind == "pdf":
        from realtime.files.documents.pdf import pdf

        return pdf
    return _text


def _text(layout: Layout) -> bytes:
    """Paragraphs for reading: the speaker and the time above the words."""
    blocks = []
    for block in layout.blocks:
        head = "  ".join(part for part in (block.speaker, block.time) if part)
        lines = [head, block.text, *block.comments] if head else [block.text, *block.comments]
        blocks.append("".join(f"{line}\n" for line in lines))
    return "\n".join(blocks).encode()


def archive(all_of: Iterable[Exported], kinds: Iterable[Kind], choice: DocumentChoice) -> bytes:
    """A ZIP file with every transcript in every format; a name that occurs again gets a number."""
    out = io.BytesIO()
    wanted = tuple(kinds)
    taken: set[str] = set()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for exported in all_of:
            name = _free(stem(exported.name), taken)
            for kind in wanted:
                packed.writestr(f"{name}.{kind}", write(exported, kind, choice))
    return out.getvalue()


def stem(name: str) -> str:
    """A valid name for files, without the recording's suffix."""
    head, dot, suffix = name.rpartition(".")
    base = head if dot and head and suffix.isalnum() and len(suffix) <= 8 else name
    plain = "".join(sign for sign in base.translate(ROOM) if sign.isprintable()).strip(" .")
    return plain[:MAX_NAME_CHARS] or "transcript"


def _free(name: str, taken: set[str]) -> str:
    """`name`, with a number if it is taken already, in whatever case."""
    free, number = name, 1
    while free.casefold() in taken:
        number += 1
        free = f"{name} ({number})"
    taken.add(free.casefold())
    return free
