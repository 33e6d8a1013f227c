"""Plots as inline SVG: no library, no script, colours from the page's style. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

WIDTH, HEIGHT = 760, 300
LEFT, RIGHT, TOP, BOTTOM = 62, 18, 14, 46
MOST_POINTS = 3000
"""Most points of a series: more would only make the page slow."""
THICKEST = 18
"""Greatest height of a bar."""
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: its label, its range and its ticks."""

    label: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    scale: Callable[[float], float] = field(default=float)
    """Value → position before it is scaled to the plot: identity, or a logarithm."""

    def place(self, value: float) -> float:
        """Position of a value along the axis, 0 … 1."""
        low, high = self.scale(self.low), self.scale(self.high)
        return (self.scale(value) - low) / (high - low) if high > low else 0.5


def linear(label: str, values: Iterable[float], *, times: float = 1.0, tight: bool = False) -> Axis:
    """A linear axis from 0, or from a round number below negative values, to a round number above
    the values, or with `tight` to the highest one.

    Tick labels show the values multiplied by `times`.
    """
    found = [value for value in values if math.isfinite(value)]
    low, high = min(0.0, min(found, default=0.0)), max(found, default=1.0)
    if high <= low:
        high = low + 1.0
    step = _round_step((high - low) / 5)
    first, last = math.floor(low / step), math.ceil(high / step)
    ticks = tuple((n * step, f"{n * step * times:g}") for n in range(first, last + 1))
    if tight:
        return Axis(label, first * step, high, tuple(tick for tick in ticks if tick[0] <= high))
    return Axis(label, first * step, last * step, ticks)


def doubling(label: str, values: Sequence[float]) -> Axis:
    """A logarithmic axis with the values themselves as ticks, where there is room for them."""
    low, high = min(values, default=1.0), max(values, default=2.0)
    ticks: list[float] = []
    for value in sorted(set(values)):
        if not ticks or math.log2(value / ticks[-1]) > math.log2(high / low) / 16:
            ticks.append(value)
    return Axis(label, low / 1.08, high * 1.08, tuple((v, f"{v:g}") for v in ticks), math.log2)


def nines(label: str, highest: float) -> Axis:
    """An axis of percentiles, stretched so that the rare slow ones have room: 50, 90, 99, 99.9."""
    marks = [p for p in (0.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.9) if p <= highest]
    ticks = tuple((p, f"{p:g}") for p in marks)
    return Axis(label, 0.0, highest, ticks, lambda p: -math.log10(1 - min(p, 99.95) / 100))


def _round_step(rough: float) -> float:
    """The next number upwards of the form 1, 2 or 5 × 10ⁿ."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)


class Plot:
    """One plot: add marks, then call `svg`."""

    def __init__(self, x: Axis, y: Axis, title: str) -> None:
        """`title`: the label for people who cannot see the plot."""
        self._x, self._y, self._title = x, y, title
        self._marks: list[str] = []
        self._legend: list[tuple[str, str]] = []

    def line(self, points: Sequence[Point], style: str, name: str = "") -> None:
        """A line through the points, each marked by a dot with its values as the tooltip."""
        if not points:
            return
        path = "M" + "L".join(f"{self._px(x):.1f} {self._py(y):.1f}" for x, y in points)
        self._marks.append(f'<path class="line {style}" d="{path}"/>')
        self.dots(points, style, name, radius=3)

    def dots(
        self, points: Sequence[Point], style: str, name: str = "", radius: float = 2.5
    ) -> None:
        """Points; only every nth where there are too many."""
        for x, y in points[:: 1 + len(points) // MOST_POINTS]:
            tip = escape(f"{name}: " if name else "") + f"{_shown(y)} at {_shown(x)}"
            self._marks.append(
                f'<circle class="dot {style}" cx="{self._px(x):.1f}" cy="{self._py(y):.1f}" '
                f'r="{radius:g}"><title>{tip}</title></circle>'
            )
        if points:
            self._name(name, style)

    def crosses(self, places: Sequence[tuple[float, str]], name: str) -> None:
        """Crosses on the lower edge for failures: (x, tooltip)."""
        y = HEIGHT - BOTTOM - 6
        for at, words in places[:MOST_POINTS]:
            x = self._px(at)
            self._marks.append(
                f'<path class="cross" d="M{x - 4:.1f} {y - 4}l8 8m0 -8l-8 8">'
                f"<title>{escape(words)}</title></path>"
            )
        if places:
            self._name(name, "bad")

    def bars(self, spans: Sequence[tuple[float, float, int, str, str]], lanes: int) -> None:
        """Horizontal bars: (from, to, lane, style, tooltip)."""
        height = (HEIGHT - TOP - BOTTOM) / max(1, lanes)
        for start, end, lane, style, words in spans[:MOST_POINTS]:
            thick = min(THICKEST, max(1.0, height - (2 if height > 5 else 0.5)))
            x, y = self._px(start), TOP + (lane + 0.5) * height - thick / 2
            width = max(1.0, self._px(end) - x - 1)
            self._marks.append(
                f'<rect class="bar {style}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
                f'height="{thick:.1f}" rx="1.5"><title>{escape(words)}</title></rect>'
            )

    def level(self, y: float, style: str, name: str) -> None:
        """A horizontal line right across."""
        if self._y.low <= y <= self._y.high:
            at = self._py(y)
            self._marks.append(
                f'<path class="level {style}" d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}">'
                f"<title>{escape(name)}</title></path>"
            )
            self._name(name, style)

    def svg(self) -> str:
        """The figure: a legend and the plot."""
        legend = "".join(
            f'<li><i class="{style}"></i>{escape(name)}</li>' for name, style in self._legend
        )
        parts = [
            f'<ul class="legend">{legend}</ul>' if legend else "",
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(self._title)}">',
            *self._grid(),
            *self._marks,
            "</svg>",
        ]
        return "".join(parts)

    def _grid(self) -> Iterable[str]:
        right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
        for value, text in self._y.ticks:
            y = self._py(value)
            yield f'<path class="grid" d="M{LEFT} {y:.1f}H{right}"/>'
            yield f'<text class="tick end" x="{LEFT - 8}" y="{y + 4:.1f}">{escape(text)}</text>'
        for value, text in self._x.ticks:
            x = self._px(value)
            yield f'<path class="grid faint" d="M{x:.1f} {TOP}V{bottom}"/>'
            yield f'<text class="tick middle" x="{x:.1f}" y="{bottom + 17}">{escape(text)}</text>'
        yield f'<path class="axis" d="M{LEFT} {bottom}H{right}"/>'
        x, y = (LEFT + right) / 2, HEIGHT - 8
        yield f'<text class="label middle" x="{x:g}" y="{y}">{escape(self._x.label)}</text>'
        y = (TOP + bottom) / 2
        yield (
            f'<text class="label middle" transform="translate(14 {y:g}) rotate(-90)">'
            f"{escape(self._y.label)}</text>"
        )

    def _name(self, name: str, style: str) -> None:
        if name and (name, style) not in self._legend:
            self._legend.append((name, style))

    def _px(self, value: float) -> float:
        return LEFT + self._x.place(value) * (WIDTH - LEFT - RIGHT)

    def _py(self, value: float) -> float:
        return HEIGHT - BOTTOM - self._y.place(value) * (HEIGHT - TOP - BOTTOM)


def _shown(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def lanes(spans: Sequence[tuple[float, float]]) -> list[int]:
    """A lane for each span (from, to; ordered by start), so that no two overlap in one lane."""
    free_at: list[float] = []
    chosen = []
    for start, end in spans:
        lane = next((n for n, at in enumerate(free_at) if at <= start), len(free_at))
        if lane == len(free_at):
            free_at.append(end)
        else:
            free_at[lane] = end
        chosen.append(lane)
    return chosen
