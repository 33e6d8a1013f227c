"""Reads the documents: their code blocks, their tables, the names that they mention.

`python -m tests.readme` updates the tables: settings, options of streams, fields of forms, metrics
and a stream's life in `docs/`, layers in CONTRIBUTING.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from realtime.live.life import life_table, life_words
from realtime.metrics import PREFIX, Metrics
from realtime.settings import settings_table
from realtime.settings.table import Language
from tests.architecture import layers_table
from tests.stream_options import fields_table, options_table, with_options

ROOT = Path(__file__).parent.parent
READMES: dict[Language, Path] = {"en": ROOT / "README.md", "ko": ROOT / "README.ko.md"}
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
DOCS = ROOT / "docs"
SETTINGS: dict[Language, Path] = {
    "en": DOCS / "settings.md",
    "ko": DOCS / "settings.ko.md",
}
"""Documents with the table of settings."""
PROTOCOL: dict[Language, Path] = {
    "en": DOCS / "protocol.md",
    "ko": DOCS / "protocol.ko.md",
}
"""Documents with the table of a stream's options."""
HTTP_API: dict[Language, Path] = {
    "en": DOCS / "http-api.md",
    "ko": DOCS / "http-api.ko.md",
}
"""Documents with the table of the fields of `/transcribe`."""
SCHEMA = DOCS / "protocol" / "messages.schema.json"
"""JSON Schema of the live protocol's messages, including the options."""
GUIDE = (
    *("web-page", "clients", "files", "backends", "containers", "library"),
    *("after-the-transcript", "measuring"),
)
"""Pages whose code blocks all run unchanged, as in the READMEs."""
ARCHITECTURE: dict[Language, Path] = {
    "en": DOCS / "architecture.md",
    "ko": DOCS / "architecture.ko.md",
}
METRICS: dict[Language, Path] = {"en": DOCS / "operations.md", "ko": DOCS / "operations.ko.md"}

_BLOCK = re.compile(
    r"(?:<!-- run: (?P<run>[\w-]+) -->\n|<!-- file: (?P<file>[\w.]+) -->\n)?"
    r"```(?P<kind>\w+)\n(?P<code>.*?)^```$",
    re.S | re.M,
)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of code."""

    kind: str
    code: str
    run: str
    """The name in a preceding `<!-- run: name -->`: tests run the block. Empty: they do not."""
    file: str = ""
    """The name in a preceding `<!-- file: name -->`, under which readers save the block."""


def blocks(text: str) -> list[Block]:
    """All fenced blocks with a language, in order."""
    return [
        Block(m["kind"], m["code"], m["run"] or "", m["file"] or "") for m in _BLOCK.finditer(text)
    ]


def guide(language: Language) -> str:
    """The text of the README and of all pages of the guide."""
    suffix = ".md" if language == "en" else ".ko.md"
    paths = [READMES[language], *(DOCS / f"{page}{suffix}" for page in GUIDE)]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def block(language: Language, run: str) -> Block:
    """The only block of the README or the guide with the mark `run`."""
    (found,) = [item for item in blocks(guide(language)) if item.run == run]
    return found


_METRIC_HEADS: dict[Language, str] = {
    "en": "| Name | Kind | Labels | Meaning |",
    "ko": "| 이름 | 종류 | 레이블 | 뜻 |",
}


def metrics_table(language: Language) -> str:
    """Every metric of `/metrics` under its Prometheus name; the meaning is its English help."""
    rows = [_METRIC_HEADS[language], "|---|---|---|---|"]
    for name, instrument in vars(Metrics()).items():
        if name == "registry":
            continue
        labels = ", ".join(f"`{label}`" for label in instrument._labelnames) or "–"
        total = "_total" if instrument._type == "counter" else ""
        full = f"{PREFIX}_{name}{total}"
        rows.append(f"| `{full}` | {instrument._type} | {labels} | {instrument._documentation} |")
    return "\n".join(rows)


def with_table(text: str, name: str, table: str) -> str:
    """`text` with a new table between the marks `name`. Raises ValueError if they are missing."""
    marked = re.compile(rf"(?<=<!-- {name} -->\n).*?(?=<!-- /{name} -->)", re.S)
    if not marked.search(text):
        raise ValueError(f"the marks <!-- {name} --> and <!-- /{name} --> are missing")
    return marked.sub(lambda _: table + "\n", text)


def renewed() -> dict[Path, str]:
    """Every document with a generated table → its text with up-to-date tables."""
    texts = {
        path: with_table(path.read_text(encoding="utf-8"), "settings", settings_table(language))
        for language, path in SETTINGS.items()
    }
    for language, path in METRICS.items():
        text = path.read_text(encoding="utf-8")
        texts[path] = with_table(text, "metrics", metrics_table(language))
    for language, path in PROTOCOL.items():
        text = path.read_text(encoding="utf-8")
        texts[path] = with_table(text, "options", options_table(language))
    for language, path in HTTP_API.items():
        text = path.read_text(encoding="utf-8")
        texts[path] = with_table(text, "fields", fields_table(language))
    texts[SCHEMA] = with_options(SCHEMA.read_text(encoding="utf-8"))
    for path in ARCHITECTURE.values():
        text = path.read_text(encoding="utf-8")
        texts[path] = with_table(text, "life", life_table())
    english = ARCHITECTURE["en"]
    texts[english] = with_table(texts[english], "life words", life_words())
    rules = CONTRIBUTING.read_text(encoding="utf-8")
    texts[CONTRIBUTING] = with_table(rules, "layers", layers_table(ROOT / "realtime"))
    return texts


def update() -> None:
    """Update the tables of all documents."""
    for path, text in renewed().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    update()
