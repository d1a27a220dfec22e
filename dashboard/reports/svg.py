"""A chart of a paper as SVG: bars over categories, stacked; a dotted line for the day compared with; gaps hatched."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor, log10
from xml.sax.saxutils import escape

from community.reports.model import Chart, Series

FONT = "Barlow, 'Noto Sans CJK SC'"
AXIS, GRID, TICK = "#B4C0C7", "#E6EBEE", "#5F6E77"
TONES = {
    "P1": ("#C4211A", ""),
    "P2": ("#F08A1D", "#B85200"),
    "P3": ("#F5C93A", "#806200"),
    "P4": ("#2F7BC8", ""),
    "d1": ("#2F5D73", ""),
    "d2": ("#6B91A3", ""),
    "d3": ("#B9CDD6", ""),
}
HATCHES = {"P2": ("#7A3600", 1.6), "gap": ("#B4C0C7", 1.0)}
"""Colour and width of the lines over a fill, so that it is told without its colour."""
APART = 7.0
"""Of two lines, along the axis."""


def swatch(tone: str) -> str:
    return _svg(12, 12, _bar(0.5, 0.5, 11, 11, tone))


def dots() -> str:
    return _svg(
        22, 12, f'<line x1="0" x2="22" y1="6" y2="6" stroke="{TICK}" stroke-width="1.5" stroke-dasharray="3 2"/>'
    )


def chart_svg(chart: Chart, width: float, height: float, *, size: float = 12) -> str:
    """`size`: of the letters, in the units of width and height."""
    if chart.form == "cells":
        return _cells(chart, width, size)
    right, top, bottom = size * 0.6, size * (2.2 if chart.mark else 1.2), 1.7 * size
    count = len(chart.categories)
    totals = [sum(series.values[n] or 0 for series in chart.series) for n in range(count)]
    others = [value or 0 for value in chart.compared.values] if chart.compared is not None else []
    step, most = scale(max([*totals, *others, 0]))
    left = max(3.0, _ems(_plain(most)) + 0.8) * size
    plot_w, plot_h = width - left - right, height - top - bottom
    slot = plot_w / max(1, count)

    def y(value: float) -> float:
        return round(top + plot_h * (1 - value / most), 2)

    parts: list[str] = []
    for n in range(round(most / step) + 1):
        at = n * step
        parts.append(
            f'<line x1="{left}" x2="{width - right}" y1="{y(at)}" y2="{y(at)}" stroke="{GRID if n else AXIS}"/>'
        )
        parts.append(_text(left - size * 0.5, y(at) + size * 0.35, _plain(at), size, anchor="end"))
    for n in range(count):
        x0, bar = left + n * slot + slot * 0.08, slot * 0.84
        if all(series.values[n] is None for series in chart.series):
            parts.append(_gap(x0, top, bar, plot_h))
            continue
        base = 0.0
        for series in chart.series:
            value = series.values[n] or 0
            if value:
                parts.append(_bar(x0, y(base + value), bar, y(base) - y(base + value), series.tone))
                base += value
    parts += _ticks(chart, left, slot, height - size * 0.35, size)
    if chart.compared is not None:
        parts.append(_steps(chart.compared, left, slot, y))
    if chart.mark and any(totals):
        highest = max(range(count), key=lambda n: totals[n])
        middle = min(max(left + (highest + 0.5) * slot, left + 5 * size), width - right - 5 * size)
        parts.append(_text(middle, y(totals[highest]) - size * 0.5, chart.mark, size, anchor="middle", tone="#15222B"))
    return _svg(width, height, "".join(parts))


SEQUENTIAL = ("#F3F6F7", "#CFDDE4", "#8FB0BF", "#4B7A90", "#173B4C")


def _cells(chart: Chart, width: float, size: float) -> str:
    """A cell each category and series, its number in it; unknown is hatched."""
    left, row = 2.6 * size, 1.35 * size
    slot = (width - left) / max(1, len(chart.categories))
    most = max((value for series in chart.series for value in series.values if value is not None), default=0)
    parts: list[str] = []
    for n, name in enumerate(chart.categories):
        if n % 3 == 0:
            parts.append(_text(left + (n + 0.5) * slot, size, name, size, anchor="middle"))
    for at, series in enumerate(chart.series):
        y = 1.4 * size + at * row
        parts.append(_text(0, y + size, series.name, size, anchor="start"))
        for n, value in enumerate(series.values):
            grade = ceil(4 * value / most) if value and most else 0
            x, cell_w, cell_h = left + n * slot, slot - 1, row - 1.5
            known = value is not None
            parts.append(_rect(x, y, cell_w, cell_h, SEQUENTIAL[grade]) if known else _gap(x, y, cell_w, cell_h))
            if value:
                ink = "#FFFFFF" if grade >= 3 else "#15222B"
                parts.append(_text(x + slot / 2, y + size * 0.95, _plain(value), size * 0.9, anchor="middle", tone=ink))
    return _svg(width, 1.4 * size + len(chart.series) * row, "".join(parts))


def _bar(x: float, y: float, width: float, height: float, tone: str) -> str:
    fill, stroke = TONES.get(tone, TONES["d1"])
    hatch = _hatch(x, y, width, height, tone) if tone in HATCHES else ""
    return _rect(x, y, width, height, fill) + hatch + _rect(x, y, width, height, "none", stroke or fill)


def _gap(x: float, y: float, width: float, height: float) -> str:
    return _rect(x, y, width, height, "#FFFFFF") + _hatch(x, y, width, height, "gap")


def _rect(x: float, y: float, width: float, height: float, fill: str, stroke: str = "") -> str:
    edge = f' stroke="{stroke}" stroke-width="0.8"' if stroke else ""
    return f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}" fill="{fill}"{edge}/>'


def _hatch(x: float, y: float, width: float, height: float, look: str) -> str:
    """Lines of 45 degrees, each as long as the box lets it be: a PDF's tiles of a pattern do not meet on a screen."""
    tone, wide = HATCHES[look]
    path, at = [], APART / 2 - width
    while at < height:  # a line that comes in `at` above the lower left corner, or below it
        begin, end = max(0.0, -at), min(width, height - at)
        if begin < end:
            low = y + height - at
            path.append(f"M{x + begin:.2f} {low - begin:.2f}L{x + end:.2f} {low - end:.2f}")
        at += APART
    return f'<path d="{"".join(path)}" fill="none" stroke="{tone}" stroke-width="{wide}"/>'


def _ticks(chart: Chart, left: float, slot: float, y: float, size: float) -> list[str]:
    """As many as fit beside each other: every hour in three, days by their length."""
    widest = max((_ems(name) for name in chart.categories), default=1)
    every = max(1, ceil((widest + 0.8) * size / slot))
    every = 3 if len(chart.categories) == 24 and every <= 3 else every
    return [
        _text(left + (n + 0.5) * slot, y, name, size, anchor="middle")
        for n, name in enumerate(chart.categories)
        if n % every == 0
    ]


def _ems(text: str) -> float:
    return sum(1.0 if ord(letter) > 0x2E80 else 0.52 for letter in text)


def _steps(series: Series, left: float, slot: float, y: Callable[[float], float]) -> str:
    """A line that goes level over each category and is broken where nothing is known."""
    path, pen = [], "M"
    for n, value in enumerate(series.values):
        if value is None:
            pen = "M"
            continue
        path.append(f"{pen}{left + n * slot:.2f} {y(value)}L{left + (n + 1) * slot:.2f} {y(value)}")
        pen = "L"
    return f'<path d="{"".join(path)}" fill="none" stroke="{TICK}" stroke-width="1.3" stroke-dasharray="3 2.4"/>'


def scale(most: float) -> tuple[float, float]:
    """(step, end) of an axis from 0 that holds the most in three to six steps of 1, 2 or 5."""
    if most <= 0:
        return 1, 2
    raw = most / 4
    power = 10.0 ** floor(log10(raw))
    step = next(power * part for part in (1, 2, 5, 10) if power * part >= raw)
    step = max(step, 1) if most >= 2 and float(most).is_integer() else step
    return step, step * ceil(most / step - 1e-9)


def _plain(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:g}"


def _text(x: float, y: float, text: str, size: float, *, anchor: str, tone: str = TICK) -> str:
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" font-family="{FONT}" font-size="{size}" font-stretch="semi-condensed" '
        f'text-anchor="{anchor}" fill="{tone}">{escape(text)}</text>'
    )


def _svg(width: float, height: float, inside: str) -> str:
    size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{inside}</svg>'
