"""SXL-4: the square-root rule near the optimum of a logistic regression."""

import itertools
from fractions import Fraction

import numpy as np

from ...derivations import logistic_noise as derivation
from ...mini_batch.moments import second_moment
from ...problems.logistic import LogisticRegression
from ..outcomes import vanishes
from ..reference.finite_logistic import BEST, FEATURES, POINTS, at, directions, lean, odds, span
from ..registry import Outcome, checks_in, control, evidence
from .batch import one_hot, problem_of
from .fisher import setting


@evidence("symbolic", "chi^2 in the logits; Cauchy-Schwarz")
@control("half of the squares", Fraction(1, 2))
def divergence_symbolic(squares=1):
    """chi^2 in two hyperbolic forms; G_uu chi^2 - (u^T g)^2 as a sum of squares, 3 examples."""
    return vanishes(*derivation.divergence(), derivation.schwarz_gap(3, squares))


@evidence("exact", "both ends, all batches of 1, 2, 3")
@control("half of chi^2", 2)
def rule_exact(part=1):
    """B E[(u^T ghat)^2]/G_uu, all batches up to 3: between e^-Lambda, e^Lambda + (B - 1) chi^2.

    In rationals, at two points, in rational bases; chi^2 at most sinh(D/2)^2 in between; and both
    ends of Cauchy-Schwarz attained by one feature vector. `part` divides chi^2.
    """
    broken, best = 0, odds(FEATURES, BEST)
    for point in POINTS:
        problem = at(point)
        error, divergence = span(problem.model, best), problem.chi_squared() / part
        broken += not divergence <= (error + 1 / error - 2) / 4
        level = lean(error, span(problem.model, (Fraction(1),) * len(best)))
        for u, n in itertools.product(directions(), (1, 2, 3)):
            found = n * problem.over_batches(u, n) / problem.curvature(u)
            broken += not 1 / level <= found <= level + (n - 1) * divergence
    single = at((Fraction(6),), (Fraction(3, 2),), features=((1,),), chances=(Fraction(1),))
    ratio = single.noise((1,)) / single.curvature((1,))
    for n in (1, 2, 3):
        found = n * single.over_batches((1,), n) / single.curvature((1,))
        broken += found != ratio + (n - 1) * single.chi_squared() / part
    return Outcome(broken == 0, f"{broken} of 41 broken", "0 of 41 broken")


@evidence("numerical", "the core from far to near, B = 1, 16, 256")
@control("labels of no model", fitting=False)
def rule_numerical(fitting=True):
    """The core's weights over sqrt(B) G_uu^(-1/2), against all of SXL-4's bounds.

    From far to near in the direction of a random error, B = 1, 16, 256; also chi^2 at most
    (sinh(D/2)/(D/2))^2 delta^T G(theta*) delta.
    """
    broken, last = 0, 0.0
    for seed in range(20):
        problem, point, basis, _ = problem_of(seed, fitting=fitting)
        best, direction = problem.optimum, point - problem.optimum
        for size in (1.0, 0.1, 1e-2, 1e-3):
            delta = size * direction
            error = problem.features @ delta
            level = np.abs(error).max()
            slope = 1 / (2 * np.cosh(problem.features @ best / 2)) ** 2
            divergence = problem.weights @ (4 * slope * np.sinh(error / 2) ** 2)
            local = delta @ problem.gauss_newton(best) @ delta
            broken += divergence > (np.sinh(level / 2) / (level / 2)) ** 2 * local * (1 + 1e-9)
            matrix = basis.T @ problem.gauss_newton(best + delta) @ basis
            scale = np.sqrt(np.diag(matrix))
            widest = np.abs(problem.features @ (best + delta)).max()
            lean_now = np.tanh(level / 2) * np.tanh(widest / 2)
            level = 2 * np.arctanh(lean_now)
            for n in (1, 16, 256):
                moment = second_moment(problem, best + delta, batch_size=n, basis=basis)
                weights = 1 / np.sqrt(n * moment) * scale
                bound = (np.expm1(level) + (n - 1) * divergence) / 2
                last = max(last, np.abs(weights - 1).max() if size == 1e-3 else 0.0)
                broken += np.abs(weights - 1).max() > bound + 1e-12
    return Outcome(
        broken == 0 and last < 0.01,
        f"{broken} of 320 broken, nearest within 1%: {last < 0.01}",
        "0 of 320 broken, nearest within 1%: True",
    )


@evidence("numerical", "(b) labels of any law, more examples than parameters")
@control("(b) errors of the logits taken from the best theta", own=False)
def any_law_numerical(own=True):
    """The core's weights at 40 points, labels that follow no model, from the best theta outwards.

    D and chi^2 belong to z - z*, z* the logit of each label's own probability.
    """
    broken = 0
    for seed in range(40):
        features, weights, _, basis = setting(seed, d=3, count=8)
        labels = np.random.default_rng(seed + 900).uniform(0.02, 0.98, 8)
        problem = LogisticRegression(features, weights, labels)
        point = problem.optimum + 0.1 * seed * basis[:, 1]
        z = features @ point
        error = z - (np.log(labels / (1 - labels)) if own else features @ problem.optimum)
        level = 2 * np.arctanh(np.tanh(np.abs(error).max() / 2) * np.tanh(np.abs(z).max() / 2))
        divergence = problem.weights @ (np.sinh(error / 2) ** 2 / np.cosh((z - error) / 2) ** 2)
        scale = np.diag(basis.T @ problem.gauss_newton(point) @ basis)
        for n in (1, 16, 256):
            moment = second_moment(problem, point, batch_size=n, basis=basis)
            ratio = np.sqrt(scale / (n * moment))
            low, high = (np.exp(level) + (n - 1) * divergence) ** -0.5, np.exp(level / 2)
            broken += bool((ratio < low * (1 - 1e-9)).any() or (ratio > high * (1 + 1e-9)).any())
    return Outcome(broken == 0, f"{broken} of 120 broken", "0 of 120 broken")


@evidence("numerical", "(c) a count that the bound just allows, d = 48")
@control("(c) half of the bound", 0.5)
def rule_count_numerical(factor=1.0):
    """24 of 48 one-hot coordinates share chi^2, and V = e^Lambda G in each: the count of (c)."""
    broken, counts, error = 0, set(), -3.0
    problem, point = one_hot(error=error)
    z = point[0]
    level = 2 * np.arctanh(np.tanh(-error / 2) * np.tanh(-z / 2))
    divergence = np.sinh(error / 2) ** 2 / np.cosh((z - error) / 2) ** 2
    scale = np.diag(problem.gauss_newton(point))
    for n in (2, 8, 64):
        tau = (n - 1) * divergence / 24 * (1 - 1e-6)
        moment = second_moment(problem, point, batch_size=n)
        count = int((np.sqrt(scale / (n * moment)) < (np.exp(level) + tau) ** -0.5).sum())
        broken += count >= factor * (n - 1) * divergence / tau
        counts.add(count)
    shown = f"{broken} of 3 broken, counts {sorted(counts)}"
    return Outcome(broken == 0 and counts == {24}, shown, "0 of 3 broken, counts [24]")


CHECKS = {"SXL-4": checks_in(globals())}
