"""A plot as SVG, made here: no script, no library, readable without seeing it."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence

from markupsafe import Markup

from arriero.gateway.pages.history import Series

_WIDTH, _HEIGHT = 420, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 8, 10, 22
_HOUR = 3600.0


def chart(series: Series, now: float) -> Markup:
    """Return a line over the last hour; colours are those of the page's style."""
    top = _nice(max((value for _, value in series.points if value is not None), default=0.0))
    parts = [
        Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">').format(
            _WIDTH, _HEIGHT, described(series)
        )
    ]
    for part in range(3):
        y = _TOP + (_HEIGHT - _TOP - _BOTTOM) * part / 2
        parts.append(
            Markup(
                '<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>'
                '<text x="{}" y="{}" text-anchor="end">{}</text>'
            ).format(_LEFT, _WIDTH - _RIGHT, y, y, _LEFT - 5, y + 4, number(top * (2 - part) / 2))
        )
    for minutes in (60, 40, 20, 0):
        at = now - minutes * 60
        anchor = "start" if minutes == 60 else "end" if minutes == 0 else "middle"
        parts.append(
            Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(
                round(_x(at, now), 1),
                _HEIGHT - 6,
                anchor,
                time.strftime("%H:%M", time.localtime(at)),
            )
        )
    for line in _lines(series.points):
        spots = [(round(_x(at, now), 1), round(_y(value, top), 1)) for at, value in line]
        path = "M" + "L".join(f"{x} {y}" for x, y in spots)
        area = f"{path}L{spots[-1][0]} {_y(0, top)}L{spots[0][0]} {_y(0, top)}Z"
        parts.append(
            Markup('<path class="area" d="{}"/><path class="line" d="{}"/>').format(area, path)
        )
        if len(spots) == 1:
            parts.append(Markup('<circle cx="{}" cy="{}" r="2"/>').format(*spots[0]))
    return Markup("").join([*parts, Markup("</svg>")])


def described(series: Series) -> str:
    """Return what a plot shows, in words."""
    values = [value for _, value in series.points if value is not None]
    if not values or series.last is None:
        return f"{series.name}: nothing in the last hour"
    return (
        f"{series.name}, {series.unit}: {number(series.last)} at last, between "
        f"{number(min(values))} and {number(max(values))} in the last hour"
    )


def number(value: float) -> str:
    """Return a number in three digits or so."""
    if value >= 10_000:
        return f"{value / 1000:.0f} k"
    if value >= 100 or value == int(value):
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2g}"


def _lines(
    points: Sequence[tuple[float, float | None]],
) -> Iterator[list[tuple[float, float]]]:
    """Yield the stretches in which there are values."""
    line: list[tuple[float, float]] = []
    for at, value in points:
        if value is not None:
            line.append((at, value))
        elif line:
            yield line
            line = []
    if line:
        yield line


def _x(at: float, now: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (1 - min(_HOUR, max(0.0, now - at)) / _HOUR)


def _y(value: float, top: float) -> float:
    return round(_TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - value / top), 1)


def _nice(most: float) -> float:
    """Return the next of 1, 2, 5, 10, ... to end an axis with."""
    if most <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most))
    return next(step * power for step in (1.0, 2.0, 5.0, 10.0) if most <= step * power * 1.0000001)
