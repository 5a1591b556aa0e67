"""SXQ-8: which preconditioner is fastest at a given noise floor."""

import itertools
from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.optimize import brentq

from ...derivations import ranking
from ...methods.bases import eigenbasis
from ...methods.preconditioners import GaussNewton
from ...mini_batch.adam_floors import long_memory_risk, long_memory_weights
from ...mini_batch.noise_floor import spectral_radius, stationary_risk
from ...mini_batch.risk import risk_at
from ...problems.gaussian import GaussianRegression
from ..outcomes import below, vanishes
from ..reference.joint_moments import random_problem
from ..registry import Outcome, checks_in, control, evidence


@evidence("symbolic", "floor and speed as sums; convexity")
@control("3 instead of 2 in the second derivative", 3)
def ranking_symbolic(constant=2):
    """The coordinates in which floor and speed are sums, and convexity of the speed's summand"""
    y = sp.Symbol("y", positive=True)
    share, _ = ranking.ranking_coordinates()
    linear = sp.simplify(share - y / ranking.k)
    return vanishes(linear, ranking.secular_gap(), ranking.convexity_gap(constant))


@evidence("symbolic", "slopes of y where two methods cross")
@control("2 + y instead of 1 + y", 2)
def crossings_symbolic(one=1):
    """Slopes of log y: (1+p)(1+y) under GN^p, (1/2)(1 + y/(2+y)) under long-memory Adam"""
    y = sp.Symbol("y", positive=True)
    fixed, adam = ranking.log_slopes()
    return vanishes(sp.simplify(fixed - (one + y)), sp.simplify(adam - (one + y / (2 + y))))


@evidence("symbolic", "floor at small rates")
@control("B instead of 2B", 1)
def small_rate_symbolic(half=2):
    """The limit of R_inf/eta as eta -> 0, d = 2, with sigma^2 tr(S)/(2B)"""
    s = sum(sp.symbols("s1 s2", positive=True))
    claimed = ranking.noise**2 * s / (half * ranking.batch)
    return vanishes(sp.simplify(ranking.small_rate_floor() - claimed))


def exceeds(matrix, level):
    """Say exactly whether a symmetric matrix of fractions has an eigenvalue above a level.

    Elimination on level I - matrix: a negative pivot, or a row that is not 0 under a pivot 0.
    """
    rows = [[level * (i == j) - e for j, e in enumerate(row)] for i, row in enumerate(matrix)]
    for i, row in enumerate(rows):
        if row[i] < 0 or (row[i] == 0 and any(row[i:])):
            return True
        for other in rows[i + 1 :] if row[i] > 0 else ():
            factor = other[i] / row[i]
            for j in range(i, len(row)):
                other[j] -= factor * row[j]
    return False


def moment_matrix(values, batch_size):
    """Return SXQ-7's matrix in fractions, with x = 2 y/(k (1 + y))."""
    k = 1 + Fraction(1, batch_size)
    return recurrence([2 * y / (k * (1 + y)) for y in values], batch_size)


def recurrence(x, batch_size):
    """Return diag(1 - 2 x + k x^2) + x x^T/B in fractions."""
    k = 1 + Fraction(1, batch_size)
    outer = [[a * b / batch_size for b in x] for a in x]
    for i, entry in enumerate(x):
        outer[i][i] += 1 - 2 * entry + k * entry**2
    return outer


@evidence("exact", "random spectra in fractions with S = I at equal c")
@control("S = I held to a c that is 10% lower", Fraction(9, 10))
def equal_floor_exact(head_start=1):
    """In fractions: random spectra S against S = I at the same c: is the radius always larger?"""
    rng, level_with, count = np.random.default_rng(81), 0, 0
    for d, batch_size in itertools.product((2, 4), (1, 8)):
        for level in ("1/20", "1/3", "7/10", "19/20", "99/100"):
            c = Fraction(level)
            mean = (batch_size + 1) * c * head_start / d
            isotropic = moment_matrix([mean], batch_size)[0][0]
            cross = (2 * mean / ((1 + Fraction(1, batch_size)) * (1 + mean))) ** 2 / batch_size
            radius = isotropic + (d - 1) * cross
            for spread in (3, 20) * 10:
                weights = [Fraction(int(w)) for w in rng.integers(1, spread + 1, d)]
                y = [w / sum(weights) * (batch_size + 1) * c for w in weights]
                if len(set(y)) == 1:
                    continue
                count += 1
                level_with += not exceeds(moment_matrix(y, batch_size), radius)
    return Outcome(level_with == 0, f"{level_with} of {count} are not slower than S = I", "0")


@evidence("exact", "(d) no radius below (d + 1)/(B + d + 1), in fractions")
@control("(d) (d + 2)/(B + d + 1)", 2)
def least_radius_exact(shift=1):
    """540 spectra and rates in fractions: no radius below the bound; S = I at one rate is on it."""
    rng, wrong = np.random.default_rng(85), 0
    for d, batch_size in itertools.product((1, 2, 5), (1, 3, 16)):
        least = Fraction(d + shift, batch_size + d + 1)
        for _ in range(60):
            # x_i = eta s_i around B/(B + d + 1), where GN^-1 is best.
            x = [
                Fraction(int(n), 20) * batch_size / (batch_size + d + 1)
                for n in rng.integers(5, 60, d)
            ]
            if any(20 * v * (batch_size + d + 1) != 20 * batch_size for v in x):
                wrong += not exceeds(recurrence(x, batch_size), least)
        best = recurrence([Fraction(batch_size, batch_size + d + 1)] * d, batch_size)
        wrong += exceeds(best, least) or not exceeds(best, least * Fraction(999, 1000))
    return Outcome(wrong == 0, f"{wrong} of 549 wrong", "0 of 549 wrong")


def rate_at_floor(regression, rule, floor, **options):
    """Return the learning rate at which the core's noise floor is `floor`."""

    def excess(log_rate):
        found = stationary_risk(regression, rule, learning_rate=np.exp(log_rate), **options)
        return np.log(min(found, 1e9) / floor)

    return np.exp(brentq(excess, -30, 5, xtol=1e-13, rtol=1e-14))


@evidence("numerical", "radius at equal floor, 18 rivals, 3 bases")
@control("GN^-1/2 as the best", -0.5)
@control("GN^-1 in the identity basis", aligned=False)
def equal_floor_numerical(power=-1.0, aligned=True):
    """Spectral radius in the core at equal floor: GN^-1 with powers in three bases and dense P"""
    rng, least = np.random.default_rng(82), np.inf
    for case in range(4):
        covariance, dense = random_problem(rng, 5)
        eigen = eigenbasis(covariance)
        turn, _ = np.linalg.qr(rng.standard_normal((5, 5)))
        half = np.linalg.cholesky(dense)
        regression = GaussianRegression(covariance, 1.0)
        rivals = [
            (regression, GaussNewton(p), basis)
            for p in (-1.5, -0.75, -0.5, 0.0, 0.5)
            for basis in (eigen, np.eye(5), turn)
        ]
        rivals += [(regression, GaussNewton(-1.0), basis) for basis in (np.eye(5), turn)]
        # P = half half^T has the modes of gradient descent on half^T Sigma half.
        rivals.append((GaussianRegression(half.T @ covariance @ half, 1.0), GaussNewton(0.0), None))
        champion = (regression, GaussNewton(power), eigen if aligned else np.eye(5))
        for floor in (0.01, 0.5, 20.0):
            radii = []
            for problem, rule, basis in (champion, *rivals):
                options = {"batch_size": (1, 4, 16, 2)[case], "basis": basis}
                rate = rate_at_floor(problem, rule, floor, **options)
                radii.append(spectral_radius(problem, rule, learning_rate=rate, **options))
            # Of the gap to 1, so that a slow problem counts as much as a fast one.
            least = min(least, (min(radii[1:]) - radii[0]) / (1 - radii[0]))
    holds = least > 1e-6
    return Outcome(holds, f"least lead of 1 - radius {least:.2g}", "above 0")


@evidence("numerical", "radius grows as p leaves -1")
@control("p = -3/4 as the best", -0.75)
def order_numerical(center=-1.0):
    """Spectral radius at equal floor as p leaves `center` on either side: does it always grow?"""
    spectrum, violations, count = np.array([1.0, 0.6, 0.25, 0.2, 0.02]), 0, 0
    regression = GaussianRegression(spectrum, 1.0)
    for batch_size, floor, side in itertools.product((1, 8), (0.01, 0.5, 20.0), (-1, 1)):
        radii = []
        for distance in (0, 0.25, 0.5, 0.75, 1, 1.5):
            rule = GaussNewton(center + side * distance)
            rate = rate_at_floor(regression, rule, floor, batch_size=batch_size)
            options = {"learning_rate": rate, "batch_size": batch_size}
            radii.append(spectral_radius(regression, rule, **options))
        steps = np.diff(radii)
        count += len(steps)
        violations += int((steps <= 0).sum())
    return Outcome(violations == 0, f"{violations} of {count} steps do not grow", "0")


@evidence("numerical", "long-memory Adam at equal floor")
@control("GN^-3/4 instead of GN^-1/2", -0.75)
def adam_numerical(weaker=-0.5):
    """At equal floor the radius of long-memory Adam between those of GN^-1 and GN^-1/2"""
    spectrum, least = np.array([1.0, 0.6, 0.25, 0.2, 0.02]), np.inf
    regression = GaussianRegression(spectrum, 1.0)
    for batch_size, rate in itertools.product((1, 8, 64), (0.1, 1.0, 5.0)):
        adam_rate = np.array(rate)
        floor = float(long_memory_risk(spectrum, 1.0, adam_rate, batch_size))
        weights = long_memory_weights(spectrum, 1.0, adam_rate, batch_size)
        # Frozen weights have the modes of gradient descent on the weighted spectrum.
        frozen = GaussianRegression(spectrum * weights, 1.0)
        options = {"learning_rate": rate, "batch_size": batch_size}
        radii = [spectral_radius(frozen, GaussNewton(0.0), **options)]
        for power in (-1.0, weaker):
            rule = GaussNewton(power)
            options["learning_rate"] = rate_at_floor(regression, rule, floor, batch_size=batch_size)
            radii.append(spectral_radius(regression, rule, **options))
        adam, best, other = radii
        least = min(least, (adam - best) / (1 - best), (other - adam) / (1 - best))
    return Outcome(least > 1e-6, f"least lead of 1 - radius {least:.2g}", "above 0")


@evidence("numerical", "decay at a low floor with s_min/tr(S)")
@control("decay 1% faster", 1.01)
def times_numerical(factor=1.0):
    """At a low floor r the decay of R measured in the core, with 4 B r s_min/(sigma^2 tr S)"""
    spectrum, floor, batch_size, gap = np.array([1.0, 0.5, 0.2, 0.05]), 1e-6, 3, 0.0
    for power in (-1.0, -0.5, 0.0):
        s = spectrum ** (1 + power)
        predicted = factor * 4 * batch_size * floor * s.min() / s.sum()
        regression, quiet = GaussianRegression(spectrum, 1.0), GaussianRegression(spectrum, 0.0)
        rate = rate_at_floor(regression, GaussNewton(power), floor, batch_size=batch_size)
        options = {"start": np.ones(4), "learning_rate": rate, "batch_size": batch_size}
        late = int(40 / predicted)
        risks = [
            risk_at(quiet, GaussNewton(power), **options, step=n) for n in (late, late + late // 4)
        ]
        gap = max(gap, abs(np.log(risks[0] / risks[1]) / (late // 4) / predicted - 1))
    return below(gap, 1e-3, "largest relative difference")


CHECKS = {"SXQ-8": checks_in(globals())}
