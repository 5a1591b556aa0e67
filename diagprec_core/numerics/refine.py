"""Minima of functions of one variable: of many at once, or of one that is dear to evaluate."""

import numpy as np

NARROW = 0.15  # Intervals (of log eta, or of p) are cut down to this width: parabolas do the rest.
FINER = (0.05, 0.01, 0.001)
CLOSE = 2e-5
ROUNDING = 1e-12
SIDES = np.array([-1.0, 0.0, 1.0])
NEAREST = 5  # Points that a polynomial goes through.
EVALUATIONS = 40


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


def sparing(function, points, values, close):
    """Return a minimiser between three points and the minimum there, with few evaluations.

    A polynomial through the points nearest to the best one says where the next is tried. Where
    that has no bottom inside, the longer side is halved. It ends with neighbours of the best point
    that are at most `NARROW` apart.

    Parameters
    ----------
    function : callable
        Takes a number and returns one.
    points, values : array_like, shape (3,)
        Ascending; the value in the middle is not above the others.
    close : float
        Ends with a trial so near to the best point, which is then off by much less.

    Returns
    -------
    point, value : float

    Examples
    --------
    >>> calls = []
    >>> def function(x):
    ...     calls.append(x)
    ...     return np.cosh(x - 0.3)
    >>> start = np.array([-1.0, 0.0, 1.0])
    >>> point, value = sparing(function, start, np.cosh(start - 0.3), 1e-3)
    >>> round(point, 5), round(value, 9), len(calls)
    (0.3, 1.0, 4)
    """
    points, values = np.asarray(points, float), np.asarray(values, float)
    best = 1
    for _ in range(EVALUATIONS):
        low, here, high = points[best - 1 : best + 2]
        trial = _bottom(points, values, best)
        longer = high - here if high - here > here - low else low - here
        if trial is None:
            trial = here + longer / 2
        done = abs(trial - here) < close and high - low <= NARROW
        if abs(trial - here) < close and not done:  # is this the bottom on that side, too?
            trial = here + np.copysign(NARROW / 3, longer)
        at = np.searchsorted(points, trial)
        points, values = np.insert(points, at, trial), np.insert(values, at, function(trial))
        best = 1 + values[1:-1].argmin()
        if done:
            break
    return float(points[best]), float(values[best])


def _bottom(points, values, best):
    """Return where a polynomial is least between the best point's neighbours, None if nowhere."""
    near = np.sort(np.argsort(np.abs(points - points[best]), kind="stable")[:NEAREST])
    if not np.isfinite(values[near]).all():
        return None
    polynomial = np.polynomial.Polynomial.fit(points[near], values[near], len(near) - 1)
    roots = polynomial.deriv().roots()
    roots = roots.real[np.abs(roots.imag) < 1e-12]
    roots = roots[(roots > points[best - 1]) & (roots < points[best + 1])]
    return roots[polynomial(roots).argmin()] if len(roots) else None


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
