"""What the chapters read off the stored experiments on text."""

from functools import cache

import numpy as np

from .. import statistics, tables
from . import experiment, power


@cache
def stored(folder=tables.FOLDER):
    """Return the rows of the training, a dict from the rule's name; values as text.

    Raises
    ------
    FileNotFoundError
        If there is no table in the folder.
    """
    return {row["cell"]: row for row in tables.read(folder / experiment.FILE)}


def losses(rule, column="final"):
    """Return the losses of a rule's runs on the text held out, in nats a character, (seeds,)."""
    return tables.numbers(stored()[rule][column])


def ratio(first, second):
    """Return the `statistics.Interval` of one rule's perplexity over another's, paired.

    The perplexity of a character is e to the loss, so that the logarithm of the ratio is the
    difference of the losses.

    Parameters
    ----------
    first, second : str or array of shape (seeds,)
        A rule, or losses.
    """
    pair = (losses(each) if isinstance(each, str) else each for each in (first, second))
    return statistics.ratio(*map(np.exp, pair))


def margin():
    """Return the ratio of perplexities that a factor of `statistics.MARGIN` in steps is worth.

    It is measured on Adam: 2/3 and 3/2 of the steps, each with the whole schedule in so many. Of
    the two ratios, medians over the seeds, the one nearer to 1 is taken.
    """
    usual = losses("Adam")[: len(experiment.NUDGED)]
    fewer, more = (losses("Adam", label) for label in experiment.HORIZONS)
    return min(ratio(fewer, usual).value, ratio(usual, more).value)


@cache
def _powers(folder=tables.FOLDER):
    rows = tables.read(folder / power.FILE)
    return {(int(row["seed"]), int(row["step"]), row["basis"]): row for row in rows}


def along(quantity, basis, part="", first=0):
    """Return a quantity along the training, shape (steps, seeds, its values).

    Parameters
    ----------
    quantity : str
        One of `power.QUANTITIES`, or "loss"; "power of v" and "share of v" are of Adam's own
        second moment, which is there in the identity basis after the first step.
    basis : {"identity", "kronecker"}
    part : {"", "first half ", "second half ", "nudged "}
    first : int
        How many of the steps to leave out.
    """
    steps = power.STEPS[first:]
    return np.array(
        [
            [tables.numbers(_powers()[seed, step, basis][part + quantity]) for seed in power.SEEDS]
            for step in steps
        ]
    )
