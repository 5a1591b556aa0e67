"""Preconditioners at their best learning rates for a horizon: what `compare` compares."""

from dataclasses import dataclass

import numpy as np

from ..mini_batch.adam_floors import long_memory_risk, long_memory_weights
from ..mini_batch.long_memory import FixedPoints
from ..mini_batch.noise_floor import floor, stability_limit
from ..mini_batch.risk_at_horizon import log_risks
from ..numerics.refine import local_minima, refine, sparing
from .rates import RESOLVED, SPACING, search_rates

ADAM, DAMPED = "Adam, long memory, frozen", "GN^-1, damped"
FAR = 1e4  # A damping so far outside of the spectrum makes GN^-1, or gradient descent.
FAR_IN_BLOCKS = 1e2  # The same where each damping takes O(d^3): one nearer to the ends is for 1 %.
CLOSE = 1e-3  # Of the last two trials where each takes O(d^3); what is left is about 1e-6.
DAMPINGS = 1.5  # Spacing of the grid of log damping, at most.


@dataclass(frozen=True)
class Contender:
    """One preconditioner at its best learning rate.

    Attributes
    ----------
    name : str
    power : float or None
        p of GN^p; None for Adam.
    learning_rate : float
        The rate with the least risk at the horizon, to about five digits; for Adam inf if the risk
        still falls as the rate grows without bound. 0 if no rate gains more than 1e-10 of R_0,
        below which a gain cannot be told from rounding: then it is best to stay.
    risk : float
        R_T there, exact.
    floor : float
        R_inf at that rate, inf where it is not stable; R_0 at rate 0.
    largest_stable_rate : float
        The mean-square stability limit (claim SXQ-7); inf for Adam (claim SXQ-9).
    damping : float
        What is added to the eigenvalues before the power is taken.
    """

    name: str
    power: float | None
    learning_rate: float
    risk: float
    floor: float
    largest_stable_rate: float
    damping: float = 0.0


def fixed(problem, power, name, damping=0.0):
    """Return GN^p, with the damping given, as a contender."""
    values, moments = problem.in_units(power, [damping] if damping else None)
    found = search_rates(values, moments, **problem.law, steps=problem.steps)
    rate, risk = (np.exp(value[0]) for value in found)
    limit = stability_limit(values[0], problem.batch_size, kurtosis=problem.kurtosis)
    back, start = problem.unit ** -(1 + power), float(problem.start_risk)
    if not risk < start * (1 - RESOLVED):
        return Contender(name, power, 0.0, start, start, limit * back, damping)
    least = float(floor(values[0], rate, **problem.law)) if rate < limit else np.inf
    return Contender(
        name, power, float(rate * back), float(risk), least, float(limit * back), damping
    )


def damped(problem):
    """Return GN^-1 at its best damping and rate as a contender, or None where none is best.

    The damping is searched from far below the spectrum, where the method is GN^-1, to far above it,
    where it is gradient descent at the rate eta/damping. If the best lies at either end, damping
    buys nothing.

    Returns
    -------
    Contender or None
    """
    diagonal = problem.matrix.ndim == 1
    far = FAR if diagonal else FAR_IN_BLOCKS
    low, high = np.log(problem.curvature.min() / far), np.log(problem.curvature.max() * far)

    def evaluate(log_dampings):
        values, moments = problem.in_units(-1.0, np.exp(log_dampings.ravel()))
        found = search_rates(values, moments, **problem.law, steps=problem.steps)
        return found[1].reshape(log_dampings.shape)

    grid = np.linspace(low, high, int(np.ceil((high - low) / DAMPINGS)) + 1)
    values = evaluate(grid)
    if values.argmin() in (0, len(grid) - 1):
        return None
    points, found = minimum(evaluate, grid, values, diagonal)
    best = fixed(problem, -1.0, DAMPED, float(np.exp(points[found.argmin()])))
    return best if best.learning_rate > 0 else None


def long_memory(problem):
    """Return long-memory Adam, frozen, as a contender.

    As eta w_i is at most eta sqrt(B/c_i)/sigma, with c_i the curvatures, R_T falls by at most
    2 T eta sqrt(B) sum_i sqrt(c_i) R_0/sigma: rates with a gain below `RESOLVED` are left out.
    Towards large rates eta w tends to a limit: the last rates tried are where it has been reached.
    In a basis with blocks, where a rate takes O(d^3), the grid begins near the rate that makes Adam
    GN^-1/2 at its best one, and grows until its least value lies inside.

    Returns
    -------
    Contender
    """
    curvature, noise_std = problem.curvature, np.sqrt(problem.noise)
    start = float(problem.start_risk)
    pull = 2 * problem.steps * np.sqrt(problem.batch_size * curvature).sum() / noise_std
    upper = np.log(beyond(curvature, noise_std))
    lower = min(np.log(RESOLVED / pull), upper - 3 * SPACING)

    weights_at = stationary(problem)

    def evaluate(log_rates):
        rates = np.exp(log_rates.ravel())
        values, moments = problem.modes(weights_at(rates))
        found = log_risks(values, moments, rates, **problem.law, steps=problem.steps)
        return found.reshape(log_rates.shape)

    if problem.matrix.ndim == 1:
        grid = np.linspace(lower, upper, int(np.ceil((upper - lower) / SPACING)) + 1)
        values = evaluate(grid)
    else:
        guess = fixed(problem, -0.5, "").learning_rate * noise_std / np.sqrt(problem.batch_size)
        guess = np.log(guess) if guess > 0 else (lower + upper) / 2
        grid, values = outwards(evaluate, np.clip(guess, lower, upper), lower, upper)
    points, found = minimum(evaluate, grid, values, problem.matrix.ndim == 1)
    best = [found.argmin()]
    if values[-1] <= found[best]:
        return Contender(ADAM, None, np.inf, float(np.exp(values[-1])), np.inf, np.inf)
    rate, risk = np.exp(points[best]), float(np.exp(found[best][0]))
    if not risk < start * (1 - RESOLVED):
        return Contender(ADAM, None, 0.0, start, start, np.inf)
    return Contender(ADAM, None, float(rate[0]), risk, stationary_risk(problem, rate), np.inf)


def minimum(evaluate, grid, values, cheap):
    """Return points and values of local minima between the points of a grid.

    All of the grid's, by :func:`~diagprec_core.numerics.refine.refine`, where values are cheap; the
    least alone, with few evaluations, where they are not.

    Returns
    -------
    points, values : numpy.ndarray, shape (m,)

    Examples
    --------
    >>> grid = np.linspace(-3.0, 3.0, 7)
    >>> for cheap in (True, False):
    ...     points, found = minimum(lambda x: np.cosh(x - 0.3), grid, np.cosh(grid - 0.3), cheap)
    ...     print(points.round(5), found.round(9))
    [0.3] [1.]
    [0.3] [1.]
    """
    _, at = local_minima(values[None])
    if cheap:
        return refine(evaluate, grid[at - 1], grid[at + 1])
    best = at[values[at].argmin()]
    around = slice(best - 1, best + 2)
    point, value = sparing(
        lambda x: evaluate(np.array([x]))[0], grid[around], values[around], CLOSE
    )
    return np.array([point]), np.array([value])


def outwards(evaluate, middle, lower, upper):
    """Return a grid and its values, grown from its middle until the least value is inside.

    It ends with that, or with `lower` or `upper`.

    Returns
    -------
    grid, values : numpy.ndarray, shape (n,)

    Examples
    --------
    >>> outwards(lambda x: (x - 4) ** 2, 0.0, -10.0, 10.0)[0]
    array([-1.,  0.,  1.,  2.,  3.,  4.,  5.])
    """
    grid = middle + SPACING * np.arange(-1, 2)
    values = evaluate(grid)
    while values.argmin() in (0, len(grid) - 1):
        if values.argmin() == 0:
            if grid[0] <= lower:
                break
            more = np.array([grid[0] - SPACING])
            grid, values = np.append(more, grid), np.append(evaluate(more), values)
        else:
            if grid[-1] >= upper:
                break
            more = np.array([grid[-1] + SPACING])
            grid, values = np.append(grid, more), np.append(values, evaluate(more))
    return grid, values


def stationary(problem):
    """Return a function of n rates that gives long-memory Adam's weights there.

    In a basis with blocks each fixed point is the start of the search for the next.

    Returns
    -------
    callable
        Takes rates of shape (n,), returns weights of shape (n, d).
    """
    noise_std, law = np.sqrt(problem.noise), (problem.batch_size, problem.kurtosis)
    if problem.matrix.ndim == 1:
        return lambda rates: long_memory_weights(problem.matrix, noise_std, rates, *law)
    law = {"batch_size": problem.batch_size, "kurtosis": problem.kurtosis}
    fixed_point = FixedPoints(problem.matrix, noise_std, **law)
    return lambda rates: np.array([fixed_point(rate)[1] for rate in rates])


def stationary_risk(problem, rate, momentum=0.0):
    """Return long-memory Adam's R_inf at a rate of shape (1,)."""
    noise_std = np.sqrt(problem.noise)
    if problem.matrix.ndim == 1 and momentum == 0:
        law = (problem.batch_size, problem.kurtosis)
        return float(long_memory_risk(problem.matrix, noise_std, rate, *law)[0])
    law = (problem.batch_size, momentum, problem.kurtosis)
    return float(FixedPoints(problem.matrix, noise_std, *law)(rate[0])[0])


def beyond(curvature, noise_std):
    """Return a rate at which long-memory Adam's R_inf is about 10^12 sigma^2, by SXQ-9's bounds."""
    return 2e6 * noise_std / np.sqrt(curvature.sum())


def curve(problem, contender, horizons):
    """Return R_t of a fixed preconditioner at its best rate, which is above 0.

    Parameters
    ----------
    problem : Problem
    contender : Contender
        GN^p, damped or not, or Adam, long memory, frozen.
    horizons : numpy.ndarray of whole numbers, shape (n,)
        t.

    Returns
    -------
    numpy.ndarray, shape (n,)

    Examples
    --------
    >>> from .problem import Problem
    >>> descent = Contender("GD", 0.0, 0.5, np.nan, np.nan, np.nan)
    >>> curve(Problem(np.ones(1), np.ones(1), 1.0, 1, 9), descent, np.array([1, 2])).round(9)
    array([1., 1.])
    """
    rate = np.array([contender.learning_rate])
    if contender.power is None:
        rate = np.minimum(rate, beyond(problem.curvature, np.sqrt(problem.noise)))
        weights = stationary(problem)(rate)
    else:
        with np.errstate(over="ignore", under="ignore"):
            weights = (problem.curvature[None] + contender.damping) ** contender.power
    values, moments = problem.modes(weights)
    logs = [log_risks(values, moments, rate, **problem.law, steps=int(t))[0] for t in horizons]
    return np.exp(logs)
