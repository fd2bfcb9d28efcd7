"""Charts of the command line: bars with intervals, lines with bands, points in quadrants."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from careloop.measures.drawing import Canvas, Point, to_svg, write_png
from careloop.measures.errors import MeasureError

WIDTH = 760
LEFT, RIGHT, TOP, BOTTOM = 70, 30, 66, 50
BLUE, GRAY, LIGHT, RED = "#1f5fa8", "#666666", "#dddddd", "#b3261e"
COLORS = (BLUE, "#c46a00", "#2f7d32", "#7b3fa0", "#00838f", "#8d6e63")
MOST_BARS = 40
LABEL_LENGTH = 24


@dataclass(frozen=True, slots=True)
class Bar:
    """A value with its interval."""

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """A line with an optional band; `steps` draws it as a staircase."""

    name: str
    x: Sequence[float]
    y: Sequence[float | None]
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()
    steps: bool = False


@dataclass(frozen=True, slots=True)
class Spot:
    """A named point."""

    name: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars, curves or spots with axis titles; `goal` is a reference line, `cross` the cross-hairs."""

    title: str
    bars: Sequence[Bar] = ()
    curves: Sequence[Curve] = ()
    spots: Sequence[Spot] = ()
    x_title: str = ""
    y_title: str = ""
    goal: float | None = None
    cross: tuple[float, float] | None = None
    notes: Sequence[str] = field(default_factory=tuple)


def write_chart(chart: Chart, path: str) -> None:
    """Write a chart as .svg or .png.

    Raises:
        MeasureError: another ending, or a folder that cannot be written.
    """
    target = Path(path)
    ending = target.suffix.lower()
    if ending not in (".svg", ".png"):
        raise MeasureError("a chart can be written as .svg or .png, not “{ending}”", ending=ending or path)
    canvas = draw(chart)
    try:
        if ending == ".svg":
            target.write_text(to_svg(canvas), encoding="utf-8")
        else:
            write_png(canvas, target)
    except OSError as error:
        raise MeasureError("{file} cannot be written: {error}", file=path, error=error.strerror) from None


def draw(chart: Chart) -> Canvas:
    """The chart on a canvas."""
    if chart.bars:
        return _draw_bars(chart)
    if chart.spots:
        return _draw_spots(chart)
    return _draw_curves(chart)


def ticks(low: float, high: float, count: int = 6) -> list[float]:
    """Round numbers that cover low…high."""
    if not high > low:
        low, high = low - 1.0, high + 1.0
    raw = (high - low) / count
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * m for m in (1, 2, 2.5, 5, 10) if size * m >= raw)
    first = math.floor(low / step)
    last = math.ceil(high / step - 1e-9)
    return [round(step * k, 12) for k in range(first, last + 1)]


def _short(text: str) -> str:
    return text if len(text) <= LABEL_LENGTH else text[: LABEL_LENGTH - 1] + "…"


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    return lambda value: start + (value - low) / (high - low) * (end - start)


def _values(chart: Chart) -> list[float]:
    found = [v for b in chart.bars for v in (b.value, b.low, b.high) if v is not None]
    for curve in chart.curves:
        found += [v for v in (*curve.y, *curve.low, *curve.high) if v is not None]
    return found + ([] if chart.goal is None else [chart.goal])


def _draw_bars(chart: Chart) -> Canvas:
    bars = list(chart.bars)[:MOST_BARS]
    step = 26
    height = TOP + BOTTOM + step * len(bars)
    canvas = Canvas(WIDTH, height, chart.title)
    canvas.label((20, 28), chart.title, size=16)
    values = _values(chart)
    marks = ticks(min([0.0, *values]), max([0.0, *values]))
    x = _scale(marks[0], marks[-1], 200, WIDTH - RIGHT)
    bottom = height - BOTTOM
    for mark in marks:
        canvas.line([(x(mark), TOP), (x(mark), bottom)], LIGHT)
        canvas.label((x(mark), bottom + 18), f"{mark:g}", anchor="middle", color=GRAY)
    for place, bar in enumerate(bars):
        middle = TOP + step * (place + 0.5)
        canvas.label((190, middle + 4), _short(bar.name), anchor="end")
        if bar.value is None:
            canvas.label((x(max(marks[0], 0.0)) + 6, middle + 4), "–", color=GRAY)
            continue
        edges = (x(0.0), x(bar.value))
        canvas.area(
            [(edges[0], middle - 8), (edges[1], middle - 8), (edges[1], middle + 8), (edges[0], middle + 8)],
            BLUE,
            0.55,
        )
        if bar.low is not None and bar.high is not None:
            canvas.line([(x(bar.low), middle), (x(bar.high), middle)], "#111111", 1.5)
            for end in (bar.low, bar.high):
                canvas.line([(x(end), middle - 5), (x(end), middle + 5)], "#111111", 1.5)
    if chart.goal is not None:
        canvas.line([(x(chart.goal), TOP), (x(chart.goal), bottom)], RED, 1.5)
    canvas.label(((200 + WIDTH - RIGHT) / 2, height - 12), chart.x_title, anchor="middle", color=GRAY)
    return canvas


def _axes(
    canvas: Canvas, chart: Chart, xs: list[float], ys: list[float]
) -> tuple[Callable[[float], float], Callable[[float], float]]:
    bottom, right = canvas.height - BOTTOM, canvas.width - RIGHT
    x = _scale(xs[0], xs[-1], LEFT, right)
    y = _scale(ys[0], ys[-1], bottom, TOP)
    for mark in xs:
        canvas.line([(x(mark), TOP), (x(mark), bottom)], LIGHT)
        canvas.label((x(mark), bottom + 18), f"{mark:g}", anchor="middle", color=GRAY)
    for mark in ys:
        canvas.line([(LEFT, y(mark)), (right, y(mark))], LIGHT)
        canvas.label((LEFT - 8, y(mark) + 4), f"{mark:g}", anchor="end", color=GRAY)
    canvas.label((20, 28), chart.title, size=16)
    canvas.label(((LEFT + right) / 2, canvas.height - 12), chart.x_title, anchor="middle", color=GRAY)
    canvas.label((LEFT - 50, TOP - 8), chart.y_title, color=GRAY)
    return x, y


def _draw_spots(chart: Chart) -> Canvas:
    canvas = Canvas(WIDTH, 520, chart.title)
    extra = chart.cross or (chart.spots[0].x, chart.spots[0].y)
    xs = ticks(min([extra[0], *(s.x for s in chart.spots)]), max([extra[0], *(s.x for s in chart.spots)]))
    ys = ticks(min([extra[1], *(s.y for s in chart.spots)]), max([extra[1], *(s.y for s in chart.spots)]))
    x, y = _axes(canvas, chart, xs, ys)
    if chart.cross is not None:
        canvas.line([(x(chart.cross[0]), TOP), (x(chart.cross[0]), canvas.height - BOTTOM)], GRAY, 1.5)
        canvas.line([(LEFT, y(chart.cross[1])), (WIDTH - RIGHT, y(chart.cross[1]))], GRAY, 1.5)
    for spot in chart.spots:
        canvas.dot((x(spot.x), y(spot.y)), 4, BLUE)
        canvas.label((x(spot.x) + 7, y(spot.y) - 5), _short(spot.name), size=11)
    return canvas


def _draw_curves(chart: Chart) -> Canvas:
    canvas = Canvas(WIDTH, 440, chart.title)
    values = _values(chart)
    times = [float(t) for curve in chart.curves for t in curve.x]
    if not values or not times:
        raise MeasureError("there is nothing to draw")
    x, y = _axes(canvas, chart, ticks(min(times), max(times)), ticks(min(values), max(values)))
    for place, curve in enumerate(chart.curves):
        color = COLORS[place % len(COLORS)]
        band = [
            (float(t), low, high)
            for t, low, high in zip(curve.x, curve.low, curve.high, strict=False)
            if low is not None and high is not None
        ]
        if len(band) > 1:
            upper = _path([(x(t), y(high)) for t, _, high in band], curve.steps)
            lower = _path([(x(t), y(low)) for t, low, _ in band], curve.steps)
            canvas.area([*upper, *reversed(lower)], color, 0.18)
        points = [(x(float(t)), y(v)) for t, v in zip(curve.x, curve.y, strict=True) if v is not None]
        if points:
            canvas.line(_path(points, curve.steps), color, 2)
        if len(chart.curves) > 1:
            canvas.label((WIDTH - RIGHT, 18 + 15 * place), _short(curve.name), anchor="end", color=color)
    if chart.goal is not None:
        canvas.line([(LEFT, y(chart.goal)), (WIDTH - RIGHT, y(chart.goal))], RED, 1.5)
    return canvas


def _path(points: list[Point], steps: bool) -> list[Point]:
    if not steps:
        return points
    stairs = points[:1]
    for before, after in zip(points, points[1:], strict=False):
        stairs += [(after[0], before[1]), after]
    return stairs
