"""Renders a run as a self-contained HTML page: no scripts, no external resources. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import Any

from realtime.load_test.figures import RequestOutcome, Spread
from realtime.load_test.plots import Axis, Plot, Point, doubling, lanes, linear, nines
from realtime.load_test.streams import LoadStep, Streams

MOST_LANES = 64
"""Most lanes of simultaneous requests in the time line; requests in others are left out."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, a sentence, and the HTML below it."""

    title: str
    words: str
    html: str


def page(results: Mapping[str, Any], sections: Sequence[Section]) -> str:
    """The whole page. `results`: the content of the JSON file."""
    metrics, settings = results["metrics"], results["settings"]
    style = files("realtime.load_test").joinpath("report.css").read_text(encoding="utf-8")
    api = settings["api"]
    what = "Streams" if api["mode"] == "websocket" else "Requests"
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Load test, {escape(results['started_at'])}</title>",
        f"<style>{style}</style></head><body><main>",
        f"<h1>Load test</h1><p class=sub>{what} to <b>{escape(results['target'])}</b>, "
        f"{escape(results['started_at'])}{_state(results)}</p>",
        _tiles(tiles(metrics)),
        f"<p class=sub>{escape(remark)}</p>" if (remark := word_errors_remark(metrics)) else "",
        *(f"<section><h2>{s.title}</h2><p>{s.words}</p>{s.html}</section>" for s in sections),
        _errors(metrics.get("errors") or {}),
        "<section><h2>Settings</h2>" + _table(_flat(settings)) + "</section>",
        "<section><details><summary>All metrics</summary>",
        f"<pre>{escape(json.dumps(metrics, indent=2, ensure_ascii=False))}</pre>",
        "</details></section></main></body></html>\n",
    ]
    return "\n".join(part for part in parts if part)


def request_sections(outcomes: Sequence[RequestOutcome]) -> list[Section]:
    """The plots of a run of requests."""
    good = [outcome for outcome in outcomes if outcome.ok]
    times = Spread(outcome.time_s for outcome in good)
    return [
        Section(
            "Response time over N",
            "Every request in the order in which it began; failures lie on the lower edge.",
            _over_number(outcomes, times),
        ),
        Section(
            "Percentiles",
            "How long the slowest take: the scale is stretched towards 100 %.",
            _percentiles({"response time": times}),
        ),
        Section(
            "Time line", "Each bar is one request, from sending to its answer.", _line(outcomes)
        ),
    ]


def stream_sections(run: Streams) -> list[Section]:
    """The plots of a run of streams."""
    waits = run.waits
    spreads = {
        "first partial": Spread(waits.first_partial_s),
        "stable word": Spread(waits.word_s),
        "final": Spread(waits.final_s),
    }
    over = sorted(zip(waits.final_at_s, waits.final_s, strict=True))
    at = linear("seconds since the run began", [x for x, _ in over], tight=True)
    plot = Plot(at, _seconds([y for _, y in over]), "Final latency over the run")
    plot.dots(over, "s1", "final latency")
    for percent, style in ((50, "s3"), (95, "s2")):
        value = spreads["final"].percentile(percent)
        if value is not None:
            plot.level(value, style, f"p{percent} {value:.2f} s")
    return [
        Section(
            "Percentiles",
            "First partial: after the first word. Stable: after each word. Final: after the last.",
            _percentiles(spreads),
        ),
        Section(
            "Latency over the run",
            "Every final. A server that keeps up shows no trend.",
            plot.svg(),
        ),
        Section("Time line", "Each bar is one stream.", _line(run.outcomes)),
    ]


def capacity_section(steps: Sequence[LoadStep], limit_s: float) -> Section:
    """Final latency over the number of streams."""
    ordered = sorted(steps, key=lambda step: step.streams)
    finals = [(step, Spread(step.run.waits.final_s).tail()) for step in ordered]
    known = [(step, final) for step, final in finals if final["p95"] is not None]
    highest = [value for _, final in known if (value := final["p99"]) is not None]
    x = doubling("streams at once (N)", [float(step.streams) for step in ordered])
    plot = Plot(x, _seconds([*highest, limit_s]), "Final latency over the number of streams")
    for percent, style in (("p50", "s3"), ("p95", "s1"), ("p99", "s2")):
        points = [
            (float(step.streams), value)
            for step, final in known
            if (value := final[percent]) is not None
        ]
        plot.line(points, style, percent)
    plot.level(limit_s, "bad", f"limit of p95: {limit_s:g} s")
    lost = [
        (float(step.streams), f"{step.streams} did not hold") for step in ordered if not step.held
    ]
    plot.crosses(lost, "did not hold")
    best = max((step.streams for step in steps if step.held), default=0)
    return Section(
        "Latency over N",
        f"The most streams that hold p95 of the final latency at {limit_s:g} s: <b>{best}</b>.",
        plot.svg(),
    )


def tiles(metrics: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The most important figures: (name, value)."""
    found = [("succeeded", f"{metrics['succeeded']} of {metrics['total']}")]
    if "final" in metrics:
        for name in ("first_partial", "stable_word", "final"):
            found.append((f"{name.replace('_', ' ')}, p95", seconds(metrics[name]["p95"])))
        slope = metrics["lag_slope_ms_per_minute"]
        found.append(("lag slope", "–" if slope is None else f"{slope:+.0f} ms/min"))
    else:
        times = metrics["response_time"]
        found += [
            ("median", seconds(times["median"])),
            ("p95", seconds(times["p95"])),
            ("p99", seconds(times["p99"])),
            ("throughput", _rate(metrics["throughput"])),
        ]
    rtfx = metrics["rtfx"]
    found.append(("RTFx", "–" if rtfx is None else f"{rtfx:.1f}"))
    rate = metrics["word_error_rate"]
    if rate is not None:
        voices = ", synthetic voices" if metrics.get("synthetic_voices") else ""
        found.append((f"word errors{voices}", f"{rate:.1f} %"))
    if metrics.get("capacity") is not None:
        found.insert(0, ("streams that hold", str(metrics["capacity"])))
    return found


def word_errors_remark(metrics: Mapping[str, Any]) -> str:
    """A remark on what word errors of synthetic voices mean; empty for other voices."""
    if metrics["word_error_rate"] is None or not metrics.get("synthetic_voices"):
        return ""
    return (
        "The voices are synthetic (espeak-ng, flite); most models recognise them far worse than "
        "people. Compare these word errors between runs, to see what load costs. To measure "
        "recordings of people, use realtime evaluate, or --audio-source FOLDER."
    )


def seconds(value: float | None) -> str:
    """`1.31 s`, `250 ms`, `–`."""
    if value is None:
        return "–"
    return f"{1000 * value:.3g} ms" if value < 0.9995 else f"{value:.2f} s"


def _rate(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}/s"


def _seconds(values: Iterable[float]) -> Axis:
    found = list(values)
    if max(found, default=1.0) < 1.0:
        return linear("milliseconds", found, times=1000.0)
    return linear("seconds", found)


def _over_number(outcomes: Sequence[RequestOutcome], times: Spread) -> str:
    ordered = sorted(outcomes, key=lambda outcome: outcome.start_s)
    points: list[Point] = []
    failed: list[tuple[float, str]] = []
    for place, outcome in enumerate(ordered, 1):
        if outcome.ok:
            points.append((place, outcome.time_s))
        else:
            failed.append((place, f"{outcome.error}: {outcome.message}"))
    x = linear("request (N)", [float(len(ordered))], tight=True)
    plot = Plot(x, _seconds([y for _, y in points]), "Response time of every request")
    plot.dots(points, "s1", "response time")
    for percent, style in ((50, "s3"), (95, "s2")):
        value = times.percentile(percent)
        if value is not None:
            plot.level(value, style, f"p{percent} {seconds(value)}")
    plot.crosses(failed, "failed")
    return plot.svg()


def _percentiles(spreads: Mapping[str, Spread]) -> str:
    most = max((len(spread) for spread in spreads.values()), default=0)
    if not most:
        return "<p class=none>Nothing succeeded.</p>"
    # A percentile needs enough values for one of them to lie above it.
    highest = next(p for p, least in ((99.9, 1000), (99.0, 100), (95.0, 1)) if most >= least)
    curves = {
        name: [(p, y) for p, y in spread.curve() if p <= highest]
        for name, spread in spreads.items()
    }
    values = [y for curve in curves.values() for _, y in curve]
    plot = Plot(nines("percentile", highest), _seconds(values), "Percentiles of the times")
    for number, (name, curve) in enumerate(curves.items(), 1):
        plot.line(curve, f"s{number}", name)
    return plot.svg()


def _line(outcomes: Sequence[RequestOutcome]) -> str:
    ordered = sorted(outcomes, key=lambda outcome: outcome.start_s)
    if not ordered:
        return "<p class=none>Nothing was sent.</p>"
    spans = [(o.start_s, o.start_s + o.time_s) for o in ordered]
    places = lanes(spans)
    count = min(MOST_LANES, max(places) + 1)
    bars = [
        (start, end, lane, "s1" if o.ok else "bad", f"{o.number}: {o.error or seconds(o.time_s)}")
        for (start, end), lane, o in zip(spans, places, ordered, strict=True)
        if lane < MOST_LANES
    ]
    slots = Axis("at once", 0, count, ())
    clock = linear("seconds since the run began", [end for _, end in spans], tight=True)
    plot = Plot(clock, slots, "Time line")
    plot.bars(bars, count)
    return plot.svg()


def _tiles(found: Iterable[tuple[str, str]]) -> str:
    inner = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in found)
    return f"<dl class=tiles>{inner}</dl>"


def _errors(errors: Mapping[str, int]) -> str:
    if not errors:
        return ""
    rows = sorted(errors.items(), key=lambda item: -item[1])
    return "<section><h2>Failures by kind</h2>" + _table(rows) + "</section>"


def _table(rows: Iterable[tuple[str, Any]]) -> str:
    inner = "".join(f"<tr><th>{escape(str(k))}</th><td>{escape(str(v))}</td></tr>" for k, v in rows)
    return f"<table>{inner}</table>"


def _flat(settings: Mapping[str, Any], before: str = "") -> Iterable[tuple[str, Any]]:
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield before + key, "–" if value is None else value


def _state(results: Mapping[str, Any]) -> str:
    return "; <b>interrupted</b>" if results["interrupted"] else ""
