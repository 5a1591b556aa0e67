"""SXQ-16: mini-batches, the full-matrix empirical Fisher."""

import itertools
from fractions import Fraction

import numpy as np
import sympy as sp

from ...derivations import fisher
from ...mini_batch.moments import second_moment
from ...mini_batch.sampling import sample_gradients
from ...problems.gaussian import GaussianRegression
from ..outcomes import below, consistent, vanishes
from ..registry import Outcome, checks_in, control, evidence


@evidence("symbolic", "F times the direction, every d, and entry by entry in d = 2, 3")
@control("B + 1 instead of B + 2", 1)
def newton_symbolic(shift=2):
    """F times the claimed direction less Sigma delta: any d by rank-one algebra, d = 2, 3 free."""
    return vanishes(
        fisher.rank_one(shift),
        *fisher.newton_remainder(2, shift),
        *fisher.newton_remainder(3, shift),
    )


@evidence("symbolic", "one step's risk and its best noiseless gain")
@control("d directions of noise instead of d - 1", 0)
def step_symbolic(directions=1):
    """The risk's expected change in one step from F's spectrum, and its best noiseless gain."""
    B, R, d, eta, sigma = fisher.B, fisher.R, fisher.d, fisher.eta, fisher.sigma
    scalar = fisher.newton_scalar()
    square = (d - directions) * B / (R + sigma**2) + scalar
    claimed = -2 * eta * scalar * R + eta**2 * square
    gain = B / ((B + 2) * ((d - 1) * (B + 2) + 1))
    return vanishes(
        sp.simplify(fisher.step_risk() - claimed), sp.simplify(fisher.best_noiseless_gain() - gain)
    )


@evidence("exact", "F by pairings in rationals, d = 3, and its inverse")
@control("B + 1 instead of B + 2", 1)
def newton_exact(shift=2):
    """F by pairing the factors of every product (Isserlis), d = 3, all in rationals; F^-1 applied.

    The moments are summed entry by entry over a batch of 3, from those of one example.
    """
    batch, noise = 3, Fraction(2, 3)
    covariance = [[Fraction(x, 6) for x in row] for row in ((12, 3, -2), (3, 8, 1), (-2, 1, 5))]
    error = [Fraction(1), Fraction(-2, 3), Fraction(3, 4)]
    every = range(3)
    mean = [sum(covariance[i][j] * error[j] for j in every) for i in every]
    risk = sum(m * e for m, e in zip(mean, error, strict=True))

    def one_example(a, b):
        """E[x_a x_b (x.delta - xi)^2], every pairing of the four normal factors."""
        paired = sum(
            error[c]
            * error[e]
            * (
                covariance[a][b] * covariance[c][e]
                + covariance[a][c] * covariance[b][e]
                + covariance[a][e] * covariance[b][c]
            )
            for c, e in itertools.product(every, every)
        )
        return paired + noise**2 * covariance[a][b]

    matrix = sp.Matrix(
        3,
        3,
        lambda a, b: sp.Rational(
            one_example(a, b) / batch + (1 - Fraction(1, batch)) * mean[a] * mean[b]
        ),
    )
    direction = matrix.LUsolve(sp.Matrix([sp.Rational(m) for m in mean]))
    scalar = sp.Rational(batch / (noise**2 + (batch + shift) * risk))
    gap = max(
        abs(found - scalar * sp.Rational(e)) for found, e in zip(direction, error, strict=True)
    )
    return Outcome(gap == 0, f"largest difference {float(gap):.3g}", "0")


@evidence("numerical", "F from the core's moments, d = 8, and its inverse")
@control("power -1/2, full-matrix Adam, instead of -1", -0.5)
def newton_numerical(power=-1.0):
    """F of the core, entry by entry from rotated bases, d = 8: is F^power Sigma delta Newton's?"""
    d, batch, rng = 8, 5, np.random.default_rng(16)
    factor = rng.standard_normal((d, d))
    covariance = factor @ factor.T / d + np.eye(d) / 10
    regression, error = GaussianRegression(covariance, 0.4), rng.standard_normal(d)
    matrix = np.diag(second_moment(regression, error, batch_size=batch))
    for i, j in itertools.combinations(range(d), 2):
        basis = np.eye(d)
        basis[[i, i, j, j], [i, j, i, j]] = np.array([1, -1, 1, 1]) / np.sqrt(2)
        moments = second_moment(regression, error, batch_size=batch, basis=basis)
        matrix[i, j] = matrix[j, i] = (moments[i] - moments[j]) / 2
    values, vectors = np.linalg.eigh(matrix)
    found = (vectors * values**power) @ vectors.T @ covariance @ error
    risk = error @ covariance @ error
    claimed = batch * error / (0.4**2 + (batch + 2) * risk)
    return below(np.abs(found - claimed).max() / np.abs(claimed).max(), 1e-8, "relative difference")


@evidence("statistical", "sampled steps with F^-1, d = 8")
@control("d directions of noise instead of d - 1", 0)
def step_statistical(directions=1, size=40000):
    """Sampled steps with F^-1, d = 8, noise 0 and 0.5: is their mean risk the claimed one?"""
    d, batch, rate, scores, resolution = 8, 2, 0.4, [], 0.0
    rng = np.random.default_rng(161)
    spectrum, error = np.geomspace(2, 0.05, d), rng.standard_normal(d)
    for noise in (0.0, 0.5):
        regression = GaussianRegression(spectrum, noise)
        gradient = spectrum * error
        risk = gradient @ error
        variance = risk + noise**2
        matrix = np.diag(spectrum) * variance / batch
        matrix += (1 + 1 / batch) * np.outer(gradient, gradient)
        sample = sample_gradients(regression, error, batch_size=batch, size=size, rng=rng)
        after = regression.risk(error - rate * np.linalg.solve(matrix, sample.T).T)
        scalar = batch / (noise**2 + (batch + 2) * risk)
        claimed = risk * (1 - 2 * rate * scalar)
        claimed += rate**2 * ((d - directions) * batch / variance + scalar)
        standard_error = after.std(ddof=1) / np.sqrt(size)
        scores.append((after.mean() - claimed) / standard_error)
        resolution = max(resolution, standard_error / claimed)
    return consistent(scores, resolution)


CHECKS = {"SXQ-16": checks_in(globals())}
