"""SXL-3: the second moment of a mini-batch gradient, whatever the loss."""

import itertools
from fractions import Fraction

import numpy as np
from scipy.special import expit

from ...derivations import logistic_noise as derivation
from ...mini_batch.moments import second_moment
from ...mini_batch.sampling import sample_gradients
from ...problems.logistic import LogisticRegression
from ..outcomes import below, consistent, vanishes
from ..reference.finite_logistic import LABELS, POINTS, at, directions
from ..registry import Outcome, checks_in, control, evidence
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
def shares_numerical(correlated=True):
    """The sum of nu_i against lambda_max(C), 60 problems: random bases, and F's eigenbasis."""
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
    return Outcome(broken == 0, f"{broken} of 120 broken", "0 of 120 broken")


def one_hot(common=24, rare=24, logit=-1.0, error=3.0):
    """Return a problem with features e_j, of which `rare` have a probability of 1e-9, and a point.

    All logits at the point are `logit`, and those of the labels' law `logit - error`.
    """
    weights = np.append(np.full(common, (1 - rare * 1e-9) / common), np.full(rare, 1e-9))
    labels = expit(logit - error)
    problem = LogisticRegression(np.eye(common + rare), weights / weights.sum(), labels)
    return problem, np.full(common + rare, logit)


@evidence("numerical", "a count that the bound just allows, d = 48")
@control("half of the bound", 0.5)
def count_numerical(factor=1.0):
    """24 of 48 one-hot coordinates share the signal: how many have f below (1 + tau)^(-1/2)?

    The bound is (B - 1) lambda_max(C)/tau, C = I; tau is such that it is just above 24.
    """
    broken, counts = 0, set()
    problem, point = one_hot(error=12.0)
    share, _ = shares(problem, point, np.eye(48))
    for n in (2, 8, 64):
        tau = (n - 1) * share.max() * (1 - 1e-6)
        count = int(((n - 1) * share > tau).sum())
        broken += count >= factor * (n - 1) / tau
        counts.add(count)
    shown = f"{broken} of 3 broken, counts {sorted(counts)}, bound below 25: {1 / share.max() < 25}"
    return Outcome(
        broken == 0 and counts == {24}, shown, "0 of 3 broken, counts [24], bound below 25: True"
    )


CHECKS = {"SXL-3": checks_in(globals())}
