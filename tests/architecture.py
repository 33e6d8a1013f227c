"""The rules of the layers, and a checker that reads source text (tests plant violations in it)."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MAX_LINES = 350
PACKAGE = "realtime"
SHARED = frozenset({"types", "errors", "metrics", "languages", "scripts"})
"""Everyone may import these; they import none but each other."""

MAY_IMPORT: Mapping[str, frozenset[str]] = {
    "types": frozenset(),
    "errors": frozenset(),
    "metrics": frozenset(),
    "languages": frozenset(),
    "scripts": frozenset(),
    "logs": frozenset(),
    "quiet": frozenset(),
    "audio": frozenset(),
    "vad": frozenset(),
    "speakers": frozenset(),
    "backends": frozenset(),
    "postprocess": frozenset(),
    "session": frozenset({"audio", "vad.base", "speakers.turns"}),
    "wire": frozenset({"session.events"}),
    "engine": frozenset({"backends.base"}),
    "files": frozenset(
        {"engine", "audio", "vad.base", "session.matching", "session.words", "speakers"}
    ),
    "evaluation": frozenset({"audio", "vad.base", "session", "backends.base", "files"}),
    "jobs": frozenset({"files"}),
    "load_test": frozenset({"audio", "evaluation", "weights.bundled"}),
    "live": frozenset(
        {"audio", "vad.base", "session", "wire", "engine", "speakers", "postprocess.base"}
    ),
    "transcribe": frozenset(
        {"engine", "files", "jobs", "wire", "postprocess.base", "postprocess.shape"}
    ),
    "server": frozenset(
        {
            *{"audio", "vad.base", "session", "wire", "engine", "files", "live", "transcribe"},
            *{"jobs", "jobs.store.base", "postprocess.base", "postprocess.shape"},
        }
    ),
    "client": frozenset(),
    "weights": frozenset(),
    "settings": frozenset(),
    "commands": frozenset(
        {
            *{"app", "client", "evaluation", "files.subtitles", "files.suffixes", "logs"},
            *{"load_test", "settings", "weights"},
        }
    ),
    "cli": frozenset({"commands"}),
}
"""Layer → what it may import beside itself and `SHARED`. `app`, which wires all: everything."""

UNBOUND = frozenset({"app", "__init__"})

PURE = (
    *("audio", "session", "wire", "engine.queue", "engine.batcher", "engine.lanes"),
    "engine.demand",
    *(
        "files.borders",
        "files.cues",
        "files.documents",
        "files.merge",
        "files.segmenter",
        "files.sentences",
        "files.span",
        "files.subtitles",
        "files.track",
        "jobs.job",
        "jobs.pieces",
        "jobs.refusals",
        "jobs.sse",
    ),
    *("evaluation.differences", "evaluation.figures", "evaluation.normalisation"),
    *("evaluation.page", "evaluation.score", "evaluation.setups", "evaluation.word_errors"),
    *("speakers.clustering", "speakers.fbank", "speakers.stretches", "speakers.turns"),
    *("postprocess.privacy", "postprocess.classification", "postprocess.shape"),
)
IMPURE = frozenset({"audio.child", "audio.files", "audio.decoder", "audio.container"})
"""Decoding of containers needs PyAV and, for a stream of bytes, a thread; for a file, a process."""
CLOCKS_AND_SOCKETS = frozenset(
    {
        *{"asyncio", "concurrent", "datetime", "multiprocessing", "sched", "select", "selectors"},
        *{"signal", "socket", "ssl", "subprocess", "threading", "time", "uvloop", "websockets"},
    }
)

EDGES = frozenset(
    {
        *{"engine.edge", "server.websocket.server", "server.http.gate", "server.http.batches"},
        *{"postprocess.pipeline", "load_test.requests"},
    }
)
"""Where a broad `except` is right: what a model, a connection, a later step or a load test's own
target raises ends there."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule, as a reader finds it: module, line, sentence."""

    module: str
    line: int
    what: str


def check(module: str, source: str) -> list[Violation]:
    """All violations of one module (`session.events`, relative to the package; `""`: its root)."""
    tree = ast.parse(source)
    found = [
        *_check_imports(module, tree),
        *_check_purity(module, tree),
        *_check_statements(module, tree),
    ]
    lines = source.count("\n")
    if lines > MAX_LINES:
        found.append(Violation(module, lines, f"{lines} lines, more than {MAX_LINES}"))
    return sorted(found, key=lambda violation: violation.line)


def _imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of everything imported, wherever in the module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def _check_imports(module: str, tree: ast.AST) -> Iterator[Violation]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield Violation(
                module, node.lineno, "relative import: write it from the package's root"
            )
    layer = module.partition(".")[0] or "__init__"
    if layer in UNBOUND:
        return
    if layer not in MAY_IMPORT:
        yield Violation(module, 1, f"the layer {layer} has no import rule")
        return
    allowed = MAY_IMPORT[layer] | SHARED | {layer}
    if layer in SHARED:
        allowed = SHARED
    for line, name in _imports(tree):
        root, _, inner = name.partition(".")
        if root != PACKAGE or not inner or inner.startswith("__"):
            continue
        if not any(inner == place or inner.startswith(place + ".") for place in allowed):
            yield Violation(module, line, f"{layer} may not import {name}")


def is_pure(module: str) -> bool:
    """Whether the module's only clock must be the sample counter."""
    if module in IMPURE:
        return False
    return any(module == place or module.startswith(place + ".") for place in PURE)


def _check_purity(module: str, tree: ast.AST) -> Iterator[Violation]:
    if not is_pure(module):
        return
    for line, name in _imports(tree):
        if name.partition(".")[0] in CLOCKS_AND_SOCKETS:
            yield Violation(module, line, f"pure code may not import {name}")


def _check_statements(module: str, tree: ast.AST) -> Iterator[Violation]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "print":
                yield Violation(
                    module, node.lineno, "print: log it, or write to the terminal's API"
                )
        elif isinstance(node, ast.ExceptHandler) and _is_broad(node) and module not in EDGES:
            yield Violation(module, node.lineno, "broad except: name the errors")


def _is_broad(handler: ast.ExceptHandler) -> bool:
    """Catches everything and keeps it; one that only cleans up and raises again does not."""
    if isinstance(handler.body[-1], ast.Raise) and handler.body[-1].exc is None:
        return False
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(
        kind is None or (isinstance(kind, ast.Name) and kind.id in {"Exception", "BaseException"})
        for kind in kinds
    )
