"""B-11: the eigenbasis of estimated second moments, and how many gradients it needs."""

import numpy as np
import sympy as sp

from ...full_batch.conditioning import condition_number
from ...methods.bases import eigenbasis
from ...methods.preconditioners import GaussNewton
from ...mini_batch.fisher import empirical_fisher
from ...mini_batch.sampling import sample_gradients
from ...problems.gaussian import GaussianRegression
from ...problems.quadratic import Quadratic
from ..reference import exact
from ..registry import Outcome, checks_of, control, evidence
from . import estimate_spread
from .beyond import REVERSED, TAME, bounds, corners


def definite(matrix):
    """Say whether a symmetric rational matrix is positive definite, by its minors."""
    return all(matrix[:k, :k].det() > 0 for k in range(1, matrix.rows + 1))


@evidence("exact", "(a) orders of matrices for 12 dense pairs in rationals, d = 3")
@control("(a) a basis that is not the estimate's", turned=True)
def order_exact(turned=False):
    """D/k <= A <= k D for A = V^T Sigma V, D its diagonal, V the estimate's basis, k >= kappa(W).

    k is a ratio of rationals that enclose Sigma against the estimate. All orders by minors.

    Raises
    ------
    ArithmeticError
        If the enclosing rationals, guessed in floating point, are not proved.
    """
    wrong, turn = 0, exact.rational_rotation(3)
    for n in range(12):
        basis = turn ** (1 + n % 3)
        estimate = basis * sp.diag(9, 2 + n, sp.Rational(1, 1 + n)) * basis.T
        near = sp.eye(3) + sp.Matrix(3, 3, [(3 * i + n) % 7 - 3 for i in range(9)]) / 60
        sigma = near * estimate * near.T
        inverse = np.linalg.inv(np.linalg.cholesky(np.array(estimate, dtype=float)))
        levels = np.linalg.eigvalsh(inverse @ np.array(sigma, dtype=float) @ inverse.T)
        low = sp.Rational(round(levels[0] * 0.999e6), 10**6)
        high = sp.Rational(round(levels[-1] * 1.001e6), 10**6)
        if not (definite(sigma - low * estimate) and definite(high * estimate - sigma)):
            raise ArithmeticError("the guessed bounds do not hold")
        frame = basis * turn if turned else basis
        seen, k = frame.T * sigma * frame, high / low
        scale = sp.diag(*seen.diagonal())
        wrong += not (definite(k * scale - seen) and definite(seen - scale / k))
    return Outcome(wrong == 0, f"{wrong} of 12 out of order", "0 of 12 out of order")


@evidence("exact", "(a) the estimate I, Sigma an integer matrix: kappa_-1 > kappa(W)")
@control("(a) a tamer matrix", TAME)
def exponent_exact(matrix=REVERSED):
    """With the estimate I every basis is its eigenbasis, and kappa(W) = kappa(Sigma)."""
    upper, lower = bounds(matrix)
    told = f"kappa_-1 > {float(lower):.1f}, kappa(W) < {float(upper):.1f}"
    return Outcome(lower > upper, told, "the first above the second")


def estimated(seed):
    """Return Sigma and an estimate F^(1/2) W F^(1/2), F = Sigma; every third nearly the worst."""
    rng = np.random.default_rng(seed)
    d = int(rng.integers(2, 9))
    if seed % 3 == 0 and d > 2:
        sigma = np.array(corners(d, 2), dtype=float)
        return sigma, np.diag(1 + 1e-9 * np.arange(d))
    basis = np.linalg.qr(rng.standard_normal((d, d)))[0]
    root = basis * np.sqrt(10 ** rng.uniform(-3, 0, d))
    drawn = rng.standard_normal((d, d * int(rng.integers(1, 6)) + 1))
    return root @ root.T, root @ (drawn @ drawn.T) @ root.T / drawn.shape[1]


def spread(sigma, estimate):
    """Return kappa(W) for estimate = F^(1/2) W F^(1/2), F proportional to sigma."""
    inverse = np.linalg.inv(np.linalg.cholesky(sigma))
    return np.linalg.cond(inverse @ estimate @ inverse.T)


@evidence("numerical", "(a) kappa_-1 with kappa(W) min(kappa(W), d), 300 estimates in the core")
@control("(a) kappa(W) alone", squared=False)
def range_numerical(squared=True):
    """The core's ``kappa_-1`` in the estimate's basis with the bound, d = 2 to 8."""
    above = 0
    for seed in range(300):
        sigma, estimate = estimated(seed)
        k = spread(sigma, estimate)
        found = condition_number(Quadratic(sigma), GaussNewton(-1), basis=eigenbasis(estimate))
        above += found > k * (min(k, len(sigma)) if squared else 1) * (1 + 1e-6)
    return Outcome(above == 0, f"{above} of 300 above", "0 of 300 above")


@evidence("numerical", "(b) the same with drawn gradients away from the optimum, 200 problems")
@control("(b) y left out", moved=False)
def away_numerical(moved=True):
    """The core's drawn gradients, B = 1 to 64: ``kappa_-1`` with k min(k, d), k = (1 + y) kappa(W).

    Half have no noise and gradients along (1, ..., 1), as in B-3 (d), and F itself as estimate.
    """
    above = 0
    for seed in range(200):
        rng = np.random.default_rng(1000 + seed)
        d, batch = int(rng.integers(2, 7)), int(2 ** rng.integers(0, 7))
        spectrum, far = 10 ** rng.uniform(-2, 0, d), seed % 2 == 0
        problem = GaussianRegression(spectrum, 0.0 if far else 1.0)
        error = (1 / spectrum) if far else rng.standard_normal(d)
        fisher = estimate = empirical_fisher(problem, error, batch_size=batch)
        if not far:
            drawn = sample_gradients(problem, error, batch_size=batch, size=10 * d, rng=rng)
            estimate = drawn.T @ drawn / len(drawn)
        risk = float(problem.risk(error))
        y = (batch + 1) * risk / (risk + problem.noise_std**2)
        k = spread(fisher, estimate) * (1 + y if moved else 1)
        found = condition_number(problem, GaussNewton(-1), basis=eigenbasis(estimate))
        above += found > k * min(k, d) * (1 + 1e-6)
    return Outcome(above == 0, f"{above} of 200 above", "0 of 200 above")


CHECKS = {
    "B-11": checks_of(
        estimate_spread.pair_symbolic,
        order_exact,
        exponent_exact,
        range_numerical,
        away_numerical,
        estimate_spread.pair_numerical,
        estimate_spread.law_statistical,
        estimate_spread.tail_statistical,
    )
}
