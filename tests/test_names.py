"""A class name has only one meaning in the package."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

from tests.readme import ROOT

PACKAGE = ROOT / "realtime"


def public_classes() -> dict[str, list[str]]:
    """Class name → the files that define it, relative to the package."""
    found = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(str(path.relative_to(PACKAGE)))
    return found


def of_the_server(files: list[str]) -> list[str]:
    """Without the client's files: its events and queues mirror the server's."""
    return [file for file in files if Path(file).parts[0] != "client"]


def test_every_class_name_means_one_thing() -> None:
    classes = public_classes()
    assert len(classes) > 400
    twice = {name: files for name, files in classes.items() if len(of_the_server(files)) > 1}
    assert twice == {}


def test_the_client_shares_only_the_names_of_shared_concepts() -> None:
    alike = {name for name, files in public_classes().items() if len(files) > 1}
    assert alike == {"AudioFormat", "End", "Final", "Inbox", "Outbox", "Partial", "Word"}
