"""SXL-1: the information equality, where it holds for Adam, and what misspecified labels do."""

from fractions import Fraction

import numpy as np
import sympy as sp

from ...derivations import logistic_noise as derivation
from ...mini_batch.moments import second_moment
from ...mini_batch.sampling import sample_gradients
from ...problems.logistic import LogisticRegression
from ..outcomes import below, consistent, vanishes
from ..reference.finite_logistic import BEST, LABELS, POINTS, at, directions, half_tanh
from ..registry import Outcome, checks_in, control, evidence

ZERO = (Fraction(1),) * 3  # e^theta at theta = 0
NEAR, FAR = POINTS


def setting(seed, d=5, count=24, size=1.0):
    """Return features, weights, theta* and a basis, all random."""
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((count, d)) @ np.diag(np.geomspace(1, 0.2, d))
    weights = rng.uniform(0.5, 1.5, count)
    basis, _ = np.linalg.qr(rng.standard_normal((d, d)))
    return features, weights / weights.sum(), size * rng.standard_normal(d), basis


@evidence("symbolic", "one example's share of V - G, q free")
@control("3 s - 1 instead of 2 s - 1", 3)
def identity_symbolic(half=2):
    """E[(s - y)^2] - s (1 - s) less (s - q)(2 s - 1), q free; the loss's slope less s (1 - s)."""
    return vanishes(derivation.excess(half), derivation.slope_of_loss())


@evidence("exact", "F - G in rationals, labels of no model")
@control("tanh z instead of tanh(z/2)", 2)
def identity_exact(power=1):
    """F - G with E[(s - q) tanh(z/2) x x^T] in rationals: labels of no model, all pairs of u, v."""
    wrong = 0
    for point in (ZERO, *POINTS):
        problem = at(point, labels=LABELS)
        tangents = [half_tanh(w**power) for w in problem.model]
        for u in directions():
            for v in directions():
                terms = zip(problem.along(u), problem.along(v), tangents, strict=True)
                extra = sum(c * a * (s - q) * b * t for (c, a, s, q), (_, b, _, _), t in terms)
                wrong += problem.noise(u, v) - problem.curvature(u, v) != extra
    return Outcome(wrong == 0, f"{wrong} of 108 differ", "0 of 108 differ")


@evidence("exact", "F = G at theta* and at 0, in rational bases")
@control("near theta* instead of at it", NEAR)
@control("near 0 instead of at it", BEST, (Fraction(2),) * 3)
def equality_exact(point=BEST, start=ZERO):
    """F = G at theta* and, for any labels, at 0, in rationals; at theta* all batches up to two."""
    wrong = 0
    best, begin = at(point), at(start, labels=LABELS)
    for u in directions():
        wrong += any(
            p.noise(u, v) != p.curvature(u, v) for p in (best, begin) for v in directions()
        )
        wrong += any(n * best.over_batches(u, n) != best.curvature(u) for n in (1, 2))
    return Outcome(wrong == 0, f"{wrong} of 12 comparisons differ", "0 of 12 comparisons differ")


@evidence("symbolic", "V/G of two misspecified families, n to inf")
@control("growth n instead of 3 n/2", 1)
def misfit_symbolic(above=Fraction(3, 2), beneath=Fraction(2, 3)):
    """V/G over n and n V/G in the limit of far features, less 3/2 and 2/3."""
    n = sp.Symbol("n", positive=True)
    limits = (
        sp.limit(x, n, sp.oo) for x in (derivation.misfit(n)[0] / n, derivation.misfit(n)[1] * n)
    )
    return vanishes(*[x - sp.Rational(c) for x, c in zip(limits, (above, beneath), strict=True)])


@evidence("exact", "V/G at two misspecified optima")
@control("labels turned round", ((0, 1), (1, Fraction(1, 2))))
def misfit_exact(labels=((1, Fraction(1, 2)), (0, 1))):
    """The two misspecified problems in rationals: theta* is the optimum, V/G is as derived."""
    wrong = 0
    for n in (2, 6, 40):
        for row, expected in zip(labels, derivation.misfit(n), strict=True):
            far = Fraction(2**n, 2**n + 1)
            chances = n * (row[1] - far), Fraction(2, 3) - row[0]
            chances = tuple(Fraction(c, sum(chances)) for c in chances)
            problem = at((Fraction(2),), labels=row, features=((1,), (n,)), chances=chances)
            value = problem.noise((1,)) / problem.curvature((1,))
            wrong += problem.mean((1,)) != 0 or value != Fraction(int(expected.p), int(expected.q))
    return Outcome(wrong == 0, f"{wrong} of 6 differ", "0 of 6 differ")


@evidence("numerical", "the core with the loss's curvature")
@control("labels that follow no model", fitting=False)
def curvature_numerical(fitting=True):
    """The core's second moment at theta* with the loss's curvature, by differences: B = 1, 64."""
    gap = 0.0
    for seed in range(6):
        features, weights, optimum, basis = setting(seed)
        problem = LogisticRegression.well_specified(features, optimum, weights)
        if not fitting:
            labels = np.random.default_rng(seed).uniform(0.05, 0.95, len(weights))
            problem = LogisticRegression(features, weights, labels)
        steps, best = np.arange(-3, 4), problem.optimum
        stencil = np.array([2, -27, 270, -490, 270, -27, 2]) / 180
        path = best + 0.02 * steps[:, None, None] * basis.T
        curvature = stencil @ problem.loss(path) / 0.02**2
        for size in (1, 64):
            found = size * second_moment(problem, best, batch_size=size, basis=basis)
            gap = max(gap, np.abs(found / curvature - 1).max())
    return below(gap, 1e-6, "largest relative difference")


@evidence("statistical", "the core's sampler at theta* with G")
@control("at 1.2 theta*", 1.2)
def drawn_statistical(scale=1.0):
    """B E[(u^T ghat)^2] of the core's sampler at theta* with the core's G_uu; B = 1, 5, 100."""
    features, weights, optimum, basis = setting(11)
    problem = LogisticRegression.well_specified(features, optimum, weights)
    curvature = np.diag(basis.T @ problem.gauss_newton(optimum) @ basis)
    rng, z, errors = np.random.default_rng(12), [], []
    for size in (1, 5, 100):
        drawn = sample_gradients(problem, scale * optimum, batch_size=size, size=120_000, rng=rng)
        squares = size * (drawn @ basis) ** 2 / curvature
        error = squares.std(axis=0) / np.sqrt(len(squares))
        z.append((squares.mean(axis=0) - 1) / error)
        errors.append(error)
    return consistent(z, np.max(errors))


CHECKS = {"SXL-1": checks_in(globals())}
