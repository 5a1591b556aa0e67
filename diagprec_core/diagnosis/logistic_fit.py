"""The optimum of a logistic regression on rows in memory, by Newton's method.

There is none if along some direction no example's loss grows and some example's falls for ever, be
it one example alone: as where a feature is 0 in all rows but one. A step of Newton's method then
lengthens such logits by about 1, until rounding hides the curvature along the direction.
"""

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import expit

from .. import validation as check

STEPS = 100
SETTLED = 1e-9  # A step as short as this in every logit leaves an error of about its square.
FARTHEST = 30.0  # Where classes are separable logits are, after so many steps.
FLAT = 1e-12  # Curvature, relative to the largest, with features of covariance 1: s' at 28 or so.


def fitted(rows, labels):
    """Return theta*, shape (k,), for rows (n, k) of full rank and labels 0 and 1, shape (n,).

    Returns
    -------
    numpy.ndarray

    Raises
    ------
    ValueError
        If the classes can be separated, all of them or some rows of them, or nearly, so that no
        finite theta is best.

    Examples
    --------
    >>> fitted(np.ones((4, 1)), np.array([0.0, 1.0, 1.0, 1.0])).round(6)  # log 3
    array([1.098612])
    """
    rows, units = np.linalg.qr(rows)  # so that only logits make curvatures differ
    theta = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        logits = rows @ theta
        if np.abs(logits).max() > FARTHEST and _separates(logits, labels):
            break
        probability = expit(logits)
        weight = np.sqrt(probability * expit(-logits))[:, None] * rows
        curvature = weight.T @ weight
        step = np.linalg.lstsq(curvature, rows.T @ (probability - labels))[0]
        shift, rate, now = rows @ step, 1.0, loss(logits, labels)
        while rate > 1e-6 and loss(logits - rate * shift, labels) > now + 1e-15:
            rate /= 2
        theta = theta - rate * step
        if rate * np.abs(shift).max() < SETTLED:
            values = np.linalg.eigvalsh(curvature)
            if values[0] < FLAT * values[-1]:
                break
            return solve_triangular(units, theta)
    given = "classes that a hyperplane separates, all or some of the rows, or very nearly"
    return check.fail("targets", given, "classes that overlap: leave columns out, or add rows")


def _separates(logits, labels):
    return bool(((logits > 0) == (labels == 1)).all())


def loss(logits, labels):
    """Return the mean cross-entropy in nats for logits (..., n), a number or shape (...).

    Returns
    -------
    float or numpy.ndarray

    Examples
    --------
    >>> round(loss(np.zeros(2), np.array([0.0, 1.0])), 6)
    0.693147
    """
    found = (np.logaddexp(0, logits) - labels * logits).mean(axis=-1)
    return float(found) if np.ndim(found) == 0 else found
