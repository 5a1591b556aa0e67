"""What the chapters read off the stored sweep: medians over seeds with intervals, and pairs.

Medians, because a run that diverged (loss inf) or never reached the threshold (steps inf) then
counts as what it is. All intervals are 95% percentile bootstraps over the nine report seeds.
"""

from dataclasses import dataclass

import numpy as np

from . import protocol, storage


@dataclass(frozen=True)
class Estimate:
    """A median over seeds and its interval; prints in two digits, counts in full.

    >>> print(Estimate(0.01234, 0.01, np.inf), Estimate(131.0, 120.0, 145.0), sep=", ")
    0.012 [0.01, inf], 131 [120, 145]
    """

    value: float
    low: float
    high: float

    def __str__(self):
        value, low, high = (f"{v:.0f}" if v >= 10 else f"{v:.2g}" for v in vars(self).values())
        return f"{value} [{low}, {high}]"


@dataclass(frozen=True)
class Summary:
    """A cell's report: settings chosen on the tuning seeds, results on the report seeds.

    Attributes
    ----------
    rate, knob : float
        Tuned for the final loss.
    final : Estimate
        Final population loss at them.
    diverged : int
        How many of the nine runs at them ended with an infinite loss, or one above the start's.
    halved : Estimate
        Final loss at half the rate.
    reached : int
        How many of the nine runs tuned for steps got to the threshold; 0 if no tuning run did.
    steps : Estimate
        Steps to the threshold, inf counted as larger than all others.
    losses : numpy.ndarray, shape (9, points)
        Loss curves of the runs tuned for the final loss, every 20 steps.
    """

    rate: float
    knob: float
    final: Estimate
    diverged: int
    halved: Estimate
    reached: int
    steps: Estimate
    losses: np.ndarray


def _median(values):
    values = np.asarray(values, dtype=float)
    return Estimate(_middle(values, 0), *protocol.bootstrap(values, _middle))


def _middle(values, axis):
    """Return the median of an odd number of values along an axis, no averaging with inf."""
    return np.sort(values, axis=axis).take(values.shape[axis] // 2, axis=axis)


def band(losses):
    """Return the median curve and its interval at every point, three arrays of shape (points,).

    >>> [curve.tolist() for curve in band(np.ones((9, 2)))]
    [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]
    """
    low, high = protocol.bootstrap(losses, _middle, resamples=1000)
    return _middle(losses, 0), low, high


def _column(rows, use, name):
    return np.array([row[name] for row in rows if row["use"] == use])


def summary(cell, folder=storage.FOLDER):
    """Return the `Summary` of a stored cell."""
    rows = storage.load_cell(cell, folder)
    final = [row for row in rows if row["use"] == "final"]
    steps = _column(rows, "steps", "steps_to_threshold")
    if not len(steps):
        steps = np.full(len(final), np.inf)
    return Summary(
        rate=final[0]["rate"],
        knob=final[0]["knob"],
        final=_median([row["final_loss"] for row in final]),
        diverged=sum(row["final_loss"] > row["losses"][0] for row in final),
        halved=_median(_column(rows, "halved", "final_loss")),
        reached=int(np.isfinite(steps).sum()),
        steps=_median(steps),
        losses=np.array([row["losses"] for row in final]),
    )


def ratio(first, second, criterion="final", folder=storage.FOLDER):
    """Return the median over seeds of first/second, of final losses or of steps, paired by seed.

    Two runs of one seed have the same data, start and mini-batches. Where both are inf the
    ratio is 1.

    Parameters
    ----------
    first, second : Cell
    criterion : {"final", "halved", "steps"}

    Returns
    -------
    Estimate or None
        None for "steps" if no tuning run of one of the cells reached the threshold.
    """
    name = "steps_to_threshold" if criterion == "steps" else "final_loss"
    pair = [_column(storage.load_cell(c, folder), criterion, name) for c in (first, second)]
    if not all(len(values) for values in pair):
        return None
    both = np.isinf(pair[0]) & np.isinf(pair[1])
    pair = [np.where(both, 1.0, values) for values in pair]
    with np.errstate(divide="ignore"):
        return _median(np.divide(*pair))


def measured(task, batch, basis, name, folder=storage.FOLDER):
    """Return one measured quantity along training: steps, medians and intervals over seeds.

    Returns
    -------
    steps : numpy.ndarray, shape (points,)
    estimates : list of Estimate
    """
    found = [row for row in storage.load_measures(task, batch, folder) if row["basis"] == basis]
    steps = np.unique([row["step"] for row in found])
    return steps, [_median([row[name] for row in found if row["step"] == t]) for t in steps]
