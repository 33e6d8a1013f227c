"""Writes a transcript as Markdown (CommonMark). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from realtime.files.documents.layout import Block, Layout, plain

_MARKUP = re.compile(r"[\\`*_\[\]<>#&~|$]")
"""Has a meaning anywhere in a line: CommonMark's, and that of tables, strikethrough and formulas,
which most programs know, too."""
_START = re.compile(r"^([+=-]|\d{1,9}[.)])")
"""Has a meaning at the start of a paragraph: lists, rules."""


def markdown(layout: Layout) -> str:
    """The text of the file."""
    heading = [f"# {escaped(layout.title)}"] if layout.title else []
    parts = [*heading, escaped(layout.about)]
    parts += [part for block in layout.blocks for part in _block(block)]
    return "\n\n".join(parts) + "\n"


def _block(block: Block) -> Iterator[str]:
    if block.speaker:
        yield f"**{escaped(block.speaker)}**"
    time = f"*{block.time}* " if block.time else ""
    yield f"{time}{escaped(block.text)}"
    if block.comments:
        yield "\n>\n".join(f"> {escaped(comment)}" for comment in block.comments)


def escaped(text: str) -> str:
    """The text on one line, so that a reader of Markdown shows every letter of it."""
    line = _MARKUP.sub(r"\\\g<0>", plain(text))
    return _START.sub(lambda found: f"{found[1][:-1]}\\{found[1][-1]}", line)
