"""Tuning: when a run has settled, and which learning rate of a grid is best."""

from dataclasses import dataclass

import numpy as np

from .. import validation as check
from ..full_batch.descent import Trajectory


def settling_time(trajectory, tolerance, measure="error"):
    """Return T(eps), the first step from which on the error stays within the tolerance.

    The error is the largest coordinate in absolute value, in the run's basis. A run of finite
    length cannot promise the future: "stays" means to its last step, and a run whose last error is
    above the tolerance has the settling time inf.

    Parameters
    ----------
    trajectory : Trajectory
        Recorded at every step.
    tolerance : float
        eps, above 0.
    measure : {"error", "loss"}
        What has to stay within the tolerance. The loss does not depend on the basis, so it is the
        one to compare bases by.

    Returns
    -------
    float, or numpy.ndarray of shape (n,)

    Raises
    ------
    ValueError
        If steps are missing from the record, `tolerance` is not positive, or `measure` is unknown.

    Examples
    --------
    >>> import diagprec_core as dp
    >>> problem = dp.Quadratic([[1.0]])
    >>> rates = [0.1, 0.5]
    >>> run = dp.descend(problem, dp.GradientDescent(), start=[1], learning_rate=rates, steps=9)
    >>> settling_time(run, 0.1)
    array([inf,  4.])
    """
    check.as_instance("trajectory", trajectory, Trajectory)
    tolerance = check.as_number("tolerance", tolerance, low=0, open_low=True)
    if len(trajectory.steps) != trajectory.steps[-1] + 1:
        check.fail("trajectory", "a record with steps left out", "every=1")
    if not isinstance(measure, str) or measure not in ("error", "loss"):
        check.fail("measure", check.describe(measure), "'error' or 'loss'")
    above = getattr(trajectory, measure) > tolerance
    count = len(above)
    first = np.where(above.any(axis=0), count - above[::-1].argmax(axis=0), 0)
    times = np.where(first < count, first, np.inf)
    return times if times.ndim else float(times)


@dataclass(frozen=True)
class BestRate:
    """The winner of a grid: its learning rate, its score and its place in the grid."""

    learning_rate: float
    score: float
    index: int


def best_rate(learning_rates, scores):
    """Return the learning rate with the smallest score, or refuse where the grid is too small.

    A best rate on the edge of the grid may be beaten by one outside it, so it is no answer.
    Scores that are infinite or NaN never win; of several equal best scores the middle one does.

    Parameters
    ----------
    learning_rates : array_like, shape (n,)
        Ascending, at least three.
    scores : array_like, shape (n,)
        What is to be small, say settling times; inf where a run failed.

    Returns
    -------
    BestRate

    Raises
    ------
    ValueError
        If the best score is (also) on the edge, if no score is finite, or if the arrays are unfit.

    Examples
    --------
    >>> best_rate([0.1, 0.2, 0.4], [9.0, 5.0, np.inf])
    BestRate(learning_rate=0.2, score=5.0, index=1)
    >>> best_rate([1.0, 2.0, 4.0], [9.0, 5.0, 4.0])
    Traceback (most recent call last):
        ...
    ValueError: learning_rates: got a best rate on the upper edge, 4, need a grid beyond it
    """
    rates = check.as_array("learning_rates", learning_rates, (None,))
    if len(rates) < 3 or rates[0] < 0 or (np.diff(rates) <= 0).any():
        check.fail("learning_rates", check.describe(rates), "at least three, ascending from 0 up")
    needed = f"real numbers of shape ({len(rates)},), inf or NaN where a run failed"
    if check.dimensions("scores", scores) != 1 or np.shape(scores) != rates.shape:
        check.fail("scores", check.describe(scores), needed)
    scores = np.asarray(scores)
    if scores.dtype.kind not in "iuf":
        check.fail("scores", f"an array of dtype {scores.dtype}", needed)
    scores = np.where(np.isfinite(scores), scores, np.inf)
    if not np.isfinite(scores).any():
        check.fail("scores", "no finite score", "at least one")
    winners = np.flatnonzero(scores == scores.min())
    for edge, name in ((0, "lower"), (len(rates) - 1, "upper")):
        if edge in winners:
            given = f"a best rate on the {name} edge, {rates[edge]:g}"
            check.fail("learning_rates", given, "a grid beyond it")
    index = int(winners[(len(winners) - 1) // 2])
    return BestRate(float(rates[index]), float(scores[index]), index)
