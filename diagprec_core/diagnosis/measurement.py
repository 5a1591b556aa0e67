"""A prediction beside runs: the mean over the runs with an interval, and a verdict."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from .intervals import LEVEL

MARGIN = 0.1  # A prediction holds where the measured risk is within this share of it.


@dataclass(frozen=True, eq=False)
class Measurement:
    """One method in one basis: predicted beside measured.

    Attributes
    ----------
    basis, name, sampling : str
    learning_rate : float
    steps : numpy.ndarray of int, shape (r,)
    predicted : numpy.ndarray, shape (r,)
        R_t of the theory.
    mean, low, high : numpy.ndarray, shape (r,)
        R_t over the runs, with a 95 % interval; inf from where a run has diverged.
    """

    basis: str
    name: str
    sampling: str
    learning_rate: float
    steps: np.ndarray
    predicted: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def ratio(self):
        """Measured over predicted risk at the last step."""
        return float(self.mean[-1] / self.predicted[-1])

    @property
    def verdict(self):
        """What the interval at the last step says beside the margin: holds, fails, or open."""
        low, high = self.low[-1] / self.predicted[-1], self.high[-1] / self.predicted[-1]
        if low >= 1 - MARGIN and high <= 1 + MARGIN:
            return "holds"
        return "fails" if high < 1 - MARGIN or low > 1 + MARGIN else "open"


def mean_of(risks):
    """Return mean, low and high over the runs, for risks of shape (r, runs): Student's t.

    Returns
    -------
    mean, low, high : numpy.ndarray, shape (r,)

    Examples
    --------
    >>> mean_of(np.array([[1.0, 2.0, 3.0]]))[0]
    array([2.])
    """
    runs = risks.shape[1]
    with np.errstate(all="ignore"):
        mean = risks.mean(axis=1)
        reach = stats.t.ppf((1 + LEVEL) / 2, runs - 1) * risks.std(axis=1, ddof=1) / np.sqrt(runs)
    reach = np.where(np.isfinite(mean), reach, 0)
    return mean, mean - reach, mean + reach
