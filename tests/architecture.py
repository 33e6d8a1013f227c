"""The import rules of the layers, and a checker that works on source text."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

MAX_LINES = 350
MAX_FUNCTION_LINES = 60
MAX_MODULES = 20
"""Modules directly in one folder; a larger folder should be split."""
PACKAGE = "realtime"
SHARED = frozenset(
    {
        "atomic",
        "encodings",
        "types",
        "traits",
        "errors",
        "metrics",
        "languages",
        "scripts",
        "version",
    }
)
"""Modules that every layer may import; they import only each other."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A row of the table in CONTRIBUTING.md."""

    purpose: str
    may_import: frozenset[str] = frozenset()
    """What the layer may import besides itself and `SHARED`."""


def _layer(purpose: str, *may_import: str) -> Layer:
    return Layer(purpose, frozenset(may_import))


LAYERS: Mapping[str, Layer] = {
    "types": _layer("values that cross layers"),
    "traits": _layer("what a speech model can do, as it says itself"),
    "atomic": _layer("files written as a whole or not at all"),
    "encodings": _layer("encodings of samples, by name"),
    "errors": _layer("the one tree of errors: code, HTTP status, close code, whose fault"),
    "metrics": _layer("what is counted and timed, for Prometheus"),
    "languages": _layer("languages by code and by name"),
    "scripts": _layer("writing systems"),
    "version": _layer("the package's version"),
    "quiet": _layer("turns off what libraries would tell their makers, before they are imported"),
    "logs": _layer("one format of logs, without secrets and speech"),
    "client": _layer("the Python client library"),
    "keys": _layer("whose key it is, and what it may use: holders, quotas, hours"),
    "weights": _layer(
        "model names → directories: cache, hub, package index; models as one file; the bundled one"
    ),
    "audio": _layer("bytes of any format → float32, mono, 16 kHz"),
    "vad": _layer(
        "is this frame speech? One file for each answer, behind its `base`; `voice`: how sure it is"
    ),
    "speakers": _layer("whose voice is it?"),
    "backends": _layer("one speech model behind one interface, its `base`"),
    "postprocess": _layer("after the transcript: privacy, classification, an agent"),
    "session": _layer(
        "one stream: endpointing, two kinds of recognisers, agreement, events",
        *("audio", "vad.base", "vad.voice", "speakers.turns"),
    ),
    "wire": _layer("the protocols of live streams, and their options", "session.events"),
    "settings": _layer("every setting once", "wire.option", "wire.options"),
    "engine": _layer("one model for all streams: queue, batches, workers", "backends.base"),
    "files": _layer(
        "whole files: cut into windows, merge their words, write subtitles and documents",
        *("engine", "audio", "vad.base", "vad.voice", "speakers"),
        *("session.matching", "session.words"),
    ),
    "jobs": _layer("files to transcribe later: a table of states, stores, runners", "files"),
    "live": _layer(
        "one live stream: options, channels, clock, outbox, speakers; no socket",
        *("audio", "vad.base", "session", "wire", "engine", "speakers", "postprocess.base"),
    ),
    "transcribe": _layer(
        "“transcribe a file”: what API, jobs, command line and library share",
        *("audio", "engine", "files", "jobs", "keys", "speakers", "wire"),
        *("postprocess.base", "postprocess.shape"),
    ),
    "server": _layer(
        "admission, keys and probes; `websocket/`, `http/`, `jobs/`, `page/`: one folder a door",
        *("audio", "vad.base", "session", "wire", "engine", "files", "live", "transcribe"),
        *("keys", "jobs", "postprocess.base", "postprocess.reading", "postprocess.shape"),
    ),
    "evaluation": _layer(
        "recordings with transcripts against what is heard in them, live and as files",
        *("audio", "vad.base", "session", "backends.base", "files"),
    ),
    "load_test": _layer(
        "many requests or streams at once; synthetic voices whose words and times are known",
        *("audio", "evaluation", "weights.bundled"),
    ),
    "app": _layer(
        "wires it all: `core`, `services/`, roles, `library/`; alone names concrete backends, "
        "detectors, stores"
    ),
    "commands": _layer(
        "argv → settings → the part that does the work",
        *("app", "client", "evaluation", "files.formats", "files.suffixes", "logs"),
        *("keys", "load_test", "settings", "weights"),
    ),
    "cli": _layer("the command `realtime`", "commands"),
}
"""The layers of the package. A layer may import only layers above it; `app`, which wires them
together, may import all."""

UNBOUND = frozenset({"app", "__init__"})

PURE = (
    *("audio", "session", "wire", "engine.queue", "engine.batcher", "engine.lanes"),
    "engine.demand",
    *(
        "files.borders",
        "files.cues",
        "files.documents",
        "files.formats",
        "files.merge",
        "files.segmenter",
        "files.sentences",
        "files.span",
        "files.spreadsheet",
        "files.subtitles",
        "files.track",
        "jobs.job",
        "jobs.pieces",
        "jobs.refusals",
        "jobs.sse",
    ),
    *("live.arrival", "live.clock", "live.life", "live.masking", "live.options", "live.rate"),
    *("live.throttle", "server.websocket.frame_cutter", "server.websocket.message_budget"),
    "server.websocket.notices",
    *("evaluation.differences", "evaluation.figures", "evaluation.normalisation"),
    *("evaluation.page", "evaluation.score", "evaluation.setups", "evaluation.word_errors"),
    *(
        "speakers.clustering",
        "speakers.fbank",
        "speakers.known",
        "speakers.stretches",
        "speakers.turns",
    ),
    *(
        "postprocess.privacy",
        "postprocess.classification",
        "postprocess.reading",
        "postprocess.shape",
    ),
)
IMPURE = frozenset({"audio.child", "audio.files", "audio.decoder", "audio.container"})
"""Pure packages' modules that are not pure: decoding containers needs PyAV, a thread for streams of
bytes and a process for files."""
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
"""Modules in which a broad `except` is right: exceptions of a model, a connection, a later step or
the target of a load test must not go further."""


def layers_table(package: Path) -> str:
    """`LAYERS` as a Markdown table. `package`: the folder that holds the layers."""
    rows = ["| Where | What it does | May import |", "|---|---|---|"]
    for name, layer in LAYERS.items():
        where = f"{name}/" if (package / name).is_dir() else f"{name}.py"
        rows.append(f"| `{where}` | {layer.purpose} | {_allowed(name, layer)} |")
    return "\n".join(rows)


def _allowed(name: str, layer: Layer) -> str:
    if name in UNBOUND:
        return "everything"
    if name in SHARED:
        return "the other shared ones"
    return ", ".join(f"`{place}`" for place in sorted(layer.may_import)) or "nothing else"


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule: module, line, and a sentence that says what is wrong."""

    module: str
    line: int
    what: str


def check(module: str, source: str) -> list[Violation]:
    """All violations in one module (`session.events`, relative to the package; `""`: its root)."""
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
    """Line and full dotted name of every import, wherever it is in the module."""
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
    if layer not in LAYERS:
        yield Violation(module, 1, f"the layer {layer} has no import rule")
        return
    allowed = LAYERS[layer].may_import | SHARED | {layer}
    if layer in SHARED:
        allowed = SHARED
    for line, name in _imports(tree):
        root, _, inner = name.partition(".")
        if root != PACKAGE or not inner or inner.startswith("__"):
            continue
        if not any(inner == place or inner.startswith(place + ".") for place in allowed):
            yield Violation(module, line, f"{layer} may not import {name}")


def circle(sources: Mapping[str, str]) -> list[str]:
    """Modules that import each other in a cycle, or [] if there is none.

    Imports for type checkers count too. `sources`: module name relative to the package (`""` for
    its root) → source text.
    """
    imported = {
        module: {
            target
            for _, name in _imports(ast.parse(source))
            if (target := _module_named(name, sources)) not in (None, module)
        }
        for module, source in sources.items()
    }
    try:
        TopologicalSorter(imported).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def _module_named(name: str, sources: Mapping[str, str]) -> str | None:
    """The module behind an import of the dotted `name`: `name` itself or its defining module."""
    root, _, inner = name.partition(".")
    if root != PACKAGE:
        return None
    return inner if inner in sources else inner.rpartition(".")[0]


def is_pure(module: str) -> bool:
    """Whether the module must have no clock but the sample counter."""
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
    """Whether the handler catches everything without raising it again as its last statement."""
    if isinstance(handler.body[-1], ast.Raise) and handler.body[-1].exc is None:
        return False
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(
        kind is None or (isinstance(kind, ast.Name) and kind.id in {"Exception", "BaseException"})
        for kind in kinds
    )


def long_functions(source: str) -> list[str]:
    """Names of the functions with more than `MAX_FUNCTION_LINES` lines, signature included."""
    return [
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > MAX_FUNCTION_LINES
    ]
