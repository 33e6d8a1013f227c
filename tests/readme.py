"""Reading the READMEs: their code blocks, their tables, what they mention.

`python -m tests.readme` brings the tables of settings up to date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from realtime.settings import settings_table
from realtime.settings.table import Language

ROOT = Path(__file__).parent.parent
READMES: dict[Language, Path] = {"en": ROOT / "README.md", "ko": ROOT / "README.ko.md"}

_TABLE = re.compile(r"(?<=<!-- settings -->\n).*?(?=<!-- /settings -->)", re.S)
_BLOCK = re.compile(
    r"(?:<!-- run: (?P<run>[\w-]+) -->\n)?```(?P<kind>\w+)\n(?P<code>.*?)^```$", re.S | re.M
)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of code."""

    kind: str
    code: str
    run: str
    """The name in `<!-- run: name -->` before it: tests run it. Empty: an illustration."""


def blocks(text: str) -> list[Block]:
    """All fenced blocks with a language, in order."""
    return [Block(m["kind"], m["code"], m["run"] or "") for m in _BLOCK.finditer(text)]


def block(path: Path, run: str) -> Block:
    """The one block of `path` that is marked `run`."""
    (found,) = [item for item in blocks(path.read_text(encoding="utf-8")) if item.run == run]
    return found


def with_table(text: str, language: Language) -> str:
    """`text` with its table of settings renewed. Raises ValueError without the table's marks."""
    if not _TABLE.search(text):
        raise ValueError("the marks <!-- settings --> and <!-- /settings --> are missing")
    return _TABLE.sub(lambda _: settings_table(language) + "\n", text)


def update() -> None:
    """Renew the tables of both READMEs."""
    for language, path in READMES.items():
        path.write_text(with_table(path.read_text(encoding="utf-8"), language), encoding="utf-8")


if __name__ == "__main__":
    update()
