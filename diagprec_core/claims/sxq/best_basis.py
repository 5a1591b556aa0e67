"""SXQ-19, parts (b) to (d): how many fixed points momentum has, and which basis has the least."""

import mpmath
import numpy as np
import sympy as sp

from ...derivations import best_basis as derived
from ...methods.adam_limits import LongMemoryAdam
from ...mini_batch.noise_floor import stationary_risk
from ...problems.gaussian import GaussianRegression
from ..outcomes import below, vanishes
from ..registry import Outcome, control, evidence


@evidence("symbolic", "(b) the bracket, and the convex function of (c)")
@control("(b) lambda + rho with 2 + x instead of 1 + x", one=2)
@control("(c) 4 - 6 eps instead of 6 - 4 eps", swapped=True)
def shapes_symbolic(one=1, swapped=False):
    """The two sides of the bracket in closed form, and Lambda'' of the convex function: all 0?"""
    x, eps = derived.x, derived.eps
    inner = 4 - 6 * eps if swapped else 6 - 4 * eps
    return vanishes(
        sp.simplify(derived.level() - (one + x) ** 2 / (eps + x)),
        sp.simplify(derived.curvature() - (2 * eps + inner * x) / (1 + x) ** 4),
    )


@evidence("numerical", "(b) the slope of c with the bound of the proof, 2000 matrices, all beta1")
@control("(b) the bound raised by 1%", 1.01)
def slope_bound_numerical(factor=1.0):
    """Random X, eps from 0.0001 to 1: is the slope Phi at least the bound by the projection?"""
    rng, wrong = np.random.default_rng(196), 0
    for _ in range(2000):
        d, eps = int(rng.integers(1, 9)), float(np.exp(rng.uniform(np.log(1e-4), 0)))
        factors = rng.standard_normal((d, int(rng.integers(1, d + 2))))
        factors *= np.exp(rng.normal(scale=1.5, size=(d, 1)))
        values, vectors = np.linalg.eigh(factors @ factors.T * np.exp(rng.normal(scale=2)))
        values = np.maximum(values, 1e-9)
        f = values * (eps + values) / (1 + values)
        g, whole = (1 - eps) * values / (1 + values) - f, 2 * f + values**2
        alpha, square = (vectors**2) @ f, ((vectors * values) @ vectors.T) ** 2
        z = np.linalg.solve(2 * np.diag(alpha) + square, alpha)
        slope = ((vectors**2) @ (values + values**2)) @ z
        mixed, own, other = ((a * b / whole).sum() for a, b in ((f, g), (f, f), (g, g)))
        bound = f.sum() + mixed / 2 - np.sqrt(own * other) / 2
        wrong += not slope >= bound + (factor - 1) * abs(bound) - 1e-9 * f.sum()
    return Outcome(wrong == 0, f"{wrong} of 2000 below", "0 of 2000 below")


@evidence("numerical", "(b) three fixed points at beta1 = 0.999, B = 4.4 million, d = 1,001,000")
@control("(b) beta1 = 0.9 instead of 0.999", "0.9")
def three_numerical(beta1="0.999"):
    """Two groups of coordinates, one common direction: three solutions, to 30 of 40 digits?"""
    starts = (
        (103665.32, 8.275863, 97.7),
        (94343.18, 9.831824, 39.27),
        (79716.02, 10.347274, 17.87),
    )
    with mpmath.workdps(40):
        beta, B, eta = mpmath.mpf(beta1), mpmath.mpf(4_400_000), mpmath.mpf("112.82")
        k, kb = 1 + 1 / B, (1 - beta) / (1 + beta) + 1 / B
        count = (10**6, 1000)
        own = (mpmath.mpf("6.37e-7"), mpmath.mpf(1))
        common = (mpmath.mpf("9.767e-6"), mpmath.mpf("0.04346"))
        curvature = [a + b**2 for a, b in zip(own, common, strict=True)]

        def responses(weights):
            """M_ii in both groups, by the inverse of a diagonal plus a matrix of rank one."""
            kappa = kb * eta
            left = [2 / w - kappa * a for w, a in zip(weights, own, strict=True)]
            pull = sum(n * b**2 / d for n, b, d in zip(count, common, left, strict=True))
            found = []
            for w, b, d in zip(weights, common, left, strict=True):
                inverse = 1 / d + kappa * (b / d) ** 2 / (1 - kappa * pull)
                found.append((2 * inverse / w - 1) / kb)
            return found, min(*left, 1 - kappa * pull)

        def equations(*unknown):
            first, second, risk = unknown
            found, _ = responses((first, second))
            s, rows = B * eta**2 / (risk + 1), []
            for w, m, c in zip((first, second), found, curvature, strict=True):
                x = eta * w * c
                rows.append((2 * k * m - (k - kb) * x) / kb * x / (s * c) - 1)
            trace = sum(n * m for n, m in zip(count, found, strict=True))
            return [*rows, trace * (risk + 1) / (B * risk) - 1]

        solutions, worst = [], mpmath.mpf(0)
        for start in starts:
            try:
                root = mpmath.findroot(equations, start, tol=1e-60, maxsteps=60)
            except (ValueError, ZeroDivisionError):
                continue
            _, margin = responses(root[:2])
            if margin > 0 and min(root) > 0:
                worst = max(worst, *map(abs, equations(*root)))
                solutions.append(float(root[2]))
    different = len({round(risk, 3) for risk in solutions})
    shown = ", ".join(f"{risk:.2f}" for risk in sorted(set(solutions)))
    return Outcome(
        different == 3 and worst < 1e-30, f"{different} different: R = {shown}", "3 different"
    )


def flat_and_own(size, low, rate, batch, beta1):
    """Return the floors of diag(1, low, ...) in a basis with a level diagonal, and in its own."""
    hadamard = np.ones((1, 1))
    while len(hadamard) < size:
        hadamard = np.block([[hadamard, hadamard], [hadamard, -hadamard]])
    regression = GaussianRegression(np.append(1.0, np.full(size - 1, low)), 1.0)
    options = {"learning_rate": rate, "batch_size": batch}
    return [
        stationary_risk(regression, LongMemoryAdam(beta1), **options, basis=basis)
        for basis in (hadamard / np.sqrt(size), None)
    ]


@evidence(
    "numerical", "(c) the eigenbasis has the least floor, 300 random bases, beta1 to (B+1)/(3B-1)"
)
@control("(c) beta1 = 0.9 at large batches, three level bases", flat=True)
def least_numerical(flat=False):
    """Floors in random bases, and near the eigenbasis, over that of the eigenbasis: all above 1?"""
    rng, wrong, cases = np.random.default_rng(197), 0, 0
    if flat:
        for size, low in ((2, 0.4), (4, 0.2), (16, 0.07)):
            other, own = flat_and_own(size, low, 0.4, 1024, 0.9)
            wrong, cases = wrong + (other < own), cases + 1
        return Outcome(wrong == 0, f"{wrong} of {cases} below", f"0 of {cases} below")
    for case in range(300):
        d, batch = int(rng.integers(2, 7)), int(2 ** rng.integers(0, 9))
        spectrum = np.exp(rng.normal(scale=2, size=d))
        regression = GaussianRegression(spectrum, 1.0)
        most = (batch + 1) / (3 * batch - 1)
        rule = LongMemoryAdam((0.0, min(most, 0.95), rng.uniform(0, min(most, 0.95)))[case % 3])
        turn = np.eye(d) + rng.standard_normal((d, d)) * (1.0, 0.1)[case % 2]
        basis, _ = np.linalg.qr(turn)
        options = {"learning_rate": float(np.exp(rng.normal(scale=3))), "batch_size": batch}
        own = stationary_risk(regression, rule, **options)
        wrong += not stationary_risk(regression, rule, **options, basis=basis) > own
        cases += 1
    return Outcome(wrong == 0, f"{wrong} of {cases} below", f"0 of {cases} below")


@evidence(
    "numerical", "(d) a level basis has a lower floor at beta1 = 0.9, but never below the bound"
)
@control("(d) without momentum", 0.0)
def lower_numerical(beta1=0.9):
    """diag(1, l, ..., l), rate 0.4, B = 1024: floor in a level basis under the eigenbasis's?

    Never below 2 sqrt(theta eps) of it, in terms of c = R/(R + sigma^2).
    """
    ratios, inside = [], True
    for size, low in ((2, 0.4), (4, 0.2), (16, 0.07), (64, 0.025)):
        other, own = flat_and_own(size, low, 0.4, 1024, beta1)
        k, kb = 1 + 1 / 1024, (1 - beta1) / (1 + beta1) + 1 / 1024
        least = 2 * np.sqrt(max(kb / k * (1 - kb / k), 0.0))
        ratios.append(other / own)
        inside &= other / (1 + other) >= least * own / (1 + own)
    holds = inside and max(ratios) < 1
    shown = ", ".join(f"{ratio:.3f}" for ratio in ratios)
    return Outcome(holds, f"ratios {shown}, above the bound: {inside}", "all below 1, True")


@evidence(
    "numerical", "(c) one line without momentum: tr M at least that of the eigenbasis, d = 2 to 6"
)
@control("(c) the diagonal of the inverse below the inverse of the diagonal", 1.0)
def inverse_numerical(sign=-1.0):
    """P = (diag(nu) - Sigma)^-1: (P^-1)_ii P_ii >= 1 at random, and nu_i above its bound?"""
    rng, worst = np.random.default_rng(198), 0.0
    for _ in range(300):
        d = int(rng.integers(2, 7))
        factor = rng.standard_normal((d, d)) * np.exp(rng.normal(size=(d, 1)))
        sigma = factor @ factor.T + 1e-6 * np.eye(d)
        tops = np.diagonal(sigma) * np.exp(rng.normal(size=d) ** 2)
        tops = tops * max(1.0, 1.01 * np.linalg.eigvalsh(sigma / np.sqrt(np.outer(tops, tops)))[-1])
        inverse = np.linalg.inv(np.diag(tops) - sigma)
        worst = max(worst, (1 + sign * (tops - np.diagonal(sigma)) * np.diagonal(inverse)).max())
    return below(worst, 1e-9, "largest violation")
