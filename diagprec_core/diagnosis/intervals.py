"""Estimates with intervals: the grouped jackknife, which needs sums over groups of rows only."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

LEVEL = 0.95
GROUPS = 20  # Rows go round them, so that an order of the rows does no harm.


@dataclass(frozen=True, eq=False)
class Estimate:
    """An estimate with a 95 % interval for the law that the rows are drawn from.

    Attributes
    ----------
    value, low, high : float or numpy.ndarray
    """

    value: float | np.ndarray
    low: float | np.ndarray
    high: float | np.ndarray

    def __str__(self):
        """Return one estimate as text; arrays are not for reading."""
        return f"{self.value:.3g} [{self.low:.3g}, {self.high:.3g}]"


def jackknife(statistic, *sums):
    """Return the `Estimate` of a statistic of sums over rows, each sum leaving out a group once.

    The interval is that of Student's t with GROUPS - 1 degrees of freedom: in the limit of many
    rows it covers the value at the law of the rows with 95 %, for statistics that are smooth.

    Parameters
    ----------
    statistic : callable
        Takes sums with one axis less than `sums` have.
    *sums : numpy.ndarray, shape (GROUPS, ...)

    Returns
    -------
    Estimate

    Examples
    --------
    >>> counts, totals = np.full(GROUPS, 5.0), 5.0 * np.arange(GROUPS)
    >>> print(jackknife(lambda n, total: total / n, counts, totals))
    9.5 [6.73, 12.3]
    """
    totals = [each.sum(axis=0) for each in sums]
    value = statistic(*totals)
    parts = [total - each for total, each in zip(totals, sums, strict=True)]
    found = np.stack([statistic(*(part[g] for part in parts)) for g in range(GROUPS)])
    error = np.sqrt((GROUPS - 1) * np.mean((found - found.mean(axis=0)) ** 2, axis=0))
    reach = stats.t.ppf((1 + LEVEL) / 2, GROUPS - 1) * error
    return Estimate(value, value - reach, value + reach)
