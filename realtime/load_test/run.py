"""A whole run at a terminal: configuration, warm-up, progress, figures, files."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from realtime.errors import SetupError
from realtime.load_test import requests, results, streams, targets
from realtime.load_test.capacity import MOST
from realtime.load_test.figures import RequestOutcome
from realtime.load_test.machine import machine
from realtime.load_test.options import Options
from realtime.load_test.report import seconds, tiles, word_errors_remark
from realtime.load_test.requests import LoadRun
from realtime.load_test.speech import SPEECH, AudioSource, open_source
from realtime.load_test.streams import LoadStep, Streams
from realtime.load_test.supply import Supply


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """The options of the file, and those that only the command has."""

    options: Options
    target: str | None = None
    """`module:function`; None: the server of the options."""
    report: Path | None = None
    find_capacity: bool = False
    max_p95_final_s: float = 1.0
    most_streams: int = MOST

    def check(self) -> None:
        """Raise SetupError for options that exclude each other."""
        live = self.options.api.mode == "websocket"
        if self.find_capacity and not live:
            raise SetupError("--find-capacity looks for live streams: add --mode websocket.")
        if self.find_capacity and self.options.audio_source != SPEECH:
            raise SetupError(
                "--find-capacity measures from where spoken words end: leave out --audio-source."
            )
        if self.target is not None and live:
            raise SetupError("--target is called with whole files: leave out --mode websocket.")


def execute(plan: LoadPlan, console: Console) -> int:
    """Execute a plan; → exit code: 0, 1 with failures, 130 interrupted.

    Raises SetupError for mistakes of the user, OSError where results cannot be written.
    """
    plan.check()
    options, started_at, where = plan.options, datetime.now(), machine()
    seed = random.randrange(1 << 31) if options.seed is None else options.seed
    options = options.model_copy(update={"seed": seed})
    plan = replace(plan, options=options)
    source = open_source(
        *(options.audio_source, options.language, options.audio_duration, seed),
        timed=options.api.mode == "websocket",
    )
    if plan.target is not None:
        targets.find(plan.target)
    target = plan.target or options.api.url
    _print_options(console, options, target)
    run: LoadRun = Streams() if options.api.mode == "websocket" else LoadRun()
    steps: list[LoadStep] = []
    interrupted = False
    try:
        asyncio.run(_run(plan, source, run, steps, console))
    except* SetupError as group:
        raise _first(group) from None
    except* KeyboardInterrupt:
        interrupted = True
        console.print("Interrupted: these are the figures so far.")
    if steps:
        run = max(steps, key=lambda step: (step.held, step.streams)).run
    found = results.collect(options, run, started_at, target, where=where, interrupted=interrupted)
    if plan.find_capacity:
        found = results.with_capacity(found, steps, plan.max_p95_final_s)
    _print_metrics(console, found["metrics"])
    path = results.save(found, results.place(options.save_path, plan.report, started_at))
    console.print(f"Every request: {path}", soft_wrap=True)
    if plan.report is not None:
        results.save_report(found, run, steps, plan.max_p95_final_s, plan.report)
        console.print(f"Report: {plan.report}", soft_wrap=True)
    return results.exit_code(found)


def _first(group: BaseExceptionGroup[SetupError]) -> SetupError:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error if isinstance(error, SetupError) else SetupError(str(error))


async def _run(
    plan: LoadPlan, source: AudioSource, run: LoadRun, steps: list[LoadStep], console: Console
) -> None:
    options = plan.options
    if plan.find_capacity:
        await _capacity(plan, source, steps, console)
        return
    count = options.warmup_requests + options.total_requests
    async with Supply(source, count, options.audio_duration) as supply:
        with _progress(console, "making audio", supply.depth) as (advance, _):
            await supply.fill(lambda _: advance())
        supply.waited_s = 0.0
        if isinstance(run, Streams):
            await streams.warm_up(supply, options, run)
            _print_warmup(console, run)
            with _progress(console, "streams", options.total_requests) as (_, on_outcome):
                await streams.measure(supply, options, run, on_outcome)
        else:
            async with targets.opened(options, plan.target) as target:
                await requests.warm_up(target, supply, options, run)
                _print_warmup(console, run)
                with _progress(console, "requests", options.total_requests) as (_, on_outcome):
                    await requests.measure(target, supply, options, run, on_outcome)
        if supply.waited_s > 0.01 * run.wall_s:
            console.print(
                f"Requests waited {supply.waited_s:.1f} s until their audio was generated, and the "
                "server was idle meanwhile: use a shorter --audio-duration, or fewer requests."
            )


async def _capacity(
    plan: LoadPlan, source: AudioSource, steps: list[LoadStep], console: Console
) -> None:
    options, numbers = plan.options, itertools.count(0, MOST)

    def make_supply(count: int) -> Supply:
        """The audio of one step."""
        return Supply(source, count, options.audio_duration, next(numbers))

    def on_step(step: LoadStep) -> None:
        steps.append(step)
        final = step.run.metrics()["final"]
        console.print(
            f"{step.streams} streams: final p50 {seconds(final['p50'])}, p95 "
            f"{seconds(final['p95'])}: {'holds' if step.held else 'does not hold'}"
        )

    best = await streams.find_capacity(
        make_supply,
        options,
        plan.max_p95_final_s,
        plan.most_streams,
        on_step,
    )
    console.print(
        f"Capacity: {best} streams with p95 of the final latency at most {plan.max_p95_final_s:g} s"
    )


@contextmanager
def _progress(
    console: Console, name: str, total: int
) -> Iterator[tuple[Callable[[], None], Callable[[RequestOutcome], None]]]:
    """A progress bar, silent without a terminal; → callbacks that advance it, by one and by an
    outcome."""
    columns = (
        *(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()),
        *(TimeElapsedColumn(), TimeRemainingColumn(), TextColumn("{task.fields[note]}")),
    )
    failed = 0
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task(name, total=total, note="")

        def on_outcome(outcome: RequestOutcome) -> None:
            nonlocal failed
            failed += not outcome.ok
            progress.update(bar, advance=1, note=f"[red]{failed} failed[/]" if failed else "")

        yield (lambda: progress.advance(bar)), on_outcome


def _print_options(console: Console, options: Options, target: str) -> None:
    table = Table(box=None, show_header=False, title="Configuration", title_justify="left")
    table.add_row("target", target)
    for key, value in options.as_json().items():
        if key != "api":
            table.add_row(key, str(value))
    console.print(table)


def _print_warmup(console: Console, run: LoadRun) -> None:
    failed = f", {run.warmup_errors} failed" if run.warmup_errors else ""
    console.print(f"Warm-up: {run.warmup_s:.2f} s{failed}")


def _print_metrics(console: Console, metrics: dict[str, Any]) -> None:
    table = Table(box=None, show_header=False, title="Result", title_justify="left")
    total = metrics["total"]

    def share(count: int) -> str:
        return f"{count} ({100 * count / total:.1f} %)" if total else str(count)

    table.add_row("total", str(total))
    table.add_row("succeeded", share(metrics["succeeded"]))
    table.add_row("failed", share(metrics["failed"]))
    for kind, count in metrics["errors"].items():
        table.add_row(f"  {kind}", str(count))
    if "final" in metrics:
        for name in ("first_partial", "stable_word", "final"):
            values = ", ".join(f"{k} {seconds(v)}" for k, v in metrics[name].items())
            table.add_row(name.replace("_", " "), values)
        dropped = metrics["dropped_partials"]
        table.add_row("dropped partials", "not reported" if dropped is None else f"{dropped:.0f}")
        table.add_row("latest packet of ours", seconds(metrics["latest_packet"]))
    else:
        for name, value in metrics["response_time"].items():
            table.add_row(name, seconds(value))
        table.add_row("throughput", f"{metrics['throughput'] or 0:.2f} requests/s")
    for name, shown in tiles(metrics):
        if name in ("streams that hold", "lag slope", "RTFx") or name.startswith("word errors"):
            table.add_row(name, shown)
    console.print(table)
    if remark := word_errors_remark(metrics):
        console.print(remark)
