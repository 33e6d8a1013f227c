"""Writes a transcript as a web page that stands alone: no script, no font, no network. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from realtime.files.documents.layout import Block, Layout, plain

UNTITLED = {"ko": "전사문"}
"""Title of a transcript without a name, by language; `Transcript` in all others."""
STYLE = """\
:root { color-scheme: light dark; --paper: #fff; --ink: #1d1c1a; --soft: #5f5d57; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #171716; --ink: #ecebe7; --soft: #a8a59d; }
}
body { background: var(--paper); color: var(--ink); margin: 0 auto; max-width: 42rem;
  padding: 2rem 1rem; font: 1.0625rem/1.65 system-ui, "Malgun Gothic", sans-serif;
  overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0; }
h2 { font-size: 1.0625rem; margin: 1.5rem 0 0; break-after: avoid; }
p { margin: 0.25rem 0 0.75rem; }
time, .about { color: var(--soft); font-size: 0.875rem; font-variant-numeric: tabular-nums; }
time { margin-inline-end: 0.5rem; }
blockquote { margin: 0 0 0.75rem; border-left: 3px solid; padding-left: 0.75rem;
  color: var(--soft); }
"""
"""Contrast of `--soft` on `--paper`: 6.6 to 1 by day, 7.4 to 1 by night; WCAG asks for 4.5."""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""A page of somebody's words may load and run nothing, whatever stands in it."""


def html(layout: Layout) -> str:
    """The text of the page."""
    title = _text(layout.title) or UNTITLED.get(layout.language, "Transcript")
    lines = [
        "<!doctype html>",
        f'<html lang="{_text(layout.language)}">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title>",
        f"<style>\n{STYLE}</style>",
        "</head>",
        "<body>",
        "<main>",
        f"<h1>{title}</h1>",
        f'<p class="about">{_text(layout.about)}</p>',
        *(line for block in layout.blocks for line in _block(block)),
        "</main>",
        "</body>",
        "</html>",
    ]
    return "".join(f"{line}\n" for line in lines)


def _block(block: Block) -> Iterator[str]:
    if block.speaker:
        yield f"<h2>{_text(block.speaker)}</h2>"
    time = f"<time>{block.time}</time> " if block.time else ""
    yield f"<p>{time}{_text(block.text)}</p>"
    for comment in block.comments:
        yield f"<blockquote>{_text(comment)}</blockquote>"


def _text(text: str) -> str:
    return escape(plain(text))
