"""The package follows the import rules of its layers, and the checker finds planted violations."""

from __future__ import annotations

import importlib.util
from collections import Counter
from pathlib import Path

import pytest

from realtime.settings.table import Language
from tests.architecture import (
    LAYERS,
    MAX_FUNCTION_LINES,
    MAX_LINES,
    MAX_MODULES,
    UNBOUND,
    check,
    circle,
    is_pure,
    long_functions,
)
from tests.readme import ARCHITECTURE
from tests.threads import files_with_locks, threads

ROOT = Path(__file__).parent.parent / "realtime"
FILES = sorted(ROOT.rglob("*.py"))


def module_of(path: Path) -> str:
    """`realtime/session/events.py` → `session.events`; a package's `__init__` → the package."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_keeps_the_rules(path: Path) -> None:
    found = check(module_of(path), path.read_text(encoding="utf-8"))
    assert [f"{path.name}:{item.line} {item.what}" for item in found] == []


def test_no_modules_import_each_other_in_a_cycle() -> None:
    assert circle({module_of(path): path.read_text(encoding="utf-8") for path in FILES}) == []


def test_a_cycle_only_for_type_checkers_is_found() -> None:
    two = {"a": "from realtime.b import B", "b": "if TYPE_CHECKING:\n    from realtime.a import A"}
    assert circle(two) == ["a", "b", "a"]
    assert circle({**two, "b": "import ast"}) == []
    assert circle({"": "from realtime.a import A", "a": "import realtime"}) == ["", "a", ""]


def test_no_folder_holds_too_many_modules() -> None:
    top = ROOT.parent
    others = [path for name in ("benchmarks", "recipes") for path in (top / name).rglob("*.py")]
    counted = Counter(path.parent for path in (*FILES, *others) if path.name != "__init__.py")
    full = {str(folder.relative_to(top)): n for folder, n in counted.items() if n > MAX_MODULES}
    assert full == {}


OTHERS = [
    path
    for folder in ("tests", "benchmarks", "clients", "recipes")
    for path in (ROOT.parent / folder).rglob("*.py")
]


def test_no_other_file_is_too_long() -> None:
    long = [path for path in OTHERS if path.read_text(encoding="utf-8").count("\n") > MAX_LINES]
    assert long == []


def test_no_function_is_too_long() -> None:
    long = {
        path.name: names
        for path in (*FILES, *OTHERS)
        if (names := long_functions(path.read_text(encoding="utf-8")))
    }
    assert long == {}


def test_a_function_that_is_too_long_is_found() -> None:
    body = "    x = 1\n" * MAX_FUNCTION_LINES
    assert long_functions(f"class A:\n  async def f():\n{body}") == ["f"]
    assert long_functions(f"def f():\n{body[:-10]}") == []


def test_every_layer_has_a_rule() -> None:
    layers = {module_of(path).partition(".")[0] for path in FILES} - {""}
    assert layers == set(LAYERS)
    assert {*LAYERS, "__init__"} >= UNBOUND


def test_a_layer_imports_only_layers_above_it() -> None:
    names = list(LAYERS)
    upwards = {
        f"{name} imports {place}"
        for at, (name, layer) in enumerate(LAYERS.items())
        for place in layer.may_import
        if place.partition(".")[0] not in names[:at]
    }
    assert upwards == set()


@pytest.mark.parametrize(
    ("module", "source", "complaint"),
    [
        ("session.session", "import time", "pure code may not import time"),
        ("session.session", "import asyncio.queues", "pure code may not import asyncio.queues"),
        ("wire.native", "def f():\n    from threading import Lock", "pure code may not import"),
        ("engine.batcher", "from concurrent import futures", "pure code may not import"),
        ("audio.pcm", "import socket", "pure code may not import socket"),
        ("session.session", "from realtime.engine import engine", "session may not import"),
        ("session.session", "from realtime.vad.silero import Silero", "session may not import"),
        ("session.session", "from realtime import wire", "session may not import realtime.wire"),
        ("engine.engine", "import realtime.session.session", "engine may not import"),
        ("engine.engine", "from realtime.backends import scripted", "engine may not import"),
        ("server.websocket", "from realtime.backends import base", "server may not import"),
        ("wire.native", "from realtime.session.session import Session", "wire may not import"),
        ("types", "from realtime.audio import pcm", "types may not import"),
        ("client.stream", "from realtime.settings import Settings", "client may not import"),
        ("server.websocket", "from realtime.settings import Settings", "server may not import"),
        ("session.events", "from . import words", "relative import"),
        ("unheard.of", "", "has no import rule"),
        ("engine.queue", "print('here')", "print"),
        ("engine.queue", "try:\n    f()\nexcept:\n    pass", "broad except"),
        ("engine.queue", "try:\n    f()\nexcept Exception:\n    pass", "broad except"),
        ("engine.queue", "try:\n    f()\nexcept (OSError, BaseException):\n    g()", "broad"),
        ("engine.queue", "x = 1\n" * (MAX_LINES + 1), "more than"),
    ],
)
def test_a_planted_violation_is_found(module: str, source: str, complaint: str) -> None:
    (found,) = check(module, source)
    assert complaint in found.what


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("session.session", "from realtime.vad.base import FRAME_MS"),
        ("session.session", "from realtime.errors import BadOption\nfrom realtime import types"),
        ("audio.container", "import threading"),
        ("audio.files", "import time"),
        ("engine.edge", "import time\ntry:\n    f()\nexcept Exception:\n    pass"),
        ("engine.queue", "try:\n    f()\nexcept BaseException:\n    g()\n    raise"),
        (
            "app",
            "from realtime.backends.scripted import ScriptedBackend",
        ),
        ("cli", "import realtime"),
        ("wire.native", "from realtime.session import events"),
    ],
)
def test_correct_code_has_no_violation(module: str, source: str) -> None:
    assert check(module, source) == []


def test_the_pure_modules_exist() -> None:
    pure = [module_of(path) for path in FILES if is_pure(module_of(path))]
    assert {"session.session", "wire.native", "engine.queue", "engine.batcher"} <= set(pure)
    for module in pure:
        assert importlib.util.find_spec(f"realtime.{module}") is not None


@pytest.mark.parametrize("language", list(ARCHITECTURE))
def test_every_thread_pool_and_lock_is_on_the_page(language: Language) -> None:
    text = ARCHITECTURE[language].read_text(encoding="utf-8")
    names = set(threads())
    assert {"intake", "engine-worker-", "decoder-"} <= names
    assert {name for name in names if f'"{name}' not in text} == set()
    assert "engine/dispatcher.py" in files_with_locks()
    assert {file for file in files_with_locks() if f"`{file}`" not in text} == set()
