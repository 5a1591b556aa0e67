"""Minima of many functions of one variable at once, each in an interval of its own."""

import numpy as np

NARROW = 0.15  # Intervals (of log eta, or of p) are cut down to this width: parabolas do the rest.
FINER = (0.05, 0.01, 0.001)
CLOSE = 2e-5
ROUNDING = 1e-12
SIDES = np.array([-1.0, 0.0, 1.0])


def refine(function, low, high):
    """Return the minimiser in each of n intervals, and the minimum there.

    Parameters
    ----------
    function : callable
        Takes points of shape (n, k), k for each interval, and returns values of the same shape.
    low, high : numpy.ndarray, shape (n,)
        Ends of intervals with one local minimum inside.

    Returns
    -------
    points, values : numpy.ndarray, shape (n,)
        Where `function` is smooth, the minimiser to about 1e-6.

    Examples
    --------
    >>> points, _ = refine(lambda x: np.cosh(x - 0.3), np.array([-1.0]), np.array([2.0]))
    >>> points.round(6)
    array([0.3])
    """
    low, high = _zoom(function, low, high, NARROW)
    point = (low + high) / 2
    for distance in FINER:
        values = function(point[:, None] + distance * SIDES)
        before, here, after = values.T
        with np.errstate(all="ignore"):
            move = distance / 2 * (before - after) / (before - 2 * here + after)
        # Where the three points are no cup, or its bottom is far, the best of them is taken.
        cup = (before - 2 * here + after > 0) & (np.abs(move) <= 2 * distance)
        point += np.where(cup, move, distance * SIDES[values.argmin(axis=1)])
    before, value, after = function(point[:, None] + CLOSE * SIDES).T
    if (np.minimum(before, after) < value - ROUNDING).any():
        # Not at the bottom, which then is too narrow for these parabolas.
        low, high = _zoom(function, low, high, CLOSE / 10)
        point = (low + high) / 2
        value = function(point[:, None])[:, 0]
    return point, value


def local_minima(values):
    """Return row and column of every local minimum of n rows (n, k), the least of each among them.

    Ends of rows are none; where the least value is at an end, its neighbour stands for it.

    >>> local_minima(np.array([[3.0, 1.0, 2.0, 0.0, 4.0]]))
    (array([0, 0]), array([1, 3]))
    >>> local_minima(np.array([[0.0, 1.0, 2.0, 1.0, 3.0]]))
    (array([0, 0]), array([1, 3]))
    """
    inner = values[:, 1:-1]
    dips = (inner < values[:, :-2]) & (inner <= values[:, 2:])
    dips[np.arange(len(values)), values.argmin(axis=1).clip(1, inner.shape[1]) - 1] = True
    rows, columns = dips.nonzero()
    return rows, columns + 1


def _zoom(function, low, high, width):
    """Cut n intervals down to a width, keeping the best point of nine and its neighbours."""
    rows = np.arange(len(low))
    while (high - low).max() > width:
        points = np.linspace(low, high, 9, axis=1)
        best = 1 + function(points[:, 1:-1]).argmin(axis=1)
        low, high = points[rows, best - 1], points[rows, best + 1]
    return low, high
