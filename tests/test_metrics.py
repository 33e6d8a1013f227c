"""Metrics: each has a help text, is separate per server, and is set somewhere in the code."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from realtime.metrics import Metrics
from tests.readme import ROOT

FEEDING = frozenset({"dec", "inc", "labels", "observe", "set", "set_function", "time"})
"""Methods that give an instrument a value."""


def test_two_servers_in_one_process_have_separate_metrics() -> None:
    one, other = Metrics(), Metrics()
    one.sessions_active.set(3)
    assert b"realtime_sessions_active 3.0" in one.render()
    assert b"realtime_sessions_active 0.0" in other.render()


def test_every_instrument_is_named_after_the_project_and_explained() -> None:
    text = Metrics().render().decode()
    names = [line.split()[2] for line in text.splitlines() if line.startswith("# HELP")]
    assert len(names) > 25
    assert all(name.startswith("realtime_") for name in names)
    assert all(len(line.split(maxsplit=3)) == 4 for line in text.splitlines() if "# HELP" in line)


def test_labels_come_from_fixed_sets() -> None:
    metrics = Metrics()
    metrics.sessions_rejected.labels(reason="busy").inc()
    metrics.inference_seconds.labels(kind="final").observe(0.1)
    metrics.queue_wait_seconds.labels(urgency="partial").observe(0.1)
    text = metrics.render().decode()
    assert 'realtime_sessions_rejected_total{reason="busy"} 1.0' in text
    assert 'realtime_inference_seconds_count{kind="final"} 1.0' in text


def fed(sources: Iterable[str]) -> set[str]:
    """The names of the instruments that the code sets: `….metrics.NAME.inc` and the like."""
    return {
        node.value.attr
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
        and node.attr in FEEDING
        and isinstance(node.value, ast.Attribute)
        and _last_name(node.value.value).endswith("metrics")
    }


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def test_every_instrument_is_set_somewhere() -> None:
    metrics = Metrics()
    exported = set(vars(metrics)) - {"registry"}
    assert len(exported) == len(list(metrics.registry.collect()))
    files = [path for path in (ROOT / "realtime").rglob("*.py") if path.name != "metrics.py"]
    assert exported - fed(path.read_text(encoding="utf-8") for path in files) == set()


def test_reading_an_instrument_does_not_count_as_setting_it() -> None:
    feeds = ["self._metrics.finals.inc()", "metrics.jobs.labels(state=s).set(1)"]
    assert fed([*feeds, "Admission(guessed=app.metrics.wrong_keys.inc)"]) == {
        *("finals", "jobs", "wrong_keys"),
    }
    assert fed(["show(metrics.rtf)", "status.busy_ratio.set(1)", "f(metrics)[0].x.inc()"]) == set()
