"""The page of a report: well-formed, self-contained, with correct plots."""

from __future__ import annotations

import math
import re
from datetime import datetime
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.load_test import report, results
from realtime.load_test.figures import RequestOutcome
from realtime.load_test.options import Options
from realtime.load_test.plots import Plot, doubling, lanes, linear, nines
from realtime.load_test.requests import LoadRun
from realtime.load_test.streams import LoadStep, Streams
from realtime.load_test.waits import Waits


class Checker(HTMLParser):
    """Fails where a tag is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A self-closing tag leaves nothing open."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def whole(page: str) -> str:
    """`page`, after these checks: balanced tags, nothing from elsewhere, no script, valid
    numbers."""
    checker = Checker()
    checker.feed(page)
    assert checker.open == []
    assert re.findall(r"(?:src|href|url)\s*[=(]", page) == []
    assert "<script" not in page
    assert re.findall(r'"[^"]*\bnan\b[^"]*"', page) == []
    return page


def some_run(outcomes: list[RequestOutcome]) -> LoadRun:
    return LoadRun(outcomes, start=0.0, ended=4.0)


def page_of(run: LoadRun) -> str:
    found = results.collect(
        Options(), run, datetime(2026, 1, 2), "http://<host>", where="here", interrupted=False
    )
    sections = (
        report.stream_sections(run)
        if isinstance(run, Streams)
        else report.request_sections(run.outcomes)
    )
    return whole(report.page(found, sections))


def test_a_run_of_requests() -> None:
    outcomes = [RequestOutcome(n, n / 10, 0.2 + n / 100, 1.0) for n in range(30)]
    outcomes.append(RequestOutcome(30, 3.0, 1.0, 1.0, error="503 <busy>", message="come & back"))
    page = page_of(some_run(outcomes))
    assert page.count("<svg") == 3
    assert page.count('class="cross"') == 1
    assert page.count('class="bar s1"') == 30
    assert page.count('class="bar bad"') == 1
    assert "503 &lt;busy&gt;" in page
    assert "http://&lt;host&gt;" in page
    assert "30 of 31" in page


@pytest.mark.parametrize("outcomes", [[], [RequestOutcome(0, 0.0, 0.5, 1.0, error="timeout")]])
def test_a_run_without_success(outcomes: list[RequestOutcome]) -> None:
    assert "Nothing succeeded" in page_of(some_run(outcomes))


def some_streams(count: int, wait_s: float) -> Streams:
    waits = Waits(
        first_partial_s=[wait_s / 2] * count,
        word_s=[wait_s] * count,
        final_s=[wait_s + n / 1000 for n in range(count)],
        final_at_s=[3.0 * n for n in range(count)],
        utterances=count,
    )
    outcomes = [RequestOutcome(n, 0.0, 10.0, 10.0) for n in range(count)]
    return Streams(outcomes, start=0.0, ended=10.0, waits=waits)


def test_a_run_of_streams_and_its_capacity() -> None:
    page = page_of(some_streams(20, 0.6))
    assert page.count("<svg") == 3
    assert "stable word, p95" in page
    steps = [LoadStep(n, n < 30, some_streams(n, n / 30)) for n in (4, 8, 16, 32)]
    section = report.capacity_section(steps, 0.9)
    assert "<b>16</b>" in section.words
    assert whole(section.html).count('class="cross"') == 1
    found = results.with_capacity({"metrics": {}}, steps, 0.9)
    assert found["metrics"] == {"capacity": 16, "capacity_limit": 0.9}
    assert [step["streams"] for step in found["capacity_steps"]] == [4, 8, 16, 32]


def test_whether_streams_are_sustained() -> None:
    assert some_streams(20, 0.6).holds(0.7)
    assert not some_streams(20, 0.6).holds(0.5)
    assert not Streams().holds(1.0)
    broken = some_streams(20, 0.6)
    broken.waits.unanswered = 1
    assert not broken.holds(0.7)
    broken = some_streams(20, 0.6)
    broken.outcomes[3] = RequestOutcome(3, 0.0, 1.0, 1.0, error="closed 1011")
    assert not broken.holds(0.7)


def test_exit_codes() -> None:
    def code(succeeded: int, failed: int, interrupted: bool = False, **more: int) -> int:
        metrics = {"succeeded": succeeded, "failed": failed, **more}
        return results.exit_code({"interrupted": interrupted, "metrics": metrics})

    assert [code(5, 0), code(5, 1), code(0, 0), code(5, 0, True)] == [0, 1, 1, 130]
    assert [code(4, 9, capacity=4), code(0, 4, capacity=0)] == [0, 1]


@given(st.lists(st.floats(-1e6, 1e6), max_size=30), st.booleans())
def test_axes_include_their_values(values: list[float], tight: bool) -> None:
    axis = linear("x", values, tight=tight)
    assert all(-1e-6 <= axis.place(value) <= 1 + 1e-6 for value in values)
    assert 1 <= len(axis.ticks) <= 12
    assert all(
        axis.low <= tick <= axis.high or math.isclose(tick, axis.high) for tick, _ in axis.ticks
    )


@given(st.lists(st.integers(1, 4096), min_size=1, max_size=20))
def test_a_doubling_axis_includes_its_values(numbers: list[int]) -> None:
    values = [float(number) for number in numbers]
    axis = doubling("x", values)
    places = [axis.place(value) for value in sorted(values)]
    assert places == sorted(places)
    assert 0 < places[0] <= places[-1] < 1
    assert len(axis.ticks) <= 17


def test_percentiles_spread_towards_the_end() -> None:
    axis = nines("p", 99.9)
    assert axis.place(0) == 0
    assert axis.place(99.9) == pytest.approx(1.0)
    assert axis.place(99) - axis.place(90) == pytest.approx(axis.place(90) - axis.place(0))


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0.01, 10)), max_size=40))
def test_bars_in_one_lane_do_not_overlap(pairs: list[tuple[float, float]]) -> None:
    spans = sorted((start, start + length) for start, length in pairs)
    chosen = lanes(spans)
    assert len(chosen) == len(spans)
    for lane in set(chosen):
        inside = [span for span, its in zip(spans, chosen, strict=True) if its == lane]
        assert all(one[1] <= two[0] for one, two in pairwise(inside))


def test_too_many_points_are_thinned() -> None:
    plot = Plot(linear("x", [20_000]), linear("y", [1]), "many")
    plot.dots([(float(x), 0.5) for x in range(20_000)], "s1")
    assert 2000 < plot.svg().count("<circle") <= 3000
