"""Threads, pools and locks in the code, each of which `docs/architecture.md` must mention."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

from tests.readme import ROOT

PACKAGE = ROOT / "realtime"
MEASURING = {"load_test", "commands"}
"""Folders that are not part of the server."""
LOCKS = {"Lock", "RLock", "Condition"}


@cache
def sources() -> dict[str, ast.Module]:
    """Path of each module below the package → its syntax tree. Parsed on first use, because every
    test process imports this file and only one needs it."""
    return {
        str(path.relative_to(PACKAGE)): ast.parse(path.read_text(encoding="utf-8"))
        for path in PACKAGE.rglob("*.py")
        if path.relative_to(PACKAGE).parts[0] not in MEASURING
    }


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call, with the last part of the name of the called function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Attribute(attr=name) | ast.Name(id=name):
                    yield name, node


def threads() -> Iterator[str]:
    """Names of threads and pools; for numbered ones, the part before the number."""
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
    """Paths below the package of the modules that create a lock."""
    return {
        file
        for file, tree in sources().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in LOCKS
        and isinstance(node.value, ast.Name)
        and node.value.id == "threading"
    }
