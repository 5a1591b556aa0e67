"""SXQ-19: long-memory Adam's fixed point in every basis."""

import numpy as np
from scipy.integrate import solve_ivp

from ...derivations import adam_limits as derived
from ...methods.adam_limits import LongMemoryAdam
from ...mini_batch.long_memory import fixed_points
from ...mini_batch.noise_floor import stationary_risk
from ...problems.gaussian import GaussianRegression
from ..outcomes import below, vanishes
from ..reference.joint_moments import joint_maps
from ..registry import Outcome, checks_of, control, evidence
from .best_basis import (
    least_numerical,
    lower_numerical,
    shapes_symbolic,
    slope_bound_numerical,
    three_numerical,
    trace_numerical,
)
from .settling import basis_statistical


@evidence(
    "symbolic", "(a) frozen moments with the slopes of the convex function, d = 2, all symbols"
)
@control("(a) 3 N instead of 2 N", 3)
def potential_symbolic(factor=2):
    """B E[ghat_i^2]/V solved from the dense stationarity, and N's derivatives, d = 2: all 0?"""
    return vanishes(*derived.every_basis_gaps(factor))


def random_problem(rng, d, spread=1.0):
    """Return a covariance with spread entries, a rate and a batch size."""
    factor = rng.standard_normal((d, int(rng.integers(2, d + 3))))
    factor *= np.exp(rng.normal(scale=spread, size=(d, 1)))
    covariance = factor @ factor.T + 1e-3 ** min(spread, 1.0) * np.eye(d)
    return covariance, float(np.exp(rng.normal(scale=2.5 * spread))), int(2 ** rng.integers(0, 8))


def weights_again(covariance, weights, rate, batch, beta1, noise=1.0, power=-0.5):
    """Return R_inf and the weights that the run with frozen weights would give Adam, densely."""
    d = len(covariance)
    step, common, risk = joint_maps(covariance, np.diag(weights), rate, batch, beta=beta1)
    moments = np.linalg.solve(np.eye(len(step)) - step, common * noise**2)
    floor = risk @ moments
    own = moments.reshape(2 * d, 2 * d)[:d, :d]
    fisher = (floor + noise**2) / batch * covariance
    fisher += (1 + 1 / batch) * covariance @ own @ covariance
    return floor, np.diagonal(fisher) ** power


@evidence(
    "numerical", "(a) dense joint moments with the core's weights, 40 bases, with momentum too"
)
@control("(a) power -3/5 instead of -1/2", -0.6)
def dense_numerical(power=-0.5):
    """40 correlated problems, d = 2 to 4, beta1 = 0, 0.5, 0.9: do the core's weights come back?"""
    rng, gap = np.random.default_rng(191), 0.0
    for case in range(40):
        covariance, rate, batch = random_problem(rng, 2 + case % 3, spread=0.4)
        beta1 = (0.0, 0.5, 0.9)[int(rng.integers(3))]
        [(_, risk, weights)] = fixed_points(covariance[None], 1.0, np.array([rate]), batch, beta1)
        floor, again = weights_again(covariance, weights, rate, batch, beta1, power=power)
        gap = max(gap, abs(floor / risk - 1), np.abs(again / weights - 1).max())
    return below(gap, 1e-9, "largest relative difference")


@evidence("numerical", "averaged dynamics from far starts end at the core's weights, 8 bases")
@control("the weights of Adam with momentum", 0.5)
def flow_in_bases_numerical(beta1=0.0):
    """Dense averaged dynamics from 4 stable starts in each of 8 bases: to the core's weights?"""
    rng, gap = np.random.default_rng(192), 0.0
    for _ in range(8):
        covariance, rate, batch = random_problem(rng, 3)
        [(_, _, known)] = fixed_points(covariance[None], 1.0, np.array([rate]), batch, beta1)
        problem = (covariance, rate, batch, 1 + 1 / batch)

        def change(_, log_v, problem=problem):
            return _moments(np.exp(-log_v / 2), *problem) * np.exp(-log_v) - 1

        for scale in np.exp(rng.normal(scale=2, size=(4, 3))):
            weights = known * scale
            while _share(weights, *problem) >= 0.98:
                weights = weights / 1.5  # back to where the run is stable
            start = -2 * np.log(weights)
            found = solve_ivp(change, (0, 300), start, method="LSODA", rtol=1e-11, atol=1e-12)
            gap = max(gap, np.abs(np.exp(found.y[:, -1]) * known**2 - 1).max())
    return below(gap, 1e-7, "largest relative difference of v")


def _share(weights, covariance, rate, batch, k):
    """Return c of SXQ-7, or 2 where k eta s_max is 2 or more."""
    root = np.sqrt(weights)
    x = rate * np.linalg.eigvalsh(root[:, None] * covariance * root)
    return 2.0 if k * x.max() >= 2 else (x / (2 - k * x)).sum() / batch


def _moments(weights, covariance, rate, batch, k):
    """Return E[ghat_i^2] of frozen weights, by SXQ-7 in the modes; sigma = 1."""
    root = np.sqrt(weights)
    values, vectors = np.linalg.eigh(root[:, None] * covariance * root)
    x = rate * values
    volume = 1 / (1 - (x / (2 - k * x)).sum() / batch)
    return volume / batch * ((vectors**2) @ (2 * values / (2 - k * x))) / weights


@evidence("numerical", "(a) the slope of c is at least half of its first term, 400 problems")
@control("(a) D + Q instead of 2 D + Q", 1)
def slope_numerical(factor=2):
    """X = k eta S/(2 - k eta S) at random: (D1)^T (factor D + Q)^-1 D1 at most half of 1^T D 1?"""
    rng, least = np.random.default_rng(193), np.inf
    for _ in range(400):
        d = int(rng.integers(2, 9))
        factors = rng.standard_normal((d, int(rng.integers(1, d + 2))))
        factors *= np.exp(rng.normal(scale=2, size=(d, 1)))
        x = factors @ factors.T * np.exp(rng.normal(scale=2)) + 1e-9 * np.eye(d)
        own = np.diagonal(x)
        slopes = np.linalg.solve(factor * np.diag(own) + x**2, own)
        least = min(least, 1 - own @ slopes / own.sum())
    return Outcome(least > 0.5 - 1e-9, f"least share {least:.2f}", "at least 0.50")


@evidence(
    "numerical", "(a), (b) R_inf rises with the rate, 60 problems in every basis, with momentum too"
)
@control("(a), (b) the rates in the other order", reverse=True)
def rising_numerical(reverse=False):
    """60 correlated problems, beta1 = 0 to 0.91, ten rates over ten decades: does R_inf rise?"""
    rng, wrong = np.random.default_rng(195), 0
    for case in range(60):
        covariance, _, batch = random_problem(rng, 2 + case % 6)
        rule = LongMemoryAdam((0.0, 0.5, 0.9, 0.91)[case % 4])
        rates = np.geomspace(1e-5, 1e5, 10)
        floors = stationary_risk(
            GaussianRegression(covariance, 1.0), rule, learning_rate=rates, batch_size=batch
        )
        wrong += (np.diff(floors[::-1] if reverse else floors) <= 0).sum()
    return Outcome(wrong == 0, f"{wrong} of 540 do not rise", "0 of 540 do not rise")


@evidence("numerical", "(a) small rates, five bases: eta sigma sum sqrt(Sigma_ii)/(2 sqrt B)")
@control("(a) sum of sqrt(lambda_i) in every basis", own=False)
def small_rate_numerical(own=True):
    """R_inf/eta at eta = 1e-7 in five bases, B = 1 and 16, with the claimed limit."""
    rng, gap = np.random.default_rng(194), 0.0
    for batch in (1, 16):
        for _ in range(5):
            covariance, _, _ = random_problem(rng, 5)
            regression = GaussianRegression(covariance, 0.7)
            values = np.diagonal(covariance) if own else np.linalg.eigvalsh(covariance)
            claimed = 1e-7 * 0.7 * np.sqrt(values).sum() / (2 * np.sqrt(batch))
            options = {"learning_rate": 1e-7, "batch_size": batch}
            gap = max(
                gap, abs(stationary_risk(regression, LongMemoryAdam(), **options) / claimed - 1)
            )
    return below(gap, 1e-4, "largest relative difference")


CHECKS = {
    "SXQ-19": checks_of(
        potential_symbolic,
        dense_numerical,
        flow_in_bases_numerical,
        slope_numerical,
        rising_numerical,
        small_rate_numerical,
        shapes_symbolic,
        slope_bound_numerical,
        three_numerical,
        least_numerical,
        trace_numerical,
        lower_numerical,
        basis_statistical,
    ),
}
