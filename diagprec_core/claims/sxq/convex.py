"""SXQ-18: long-memory Adam's fixed point with momentum, as the minimum of a convex function."""

import numpy as np
import sympy as sp
from scipy.integrate import solve_ivp

from ...derivations import adam_limits as derived
from ...methods.adam_limits import LongMemoryAdam
from ...mini_batch.long_memory import fixed_points
from ...mini_batch.noise_floor import stationary_risk
from ...problems.gaussian import GaussianRegression
from ..outcomes import below, vanishes
from ..registry import Outcome, checks_of, control, evidence
from .settling import momentum_statistical


@evidence("symbolic", "(a) V as a function of a coordinate's share, falling")
@control("(a) moments of the fixed preconditioner without its own signal", 0)
def volume_symbolic(signal=1):
    """V(z) from SXQ-14's share and SXQ-1, the claimed form, and its logarithmic slope: all 0?"""
    B, k, kb, z = derived.B, derived.k, derived.kb, derived.z
    claimed = (
        derived.eta**2 * derived.lam / (4 * B) * (1 / z + B * kb) ** 2 / (1 + signal * k * B * z)
    )
    return vanishes(
        sp.simplify(derived.volume() - claimed),
        sp.simplify(
            derived.volume_log_slope() + 2 / (z * (B * kb * z + 1)) + B * k / (B * k * z + 1)
        ),
    )


@evidence("symbolic", "(b) the convex function, and the averaged dynamics as its gradient flow")
@control("(b) twice the speed", speed=2)
@control("(b) 1/3 instead of 1/4", quarter=3)
def flow_symbolic(speed=1, quarter=4):
    """The averaged dynamics as a multiple of the slope of Psi, and Psi at beta1 = 0: all 0?"""
    return vanishes(derived.flow_gap(speed), derived.plain_potential_gap(quarter))


@evidence("numerical", "(b) 60 random flows end at the fixed point, and Psi falls")
@control("(b) flows of v with the power -3/5 of the moment", 0.6)
def flow_numerical(power=0.5):
    """Averaged dynamics from random stable starts, beta1 = 0 and 0.9: to the core's weights?"""
    rng, gap, rises = np.random.default_rng(181), 0.0, 0
    for case in range(60):
        spectrum = np.exp(rng.normal(scale=1.5, size=5))
        batch, rate = int(2 ** rng.integers(0, 7)), float(np.exp(rng.normal(scale=2)))
        beta1 = (0.0, 0.9)[case % 2]
        k, kb = 1 + 1 / batch, (1 - beta1) / (1 + beta1) + 1 / batch

        problem = (spectrum, rate, batch, kb, power)

        def change(_, log_v, problem=problem, k=k):
            spectrum, _, batch, *_ = problem
            z = _shares(log_v, *problem)
            moments = spectrum / batch / (1 - z.sum()) * (1 + k * batch * z)
            return moments * np.exp(-log_v) - 1

        # A stable start: shares of random size whose sum is below 1.
        z = rng.dirichlet(np.ones(5)) * rng.uniform(0.05, 0.95)
        x = 2 * batch * z / (1 + kb * batch * z)
        start = np.log(rate * spectrum / x) / power
        found = solve_ivp(change, (0, 400), start, method="LSODA", rtol=1e-11, atol=1e-12)
        [(_, _, weights)] = fixed_points(spectrum, 1.0, np.array([rate]), batch, beta1)
        gap = max(gap, np.abs(np.exp(found.y[:, -1]) * weights**2 - 1).max())
        levels = [_potential(_shares(v, *problem), spectrum, rate, batch, k, kb) for v in found.y.T]
        rises += (np.diff(levels) > 1e-9 * np.abs(levels[0])).sum()
    found = below(gap, 1e-7, "largest relative difference of v")
    return Outcome(
        found.holds and rises == 0,
        f"{found.measured}; Psi rises {rises} times",
        f"{found.expected}; 0 times",
    )


def _shares(log_v, spectrum, rate, batch, kb, power):
    """Return z of every coordinate, from log v."""
    x = rate * spectrum * np.exp(-power * log_v)
    return x / (2 - kb * x) / batch


def _potential(z, spectrum, rate, batch, k, kb):
    """Return Psi = -ln(1 - sum z) - sum_i int V_i, V_i by partial fractions; sigma = 1."""
    # (1/z + b)^2/(1 + c z) = 1/z^2 + (2 b - c)/z + (b - c)^2/(1 + c z), b = B kb, c = B k.
    b, c = batch * kb, batch * k
    integral = -1 / z + (2 * b - c) * np.log(z) + (b - c) ** 2 / c * np.log1p(c * z)
    return -np.log(1 - z.sum()) - rate**2 / (4 * batch) * (spectrum @ integral)


@evidence("numerical", "(c) the floor falls as beta1 grows, 60 problems")
@control("(c) beta1 in the other order", reverse=True)
def momentum_numerical(reverse=False):
    """60 random problems, seven beta1 from 0 to 0.99: does R_inf fall every time?"""
    rng, wrong = np.random.default_rng(182), 0
    betas = np.array([0.0, 0.3, 0.6, 0.8, 0.9, 0.95, 0.99])
    for _ in range(60):
        regression = GaussianRegression(np.exp(rng.normal(scale=1.5, size=6)), 1.0)
        options = {"learning_rate": float(np.exp(rng.normal(scale=2)))}
        options["batch_size"] = int(2 ** rng.integers(0, 9))
        floors = [stationary_risk(regression, LongMemoryAdam(b), **options) for b in betas]
        wrong += (np.diff(floors[::-1] if reverse else floors) >= 0).sum()
    return Outcome(wrong == 0, f"{wrong} of 360 do not fall", "0 of 360 do not fall")


CHECKS = {
    "SXQ-18": checks_of(
        volume_symbolic, flow_symbolic, flow_numerical, momentum_numerical, momentum_statistical
    )
}
