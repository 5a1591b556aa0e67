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


CHECKS = {"SXQ-13": checks_in(globals())}
