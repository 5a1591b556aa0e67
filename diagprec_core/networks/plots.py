"""The figures and tables that chapters 16 and 17 share; data from the stored sweep."""

import numpy as np

from .. import figures
from . import measure, results, rules
from .curvature import BASES
from .protocol import Cell
from .storage import EVERY
from .tasks import TASKS

SHADES = {"identity": "#c44e00", "Kronecker": "#8d4a9e", "full": "#0072b2"}
DASHES = {"identity": "-", "Kronecker": (0, (5, 1.5)), "full": (0, (1, 1.2))}
PAIRS_HEADER = f"{'task':10}{'batch':6}{'basis':10}{'final loss':27}{'at half the rates':27}steps"
TITLES = {"small": "mini-batches", "full": "full batch"}
BATCHES = {"small": "mini-batches of 8", "full": "full batch"}


def cells(task, batch):
    """Return the cells of a task and a batch, basis after basis.

    >>> len(cells("parity", "small"))
    13
    """
    found = [Cell(task, batch, basis, rule) for basis in BASES for rule in rules.RULES]
    return [cell for cell in found if cell.rule != "GD" or cell.basis == "identity"]


def curves(task, floor):
    """Draw median losses with 95% bands: a row for each batch, a column for each basis.

    Parameters
    ----------
    task : str
    floor : dict
        Batch -> lower end of the loss axis.

    Returns
    -------
    figure, axes
    """
    figure, axes = figures.panels(1, figsize=(7.2, 5.2))
    axes.remove()
    axes = figure.subplots(2, 3, sharex=True, sharey="row")
    for row, batch in zip(axes, BATCHES, strict=True):
        for axis, basis in zip(row, BASES, strict=True):
            for rule in rules.RULES:
                # Gradient descent is the same in every basis.
                cell = Cell(task, batch, "identity" if rule == "GD" else basis, rule)
                middle, low, high = results.band(results.summary(cell).losses)
                steps = EVERY * np.arange(len(middle))
                style = figures.method(rule, linewidth=1.6)
                axis.semilogy(steps, np.maximum(middle, 1e-300), **style)
                axis.fill_between(
                    steps, low, np.minimum(high, 1e6), color=style["color"], alpha=0.15, lw=0
                )
            axis.axhline(TASKS[task].threshold, color="#444444", linewidth=0.8)
            axis.set_title(f"{basis} basis, {TITLES[batch]}", fontsize=9)
            axis.set_ylim(floor[batch], 3.0)
        row[0].set_ylabel("population loss")
    for axis in axes[1]:
        axis.set_xlabel("step")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5, fontsize=9)
    return figure, axes


def table(task, batch):
    """Return the lines of a table of results: settings, final losses, steps, with intervals.

    "div." counts the runs that diverged at the tuned rate; "at half the rate" is the final loss
    there; steps come with the number of the nine runs that reached the threshold.
    """
    head = f"{'basis':10}{'rule':8}{'rate':>5}{'knob':>6}  {'final loss':27}div.  "
    lines = [head + f"{'at half the rate':27}steps (reached)"]
    for cell in cells(task, batch):
        s = results.summary(cell)
        knob = "" if cell.rule == "GD" else f"{s.knob:g}"
        rate = f"2^{np.log2(s.rate):.0f}"
        steps = f"{s.steps} ({s.reached}/9)" if s.reached else "(0/9)"
        line = f"{cell.basis:10}{cell.rule:8}{rate:>5}{knob:>6}  {s.final!s:27}{s.diverged}/9   "
        lines.append(line + f"{s.halved!s:27}{steps}")
    return lines


def pairs(task, first, second):
    """Return the lines of a table of paired ratios of two rules, by batch and basis.

    The columns are final losses at the tuned rates, at half of them, and steps.
    """
    lines = []
    for batch in BATCHES:
        for basis in BASES:
            pair = Cell(task, batch, basis, first), Cell(task, batch, basis, second)
            found = [results.ratio(*pair, use) or "-" for use in ("final", "halved", "steps")]
            lines.append(f"{task:10}{batch:6}{basis:10}" + "".join(f"{f!s:27}" for f in found))
            lines[-1] = lines[-1].rstrip()
    return lines


def shares(task, axes):
    """Draw the share of coordinates on which Adam is GN^-1/2, by batch size, along training."""
    for axis, (name, size) in zip(
        axes, (("share_1", "1"), ("share_8", "8"), ("share_64", "64")), strict=True
    ):
        for basis in BASES:
            steps, found = results.measured(task, "small", basis, name)
            style = {"color": SHADES[basis], "linestyle": DASHES[basis]}
            axis.plot(steps, [e.value for e in found], label=basis, marker="o", ms=3, **style)
            low, high = [e.low for e in found], [e.high for e in found]
            axis.fill_between(steps, low, high, color=SHADES[basis], alpha=0.15, lw=0)
        axis.set(title=f"{task}, $B = {size}$", ylim=(0, 1.05), xlabel="step")
    axes[0].set_ylabel("share of coordinates")


def factors(task, theta, population, batch_size):
    """Return {basis: (predicted, measured)} factors of Adam's second moment, B + 1 and all.

    Predicted is 1 + (B + 1) rho_u^2, measured B E[(u . ghat)^2]/(V G_uu), coordinate by coordinate.
    """
    found = {}
    for basis in BASES:
        u = measure.basis_at(task, basis, theta, population[0])
        m = measure.moments(task, theta, population, u)
        found[basis] = 1 + (batch_size + 1) * m.correlation, m.factor(batch_size)
    return found
