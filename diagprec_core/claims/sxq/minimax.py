"""SXQ-13: the least risk that preconditioners chosen without the data can promise."""

import numpy as np
import sympy as sp
from scipy.optimize import minimize

from ...derivations import ranking
from ...mini_batch.minimax import least_risks, minimax_schedule
from ...problems.gaussian import GaussianRegression
from ..outcomes import below, vanishes
from ..reference import exact
from ..reference.joint_moments import matrix_step
from ..registry import Outcome, checks_in, control, evidence


@evidence("symbolic", "completing the square")
@control("half the minimiser in the square", sp.Rational(1, 2))
def square_symbolic(scale=1):
    """Completing the square for every matrix A, d = 2, all symbols"""
    return vanishes(*ranking.completed_square_gap(scale))


@evidence("symbolic", "best step of GN^-1 with the bound")
@control("d instead of d + 1", 0)
def step_symbolic(shift=1):
    """The best step of GN^-1, and M - M W^-1 M at M = (R/d) I, with the recurrence of the bound"""
    return vanishes(*ranking.isotropic_step_gaps(shift))


def bound(dimension, noise, batch_size, risk, steps, shift=1):
    """Return the risk that the claim allows after `steps`, as an exact number if given some."""
    for _ in range(steps):
        rest = (dimension + shift) * risk + dimension * noise
        risk = risk * rest / (batch_size * risk + rest)
    return risk


@evidence("exact", "GN^-1 in rationals with the bound")
@control("GN^-1/2 instead of GN^-1", -sp.Rational(1, 2))
def attained_exact(power=-1):
    """GN^-1 on a dense rational Sigma, d = 3, three starts, dense moments: is R_T the bound?"""
    turn, noise, batch_size = exact.rational_rotation(3), sp.Rational(1, 3), sp.Integer(2)
    spectrum = [sp.Rational(4), sp.Rational(1), sp.Rational(1, 9)]
    covariance = turn * sp.diag(*spectrum) * turn.T
    inverse = turn * sp.diag(*[v**power for v in spectrum]) * turn.T
    gaps = []
    for start in ([1, 0, 0], [1, -2, 3], [0, 5, 1]):
        delta = sp.Matrix(start)
        moment = delta * delta.T
        first = risk = (covariance * moment).trace()
        for _ in range(4):
            rate = batch_size * risk / ((batch_size + 4) * risk + 3 * noise)
            moment = matrix_step(covariance, rate * inverse, moment, noise, batch_size)
            risk = bound(3, noise, batch_size, risk, 1)
        gaps.append((covariance * moment).trace() - bound(3, noise, batch_size, first, 4))
    size = max(abs(g) for g in gaps)
    return Outcome(size == 0, f"largest difference {float(size):.3g}", "0")


def average_risk(entries, shape, moment, noise, batch_size):
    """Return R_T and its gradient in the entries of A_0, ..., A_(T-1), for the start `moment`."""
    steps, d = shape
    matrices, eye = entries.reshape(steps, d, d), np.eye(d)
    path = [moment]
    weights = []
    for a in matrices:
        m = path[-1]
        weights.append((1 + 1 / batch_size) * m + (np.trace(m) + noise) / batch_size * eye)
        path.append(m - a @ m - m @ a.T + a @ weights[-1] @ a.T)
    dual, slopes = eye, []
    for a, m, w in zip(matrices[::-1], path[-2::-1], weights[::-1], strict=True):
        slopes.append(2 * dual @ (a @ w - m))
        square = a.T @ dual @ a
        dual = dual - dual @ a - a.T @ dual
        dual = dual + (1 + 1 / batch_size) * square + np.trace(square) / batch_size * eye
    return np.trace(path[-1]), np.concatenate([s.ravel() for s in slopes[::-1]])


@evidence("numerical", "free matrices, optimised, with the bound")
@control("d + 2 instead of d + 1", 2)
@control("d instead of d + 1", 0)
def optimised(shift=1, extra=0.0):
    """Free matrices optimised numerically from random starts: do they end at the bound?"""
    rng, worst = np.random.default_rng(83), 0.0
    for d, batch_size, steps, noise in ((2, 1, 3, 0.0), (3, 4, 3, 0.0), (2, 2, 4, 0.5)):
        claimed = bound(d, noise, batch_size, 1.0, steps, shift)
        for _ in range(3):
            start = 0.3 * rng.standard_normal((steps, d, d)) / d
            arguments = ((steps, d), np.eye(d) / d, noise, batch_size)
            found = minimize(
                average_risk, start.ravel(), args=arguments, jac=True, options={"gtol": 1e-9}
            )
            worst = max(worst, abs(found.fun / claimed - 1))
    return below(worst, 1e-6, "largest relative distance from the bound")


@evidence("numerical", "least risks of the core, optimised matrices")
@control("twice the batch", 2)
def core_least(batch_factor=1):
    """The core's least risks, equal and unequal starts, with free matrices optimised numerically"""
    rng, gaps = np.random.default_rng(84), []
    spectrum, noise, batch_size, steps = np.array([1.0, 0.5, 0.1]), 0.3, 2, 3
    regression = GaussianRegression(spectrum, noise**0.5)
    unequal = np.array([0.5, 2.0, 1.0])
    _, risks = least_risks(
        regression, moments=unequal, batch_size=batch_factor * batch_size, steps=steps
    )
    _, promised = minimax_schedule(
        regression, start_risk=2.0, batch_size=batch_factor * batch_size, steps=steps
    )
    for moment, claimed in ((spectrum * unequal, risks[-1]), (np.full(3, 2 / 3), promised[-1])):
        start = 0.1 * rng.standard_normal(steps * 9)
        arguments = ((steps, 3), np.diag(moment), noise, batch_size)
        found = minimize(average_risk, start, args=arguments, jac=True, options={"gtol": 1e-9})
        gaps.append(abs(found.fun / claimed - 1))
    return below(max(gaps), 1e-6, "largest relative difference")


@evidence("exact", "(b) one step of other matrices: the worst start is worse")
@control("(b) GN^-1 itself among the others", others=False)
def others_exact(others=True):
    """One step, d = 3, in rationals: sup over starts of R_1 above the bound for A other than eta I?

    A is the whitened matrix. ``R_1 = e^T N e + sigma^2 |A|^2/B``, so the bound rho_1 is exceeded if
    and only if ``N - (rho_1 - sigma^2 |A|^2/B)/r I`` has a positive eigenvalue.
    """
    level, count = 0, 0
    for noise, batch, risk in ((sp.Integer(0), 1, 2), (sp.Rational(1, 2), 4, 1)):
        rate = sp.Rational(batch * risk) / ((batch + 4) * risk + 3 * noise)
        best = bound(3, noise, batch, sp.Integer(risk), 1)
        turned = exact.rational_rotation(3)
        bends = [sp.diag(1, 0, 0), sp.diag(1, -1, 0), turned, turned * sp.diag(1, 2, 0) * turned.T]
        bends += [sp.eye(3), -sp.eye(3), sp.Matrix([[0, 1, 0], [-1, 0, 0], [0, 0, 0]])]
        for bend in bends if others else [sp.zeros(3, 3)]:
            a = rate * sp.eye(3) + bend / 100
            square = a.T * a
            n = sp.eye(3) - a - a.T + (1 + sp.Rational(1, batch)) * square
            n += square.trace() / batch * sp.eye(3)
            gap = (best - noise * square.trace() / batch) / risk * sp.eye(3) - n
            level += gap.is_positive_semidefinite
            count += 1
    return Outcome(level == 0, f"{level} of {count} not worse", "0 of 14 not worse")


@evidence("numerical", "(c) the core's schedule and risks, without noise and in the long run")
@control("(c) d + 2 instead of d + 1", 2)
@control("(c) d sigma^2/(B + 1) instead of d sigma^2/B", more=1)
def limits_numerical(shift=1, more=0):
    """Without noise the rate B/(B+d+1) and ((d+1)/(B+d+1))^T; with it T rho_T near d sigma^2/B."""
    gap = 0.0
    for d, batch in ((1, 1), (4, 16)):
        options = {"start_risk": 3.0, "batch_size": batch, "steps": 30}
        rates, risks = minimax_schedule(GaussianRegression(np.ones(d), 0.0), **options)
        base = (d + shift) / (batch + d + 1)
        gap = max(gap, np.abs(rates.rates * (batch + d + 1) / batch - 1).max())
        gap = max(gap, np.abs(risks / (3 * base ** np.arange(31)) - 1).max())
    far, regression = 200_000, GaussianRegression(np.ones(4), 0.7)
    _, risks = minimax_schedule(regression, start_risk=3.0, batch_size=16, steps=far)
    late = abs(far * risks[-1] / (4 * 0.49 / (16 + more)) - 1)
    found = below(gap, 1e-10, "without noise off by")
    shown = f"{found.measured}; T rho_T within 1%: {late < 0.01}"
    return Outcome(found.holds and late < 0.01, shown, f"{found.expected}; True")


CHECKS = {"SXQ-13": checks_in(globals())}
