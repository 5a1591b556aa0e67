"""The best learning rate for a horizon, to many digits, for many preconditioners at once.

A geometric grid over an interval that provably holds the best rate gives a bracket; finer grids
and three parabolas refine it.
"""

import numpy as np

from ..mini_batch.risk_at_horizon import log_risks

NARROW = 0.15  # Intervals (of log eta, or of p) are cut down to this width: parabolas do the rest.
FINER = (0.05, 0.01, 0.001)
CLOSE = 2e-5
ROUNDING = 1e-12
SIDES = np.array([-1.0, 0.0, 1.0])
SPACING = 1.0  # Of the grid of log eta, at most, for a constant rate.
# With a schedule R_T may have a basin for every step, the narrower the more steps there are.
SCHEDULED, FEW_STEPS, MANY = 0.1, 100, 0.5
RESOLVED = 1e-10  # Relative: smaller gains are lost in rounding.


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


def _zoom(function, low, high, width):
    """Cut n intervals down to a width, keeping the best point of nine and its neighbours."""
    rows = np.arange(len(low))
    while (high - low).max() > width:
        points = np.linspace(low, high, 9, axis=1)
        best = 1 + function(points[:, 1:-1]).argmin(axis=1)
        low, high = points[rows, best - 1], points[rows, best + 1]
    return low, high


def best_rates(modes, moments, *, noise, batch_size, steps, shape=None):
    """Return log eta and log R_T at the best rate of each of n preconditioners.

    The interval that is searched holds every best rate. Above its upper end R_T >= R_0: either no
    second moment shrinks any more, as eta phi_t s_min k >= 2 for all t, or the noise of the last
    step alone, (eta phi)^2 sigma^2 sum s_i^2/B, exceeds R_0. And R_T >= R_0 - 2 eta sum_t phi_t
    sum_i s_i^2 m_i, so that a rate which lowers R by g bounds the best one from below. (A gain of
    less than 1e-10 R_0 is taken for none.) That the grid inside finds the best basin, where there
    are several, is not certified.

    Parameters
    ----------
    modes, moments : numpy.ndarray, shape (n, d)
        s and m as for :func:`~diagprec_core.mini_batch.risk_at_horizon.log_risks`, which takes the
        others as well.

    Returns
    -------
    log_rates, log_risks : numpy.ndarray, shape (n,)

    Examples
    --------
    >>> rate, risk = best_rates(*np.ones((2, 1, 1)), noise=0.0, batch_size=1, steps=50)
    >>> np.exp(rate).round(6), np.exp(risk / 50).round(6)  # B/(B + d + 1), (d + 1)/(B + d + 1)
    (array([0.333333]), array([0.666667]))
    """
    setting = {"noise": noise, "batch_size": batch_size, "steps": steps, "shape": shape}
    factors = np.ones(1) if shape is None else shape
    total = steps if shape is None else factors.sum()
    start, push = (modes * moments).sum(axis=1), (modes**2 * moments).sum(axis=1)
    square, more = (modes**2).sum(axis=1), 1 + 1 / batch_size

    def evaluate(log_rates):
        rows = np.repeat(np.arange(len(modes)), log_rates.shape[1])
        rates = np.exp(log_rates.ravel())
        return log_risks(modes[rows], moments[rows], rates, **setting).reshape(log_rates.shape)

    with np.errstate(divide="ignore"):
        upper = np.log(2 / (more * modes.min(axis=1)) / factors.min())
        loud = np.log(np.sqrt(batch_size * start / (noise * square)) / factors[-1])
    upper = np.minimum(upper, loud)
    # From the best rate for one step downwards, until some rate lowers the risk of every row.
    trial = np.log(push / (more * (modes**3 * moments).sum(axis=1) + (start + noise) * square))
    least = np.full(len(modes), -RESOLVED)
    for first in range(0, 20, 4):
        tried = evaluate(trial[:, None] - np.log(8) * np.arange(first, first + 4))
        least = np.minimum(least, tried.min(axis=1) - np.log(start))
        if (least < -RESOLVED).all():
            break
    lower = np.log(-np.expm1(least) * start / (2 * total * push))
    spacing = SPACING if shape is None else SCHEDULED if steps <= FEW_STEPS else MANY
    count = max(3, int(np.ceil(((upper - lower) / spacing).max())) + 1)
    grid = np.linspace(lower, upper, count, axis=1)
    # One point beyond each end: the best of the grid is then never on its edge.
    step = (grid[:, 1] - grid[:, 0])[:, None]
    grid = np.concatenate([grid[:, :1] - step, grid, grid[:, -1:] + step], axis=1)
    best = evaluate(grid).argmin(axis=1).clip(1, count)
    rows = np.arange(len(modes))
    return refine(evaluate, grid[rows, best - 1], grid[rows, best + 1])
