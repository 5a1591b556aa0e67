"""SXL-3 and SXL-4: batches of any size, and the square-root rule near the optimum."""

import itertools
from fractions import Fraction

import numpy as np

from ...derivations import logistic_noise as derivation
from ...mini_batch.moments import second_moment
from ...mini_batch.sampling import sample_gradients
from ...problems.logistic import LogisticRegression
from ..outcomes import below, consistent, vanishes
from ..reference.finite_logistic import (
    BEST,
    FEATURES,
    LABELS,
    POINTS,
    at,
    directions,
    lean,
    odds,
    span,
)
from ..registry import Outcome, checks_of, control, evidence
from .fisher import setting


@evidence("symbolic", "the generating function's second derivative")
@control("1 - 2/B instead of 1 - 1/B", 2)
def pairs_symbolic(scale=1):
    """The second derivative of the generating function less V/B + (1 - 1/B) m^2, B free."""
    return vanishes(derivation.mean_square(scale))


@evidence("exact", "all batches of 1, 2, 3 in rationals")
@control("1 - 2/B instead of 1 - 1/B", 2)
def listing_exact(scale=1):
    """E[(u^T ghat)^2] over all batches of 1, 2 and 3 in rationals: labels of no model, any basis.

    Also that it lies between V/B and V, and equals V where all examples agree.
    """
    wrong = 0
    for point in POINTS:
        problem = at(point, labels=LABELS)
        for u in directions():
            v, m = problem.noise(u), problem.mean(u)
            for n in (1, 2, 3):
                found = problem.over_batches(u, n)
                wrong += found != v / n + (1 - Fraction(scale, n)) * m**2
                wrong += not v / n <= found <= v
    # One feature vector whose label is always the same: every example has the same gradient.
    same = at((Fraction(3),), labels=(0,), features=((2,),), chances=(Fraction(1),))
    wrong += any(same.over_batches((1,), n) != same.noise((1,)) for n in (1, 2, 3))
    return Outcome(wrong == 0, f"{wrong} of 73 differ", "0 of 73 differ")


def problem_of(seed, fitting=False):
    """Return a problem, a point, a basis and the labels' logits; labels random unless fitting."""
    features, weights, optimum, basis = setting(seed, d=3, count=4)
    labels = np.random.default_rng(seed + 500).uniform(0.05, 0.95, 4)
    if fitting:
        labels = 1 / (1 + np.exp(-features @ optimum))
    problem = LogisticRegression(features, weights, labels)
    return problem, optimum + 0.5 * basis[:, 1], basis, np.log(labels / (1 - labels))


def examples(problem, point):
    """Return the gradients of the examples, both labels, and their probabilities."""
    sigmoid = 1 / (1 + np.exp(-problem.features @ point))[:, None]
    gradients = np.vstack([(sigmoid - 1) * problem.features, sigmoid * problem.features])
    labels = problem.label_probability
    return gradients, np.concatenate([problem.weights * labels, problem.weights * (1 - labels)])


@evidence("numerical", "the core with all batches in floats")
@control("B + 1 instead of B", 1)
def listing_numerical(extra=0):
    """The core with all batches of 1, 2 and 3 in floats: ten problems, random bases."""
    gap = 0.0
    for seed in range(10):
        problem, point, basis, _ = problem_of(seed)
        gradients, chances = examples(problem, point)
        for n in (1, 2, 3):
            index = np.array(list(itertools.product(range(len(chances)), repeat=n)))
            means = gradients[index].mean(axis=1) @ basis
            expected = chances[index].prod(axis=1) @ means**2
            found = second_moment(problem, point, batch_size=n + extra, basis=basis)
            gap = max(gap, np.abs(found / expected - 1).max())
    return below(gap, 1e-10, "largest relative difference")


@evidence("statistical", "drawn batches and the core's sampler")
@control("B + 1 instead of B", 1)
def drawn_statistical(extra=0):
    """Batches drawn example by example, and the core's sampler, against the core's moment."""
    rng, z, errors = np.random.default_rng(21), [], []
    problem, point, basis, _ = problem_of(3)
    gradients, chances = examples(problem, point)
    for n in (1, 4, 32):
        expected = second_moment(problem, point, batch_size=n + extra, basis=basis)
        index = rng.choice(len(chances), size=(40_000, n), p=chances)
        drawn = gradients[index].mean(axis=1)
        sampled = sample_gradients(problem, point, batch_size=n, size=120_000, rng=rng)
        for batch in (drawn, sampled):
            squares = (batch @ basis) ** 2
            error = squares.std(axis=0) / np.sqrt(len(squares))
            z.append((squares.mean(axis=0) - expected) / error)
            errors.append(error / expected)
    return consistent(z, np.max(errors))


def shares(problem, point, basis):
    """Return nu_i from the core's moments at two batch sizes, and F in the basis, from examples."""
    one, many = (second_moment(problem, point, batch_size=n, basis=basis) for n in (1, 1000))
    gradients, chances = examples(problem, point)
    turned = gradients @ basis
    return (1000 * many / one - 1) / 999, (turned.T * chances) @ turned


@evidence("numerical", "sum of the shares and counts, 60 problems")
@control("C taken as I in every basis", correlated=False)
def count_numerical(correlated=True):
    """The sum of nu_i and the counts, 60 problems: random bases, and F's eigenbasis."""
    broken = 0
    for seed in range(60):
        problem, point, basis, _ = problem_of(seed)
        point = 3 * point
        _, noise = shares(problem, point, basis)
        for frame in (basis, basis @ np.linalg.eigh(noise)[1]):
            share, moments = shares(problem, point, frame)
            scale = np.sqrt(np.diag(moments))
            top = np.linalg.eigvalsh(moments / scale / scale[:, None])[-1] if correlated else 1.0
            broken += share.sum() > top * (1 + 1e-9)
            for n, tau in itertools.product((2, 8, 64), (0.1, 1.0, 10.0)):
                many = ((n - 1) * share > tau).sum()
                broken += many > 0 and many >= (n - 1) * top / tau
    return Outcome(broken == 0, f"{broken} of 1200 broken", "0 of 1200 broken")


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
    (sinh(D/2)/(D/2))^2 delta^T G(theta*) delta, and the count of coordinates.
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
            top = np.linalg.eigvalsh(matrix / scale / scale[:, None])[-1]
            widest = np.abs(problem.features @ (best + delta)).max()
            lean_now = np.tanh(level / 2) * np.tanh(widest / 2)
            level = 2 * np.arctanh(lean_now)
            for n in (1, 16, 256):
                moment = second_moment(problem, best + delta, batch_size=n, basis=basis)
                weights = 1 / np.sqrt(n * moment) * scale
                bound = (np.expm1(level) + (n - 1) * divergence) / 2
                last = max(last, np.abs(weights - 1).max() if size == 1e-3 else 0.0)
                broken += np.abs(weights - 1).max() > bound + 1e-12
                many = (weights < (np.exp(level) + 1.0) ** -0.5).sum()
                broken += many > 0 and many >= (n - 1) * top * divergence
    return Outcome(
        broken == 0 and last < 0.01,
        f"{broken} of 560 broken, nearest within 1%: {last < 0.01}",
        "0 of 560 broken, nearest within 1%: True",
    )


CHECKS = {
    "SXL-3": checks_of(
        pairs_symbolic, listing_exact, listing_numerical, count_numerical, drawn_statistical
    ),
    "SXL-4": checks_of(divergence_symbolic, rule_exact, rule_numerical),
}
