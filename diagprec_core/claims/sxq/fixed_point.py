"""SXQ-9: mini-batches, long-memory Adam's fixed point and idealised Adam's balance."""

import numpy as np
import sympy as sp

from ...derivations import fixed_point as derived
from ...methods.adam_limits import LongMemoryAdam
from ...mini_batch.adam_floors import long_memory_bounds, long_memory_risk, long_memory_weights
from ...mini_batch.noise_floor import stationary_risk
from ...problems.gaussian import GaussianRegression
from ..outcomes import below, vanishes
from ..registry import Outcome, checks_of, control, evidence
from .simulated_floor import SPECTRUM, balance_statistical, ema_statistical, frozen_statistical


@evidence("symbolic", "both equations derived, and their elimination")
@control("3 X^2 instead of 4 X^2", 3)
def elimination_symbolic(constant=4):
    """The two equations from the recurrence and the second moment, and q eliminated: all 0?"""
    share, square = derived.frozen_coordinate()
    q, k, volume = derived.q, derived.chi, derived.V
    scale = (derived.eta * (1 + 1 / derived.B)) ** 2 * derived.B * derived.lam
    return vanishes(
        sp.simplify(share * (derived.B + 1) / volume - q / (2 - q)),
        sp.simplify(square - scale / volume * (1 - q / 2)),
        derived.elimination(constant),
        sp.simplify(derived.root() - k / 8 - sp.sqrt((k / 8) ** 2 + k * volume / 4)),
    )


@evidence("symbolic", "concavity, and the bounds' quadratics")
@control("coefficients of R larger by tau", 1)
def bounds_symbolic(excess=0):
    """Concavity, and the quadratics of the bounds with coefficients raised by `excess`: 0?"""
    B, R, T, tau, eta, sigma, d = (
        getattr(derived, name) for name in ("B", "R", "tau_12", "tau", "eta", "sigma", "d")
    )
    in_k, in_v, at_zero = derived.concavity()
    alone = derived.equal_eigenvalues(sp.Integer(1))
    together = derived.equal_eigenvalues(d)
    lower = derived.sandwich(derived.K**2 / 64)
    gap = lower - derived.sandwich(derived.upper_cap())
    step, spread = eta**2 * R, derived.tau_12 * derived.tau_32 - tau**2
    return vanishes(
        at_zero,
        sp.Integer(0 if in_k.is_negative and in_v.is_negative else 1),
        sp.expand(alone - 4 * B * R**2 + step * tau * (B + 2 + excess) + eta**2 * tau * sigma**2),
        sp.expand(
            together
            - 4 * B * R**2
            + step * tau * (d + B + 1 + excess)
            + eta**2 * tau * d * sigma**2
        ),
        sp.expand(
            lower - 4 * B * R**2 + step * ((B + 1 + excess) * tau + T**2) + (eta * T * sigma) ** 2
        ),
        sp.simplify(gap - eta**4 * (B + 1) ** 2 * spread / (16 * B)),
        sp.simplify(derived.large_rate(alone) - (1 + 2 / B) * tau / 4),
        sp.simplify(derived.large_rate(together) - (1 + (d + 1) / B) * tau / 4),
    )


@evidence("symbolic", "small rates: Adam and GN^-1/2 to second order in eta")
@control("equal second orders", 1)
def small_rate_symbolic(half=2):
    """Small rates: equal first orders, and GN^-1/2's second order `half` times Adam's?"""
    adam, newton = derived.small_rate()
    first = derived.tau_12 * derived.sigma / (2 * sp.sqrt(derived.B))
    return vanishes(
        sp.simplify(adam[0] - first),
        sp.simplify(newton[0] - first),
        sp.simplify(newton[1] - half * adam[1]),
    )


@evidence("symbolic", "idealised Adam's balance of delta_i^2")
@control("weights for twice the second moment", 2)
def balance_symbolic(moment=1):
    """The mean change of delta^2 when E[(w ghat)^2] = `moment`, where E[w lambda delta^2] = eta/2.

    Adam's own weights have the moment 1, and then it vanishes: a stationary state has that mean.
    """
    change = derived.balance(moment)
    delta, w = sp.symbols("delta w")
    return vanishes(sp.expand(change.subs(delta**2, derived.eta / (2 * derived.lam * w))))


@evidence("numerical", "(a) one solution, and a floor that rises with the rate")
@control("(a) sqrt(k_i) V instead of sqrt(V), which is not concave", bent=True)
def unique_numerical(bent=False):
    """40 spectra, 8 rates: sign changes of the equation for R over 24 decades, and its root."""
    rng, wrong = np.random.default_rng(91), 0
    risks = np.geomspace(1e-12, 1e12, 4001)
    for _ in range(40):
        spectrum, batch = np.exp(rng.normal(scale=2, size=6)), int(2 ** rng.integers(0, 8))
        before = 0.0
        for rate in np.geomspace(1e-3, 1e3, 8):
            k = (rate * (1 + 1 / batch)) ** 2 * batch * spectrum
            volume = risks[:, None] + 1
            inner = (k / 8) ** 2 + k / 4 * volume ** (2 if bent else 1)
            excess = (batch + 1) * risks - (k / 8 + np.sqrt(inner)).sum(axis=1)
            turns = np.flatnonzero(np.diff(np.sign(excess)))
            found = float(long_memory_risk(spectrum, 1.0, rate, batch))
            wrong += len(turns) != 1 or not risks[turns[0]] <= found <= risks[turns[0] + 1]
            wrong += not found > before
            before = found
    return Outcome(wrong == 0, f"{wrong} of 640 wrong", "0")


@evidence("numerical", "dense second-moment matrix, d = 5, with the weights")
@control("power -1 instead of -1/2", -1.0)
def dense_numerical(power=-0.5, rates=(0.01, 1.0, 10.0), batch_size=3):
    """Freeze the weights, solve for the dense second-moment matrix, and derive the weights again.

    A rotated covariance, d = 5; the linear map on all d^2 moments is also stable.
    """
    d, noise = 5, 0.7
    rotation, _ = np.linalg.qr(np.random.default_rng(5).standard_normal((d, d)))
    spectrum = np.array([2.0, 1.0, 0.3, 0.1, 0.02])
    sigma = (rotation * spectrum) @ rotation.T
    regression = GaussianRegression(sigma, noise)
    gap = radius = 0.0
    for rate in rates:
        weights = long_memory_weights(spectrum, noise, rate, batch_size)
        p = (rotation * weights) @ rotation.T
        ps, psp, one = p @ sigma, p @ sigma @ p, np.eye(d)
        moving = np.eye(d * d) - rate * (np.kron(one, ps) + np.kron(ps, one))
        moving += rate**2 * (1 + 1 / batch_size) * np.kron(ps, ps)
        moving += rate**2 / batch_size * np.outer(psp, sigma)
        source = rate**2 * noise**2 / batch_size * psp.ravel()
        moments = np.linalg.solve(np.eye(d * d) - moving, source).reshape(d, d)
        risk = np.trace(sigma @ moments)
        fisher = (risk + noise**2) / batch_size * sigma
        fisher += (1 + 1 / batch_size) * sigma @ moments @ sigma
        again = np.diagonal(rotation.T @ fisher @ rotation) ** power
        claimed = stationary_risk(
            regression,
            LongMemoryAdam(),
            learning_rate=rate,
            batch_size=batch_size,
            basis=rotation,
        )
        gap = max(gap, np.abs(again / weights - 1).max(), abs(risk / claimed - 1))
        radius = max(radius, np.abs(np.linalg.eigvals(moving)).max())
    found = below(gap, 1e-8, "weights and risk off by")
    return Outcome(
        found.holds and radius < 1,
        f"{found.measured}; spectral radius up to {radius:.4f}",
        f"{found.expected}; radius below 1",
    )


@evidence("numerical", "bisection of the two equations with the core")
@control("1/B instead of 1/(B+1)", 0)
def bisection_numerical(shift=1, batch_size=8):
    """The pair of equations in q_i and V, solved by bisection, against the core's Newton."""
    noise, rates = 1.0, np.array([0.01, 0.3, 1.0, 30.0])[:, None]
    extra = 1 + 1 / batch_size
    scale = (rates * extra) ** 2 * batch_size * SPECTRUM

    def ratios(volume):
        """q/(2 - q) of every coordinate, by bisection on its logarithm."""
        low, high = np.full(scale.shape, -40.0), np.full(scale.shape, 40.0)
        for _ in range(70):
            middle = (low + high) / 2
            q = 2 / (1 + np.exp(-middle))
            over = q**2 > scale / volume * (1 / (1 + np.exp(middle)))
            low, high = np.where(over, low, middle), np.where(over, middle, high)
        return np.exp(middle)

    low, high = np.full(rates.shape, np.log(noise**2)), np.full(rates.shape, 30.0)
    for _ in range(60):
        middle = (low + high) / 2
        volume = np.exp(middle)
        risk = volume * ratios(volume).sum(axis=-1, keepdims=True) / (batch_size + shift)
        over = volume > noise**2 + risk
        low, high = np.where(over, low, middle), np.where(over, middle, high)
    claimed = stationary_risk(
        GaussianRegression(SPECTRUM, noise),
        LongMemoryAdam(),
        learning_rate=rates[:, 0],
        batch_size=batch_size,
    )
    return below(np.abs(risk[:, 0] / claimed - 1).max(), 1e-9, "relative difference")


@evidence("numerical", "bounds and the core's risk in 600 cases")
@control("bounds tighter by 0.1%", 1e-3)
def bounds_numerical(tighter=0.0):
    """600 random spectra, rates, batch sizes: do the closed-form bounds hold the core's risk?"""
    rng, worst = np.random.default_rng(9), -np.inf
    rates = np.array([1e-4, 0.03, 1.0, 100.0])
    for case in range(150):
        d = int(rng.integers(1, 30))
        spectrum = np.exp(rng.normal(scale=0 if case % 10 == 0 else 2, size=d))
        noise, batch_size = float(rng.uniform(0, 2)), int(2 ** rng.integers(0, 9))
        options = (spectrum, noise, rates, batch_size)
        risk = long_memory_risk(*options)
        lower, upper = long_memory_bounds(*options)
        outside = np.maximum(lower * (1 + tighter) / risk, risk * (1 + tighter) / upper) - 1
        worst = max(worst, outside.max())
    return below(worst, 1e-9, "largest violation")


CHECKS = {
    "SXQ-9": checks_of(
        elimination_symbolic,
        bounds_symbolic,
        small_rate_symbolic,
        balance_symbolic,
        dense_numerical,
        bisection_numerical,
        unique_numerical,
        bounds_numerical,
        ema_statistical,
        frozen_statistical,
        balance_statistical,
    ),
}
