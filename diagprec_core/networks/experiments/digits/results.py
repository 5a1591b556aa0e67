"""What the chapters read off the stored experiments on images of digits."""

from functools import cache

import numpy as np

from .. import statistics, tables
from . import power, training


@cache
def stored(folder=tables.FOLDER):
    """Return the rows of the training, a dict from (basis, batch, rule, sampled); values as text.

    Raises
    ------
    FileNotFoundError
        If there is no table in the folder.
    """
    rows = tables.read(folder / training.FILE)
    return {(r["basis"], r["batch"], r["rule"], r["sampled"] == "True"): r for r in rows}


def steps(basis, batch, rule, sampled=False, column="steps"):
    """Return the steps to the threshold on the report seeds, inf where it was not reached."""
    return tables.numbers(stored()[basis, batch, rule, sampled][column])


def ratio(basis, batch, first, second):
    """Return the `statistics.Interval` of the steps of one rule over those of another, paired."""
    return statistics.ratio(*(steps(basis, batch, rule) for rule in (first, second)))


@cache
def _powers(folder=tables.FOLDER):
    rows = tables.read(folder / power.FILE)
    return {(r["labels"], float(r["noise"]), int(r["step"]), r["basis"]): r for r in rows}


def along(quantity, labels, noise, basis, first=0):
    """Return a quantity along the training, shape (steps, seeds, its values).

    Parameters
    ----------
    quantity : {"power", "within", "critical"}
        With "_halves": shape (steps, seeds, 2, its values). "power_own", "within_own": of Adam's
        own average, which is there in the identity basis after the first step.
    labels : {"fresh", "fixed"}
    noise : float
        The share of labels that are replaced; 0 only "fresh".
    basis : str
    first : int
        How many of the steps to leave out.
    """
    rows = (_powers()[labels, noise, step, basis] for step in power.STEPS[first:])
    return np.array([power.arrays(row)[quantity] for row in rows])
