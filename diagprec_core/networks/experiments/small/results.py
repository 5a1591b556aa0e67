"""What the chapters read off the stored experiment on small networks: medians, ratios, verdicts."""

from collections import Counter
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from .... import validation as check
from .. import statistics, tables
from . import cells, experiment

BASES = ("identity", *cells.OWN_BASES)
PAIR = ("Adam", "GN^-1/2")
# Pairs that no theorem relates, beside the one that some do.
PLACEBOS = (("Adam", "GN^-1"), ("sign", "GN^-1/2"), ("Sophia", "GN^-1/2"), ("Sophia", "Adam"))


@dataclass(frozen=True)
class Record:
    """What is stored of a cell.

    Attributes
    ----------
    rate, knob : int
        Exponents of two.
    settings : int
        How many were tried.
    tuned : float
        Median time on the tuning seeds.
    times, nudged, halved : numpy.ndarray, shape (15,)
        See `experiment.times`: at the settings, from nudged starts, at half the rate.
    """

    rate: int
    knob: int
    settings: int
    tuned: float
    times: np.ndarray
    nudged: np.ndarray
    halved: np.ndarray

    @property
    def steps(self):
        """Steps to the target on the report seeds, inf where it was not reached."""
        return experiment.reached(self.times)

    @property
    def median(self):
        """The `statistics.Interval` of the steps."""
        return statistics.median(self.steps)

    @property
    def solved(self):
        """How many of the report seeds reached the target."""
        return int(np.isfinite(self.steps).sum())


@cache
def stored(folder=tables.FOLDER):
    """Return all records, a dict from the cells' names.

    Raises
    ------
    FileNotFoundError
        If there is no table in the folder.
    """
    found = {}
    for row in tables.read(folder / experiment.FILE):
        times, nudged, halved = (tables.numbers(row[k]) for k in ("times", "nudged", "halved"))
        numbers = int(row["rate"]), int(row["knob"]), int(row["settings"]), float(row["tuned"])
        found[row["cell"]] = Record(*numbers, times, nudged, halved)
    return found


def record(cell):
    """Return a cell's record.

    Raises
    ------
    ValueError
        If the experiment has no such cell.
    """
    name = cells.name(cell)
    if name not in stored():
        check.fail("cell", name, "one that the experiment has: see cells.all_cells")
    return stored()[name]


def of_rule(cell, rule):
    """Return a cell with another rule; at age 1 where the rule does not feel the age."""
    changed = replace(cell, rule=rule)
    if changed.basis == "identity" and rule in ("GD", "sign", "Adam"):
        changed = replace(changed, age=1)
    return changed


def ratio(cell, first, second):
    """Return the `statistics.Interval` of the steps of one rule over those of another, paired."""
    pair = (record(of_rule(cell, rule)).steps for rule in (first, second))
    return statistics.ratio(*pair)


def points(tasks=cells.TASKS, batches=cells.BATCHES, bases=BASES):
    """Return one cell for each task, batch, basis, age and momentum of the crossing.

    >>> len(points()), len(points(tasks=("parity",)))
    (156, 36)
    """
    found = []
    for cell in cells.all_cells():
        crossing = cell.rule == "GN^-1/2" and cell == cells.Cell(*list(vars(cell).values())[:6])
        if crossing and cell.task in tasks and cell.batch in batches and cell.basis in bases:
            found.append(cell)
    return found


def verdicts(where, pair, margin=statistics.MARGIN):
    """Return how often a pair's ratio is less, equal, more or open over some points, a Counter."""
    return Counter(ratio(cell, *pair).verdict(margin) for cell in where)


def selves(where, rule="Adam"):
    """Return ratios of a rule to itself on other seeds: what no difference at all looks like."""
    found = []
    for cell in where:
        steps = record(of_rule(cell, rule)).steps
        found.append(statistics.ratio(steps[:7], steps[7:14]))
    return found
