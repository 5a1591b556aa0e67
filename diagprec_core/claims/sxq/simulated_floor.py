"""SXQ-9 by simulation: where EMA Adam, the frozen preconditioner and idealised Adam settle."""

import numpy as np

from ...methods.adam_limits import LongMemoryAdam
from ...methods.adaptive import Adam, IdealisedAdam
from ...mini_batch.noise_floor import stationary_risk
from ...mini_batch.simulation import simulate
from ...problems.gaussian import GaussianRegression
from ..outcomes import consistent
from ..registry import control, evidence

SPECTRUM = 1 / np.arange(1.0, 21)
RATES = np.array([0.03, 0.3, 3.0])


def simulated(rule, rates, tolerance, steps, factor=1.0, runs=48):
    """Time averages of independent runs against R_inf, d = 20, lambda_i = 1/i, B = 1, 8, 64."""
    scores, resolution = [], 0.0
    regression = GaussianRegression(SPECTRUM, 1.0)
    for batch_size in (1, 8, 64):
        claimed = stationary_risk(
            regression, LongMemoryAdam(), learning_rate=rates, batch_size=batch_size
        )
        # From the size that is expected at the end, so that the burn-in is short.
        start = np.sqrt(claimed[:, None] / len(SPECTRUM) / SPECTRUM)
        simulation = simulate(
            regression,
            rule,
            start=start,
            learning_rate=rates,
            batch_size=batch_size,
            steps=steps,
            runs=runs,
            rng=np.random.default_rng(batch_size),
        )
        average = simulation.risks[steps // 2 :].mean(axis=0) / (factor * claimed[:, None])
        error = average.std(axis=-1, ddof=1) / np.sqrt(runs)
        excess = np.abs(average.mean(axis=-1) - 1) - tolerance
        scores.append(np.maximum(excess, 0) / error)
        resolution = max(resolution, error.max())
    return consistent(scores, resolution, runs)


@evidence("statistical", "EMA Adam, beta2 = 0.999, d = 20, with the fixed point and 3%")
@control("idealised Adam, another process, instead of EMA Adam", IdealisedAdam())
def ema_statistical(rule=None, factor=1.0):
    """Simulated EMA Adam with beta2 = 0.999: within 3% of the fixed point, sampling error aside?"""
    return simulated(rule or Adam(0.0, 0.999), RATES, 0.03, 3000, factor)


@evidence("statistical", "frozen runs with the fixed point")
@control("floor raised by 15%", 1.15)
def frozen_statistical(factor=1.0):
    """Runs with the preconditioner frozen at the fixed point's: the risk it was made for?"""
    return simulated(LongMemoryAdam(), np.array([0.05, 0.3]), 0.0, 1500, factor)


@evidence("statistical", "idealised Adam on drawn data with eta/2 in each coordinate")
@control("0.45 eta instead of eta/2", 0.45)
def balance_statistical(half=0.5, rate=0.3, batch_size=2, runs=3000):
    """Idealised Adam on drawn data: is the mean of w_i lambda_i delta_i^2 eta/2 for every i?"""
    rng, noise = np.random.default_rng(17), 0.5
    spectrum = np.array([2.0, 0.5, 0.1])
    errors = np.full((runs, 3), rate)
    total = np.zeros((runs, 3))
    burn, window = 150, 100
    for step in range(burn + window):
        gradient = spectrum * errors
        variance = np.einsum("ri,ri->r", errors, gradient)[:, None] + noise**2
        moment = spectrum * variance / batch_size + (1 + 1 / batch_size) * gradient**2
        if step >= burn:
            total += gradient * errors / np.sqrt(moment)
        features = rng.standard_normal((runs, batch_size, 3)) * np.sqrt(spectrum)
        residuals = np.einsum("rbi,ri->rb", features, errors)
        residuals -= noise * rng.standard_normal((runs, batch_size))
        sample = np.einsum("rbi,rb->ri", features, residuals) / batch_size
        errors = errors - rate * sample / np.sqrt(moment)
    average = total / window
    error = average.std(axis=0, ddof=1) / np.sqrt(runs)
    scores = (average.mean(axis=0) - half * rate) / error
    return consistent(scores, (error / (half * rate)).max())
