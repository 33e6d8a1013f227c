"""The output of a run: a JSON file with every request, a page, and the exit code."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from realtime.load_test import report
from realtime.load_test.figures import RequestOutcome, measured
from realtime.load_test.options import Options
from realtime.load_test.requests import LoadRun
from realtime.load_test.speech import SPEECH
from realtime.load_test.streams import LoadStep, Streams

FAILED, INTERRUPTED = 1, 130
STATE_VARIABLE, STATE = "XDG_STATE_HOME", ".local/state"
"""The folder for a user's data other than settings and caches (XDG Base Directory)."""
FOLDER = "realtime-whisper/load-tests"


def collect(
    options: Options,
    run: LoadRun,
    started_at: datetime,
    target: str,
    *,
    where: str,
    interrupted: bool,
) -> dict[str, Any]:
    """All results as plain values. `target`: the server or callable, as people read it; `where`:
    the machine, as `machine` described it before the run."""
    metrics = measured(run.outcomes, run.wall_s)
    metrics["warmup_time"] = run.warmup_s
    metrics["warmup_failed"] = run.warmup_errors
    metrics["synthetic_voices"] = options.audio_source == SPEECH
    if isinstance(run, Streams):
        metrics |= run.metrics()
    return {
        "started_at": started_at.isoformat(sep=" ", timespec="seconds"),
        "target": target,
        "interrupted": interrupted,
        "machine": where,
        "settings": options.as_json(),
        "metrics": metrics,
        "requests": [o.as_json() for o in sorted(run.outcomes, key=lambda o: o.start_s)],
    }


def with_capacity(
    results: dict[str, Any], steps: Sequence[LoadStep], limit_s: float
) -> dict[str, Any]:
    """The results, with those of the search for the capacity."""
    best = max((step.streams for step in steps if step.held), default=0)
    tried = [
        {"streams": step.streams, "held": step.held, **step.run.metrics()}
        for step in sorted(steps, key=lambda step: step.streams)
    ]
    metrics = {**results["metrics"], "capacity": best, "capacity_limit": limit_s}
    return {**results, "metrics": metrics, "capacity_steps": tried}


def place(named: Path | None, report: Path | None, started_at: datetime) -> Path:
    """Path of the JSON file: `named`, else beside the report, else in a folder for the user's
    results, never in the working directory."""
    if named is not None:
        return named
    name = f"stt_load_test_results_{started_at:%Y%m%d_%H%M%S}.json"
    if report is not None:
        return report.parent / name
    state = os.environ.get(STATE_VARIABLE) or Path.home() / STATE
    return Path(state) / FOLDER / name


def save(results: dict[str, Any], path: Path) -> Path:
    """Write the JSON file; → its path. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def save_report(
    results: dict[str, Any], run: LoadRun, steps: Sequence[LoadStep], limit_s: float, path: Path
) -> None:
    """Write the HTML page. Raises OSError."""
    outcomes: Sequence[RequestOutcome] = run.outcomes
    if isinstance(run, Streams):
        sections = report.stream_sections(run)
    else:
        sections = report.request_sections(outcomes)
    if steps:
        sections.insert(0, report.capacity_section(steps, limit_s))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(report.page(results, sections), encoding="utf-8")


def exit_code(results: dict[str, Any]) -> int:
    """0 where every request succeeded. A search for the capacity always ends with failures, so it
    gives 0 where any number of streams passed."""
    if results["interrupted"]:
        return INTERRUPTED
    metrics = results["metrics"]
    if "capacity" in metrics:
        return 0 if metrics["capacity"] else FAILED
    return 0 if metrics["succeeded"] and not metrics["failed"] else FAILED
