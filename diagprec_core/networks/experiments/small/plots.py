"""The figures of the small networks, from the stored experiment."""

import numpy as np

from .... import figures
from .. import statistics
from . import cells, experiment, results

BASES = ("identity", *cells.OWN_BASES)
SHADES = {
    "identity": figures.ORANGE,
    "Kronecker": figures.PURPLE,
    "full": figures.BLUE,
}
MARKERS = {"identity": "o", "Kronecker": "s", "full": "^"}
RULES = ("Adam", "sign", "GN^-1", "GN^-1/2", "Sophia")
SIGN = {"color": figures.DEEP_ORANGE, "linestyle": (0, (2, 1, 1, 1)), "label": "sign"}
UNSOLVED = 520  # where a median that the budget does not reach is drawn


def style(rule, **changes):
    """Return the keyword arguments that draw a rule's line, its label included."""
    return {**SIGN, **changes} if rule == "sign" else figures.method(rule, **changes)


def grid(tasks, line, ticks, label):
    """Draw median steps against a factor: a row for each task, a column for each basis.

    Parameters
    ----------
    tasks : tuple of str
    line : callable
        (task, basis, rule) -> list of cells, one for each tick.
    ticks : list of str
        What the cells differ by.
    label : str
        The name of that.

    Returns
    -------
    figure, axes
    """
    figure, axes = figures.panels(1, figsize=(7.2, 2.1 * len(tasks) + 0.7))
    axes.remove()
    axes = figure.subplots(len(tasks), len(BASES), sharex=True, sharey="row", squeeze=False)
    for task, row in zip(tasks, axes, strict=True):
        for basis, axis in zip(BASES, row, strict=True):
            for rule in RULES:
                medians = [results.record(cell).median for cell in line(task, basis, rule)]
                value = np.minimum([m.value for m in medians], UNSOLVED)
                low, high = (
                    np.minimum([getattr(m, end) for m in medians], UNSOLVED)
                    for end in ("low", "high")
                )
                look = style(rule, linewidth=1.6, marker="o", markersize=3)
                axis.plot(range(len(ticks)), value, **look)
                axis.fill_between(range(len(ticks)), low, high, color=look["color"], alpha=0.12)
            axis.set_title(f"{task}, {basis} basis", fontsize=9)
            steps_axis(axis)
            axis.axhline(experiment.STEPS, color=figures.NOTE, linewidth=0.8)
            axis.set_xticks(range(len(ticks)), ticks)
        row[0].set_ylabel("steps")
    for axis in axes[-1]:
        axis.set_xlabel(label)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5, fontsize=9)
    return figure, axes


def steps_axis(axis):
    """Make the vertical axis logarithmic, with plain numbers."""
    ticks = (3, 10, 30, 100, 300)
    axis.set_yscale("log")
    axis.set_yticks(ticks, map(str, ticks))
    axis.minorticks_off()


def ages(batch, momentum, tasks=("staircase", "teacher")):
    """Draw steps against the age of the basis and of the curvature."""

    def line(task, basis, rule):
        found = [cells.Cell(task, batch, basis, age, momentum, rule) for age in cells.AGES]
        return [results.of_rule(cell, rule) for cell in found]

    return grid(tasks, line, [str(age) for age in cells.AGES], "age of basis and curvature")


def batches(age, momentum, tasks=cells.TASKS):
    """Draw steps against the size of the mini-batch."""

    def line(task, basis, rule):
        found = [cells.Cell(task, batch, basis, age, momentum, rule) for batch in cells.BATCHES]
        return [results.of_rule(cell, rule) for cell in found]

    return grid(tasks, line, [str(b or "full") for b in cells.BATCHES], "batch size")


def forest(axis, where, pair, margin=statistics.MARGIN):
    """Draw the ratios of a pair over some points, sorted, each a line from low to high."""
    found = [(results.ratio(cell, *pair), cell.basis) for cell in where]
    draw_forest(axis, found, margin)
    axis.set_title("{} / {}".format(*(style(rule)["label"] for rule in pair)), fontsize=9)


def draw_forest(axis, found, margin=statistics.MARGIN, ends=(1 / 16, 16)):
    """Draw pairs of an `statistics.Interval` and a basis, sorted by the median.

    What lies outside the axis is drawn at its end.
    """
    axis.axvspan(1 / margin, margin, color=figures.PALE_GREY, alpha=0.7, lw=0)
    axis.axvline(1.0, color=figures.NOTE, linewidth=0.8)
    order = sorted(found, key=lambda pair: (pair[0].value, pair[0].low, pair[0].high))
    for height, (interval, basis) in enumerate(order):
        low, value, high = np.clip([interval.low, interval.value, interval.high], *ends)
        axis.plot([low, high], [height, height], color=SHADES[basis], linewidth=0.8, alpha=0.6)
        axis.plot(value, height, MARKERS[basis], color=SHADES[basis], markersize=2.5)
    axis.set(xscale="log", xlim=ends, yticks=[])
    axis.set_xticks([1 / 8, 1, 8], ["1/8", "1", "8"])
    axis.minorticks_off()
