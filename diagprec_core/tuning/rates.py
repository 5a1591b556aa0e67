"""The best learning rate for a horizon, to many digits, for many preconditioners at once.

A geometric grid over an interval that provably holds the best rate gives a bracket; finer grids
and three parabolas refine it (:mod:`~diagprec_core.numerics.refine`).
"""

import numpy as np

from .. import validation as check
from ..mini_batch.batch_noise import as_kurtosis, square_factor
from ..mini_batch.risk_at_horizon import log_risks
from ..numerics.refine import local_minima, refine

SPACING = 1.0  # Of the grid of log eta, at most, for a constant rate.
# With a schedule R_T may have a basin for every step, the narrower the more steps there are.
SCHEDULED, FEW_STEPS, MANY = 0.1, 100, 0.5
RESOLVED = 1e-10  # Relative: smaller gains are lost in rounding.


def best_rates(modes, moments, *, noise, batch_size, steps, shape=None, kurtosis=1.0):
    """Return log eta and log R_T at the best rate of each of n preconditioners.

    Parameters
    ----------
    modes, moments : array_like, shape (n, d)
        s, positive, and m, not negative and not all 0 in a row, as for
        :func:`~diagprec_core.mini_batch.risk_at_horizon.log_risks`.
    noise : float
        sigma^2, at least 0.
    batch_size, steps : int
        B and T, at least 1.
    shape : array_like, shape (steps,), optional
        Factors on the rate, positive: step t uses eta phi_t.
    kurtosis : float
        K of elliptical features, 1 for Gaussian ones.

    Returns
    -------
    log_rates, log_risks : numpy.ndarray, shape (n,)

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> rate, risk = best_rates(*np.ones((2, 1, 1)), noise=0.0, batch_size=1, steps=50)
    >>> np.exp(rate).round(6), np.exp(risk / 50).round(6)  # B/(B + d + 1), (d + 1)/(B + d + 1)
    (array([0.333333]), array([0.666667]))
    """
    modes = check.as_array("modes", modes, (None, None))
    if (modes <= 0).any():
        check.fail("modes", f"a mode of {modes.min():.3g}", "modes above 0")
    moments = check.as_array("moments", moments, modes.shape)
    if (moments < 0).any() or not moments.any(axis=1).all():
        needed = "second moments of at least 0, and one above 0 in each row"
        check.fail("moments", f"a smallest of {moments.min():.3g}", needed)
    setting = {
        "noise": check.as_number("noise", noise, low=0),
        "batch_size": check.as_count("batch_size", batch_size, low=1),
        "steps": check.as_count("steps", steps, low=1),
    }
    if shape is not None:
        shape = check.as_array("shape", shape, (steps,))
        if (shape <= 0).any():
            check.fail("shape", f"a factor of {shape.min():.3g}", "factors above 0")
    kurtosis = as_kurtosis(kurtosis, modes.shape[1])
    return search_rates(modes, moments, **setting, shape=shape, kurtosis=kurtosis)


def search_rates(modes, moments, *, noise, batch_size, steps, shape=None, kurtosis=1.0):
    """Return :func:`~diagprec_core.best_rates`, the arguments checked already.

    The interval that is searched holds every best rate. Above its upper end R_T >= R_0: either no
    second moment shrinks any more, as eta phi_t s_min k >= 2 for all t, or the noise of the last
    step alone, (eta phi)^2 sigma^2 sum s_i^2/B, exceeds R_0. And R_T >= R_0 - 2 eta sum_t phi_t
    sum_i s_i^2 m_i, so that a rate which lowers R by g bounds the best one from below. (A gain of
    less than 1e-10 R_0 is taken for none.) Every local minimum of a grid inside is refined. That
    the grid sees the best basin, where there are several, is not certified.

    Returns
    -------
    log_rates, log_risks : numpy.ndarray, shape (n,)
    """
    setting = {"noise": noise, "batch_size": batch_size, "steps": steps}
    setting |= {"shape": shape, "kurtosis": kurtosis}
    factors = np.ones(1) if shape is None else shape
    total = steps if shape is None else factors.sum()
    start, push = (modes * moments).sum(axis=1), (modes**2 * moments).sum(axis=1)
    square, more = (modes**2).sum(axis=1), square_factor(batch_size, kurtosis)

    def evaluate(log_rates, rows=slice(None)):
        rows = np.repeat(np.arange(len(modes))[rows], log_rates.shape[1])
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
    rows, at = local_minima(evaluate(grid))
    points, values = refine(
        lambda log_rates: evaluate(log_rates, rows), grid[rows, at - 1], grid[rows, at + 1]
    )
    order = np.lexsort((values, rows))  # the least of each row comes first in it
    best = order[np.unique(rows[order], return_index=True)[1]]
    return points[best], values[best]
