"""The documentation is correct: tables, links, commands, flags and code."""

from __future__ import annotations

import re
import subprocess
import sys
import typing
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer.main

import realtime.app.app  # noqa: F401 - defines the errors of the API
from realtime.cli import app
from realtime.errors import RealtimeError
from realtime.live import life
from realtime.settings.table import Language, settings_table
from tests.readme import (
    ARCHITECTURE,
    DOCS,
    HTTP_API,
    READMES,
    ROOT,
    SETTINGS,
    Block,
    blocks,
    guide,
    metrics_table,
    renewed,
    with_table,
)

DOCUMENTS = sorted(
    path
    for pattern in (
        "*.md",
        "benchmarks/**/*.md",
        "clients/**/*.md",
        "docs/**/*.md",
        "recipes/**/*.md",
    )
    for path in ROOT.glob(pattern)
)
MOST_README_LINES = 200
"""A reader should be able to decide within a minute."""
LANGUAGES: tuple[Language, ...] = typing.get_args(Language)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_COMMAND = re.compile(r"(?:^|[\s/|])realtime ([a-z]+(?:-[a-z]+)*(?: [a-z]+)?)([^|\n]*)")
_MODULE = re.compile(r"\b((?:benchmarks|recipes)(?:\.[a-z_]+)+)\b")
_MAKE = re.compile(r"(?:^|\s)make ([a-z]+)", re.M)


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def code_of(text: str) -> list[str]:
    """Everything formatted as a command: lines of shell blocks, and code spans."""
    lines = [
        line.partition("  #")[0]
        for block in blocks(text)
        if block.kind == "sh"
        for line in block.code.replace("\\\n", " ").splitlines()
    ]
    return lines + _SPAN.findall(re.sub(r"^```.*?^```$", "", text, flags=re.S | re.M))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_tables_are_those_of_the_code() -> None:
    texts = renewed()
    assert len(texts) == 12
    old = [named(path) for path, text in texts.items() if text_of(path) != text]
    assert old == [], "run: python -m tests.readme"


@pytest.mark.parametrize("language", LANGUAGES)
def test_documents_hold_all_settings_and_metrics(language: Language) -> None:
    assert settings_table(language) in text_of(SETTINGS[language])
    assert "`realtime_sessions_active` | gauge" in metrics_table(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_life_of_a_stream_is_drawn_and_explained(language: Language) -> None:
    text = text_of(ARCHITECTURE[language])
    assert drawings(text) & drawings(life.__doc__ or "")
    for kind in (life.LifeState, life.Event, life.Action):
        assert [item.name for item in kind if f"| {item.name} |" not in text] == []


def drawings(text: str) -> set[str]:
    """Paragraphs with a diagram."""
    return {part.strip("\n`") for part in text.split("\n\n") if "▶" in part}


LIVE_ALONE = {"bad_message", "idle", "session_not_found", "slow_consumer"}
"""Error codes that only the live protocol uses, and no HTTP route."""


def kinds(error: type[RealtimeError] = RealtimeError) -> Iterator[type[RealtimeError]]:
    """An error class and all its subclasses."""
    yield error
    for kind in error.__subclasses__():
        yield from kinds(kind)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_of_the_api_stands_beside_its_status(language: Language) -> None:
    rows = re.findall(r"^\| (\d[\d, ]*) \| (.+?) \|", text_of(HTTP_API[language]), re.M)
    listed = {code: status for status, codes in rows for code in re.findall(r"`(\w+)`", codes)}
    raised = {
        kind.code: kind.http_status
        for kind in kinds()
        if kind.__module__.startswith(("realtime.errors", "realtime.server"))
        if kind.fault != "operator" and kind.code not in LIVE_ALONE
    }
    assert listed.keys() == raised.keys()
    assert [code for code, status in raised.items() if str(status) not in listed[code]] == []


def test_a_document_without_marks_is_noticed() -> None:
    with pytest.raises(ValueError, match="marks"):
        with_table("# Nothing\n", "settings", "| a |")


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_links_have_targets(path: Path) -> None:
    for target in _LINK.findall(text_of(path)):
        if "://" in target or target.startswith("mailto:"):
            continue
        file, _, anchor = unquote(target).partition("#")
        place = (path.parent / file) if file else path
        assert place.exists(), target
        if anchor:
            assert anchor in anchors(text_of(place)), target


def anchors(text: str) -> set[str]:
    """Anchors of the headings as GitHub generates them."""
    headings = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in headings}


def options(command: typing.Any, words: list[str]) -> set[str] | None:
    """Flags of the command that `words` lead to; None if there is no such command."""
    for word in words:
        if not hasattr(command, "commands"):
            break  # an argument of the command
        command = command.commands.get(word)
        if command is None:
            return None
    if hasattr(command, "commands") and not words:
        return None
    flags = {flag for item in command.params for flag in (*item.opts, *item.secondary_opts)}
    return flags | {"--help"}


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_commands_and_flags_exist(path: Path) -> None:
    root = typer.main.get_command(app)
    for line in code_of(text_of(path)):
        for words, rest in _COMMAND.findall(line):
            known = options(root, words.split())
            assert known is not None, f"realtime {words}"
            for flag in re.findall(r"(?<!\S)--[a-z0-9-]+", rest):
                assert flag in known, f"realtime {words} … {flag}"


def every_flag(command: typing.Any) -> set[str]:
    """Flags of a command and of all its subcommands."""
    own = {flag for item in command.params for flag in (*item.opts, *item.secondary_opts)}
    return own.union(*(every_flag(below) for below in getattr(command, "commands", {}).values()))


FOR_USERS = [path for path in DOCUMENTS if path in READMES.values() or path.parent == DOCS]


@pytest.mark.parametrize("path", FOR_USERS, ids=named)
def test_flags_mentioned_without_a_command_exist(path: Path) -> None:
    known = every_flag(typer.main.get_command(app))
    for span in _SPAN.findall(text_of(path)):
        if span.startswith("--"):
            assert span.split()[0] in known, span


def test_an_invented_command_or_flag_would_be_noticed() -> None:
    root = typer.main.get_command(app)
    assert options(root, ["invented"]) is None
    assert options(root, ["models", "invented"]) is None
    serve = options(root, ["serve"])
    assert serve is not None
    assert "--port" in serve
    assert "--invented" not in serve
    assert _COMMAND.findall("STT_X=1 .venv/bin/realtime models list --json") == [
        ("models list", " --json")
    ]


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_modules_that_are_run_exist(path: Path) -> None:
    for line in code_of(text_of(path)):
        for module in _MODULE.findall(line.replace("/", " ")):
            assert find_spec(module), module


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_targets_of_make_exist(path: Path) -> None:
    makefile = text_of(ROOT / "Makefile")
    for line in code_of(text_of(path)):
        for target in _MAKE.findall(line):
            assert re.search(rf"^{target}:", makefile, re.M), target


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_code_is_well_formed(path: Path) -> None:
    for number, block in enumerate(blocks(text_of(path))):
        name = f"{path.name} block {number}"
        if block.kind == "python":
            compile(block.code, name, "exec", dont_inherit=True)
        elif block.kind in ("sh", "bash"):
            done = subprocess.run(
                ["bash", "-n"], input=block.code, capture_output=True, text=True, check=False
            )
            assert (done.returncode, done.stderr) == (0, ""), name


NOT_RUN = {
    "make run": "installs, and serves until it is stopped",
    "python3 -m http.server 8000": "serves until it is stopped",
    ".venv/bin/pip install 'realtime-whisper[jobs]'": "needs PostgreSQL and Redis elsewhere",
    "docker compose up": "needs Docker, and builds images",
    "STT_API_URL=http://gpu:8003 .venv/bin/realtime serve": "needs another machine",
    "curl -X POST localhost:8003/backend/reload": "downloads a model, and loads a second backend",
    ".venv/bin/realtime models pack base": "needs a model that was downloaded",
    ".venv/bin/realtime load-test": "looks for the capacity for minutes",
}
"""The beginnings of blocks that no test runs, and the reasons."""
PROGRAMS = re.compile(r"(?:^|[|&;] *|= *)(realtime|pip|python|websocat) ", re.M)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_block_runs_as_it_stands_or_says_why_not(language: Language) -> None:
    found = blocks(guide(language))
    for item in found:
        if item.kind == "sh" and not item.run:
            assert item.code.startswith(tuple(NOT_RUN)), item.code
        if item.kind == "sh":
            assert not PROGRAMS.search(item.code), f"not that of .venv/bin: {item.code}"
        if item.kind in ("python", "html"):
            assert item.file, f"under which name is it saved? {item.code}"
            text = guide(language).partition(f"<!-- file: {item.file} -->")[0]
            assert f"`{item.file}`" in text.rstrip().splitlines()[-1], "readers do not see marks"
    run = "".join(item.code for item in found if item.run)
    for item in found:
        if item.kind == "python":
            assert f".venv/bin/python {item.file} " in run


@pytest.mark.parametrize("language", LANGUAGES)
def test_recordings_are_there_and_their_language_is_said(language: Language) -> None:
    for item in blocks(guide(language)):
        for path in re.findall(r"realtime/weights/samples/[\w*-]+\.wav", item.code):
            assert [*ROOT.glob(path)], path
            assert f"samples/{language}-" in path
        if (
            language == "en"
            and "samples/" in item.code
            and item.run not in ("finals", "openai", "shortest")
        ):
            told = "--language en", "language=en", '\\"language\\": \\"en\\"'
            assert item.run in ("library", "processor") or any(one in item.code for one in told)


def without_comments(code: str) -> str:
    return re.sub(r"\s+(#|//) .*$", "", code, flags=re.M)


@pytest.mark.parametrize("path", [*READMES.values(), ROOT / "benchmarks/README.md"], ids=named)
def test_readmes_are_short(path: Path) -> None:
    assert text_of(path).count("\n") <= MOST_README_LINES


def test_both_readmes_show_the_same_code() -> None:
    english, korean = (blocks(guide(language)) for language in LANGUAGES)
    assert [(b.kind, b.run, b.file) for b in english] == [(b.kind, b.run, b.file) for b in korean]
    assert {b.run for b in english} >= {"stream", "python", "websocat"}
    for ours, theirs in zip(english, korean, strict=True):
        if ours.file == "live.py" or ours.kind in {"kotlin", "swift"}:
            code = without_comments(ours.code).replace("?language=en", "")
            assert code.replace('/"', '"') == without_comments(theirs.code)


def test_blocks_are_read_with_their_marks() -> None:
    text = "<!-- run: one -->\n```sh\na\nb\n```\ntext\n```python\nc\n```\n"
    assert blocks(text) == [Block("sh", "a\nb\n", "one"), Block("python", "c\n", "")]


# docs/

PAGES = sorted(path for path in DOCS.glob("*.md") if not path.name.endswith(".ko.md"))
_PLACE = re.compile(r"(?:realtime|tests|benchmarks|recipes|clients|docker|web|docs)/[\w./-]*[\w/]")


def test_every_page_is_there_in_both_languages() -> None:
    assert PAGES
    for page in PAGES:
        korean = page.with_suffix(".ko.md")
        assert korean.exists(), korean.name
        assert text_of(page).count("\n## ") == text_of(korean).count("\n## "), page.name


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_both_languages_show_the_same_code(page: Path) -> None:
    ours, theirs = (blocks(text_of(path)) for path in (page, page.with_suffix(".ko.md")))
    assert [block.kind for block in ours] == [block.kind for block in theirs]


@pytest.mark.parametrize("path", sorted(DOCS.glob("*.md")), ids=named)
def test_files_that_are_named_exist(path: Path) -> None:
    for span in _SPAN.findall(re.sub(r"^```.*?^```$", "", text_of(path), flags=re.S | re.M)):
        if _PLACE.fullmatch(span):
            assert (ROOT / span).exists(), span


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    """With `--strict`, pages missing from the menu and links or anchors without a target are
    errors."""
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for page in PAGES:
        assert (tmp_path / page.with_suffix(".html").name).exists()
        assert (tmp_path / "ko" / page.with_suffix(".html").name).exists()
    outside = re.compile(r"""<(?:script|link|img)[^>]+(?:src|href)=["']?https?://(?!localhost)""")
    for built in tmp_path.rglob("*.html"):
        assert not outside.search(text_of(built)), built.name
