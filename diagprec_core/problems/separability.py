"""Whether labels can be separated, so that a logistic loss falls for ever: a linear programme."""

import numpy as np
from scipy.optimize import linprog

from .. import validation as check


def largest(matrix, axis):
    """Return the largest sizes along an axis, with the axis kept, and 1 where all are 0."""
    largest = np.abs(matrix).max(axis=axis, keepdims=True)
    return np.where(largest == 0, 1.0, largest)


def refuse_separable(features, labels):
    """Refuse labels for which the loss has no smallest value at a finite theta.

    The loss falls for ever along v if and only if v moves no soft example's logit, moves no hard
    example's the wrong way, and moves one the right way: a linear programme. The lengths of rows
    and columns make no difference to the answer, so all rows are given the same.
    """
    hard = (labels == 0) | (labels == 1)
    if not hard.any():
        return
    features = features / largest(features, axis=1)
    signed = features[hard] * np.where(labels[hard] == 1, 1.0, -1.0)[:, None]
    soft = features[~hard]
    best = linprog(
        -signed.sum(axis=0),
        A_ub=-signed,
        b_ub=np.zeros(len(signed)),
        A_eq=soft if len(soft) else None,
        b_eq=np.zeros(len(soft)) if len(soft) else None,
        bounds=(-1, 1),
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if best.fun < -1e-9 * len(signed):
        given = "labels that a hyperplane separates"
        check.fail("label_probability", given, "labels with a finite best theta")
