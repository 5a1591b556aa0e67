"""Preconditioners at their best learning rates for a horizon: what `compare` compares."""

from dataclasses import dataclass

import numpy as np

from ..mini_batch.adam_floors import long_memory_risk, long_memory_weights
from ..mini_batch.noise_floor import floor, stability_limit
from ..mini_batch.risk_at_horizon import log_risks
from ..numerics.modes import preconditioned_modes
from ..numerics.refine import local_minima, refine
from .rates import RESOLVED, SPACING, search_rates

ADAM, DAMPED = "Adam, long memory, frozen", "GN^-1, damped"
FAR = 1e4  # A damping so far outside of the spectrum makes GN^-1, or gradient descent.
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
    values, moments = problem.in_units(power, [damping])
    found = search_rates(values, moments, **problem.law, steps=problem.steps)
    rate, risk = (np.exp(value[0]) for value in found)
    limit = stability_limit(values[0], problem.batch_size, kurtosis=problem.kurtosis)
    back, start = problem.spectrum.max() ** -(1 + power), float(problem.start_risk)
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
    low, high = np.log(problem.spectrum.min() / FAR), np.log(problem.spectrum.max() * FAR)

    def evaluate(log_dampings):
        values, moments = problem.in_units(-1.0, np.exp(log_dampings.ravel()))
        found = search_rates(values, moments, **problem.law, steps=problem.steps)
        return found[1].reshape(log_dampings.shape)

    grid = np.linspace(low, high, int(np.ceil((high - low) / DAMPINGS)) + 1)
    values = evaluate(grid)
    if values.argmin() in (0, len(grid) - 1):
        return None
    at = local_minima(values[None])[1]
    points, found = refine(evaluate, grid[at - 1], grid[at + 1])
    best = fixed(problem, -1.0, DAMPED, float(np.exp(points[found.argmin()])))
    return best if best.learning_rate > 0 else None


def long_memory(problem):
    """Return long-memory Adam, frozen, as a contender.

    Its x_i = eta lambda_i w_i is at most eta sqrt(B lambda_i)/sigma, so that R_T falls by at most
    2 T sum_i a_i x_i, a_i = lambda_i delta_i^2: rates with a gain below `RESOLVED` are left out.
    Towards large rates x_i tends to a limit: the last rates tried are where it has been reached.

    Returns
    -------
    Contender
    """
    spectrum, noise_std = problem.spectrum, np.sqrt(problem.noise)
    shares = spectrum * problem.errors**2
    pull = 2 * problem.steps * (shares * np.sqrt(problem.batch_size * spectrum)).sum() / noise_std
    upper = np.log(beyond(spectrum, noise_std))
    lower = min(np.log(RESOLVED * shares.sum() / pull), upper - 3 * SPACING)
    law = (problem.batch_size, problem.kurtosis)

    def evaluate(log_rates):
        rates = np.exp(log_rates.ravel())
        modes = preconditioned_modes(
            spectrum, long_memory_weights(spectrum, noise_std, rates, *law)
        )
        moments = modes.moments(problem.errors)
        found = log_risks(modes.values, moments, rates, **problem.law, steps=problem.steps)
        return found.reshape(log_rates.shape)

    grid = np.linspace(lower, upper, int(np.ceil((upper - lower) / SPACING)) + 1)
    values, start = evaluate(grid), float(shares.sum())
    _, at = local_minima(values[None])
    points, found = refine(evaluate, grid[at - 1], grid[at + 1])
    best = [found.argmin()]
    if values[-1] <= found[best]:
        return Contender(ADAM, None, np.inf, float(np.exp(values[-1])), np.inf, np.inf)
    rate, risk = np.exp(points[best]), float(np.exp(found[best][0]))
    if not risk < start * (1 - RESOLVED):
        return Contender(ADAM, None, 0.0, start, start, np.inf)
    least = long_memory_risk(spectrum, noise_std, rate, *law)
    return Contender(ADAM, None, float(rate[0]), risk, float(least[0]), np.inf)


def beyond(spectrum, noise_std):
    """Return a rate at which long-memory Adam's R_inf is about 10^12 sigma^2, by SXQ-9's bounds."""
    return 2e6 * noise_std / np.sqrt(spectrum.sum())


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
    spectrum, rate = problem.spectrum, np.array([contender.learning_rate])
    if contender.power is None:
        noise_std = np.sqrt(problem.noise)
        rate = np.minimum(rate, beyond(spectrum, noise_std))
        law = (problem.batch_size, problem.kurtosis)
        weights = long_memory_weights(spectrum, noise_std, rate, *law)
    else:
        with np.errstate(over="ignore", under="ignore"):
            weights = (spectrum[None] + contender.damping) ** contender.power
    modes = preconditioned_modes(spectrum, weights)
    moments = modes.moments(problem.errors)
    logs = [
        log_risks(modes.values, moments, rate, **problem.law, steps=int(t))[0] for t in horizons
    ]
    return np.exp(logs)
