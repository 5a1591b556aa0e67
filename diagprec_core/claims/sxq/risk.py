"""SXQ-7: exact risk of a fixed preconditioner, its stability and its noise floor."""

import numpy as np
import sympy as sp
from scipy.optimize import brentq

from ...derivations import risk_recurrence
from ...methods.preconditioners import GaussNewton, GradientDescent
from ...mini_batch.noise_floor import stationary_risk
from ...mini_batch.risk import risk_at, risk_curve
from ...problems.gaussian import GaussianRegression
from ..outcomes import below, consistent, vanishes
from ..reference import exact
from ..reference.joint_moments import matrix_step, random_problem, spectral_radius
from ..registry import Outcome, checks_in, control, evidence


@evidence("symbolic", "recurrence with the moments of a mini-batch step")
@control("1 + 2/B instead of 1 + 1/B", 2)
def fourth_moments(excess=1):
    """SXQ-7's recurrence with the Gaussian moments of a mini-batch step, all symbols, d = 2"""
    return vanishes(*risk_recurrence.recurrence_gaps(excess))


@evidence("symbolic", "energy balance, d = 3, and fixed point, d = 2")
@control("2 - c instead of 1 - c in the balance", 2)
def balance(loss=1):
    """The balance Y+ = Y + eta (sigma^2 c - (1 - c) R), d = 3, and the fixed point, d = 2"""
    return vanishes(*risk_recurrence.balance_gap(3, loss), risk_recurrence.noise_floor_gap())


def rational_case():
    """Return a dense rational Sigma, P^(1/2), and eigenvectors and eigenvalues of S.

    S = P^(1/2) Sigma P^(1/2) is diagonal in one rotation and P in another: no basis is special.
    """
    turn, frame = exact.rational_rotation(3), exact.rational_rotation(3).T
    half = frame * sp.diag(1, sp.Rational(1, 2), 3) * frame.T
    modes = [sp.Rational(2), sp.Rational(1), sp.Rational(1, 5)]
    preconditioned = turn * sp.diag(*modes) * turn.T
    inverse = half.inv()
    return inverse * preconditioned * inverse, half, turn, modes


@evidence("exact", "second-moment matrix in rationals, dense, d = 3")
@control("1 + 2/B instead of 1 + 1/B", 2)
def matrix_exact(excess=1, steps=5):
    """The d x d second-moment matrix in rationals, d = 3, no basis special, with the recurrence"""
    covariance, half, turn, modes = rational_case()
    rate, batch_size, noise = sp.Rational(1, 7), sp.Integer(2), sp.Rational(4, 9)
    error = sp.Matrix([1, -2, 3])
    moment = error * error.T
    m = [entry**2 for entry in turn.T * half.inv() * error]
    gap = sp.Integer(0)
    for _ in range(steps):
        moment = matrix_step(covariance, rate * half * half, moment, noise, batch_size)
        risk = sum(s * v for s, v in zip(modes, m, strict=True))
        k = 1 + sp.Rational(excess, batch_size)
        m = [
            v * (1 - 2 * rate * s + rate**2 * s**2 * k) + rate**2 * s * (risk + noise) / batch_size
            for s, v in zip(modes, m, strict=True)
        ]
        after = sum(s * v for s, v in zip(modes, m, strict=True))
        gap = max(gap, abs((covariance * moment).trace() - after))
    return Outcome(gap == 0, f"largest difference of R {float(gap):.3g} in {steps} steps", "0")


def boundary(modes, batch_size, beta, claimed, use_c=True):
    """Return the largest stable rate: the one with c = 1, or at eta s_max k = 2 without c."""
    k = claimed(beta) + 1 / batch_size
    edge = 2 / (modes.max() * k)
    if not use_c:
        return edge

    def log_c(rate):
        return np.log((rate * modes / (2 - rate * modes * k)).sum() / batch_size)

    return brentq(log_c, 1e-9 * edge, (1 - 1e-12) * edge, xtol=1e-14 * edge, rtol=1e-14)


def averaging_ratio(beta):
    """Return (1 - beta)/(1 + beta), SXQ-14's share of k."""
    return (1 - beta) / (1 + beta)


@evidence("numerical", "claimed boundary with the spectral radius of the dense moments")
@control("stable up to eta s_max k = 2, c dropped", use_c=False)
def stability_dense(betas=(0.0,), claimed=averaging_ratio, use_c=True, cases=24):
    """0.1% inside and outside of the claimed boundary, the spectral radius of the dense moments"""
    rng, wrong = np.random.default_rng(71), 0
    for case in range(cases):
        d, batch_size = 2 + case % 2, (1, 3, 16)[case % 3]
        beta = betas[case % len(betas)]
        covariance, preconditioner = random_problem(rng, d)
        modes = np.linalg.eigvals(preconditioner @ covariance).real
        edge = boundary(modes, batch_size, beta, claimed, use_c)
        for side in (-1, 1):
            rate = edge * (1 + side * 1e-3)
            size = spectral_radius(covariance, preconditioner, rate, batch_size, beta)
            wrong += (size > 1) != (side > 0)
    return Outcome(wrong == 0, f"{wrong} of {2 * cases} misjudged", "0")


@evidence("numerical", "curve, R at step 1e9 and floor with dense moments")
@control("power -0.4 instead of -1/2", -0.4)
def core_numerical(power=-0.5):
    """The core's curve, R_T at T = 10^9 and floor, with the dense moments, d = 4, dense basis"""
    rng = np.random.default_rng(72)
    covariance, _ = random_problem(rng, 4)
    basis, _ = np.linalg.qr(rng.standard_normal((4, 4)))
    start, noise, batch_size = rng.standard_normal(4), 0.49, 3
    weights = np.diag(basis.T @ covariance @ basis) ** -0.5
    step = 0.2 * (basis * weights) @ basis.T
    options = {"learning_rate": 0.2, "batch_size": batch_size, "basis": basis}
    regression, rule = GaussianRegression(covariance, noise**0.5), GaussNewton(power)
    curve = risk_curve(regression, rule, start=start, **options, steps=300)
    moment, dense = np.outer(start, start), []
    for _ in range(301):
        dense.append(np.trace(covariance @ moment))
        moment = matrix_step(covariance, step, moment, noise, batch_size)
    for _ in range(4000):
        moment = matrix_step(covariance, step, moment, noise, batch_size)
    late = np.trace(covariance @ moment)
    gap = max(
        np.abs(curve / np.array(dense) - 1).max(),
        abs(risk_at(regression, rule, start=start, **options, step=10**9) / late - 1),
        abs(stationary_risk(regression, rule, **options) / late - 1),
    )
    return below(gap, 1e-9, "largest relative difference")


@evidence("numerical", "growth at c = 1 with the claimed slope")
@control("a slope 1% higher", 1.01)
def growth_numerical(factor=1.0):
    """At c = 1 the growth of R a step, after 3000 steps, with sigma^2 B/sum (2 - k x_i)^-2"""
    modes, batch_size, noise_std = np.array([1.0, 0.7, 0.4]), 2, 0.5
    rate = boundary(modes, batch_size, 0.0, averaging_ratio)
    regression = GaussianRegression(modes, noise_std)
    curve = risk_curve(
        regression,
        GradientDescent(),
        start=np.ones(3),
        learning_rate=rate,
        batch_size=batch_size,
        steps=3000,
    )
    left = 2 - rate * modes * (1 + 1 / batch_size)
    claimed = factor * noise_std**2 * batch_size / (left**-2.0).sum()
    return below(abs((curve[-1] - curve[-2]) / claimed - 1), 1e-6, "relative difference")


@evidence("statistical", "risk over 200 000 runs on drawn examples")
@control("batch size 3 claimed, 2 drawn", 3)
def drawn_batches(claimed_batch=2, runs=200_000, steps=6):
    """R_t over 200 000 runs on drawn examples (x, y), d = 3, B = 2, with the core's curve"""
    rng = np.random.default_rng(73)
    covariance = np.array([[1.0, 0.6, 0.0], [0.6, 1.0, -0.3], [0.0, -0.3, 0.5]])
    factor, noise_std, rate = np.linalg.cholesky(covariance), 0.8, 0.15
    start = np.array([1.0, -0.5, 2.0])
    weights = np.diag(covariance) ** -0.5
    errors, z_scores, resolution = np.tile(start, (runs, 1)), [], 0.0
    curve = risk_curve(
        GaussianRegression(covariance, noise_std),
        GaussNewton(-0.5),
        start=start,
        learning_rate=rate,
        batch_size=claimed_batch,
        steps=steps,
    )
    for claimed in curve[1:]:
        features = rng.standard_normal((runs, 2, 3)) @ factor.T
        residuals = np.einsum("rbi,ri->rb", features, errors)
        residuals -= noise_std * rng.standard_normal((runs, 2))
        errors -= rate * weights * np.einsum("rb,rbi->ri", residuals, features) / 2
        risks = np.einsum("ri,ij,rj->r", errors, covariance, errors)
        spread = risks.std(ddof=1) / np.sqrt(runs)
        z_scores.append((risks.mean() - claimed) / spread)
        resolution = max(resolution, spread / claimed)
    return consistent(z_scores, resolution)


CHECKS = {"SXQ-7": checks_in(globals())}
