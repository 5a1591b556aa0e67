"""The optimum of a logistic regression on rows in memory, by Newton's method."""

import numpy as np
from scipy.special import expit

from .. import validation as check

STEPS = 100
SETTLED = 1e-9  # A step as short as this in every logit leaves an error of about its square.
FARTHEST = 30.0  # A step lengthens logits by about 1 where classes are separable: no optimum.


def fitted(rows, labels):
    """Return theta*, shape (k,), for rows (n, k) of full rank and labels 0 and 1, shape (n,).

    Returns
    -------
    numpy.ndarray

    Raises
    ------
    ValueError
        If the classes can be separated, or nearly, so that no finite theta is best.

    Examples
    --------
    >>> fitted(np.ones((4, 1)), np.array([0.0, 1.0, 1.0, 1.0])).round(6)  # log 3
    array([1.098612])
    """
    theta = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        logits = rows @ theta
        if np.abs(logits).max() > FARTHEST and _separates(logits, labels):
            break
        probability = expit(logits)
        weight = np.sqrt(probability * expit(-logits))[:, None] * rows
        step = np.linalg.lstsq(weight.T @ weight, rows.T @ (probability - labels))[0]
        shift, rate, now = rows @ step, 1.0, loss(logits, labels)
        while rate > 1e-6 and loss(logits - rate * shift, labels) > now + 1e-15:
            rate /= 2
        theta = theta - rate * step
        if rate * np.abs(shift).max() < SETTLED:
            return theta
    given = "classes that a hyperplane separates, or very nearly"
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
