"""SXQ-19, parts (b) to (d): how many fixed points momentum has, and which basis has the least."""

import mpmath
import numpy as np
import sympy as sp

from ...derivations import best_basis as derived
from ...methods.adam_limits import LongMemoryAdam
from ...mini_batch.noise_floor import stationary_risk
from ...problems.gaussian import GaussianRegression
from ..outcomes import vanishes
from ..registry import Outcome, control, evidence


@evidence("symbolic", "(b) the bracket, and the convex function of (c)")
@control("(b) the level with 2 + x instead of 1 + x", one=2)
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
    """Random X, eps from 0.0001 to 1: is the slope of tr X at least the bound by the projection?"""
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
@control("(b) beta1 = 0.9: one", 0.9)
def three_numerical(beta1=0.999):
    """Two groups of coordinates, one common direction: crossings of V - sigma^2 with R along V.

    The convex function's minimum is followed from large V down; where V - sigma^2 - R changes its
    sign, Newton's method in 40 digits finds the solution.
    """
    groups = Groups(beta1)
    volumes, logs, before, found = 1 + np.geomspace(1e6, 1e-6, 600), np.log([1e3, 1.0]), None, []
    for volume in volumes:
        logs = groups.minimum(volume, logs)
        excess = float(volume - 1 - groups.risk(np.exp(logs), volume))
        if before is not None and excess * before < 0:
            found.append(groups.polish(np.exp(logs), volume - 1))
        before = excess
    shown = ", ".join(f"{float(risk):.2f}" for risk, _ in found)
    exact = all(gap < 1e-30 for _, gap in found)
    return Outcome(
        len(found) == 3 and exact, f"{len(found)}: R = {shown}; to 30 digits: {exact}", "3; True"
    )


class Groups:
    """Sigma = diag(a) + b b^T with two groups of equal coordinates, at one rate; sigma = 1."""

    count, own, common = (10**6, 1000), ("6.37e-7", "1"), ("9.767e-6", "0.04346")

    def __init__(self, beta1, batch=4_400_000, rate="112.82"):
        self.beta1, self.batch, self.rate = beta1, batch, rate

    def rows(self, weights, number=float):
        """Return alpha_i w_i up to one factor, M_ii, and what has to be positive."""
        beta, batch, rate = number(str(self.beta1)), number(self.batch), number(self.rate)
        k, kb = 1 + 1 / batch, (1 - beta) / (1 + beta) + 1 / batch
        own, common = ([number(x) for x in part] for part in (self.own, self.common))
        left = [2 / w - kb * rate * a for w, a in zip(weights, own, strict=True)]
        pull = (
            kb * rate * sum(n * b**2 / d for n, b, d in zip(self.count, common, left, strict=True))
        )
        responses, signals = [], []
        for w, a, b, d in zip(weights, own, common, left, strict=True):
            # The inverse of a diagonal plus a matrix of rank one.
            inverse = 1 / d + kb * rate * (b / d) ** 2 / (1 - pull)
            responses.append((2 * inverse / w - 1) / kb)
            signals.append((2 * k * responses[-1] - (k - kb) * rate * w * (a + b**2)) / kb)
        return signals, responses, min(*left, 1 - pull)

    def gaps(self, weights, volume, number=float):
        """Return how far the weights are from reproducing themselves, relatively."""
        signals, responses, room = self.rows(weights, number)
        level = number(self.batch) * number(self.rate) / volume
        return [s * w / level - 1 for s, w in zip(signals, weights, strict=True)], responses, room

    def minimum(self, volume, logs):
        """Return log w at this V, by Newton's method with a numerical slope, from nearby."""
        while self.rows(np.exp(logs))[2] <= 0:
            logs = logs - 0.5
        for _ in range(100):
            here = np.log1p(self.gaps(np.exp(logs), volume)[0])
            slope = np.column_stack(
                [
                    (here - np.log1p(self.gaps(np.exp(logs - step), volume)[0])) / 1e-7
                    for step in 1e-7 * np.eye(2)  # inwards
                ]
            )
            step = np.linalg.solve(slope, here)
            step /= max(1.0, np.abs(step).max())
            while self.rows(np.exp(logs - step))[2] <= 0:
                step = step / 2
            logs = logs - step
            if np.abs(step).max() < 1e-11:
                break
        return logs

    def risk(self, weights, volume, number=float):
        """Return R = V tr M/B."""
        responses = self.rows(weights, number)[1]
        trace = sum(n * m for n, m in zip(self.count, responses, strict=True))
        return volume * trace / number(self.batch)

    def polish(self, weights, risk):
        """Return the solution's R in 40 digits, and the largest residual."""

        def equations(first, second, risk):
            gaps, *_ = self.gaps((first, second), risk + 1, mpmath.mpf)
            return [*gaps, self.risk((first, second), risk + 1, mpmath.mpf) / risk - 1]

        with mpmath.workdps(40):
            root = mpmath.findroot(equations, (*map(float, weights), risk), tol=1e-60, maxsteps=60)
            return root[2], max(map(abs, equations(*root)))


def hadamard(size):
    """Return Hadamard's orthogonal matrix, whose entries all have one size; size a power of 2."""
    matrix = np.ones((1, 1))
    while len(matrix) < size:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return matrix / np.sqrt(size)


def flat_and_own(size, low, rate, batch, beta1):
    """Return the floors of diag(1, low, ...) in a basis with a level diagonal, and in its own."""
    regression = GaussianRegression(np.append(1.0, np.full(size - 1, low)), 1.0)
    options = {"learning_rate": rate, "batch_size": batch}
    return [
        stationary_risk(regression, LongMemoryAdam(beta1), **options, basis=basis)
        for basis in (hadamard(size), None)
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

    Never below 2 sqrt(eps (1 - eps)) of it, in terms of c = R/(R + sigma^2).
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


@evidence("numerical", "(c), (d) tr X and the eigenbasis's at the same V, 1500 matrices, no solver")
@control("(d) the bound of (c) where eps is below 1/2, in level bases", least=1.0, level=True)
def trace_numerical(least=None, level=False):
    """Random X, eps and basis: w = 1/alpha, Sigma = W^(-1/2) Y W^(-1/2), and tr X against the sum.

    The sum of Lambda^-1(t' lambda_i) is tr X in the eigenbasis. The quotient is at least 1 where
    eps is at least 1/2, and at least 2 sqrt(eps (1 - eps)) elsewhere.
    """
    rng, worst = np.random.default_rng(198), np.inf
    for case in range(1500):
        eps = float(np.exp(rng.uniform(np.log(1e-3), 0)))
        d = int(rng.integers(2, 8))
        values = np.exp(rng.normal(scale=3, size=d))
        if level:
            eps, d = 0.01, 16
            values = np.append(0.25, np.full(d - 1, 0.008)) * np.exp(rng.normal(scale=0.1))
            vectors = hadamard(d)
        else:
            vectors, _ = np.linalg.qr(rng.standard_normal((d, d)) + (case % 2) * 3 * np.eye(d))
        alpha = (vectors**2) @ (values * (eps + values) / (1 + values))
        # t' Sigma = alpha^(1/2) Y alpha^(1/2), with w_i proportional to 1/alpha_i.
        y = (vectors * (values / (1 + values))) @ vectors.T
        own = np.linalg.eigvalsh(np.sqrt(alpha)[:, None] * y * np.sqrt(alpha))
        quotient = values.sum() / np.sum(_inverse(np.maximum(own, 1e-300), eps))
        bound = 1.0 if eps >= 0.5 else 2 * np.sqrt(eps * (1 - eps))
        worst = min(worst, quotient / (least or bound))
    return Outcome(worst > 1 - 1e-9, f"least over the bound {worst:.3f}", "at least 1")


def _inverse(level, eps):
    """Return x with x^2 (eps + x)/(1 + x)^2 = level, by bisection on its logarithm."""
    low, high = np.full_like(level, -400.0), np.full_like(level, 400.0)
    for _ in range(80):
        middle = (low + high) / 2
        x = np.exp(middle)
        over = 2 * middle + np.log(eps + x) - 2 * np.log1p(x) > np.log(level)
        low, high = np.where(over, low, middle), np.where(over, middle, high)
    return np.exp((low + high) / 2)
