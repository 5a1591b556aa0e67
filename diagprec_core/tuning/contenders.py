"""Preconditioners at their best learning rates for a horizon: what `compare` compares."""

from dataclasses import dataclass

import numpy as np

from ..mini_batch.adam_floors import long_memory_risk, long_memory_weights
from ..mini_batch.noise_floor import floor, stability_limit
from ..mini_batch.risk_at_horizon import log_risks
from ..numerics.modes import preconditioned_modes
from ..numerics.refine import local_minima, refine
from .rates import RESOLVED, SPACING, search_rates

ADAM = "Adam, long memory, frozen"


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
    """

    name: str
    power: float | None
    learning_rate: float
    risk: float
    floor: float
    largest_stable_rate: float


def fixed(spectrum, errors, noise, batch_size, steps, power, name):
    """Return GN^p as a contender."""
    unit = spectrum.max()  # in which no power of an eigenvalue leaves the range of float64
    modes = preconditioned_modes(spectrum / unit, (spectrum[None] / unit) ** power)
    setting = {"noise": noise, "batch_size": batch_size}
    moments = modes.moments(errors * np.sqrt(unit))
    found = search_rates(modes.values, moments, **setting, steps=steps)
    rate, risk = (np.exp(value[0]) for value in found)
    limit = stability_limit(modes.values[0], batch_size)
    back = unit ** -(1 + power)
    start = spectrum @ errors**2
    if not risk < start * (1 - RESOLVED):
        return Contender(name, power, 0.0, float(start), float(start), limit * back)
    least = float(floor(modes.values[0], rate, **setting)) if rate < limit else np.inf
    return Contender(name, power, float(rate * back), float(risk), least, float(limit * back))


def long_memory(spectrum, errors, noise, batch_size, steps):
    """Return long-memory Adam, frozen, as a contender.

    Its x_i = eta lambda_i w_i is at most eta sqrt(B lambda_i)/sigma, so that R_T falls by at most
    2 T sum_i a_i x_i, a_i = lambda_i delta_i^2: rates with a gain below `RESOLVED` are left out.
    Towards large rates x_i tends to a limit: the last rates tried are where it has been reached.

    Returns
    -------
    Contender
    """
    noise_std, shares = np.sqrt(noise), spectrum * errors**2
    pull = 2 * steps * (shares * np.sqrt(batch_size * spectrum)).sum() / noise_std
    upper = np.log(beyond(spectrum, noise_std))
    lower = min(np.log(RESOLVED * shares.sum() / pull), upper - 3 * SPACING)

    def evaluate(log_rates):
        rates = np.exp(log_rates.ravel())
        weights = long_memory_weights(spectrum, noise_std, rates, batch_size)
        modes = preconditioned_modes(spectrum, weights)
        setting = {"noise": noise, "batch_size": batch_size, "steps": steps}
        found = log_risks(modes.values, modes.moments(errors), rates, **setting)
        return found.reshape(log_rates.shape)

    grid = np.linspace(lower, upper, int(np.ceil((upper - lower) / SPACING)) + 1)
    values, start = evaluate(grid), shares.sum()
    _, at = local_minima(values[None])
    points, found = refine(evaluate, grid[at - 1], grid[at + 1])
    best = [found.argmin()]
    if values[-1] <= found[best]:
        return Contender(ADAM, None, np.inf, float(np.exp(values[-1])), np.inf, np.inf)
    rate, risk = np.exp(points[best]), float(np.exp(found[best][0]))
    if not risk < start * (1 - RESOLVED):
        return Contender(ADAM, None, 0.0, float(start), float(start), np.inf)
    least = long_memory_risk(spectrum, noise_std, rate, batch_size)
    return Contender(ADAM, None, float(rate[0]), risk, float(least[0]), np.inf)


def beyond(spectrum, noise_std):
    """Return a rate at which long-memory Adam's R_inf exceeds 10^12 sigma^2 (by SXQ-9's bounds)."""
    return 2e6 * noise_std / np.sqrt(spectrum.sum())
