"""Threads, pools and locks of the code, for which `docs/architecture.md` has a place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

from tests.readme import ROOT

PACKAGE = ROOT / "realtime"
MEASURING = {"load_test", "commands"}
"""Not part of what serves."""
LOCKS = {"Lock", "RLock", "Condition"}


@cache
def sources() -> dict[str, ast.Module]:
    """Module, as a path below the package → its syntax tree. Made when it is asked for: every
    process of a run of tests imports this file, and one asks."""
    return {
        str(path.relative_to(PACKAGE)): ast.parse(path.read_text(encoding="utf-8"))
        for path in PACKAGE.rglob("*.py")
        if path.relative_to(PACKAGE).parts[0] not in MEASURING
    }


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """What is called, by its last name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Attribute(attr=name) | ast.Name(id=name):
                    yield name, node


def threads() -> Iterator[str]:
    """Names of threads and pools; of one that is numbered, what comes before the number."""
    for tree in sources().values():
        for called, call in calls(tree):
            named = [word.value for word in call.keywords if word.arg == "name"]
            if called == "ThreadPoolExecutor":
                named = call.args[1:2]
            elif called not in {"Thread", "DecodeWorker"}:
                continue
            for name in named:
                part = name.values[0] if isinstance(name, ast.JoinedStr) else name
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def files_with_locks() -> set[str]:
    """Modules that make a lock, as paths below the package."""
    return {
        file
        for file, tree in sources().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in LOCKS
        and isinstance(node.value, ast.Name)
        and node.value.id == "threading"
    }
