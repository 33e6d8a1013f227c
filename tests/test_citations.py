"""Comments and documents cite only texts that a reader can find: in the repository, or as a
published standard or paper that is named."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.readme import ROOT

FOLDERS = (".ci", "benchmarks", "clients", "docker", "docs", "realtime", "recipes", "tests", "web")
PROSE = {".md"}
MARKED = {
    ".css": r"/\*.*?\*/",
    ".html": r"<!--.*?-->",
    ".js": r"/\*.*?\*/|(?<!:)//[^\n]*",
    ".mjs": r"/\*.*?\*/|(?<!:)//[^\n]*",
    ".sh": r"(?m)^\s*#[^\n]*",
    ".toml": r"(?m)^\s*#[^\n]*",
    ".yaml": r"(?m)^\s*#[^\n]*",
    ".yml": r"(?m)^\s*#[^\n]*",
}
"""File suffix → pattern of its comments."""

_DOCUMENT = re.compile(r"[\w./-]*\w\.md\b")
_PASSAGE = re.compile(
    r"§|\bsections? \d|\bspec\b|\bspecification\b(?= section|,)|\bnotes, section\b"
)
_PUBLISHED = re.compile(
    r"\bRFC \d|\bISO(/IEC)? \d|\bWHATWG\b|\bW3C\b|\bITU-T\b|\barXiv\b|Content-Security-Policy|https?://"
)


def comments(source: str, suffix: str) -> Iterator[str]:
    """The prose in a file: comments and docstrings, or the paragraphs of a document."""
    if suffix in PROSE:
        yield from source.split("\n\n")
    elif suffix == ".py":
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.COMMENT:
                yield token.string
        for node in ast.walk(ast.parse(source)):
            match node:
                case ast.Expr(ast.Constant(str(text))):
                    yield text
    elif suffix in MARKED:
        yield from re.findall(MARKED[suffix], source, re.S)


def citations(text: str, here: Path) -> list[str]:
    """Citations in a comment or paragraph of a file in `here` that cannot be found."""
    named = [str(name) for name in _DOCUMENT.findall(text)]
    lost = [name for name in named if not any((top / name).exists() for top in (here, ROOT))]
    if not _PUBLISHED.search(text) and not (named and not lost):
        lost += _PASSAGE.findall(text)
    return [str(name) for name in lost]


def files() -> list[Path]:
    """All source files and documents."""
    inside = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*")]
    return [
        path
        for path in sorted([*inside, *ROOT.glob("*.md"), *ROOT.glob("*.toml")])
        if path.suffix in {".py", *PROSE, *MARKED}
        and not {"node_modules", "out", "build", "__pycache__"} & set(path.parts)
    ]


def test_every_citation_can_be_found() -> None:
    lost = [
        f"{path.relative_to(ROOT)}: {cited}"
        for path in files()
        for text in comments(path.read_text(encoding="utf-8"), path.suffix)
        for cited in citations(text, path.parent)
    ]
    assert lost == []


@pytest.mark.parametrize(
    ("source", "suffix", "found"),
    [
        ('"""Kept (spec, section 5)."""', ".py", True),
        ("x = 1  # see design.md", ".py", True),
        ("/** As http-api.md has it. */", ".js", True),
        ("# realtime.md §2", ".yaml", True),
        ("It is as the notes, section 3, say.", ".md", True),
        ('name = "notes.md"', ".py", False),
        ('"""The Host of a request (RFC 9110, section 7.2)."""', ".py", False),
        ('"""See `benchmarks/README.md`, section 2."""', ".py", False),
        ("spec = find_spec('x')", ".py", False),
    ],
)
def test_a_planted_citation_is_found(source: str, suffix: str, found: bool) -> None:
    cited = [one for text in comments(source, suffix) for one in citations(text, ROOT)]
    assert bool(cited) == found
