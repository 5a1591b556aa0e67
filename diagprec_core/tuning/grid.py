"""Which learning rate of a grid is best, and no rate on the grid's edge."""

from dataclasses import dataclass

import numpy as np

from .. import validation as check


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
