"""SXQ-5: the mean gradient flows of idealised Adam and of GN^-1/2 in the eigenbasis."""

import itertools

import numpy as np
import sympy as sp

from ...derivations import flow as derivations
from ...mini_batch.mean_flow import lag_bound, mean_flow
from ...mini_batch.moments import second_moment
from ...problems.gaussian import GaussianRegression
from ...problems.spectra import power_law_spectrum
from ..outcomes import below, vanishes
from ..registry import Outcome, checks_in, control, evidence


@evidence("symbolic", "both first integrals, and values at 0")
@control("K to the power 1.1", 1.1)
@control("simple bound to the power 1.1", 1, 1.1)
def integrals_symbolic(exponent=1, length=1):
    """First integrals of a coordinate that is alone, sharp and simple, and both bounds at 0."""
    return vanishes(*derivations.first_integrals(exponent, length))


@evidence("symbolic", "growth of the sharp bound with B")
@control("a limit of 1 + 2 X^2", 2)
def batch_symbolic(squares=1):
    """t^2 at fixed X grows with B, to 1 + X^2: the simple bound is the limit of the sharp one."""
    slope, limit = derivations.grows_with_batch()
    y = next(iter(limit.free_symbols))
    gap = sp.expand(limit - 1 - squares * y**2)
    shown = f"slope below 0: {slope.is_negative}; limit off by {gap}"
    return Outcome(slope.is_negative and gap == 0, shown, "slope below 0: True; limit off by 0")


def cases():
    """Starts with a lone, a leading and an evenly loaded coordinate, batch sizes and noises."""
    spectrum = power_law_spectrum(8, 1.0)
    lone, leading = np.eye(8)[2], np.full(8, 1e-3)
    leading[4] = 3.0
    starts = (lone, leading, np.linspace(-1, 1, 8))
    for start, batch, noise_std in itertools.product(starts, (1, 8, 100), (0.0, 0.1)):
        yield GaussianRegression(spectrum, noise_std), start, batch


@evidence("numerical", "the flow with its bounds, 18 cases")
@control("sqrt(B + 1) instead of sqrt(B + 2)", 1)
@control("speed raised by 1%", 2, 1.01)
def bounds_numerical(extra=2, slower=1.0):
    """The core's flow between GN^-1/2 at s and at s/sqrt(B + 2), and below the sharp bound."""
    times, worst = np.geomspace(0.01, 60, 30), 0.0
    for regression, start, batch in cases():
        moved = np.flatnonzero(start)
        options = {"start": start, "batch_size": batch}
        path = mean_flow(regression, **options, times=times)[:, moved] / start[moved]
        decay = np.sqrt(regression.covariance[moved]) * times[:, None]
        ahead = slower * np.log(path) + decay  # ln of Adam's share over GN^-1/2's
        most = decay * (1 - 1 / np.sqrt(batch + extra))
        if regression.noise_std > 0:
            most = np.minimum(most, np.log(lag_bound(regression, **options)[moved]))
        worst = max(worst, (-ahead).max(), (ahead - most).max())
    return below(worst, 1e-7, "largest excess in ln delta")


@evidence("numerical", "one coordinate with the first integral")
@control("the simple bound instead of K", sharp=False)
def alone_numerical(sharp=True):
    """The core's flow in one coordinate: ln z + ln K falls by sqrt(lambda) s, K from SymPy."""
    largest = 0.0
    for batch, noise_std in itertools.product((1, 2, 8, 100), (0.02, 0.3)):
        regression = GaussianRegression([0.5], noise_std)
        times = np.array([0.0, 0.5, 2.0, 5.0, 40.0])
        path = mean_flow(regression, start=[-1.0], batch_size=batch, times=times)
        z = np.sqrt(0.5) * np.abs(path[:, 0]) / noise_std
        lags = [
            derivations.lag(value, np.sqrt(batch + 2))
            if sharp
            else derivations.simple_lag(value * np.sqrt(batch + 1))
            for value in z.tolist()
        ]
        values = np.log(z) + np.log(np.array(lags, dtype=float)) + np.sqrt(0.5) * times
        largest = max(largest, np.ptp(values))
    return below(largest, 1e-6, "largest change of the first integral")


@evidence("numerical", "Runge-Kutta in Adam's own time")
@control("a clock that does not follow V", own=False)
def clock_numerical(own=True):
    """Runge-Kutta in Adam's own time on the core's second moments, with the flow at the same s."""
    largest = 0.0
    for regression, start, batch in cases():
        spectrum, noise = regression.covariance, regression.noise_std**2

        def velocity(state, regression=regression, batch=batch, spectrum=spectrum, noise=noise):
            errors = state[:-1]
            moment = second_moment(regression, errors, batch_size=batch)
            weights = 1 / np.sqrt(np.where(moment > 0, moment, np.inf))
            variance = regression.risk(errors) + noise if own else 1.0
            return np.append(-weights * spectrum * errors, np.sqrt(batch / variance))

        # Steps short against the time in which Adam, whose speed is bounded, could arrive.
        step = 0.4 * np.sqrt(regression.risk(start) / batch) / 200
        state = np.append(start, 0.0)
        for _ in range(200):
            one = velocity(state)
            two = velocity(state + step / 2 * one)
            three = velocity(state + step / 2 * two)
            state = state + step / 6 * (one + 2 * two + 2 * three + velocity(state + step * three))
        path = mean_flow(regression, start=start, batch_size=batch, times=state[-1:])
        largest = max(largest, np.abs(path[0] - state[:-1]).max() / np.abs(start).max())
    return below(largest, 1e-7, "largest difference, relative to the start,")


CHECKS = {"SXQ-5": checks_in(globals())}
