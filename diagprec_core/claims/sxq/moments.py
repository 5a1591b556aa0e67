"""SXQ-1 and SXQ-2: the second moment of a mini-batch gradient, and what idealised Adam is."""

import itertools
from fractions import Fraction
from math import prod

import numpy as np
import sympy as sp

from ...derivations import wick
from ...mini_batch.moments import correlation, second_moment
from ...problems.gaussian import GaussianRegression
from ..outcomes import below, consistent, vanishes
from ..registry import Outcome, checks_of, control, evidence

# Whole numbers with the standard normal's moments up to order five, and up to order three.
NORMAL = dict(zip(range(-2, 3), (Fraction(1, n) for n in (12, 6, 2, 6, 12)), strict=True))
COIN = {-1: Fraction(1, 2), 1: Fraction(1, 2)}


def setting(d, noise_std, seed):
    """Return a regression with a dense covariance, parameters, and a basis without structure."""
    rng = np.random.default_rng(seed)
    factor = rng.standard_normal((d, d)) / np.sqrt(d)
    optimum, parameters = rng.standard_normal((2, d))
    basis, _ = np.linalg.qr(rng.standard_normal((d, d)))
    regression = GaussianRegression(factor @ factor.T + 0.1 * np.eye(d), noise_std, optimum)
    return regression, parameters, basis


def draw_data(regression, parameters, shape, rng, law="normal"):
    """Return features ``(*shape, d)``, and labels and residuals of the given shape."""
    shape = (*shape, regression.dimension)
    white = rng.standard_normal(shape) if law == "normal" else rng.uniform(-1, 1, shape) * 3**0.5
    x = white @ np.linalg.cholesky(regression.covariance).T
    labels = x @ regression.optimum + regression.noise_std * rng.standard_normal(shape[:-1])
    return x, labels, x @ parameters - labels


def gradients_of_data(regression, parameters, batch_size, size, rng, law="normal"):
    """Return mini-batch gradients the slow way, from data, shape (size, d)."""
    x, _, residuals = draw_data(regression, parameters, (size, batch_size), rng, law)
    return np.einsum("nb,nbi->ni", residuals, x) / batch_size


def scores(samples, expected):
    """Return the deviations of means over axis 0 from what is claimed, and standard errors."""
    errors = samples.std(axis=0) / np.sqrt(len(samples))
    return (samples.mean(axis=0) - expected) / errors, errors


@evidence("symbolic", "Isserlis with the formula, every d, B free")
@control("1/B instead of 1 + 1/B", 0)
def moment_symbolic(cross=1):
    """Isserlis in the scalars A, V, c with symbolic B, less the formula."""
    return vanishes(sp.expand(wick.gradient_moment(2) - wick.second_moment(cross)))


@evidence("symbolic", "the same in all entries, d = 2 and 3")
@control("1/B instead of 1 + 1/B, in entries", 0)
def entries_symbolic(cross=1):
    """Isserlis in all entries of Sigma, u, delta, less the formula: d = 2 and 3; a batch of 2."""
    cases = ((2, 1), (3, 1), (2, 2))
    return vanishes(*[wick.second_moment_gap(d, batch, cross) for d, batch in cases])


def list_data(p, q, noise_std, batch_size, law=NORMAL):
    """Return E[(u^T ghat)^2] by listing all data sets, with p = F u, q = F delta, Sigma = F^T F.

    The other three results are A, V and c; everything is a fraction.
    """
    single = {}
    for *n, xi in itertools.product(law, repeat=len(p) + 1):
        feature, explained = (sum(a * b for a, b in zip(v, n, strict=True)) for v in (p, q))
        value = feature * (explained - noise_std * xi)
        single[value] = single.get(value, 0) + prod(law[x] for x in (*n, xi))
    moment = sum(
        sum(values) ** 2 * prod(single[v] for v in values)
        for values in itertools.product(single, repeat=batch_size)
    )
    a, r, c = (sum(x * y for x, y in zip(*pair, strict=True)) for pair in ((p, p), (q, q), (p, q)))
    return moment / Fraction(batch_size) ** 2, a, r + noise_std**2, c


@evidence("exact", "all data sets of a law with normal moments")
@control("coins instead of normal features", COIN)
def listing_exact(law=NORMAL):
    """Rational data sets of a law with normal moments: d = 2, B = 1 and 2, against the formula."""
    gaps = []
    for batch_size in (1, 2):
        p, q = (Fraction(3, 2), Fraction(-1)), (Fraction(1, 3), Fraction(2))
        moment, a, v, c = list_data(p, q, Fraction(1, 2), batch_size, law)
        gaps.append(moment - a * v / batch_size - (1 + Fraction(1, batch_size)) * c**2)
    return Outcome(not any(gaps), "gaps " + " and ".join(str(g) for g in gaps), "gaps 0 and 0")


@evidence("numerical", "the core with 9-fold quadrature")
@control("two nodes, so fourth moments of coins", 2)
def quadrature_numerical(nodes=3):
    """The core against Gauss-Hermite quadrature over all nine normals of a batch of three."""
    regression, parameters, basis = setting(2, 0.7, seed=1)
    points, weights = np.polynomial.hermite_e.hermegauss(nodes)
    normals = np.stack(np.meshgrid(*[points] * 9, indexing="ij"), axis=-1).reshape(-1, 3, 3)
    chances = prod(np.meshgrid(*[weights / weights.sum()] * 9, indexing="ij")).reshape(-1)
    x = normals[..., :2] @ np.linalg.cholesky(regression.covariance).T
    labels = x @ regression.optimum + regression.noise_std * normals[..., 2]
    gradients = np.einsum("nb,nbi->ni", x @ parameters - labels, x) / 3
    expected = chances @ (gradients @ basis) ** 2
    found = second_moment(regression, parameters, batch_size=3, basis=basis)
    return below(np.abs(found / expected - 1).max(), 1e-10, "largest relative error")


@evidence("statistical", "the core with batches of data")
@control("uniform instead of normal", "uniform")
def drawn_statistical(law="normal"):
    """The core against batches of data, d = 4, a random basis: 300,000 of one, 100,000 of six."""
    regression, parameters, basis = setting(4, 0.7, seed=2)
    rng, z, errors = np.random.default_rng(3), [], []
    for batch_size, size in ((1, 300_000), (6, 100_000)):
        drawn = gradients_of_data(regression, parameters, batch_size, size, rng, law) @ basis
        expected = second_moment(regression, parameters, batch_size=batch_size, basis=basis)
        z_scores, standard_errors = scores(drawn**2, expected)
        z.append(z_scores)
        errors.append(standard_errors / expected)
    return consistent(z, np.max(errors))


@evidence("symbolic", "Isserlis with the factored form")
@control("B instead of B + 1", wick.B)
def factor_symbolic(slope=None):
    """Isserlis' second moment less (A V/B)(1 + (B + 1) rho^2), all symbols free."""
    return vanishes(wick.correlation_gap(wick.B + 1 if slope is None else slope))


@evidence("symbolic", "Cauchy-Schwarz as a sum of squares, d = 2, 3")
@control("twice the sum of squares", 2)
def schwarz_symbolic(squares=1):
    """A R - c^2 less the sum of squares that it is, in all entries, d = 2 and 3."""
    return vanishes(*[wick.lagrange_gap(d, squares) for d in (2, 3)])


@evidence("exact", "both ends of the interval, attained by data")
@control("label noise 1/10 instead of 0", Fraction(1, 10))
def ends_exact(noise_std=0):
    """Both ends of the interval, from listed rational data: the factor's inverse square."""
    p, across = (Fraction(3), Fraction(4)), (Fraction(-4), Fraction(3))
    found = []
    for q, batch_size in ((across, 1), (p, 1), (across, 2), (p, 2)):
        moment, a, v, _ = list_data(p, q, Fraction(noise_std), batch_size)
        found.append(moment * batch_size / (a * v))
    moment, a, v, _ = list_data(p[:1], p[:1], Fraction(noise_std), 1)  # one dimension
    shown = ", ".join(str(f) for f in (*found, moment / (a * v)))
    return Outcome(shown == "1, 3, 1, 4, 3", shown, "1, 3, 1, 4, 3")


@evidence("numerical", "weights of the core with joint covariances")
@control("the label instead of the residual", False)
def factor_numerical(residual=True):
    """Adam's weight over GN^-1/2's in the core, with correlations of a dense joint covariance."""
    regression, parameters, basis = setting(40, 0.5, seed=4)
    parameters = regression.optimum + 0.1 * basis[:, 0]  # one direction close to the error
    joint = np.zeros((41, 41))
    joint[:40, :40], joint[40, 40] = regression.covariance, regression.noise_std**2
    # The residual is x^T delta - xi; the label is x^T theta* + xi.
    row = parameters - regression.optimum if residual else regression.optimum
    maps = np.vstack([np.append(basis.T, np.zeros((40, 1)), axis=1), np.append(row, -1.0)])
    covariance = maps @ joint @ maps.T
    rho = covariance[:40, 40] / np.sqrt(np.diag(covariance)[:40] * covariance[40, 40])
    scale = regression.risk(parameters) + regression.noise_std**2
    gap = 0.0
    for batch_size in (1, 2, 16):
        adam = second_moment(regression, parameters, batch_size=batch_size, basis=basis) ** -0.5
        gauss_newton = np.einsum("ik,ij,jk->k", basis, regression.covariance, basis) ** -0.5
        factor = adam / gauss_newton / np.sqrt(batch_size / scale)
        gap = max(gap, np.abs(factor - (1 + (batch_size + 1) * rho**2) ** -0.5).max())
    return below(gap, 1e-10, "largest error of the factor")


@evidence("statistical", "rho with sample correlations")
@control("the label, in samples", False)
def correlation_statistical(residual=True):
    """The core's rho against the sample correlation of 50,000 features and residuals, d = 4."""
    regression, parameters, basis = setting(4, 0.7, seed=5)
    x, labels, residuals = draw_data(regression, parameters, (50_000,), np.random.default_rng(6))
    found = np.corrcoef((x @ basis).T, residuals if residual else labels)[4, :4]
    # Fisher's transform of a sample correlation is normal with variance 1/(n - 3).
    expected = np.arctanh(correlation(regression, parameters, basis=basis))
    resolution = 1 / np.sqrt(50_000 - 3)
    return consistent((np.arctanh(found) - expected) / resolution, resolution)


CHECKS = {
    "SXQ-1": checks_of(
        moment_symbolic, entries_symbolic, listing_exact, quadrature_numerical, drawn_statistical
    ),
    "SXQ-2": checks_of(
        factor_symbolic, schwarz_symbolic, ends_exact, factor_numerical, correlation_statistical
    ),
}
