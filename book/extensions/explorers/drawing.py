"""A figure as inline SVG: axes that never move, and marks that the page's script may move.

Each mark carries its name, and the figure its two scales, so that the script needs no more than
new points to draw another state.
"""

import html
import json
import math
from dataclasses import dataclass

from .words import as_svg, short

LEFT, TOP, RIGHT, BOTTOM = 58, 34, 452, 282
WIDTH = 480


@dataclass(frozen=True)
class Axis:
    """One axis: where its numbers lie in the drawing, its ticks (value, text) and its label."""

    kind: str  # "linear" or "log"
    low: float
    high: float
    label: str
    ticks: tuple

    def place(self, value, start, end):
        """Return where a value lies between two ends, in the drawing's units."""
        low, high = self.low, self.high
        if self.kind == "log":
            value, low, high = math.log(value), math.log(low), math.log(high)
        return start + (end - start) * (value - low) / (high - low)


@dataclass(frozen=True)
class Mark:
    """Something that moves: a "line", or "dots" of which the style says round or square."""

    name: str
    kind: str
    style: str
    label: str = ""  # For the legend; without one the mark is not in it.


@dataclass(frozen=True)
class Figure:
    """What a figure is, but for the points of its marks."""

    title: str
    description: str
    x: Axis
    y: Axis
    marks: tuple
    bottom: int = BOTTOM
    right: int = RIGHT
    choose: tuple = ()  # Of a map: the controls that a press on a cell sets, by column and row.

    def at(self, x, y):
        """Return where a point lies."""
        return self.x.place(x, LEFT, self.right), self.y.place(y, self.bottom, TOP)

    @property
    def scales(self):
        """What the script needs to place points, for the attribute `data-scales`."""
        ends = ((self.x, LEFT, self.right), (self.y, self.bottom, TOP))
        return json.dumps([[a.kind, a.low, a.high, start, end] for a, start, end in ends])


def path(figure, kind, points):
    """Return the `d` of a mark: a line with gaps at None, or dots as strokes of length 0.

    >>> axis = Axis("linear", 0, 1, "", ())
    >>> path(Figure("", "", axis, axis, ()), "line", [(0, 0), None, (1, 1)])
    'M58,282M452,34'
    """
    parts, pen = [], "M"
    for point in points:
        if point is None:
            pen = "M"
            continue
        x, y = (f"{value:.1f}".removesuffix(".0") for value in figure.at(*point))
        parts.append(f"{pen}{x},{y}" + ("h0" if kind == "dots" else ""))
        pen = "M" if kind == "dots" else "L"
    return "".join(parts)


def grid(figure):
    """Yield the lines and texts of both axes."""
    for value, text in figure.x.ticks:
        x = figure.x.place(value, LEFT, figure.right)
        yield f'<path class="grid" d="M{x:.1f},{TOP}V{figure.bottom}"/>'
        yield f'<text x="{x:.1f}" y="{figure.bottom + 17}">{as_svg(text)}</text>'
    for value, text in figure.y.ticks:
        y = figure.y.place(value, figure.bottom, TOP)
        yield f'<path class="grid" d="M{LEFT},{y:.1f}H{figure.right}"/>'
        yield f'<text class="left" x="{LEFT - 7}" y="{y:.1f}">{as_svg(text)}</text>'
    middle = (LEFT + figure.right) / 2
    yield f'<text x="{middle}" y="{figure.bottom + 40}">{as_svg(figure.x.label)}</text>'
    yield f'<text class="right" x="4" y="14">{as_svg(figure.y.label)}</text>'


def cells(figure, rows):
    """Yield the cells of a map, (band of colour, text) each, between the units of both axes."""
    for r, row in enumerate(rows):
        for c, (band, text) in enumerate(row):
            (x, y), (right, top) = figure.at(c - 0.5, r - 0.5), figure.at(c + 0.5, r + 0.5)
            place = json.dumps(dict(zip(figure.choose, (c, r), strict=True)))
            yield (
                f"<g class=\"cell band-{band}\" data-set='{place}'>"
                f'<rect x="{x:.1f}" y="{top:.1f}" width="{right - x:.1f}" height="{y - top:.1f}"/>'
                f'<text x="{(x + right) / 2:.1f}" y="{(y + top) / 2:.1f}">{text}</text></g>'
            )


def svg(figure, name, view):
    """Return the figure as an SVG element that shows a view."""
    title, about = f"{name}-title", f"{name}-about"
    width, height = figure.right - LEFT, figure.bottom - TOP
    drawn = "".join(cells(figure, view.cells)) + "".join(
        f'<path class="{mark.kind} {mark.style}" data-mark="{mark.name}" data-kind="{mark.kind}" '
        f'd="{path(figure, mark.kind, view.points[mark.name])}"/>'
        for mark in figure.marks
    )
    # The inner drawing cuts off what leaves the axes.
    inner = (
        f'<svg x="{LEFT - 5}" y="{TOP - 5}" width="{width + 10}" height="{height + 10}" '
        f'viewBox="{LEFT - 5} {TOP - 5} {width + 10} {height + 10}">{drawn}</svg>'
    )
    return (
        f'<svg class="explorer-figure" viewBox="0 0 {WIDTH} {figure.bottom + 56}" role="img" '
        f'aria-labelledby="{title}" aria-describedby="{about}" '
        f"data-scales='{figure.scales}'>"
        f'<title id="{title}">{html.escape(figure.title)}</title>'
        f'<desc id="{about}">{html.escape(figure.description)}</desc>'
        f"{''.join(grid(figure))}{inner}</svg>"
    )


def decades(low, high, step=1):
    """Return ticks at powers of ten from 10^low to 10^high."""
    names = {n: short(10.0**n) for n in range(-3, 4)}
    return tuple(
        (10.0**n, names.get(n, f"10^{{{n}}}".replace("-", "−"))) for n in range(low, high + 1, step)
    )
