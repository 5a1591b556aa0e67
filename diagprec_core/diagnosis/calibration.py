"""Whether probabilities are what they say: examples in groups by what the model gives them."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

BINS = 10


@dataclass(frozen=True, eq=False)
class Calibration:
    """Predicted beside observed frequencies of the label 1, in groups of about equal size.

    Attributes
    ----------
    predicted, observed, error : numpy.ndarray, shape (g,)
        Mean probability, share of labels 1, and the standard error of the latter if the model is
        right; from the smallest probabilities up.
    p_value : float
        Of Hosmer and Lemeshow's chi-squared, g - 2 degrees of freedom; 1 with fewer than 3 groups.
    """

    predicted: np.ndarray
    observed: np.ndarray
    error: np.ndarray
    p_value: float


def calibration_of(probabilities, labels):
    """Return the `Calibration` of fitted probabilities, shape (n,), on labels 0 and 1.

    Returns
    -------
    Calibration

    Examples
    --------
    >>> found = calibration_of(np.full(8, 0.5), np.tile([0.0, 1.0], 4))
    >>> found.predicted.shape, found.observed.tolist()[:3], round(found.p_value, 3)
    ((8,), [0.0, 1.0, 0.0], 0.238)
    """
    order = np.argsort(probabilities, kind="stable")
    parts = np.array_split(order, min(BINS, len(order)))
    predicted = np.array([probabilities[part].mean() for part in parts])
    observed = np.array([labels[part].mean() for part in parts])
    sizes = np.array([len(part) for part in parts])
    variance = predicted * (1 - predicted) / sizes
    if len(parts) < 3:
        return Calibration(predicted, observed, np.sqrt(variance), 1.0)
    square = np.divide(
        (observed - predicted) ** 2, variance, out=np.zeros_like(variance), where=variance > 0
    )
    p_value = float(stats.chi2.sf(square.sum(), len(parts) - 2))
    return Calibration(predicted, observed, np.sqrt(variance), p_value)
