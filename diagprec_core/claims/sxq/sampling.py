"""SXQ-10 and SXQ-11: gradients without batches, and powers of an estimated curvature."""

import itertools
from functools import partial

import numpy as np
import sympy as sp
from scipy.integrate import quad
from scipy.special import gammaln, kolmogi

from ...derivations import student, wick
from ...mini_batch.moments import estimated_power, second_moment
from ...mini_batch.sampling import sample_gradients
from ..outcomes import FALSE_ALARM, below, consistent, vanishes
from ..registry import Outcome, checks_of, control, evidence
from .moments import draw_data, gradients_of_data, scores, setting

HALF = sp.Rational(1, 2)


@evidence("symbolic", "square root of the conditional covariance")
@control("k = 1/V", 1 / wick.V)
def root_symbolic(weight=None):
    """2 k - k^2 R less 1/V at k = 1/(V + sigma sqrt V)."""
    return vanishes(wick.root_gap(weight))


@evidence("symbolic", "moments to order four with Isserlis', B free")
@control("k = 1/V, in moments", 1 / wick.V)
@control("q with B - 1 degrees", degrees=wick.B - 1)
def moments_symbolic(weight=None, degrees=wick.B):
    """Moments of the sampler's u^T ghat up to order four less Isserlis', every d, B free."""
    orders = range(1, 5)
    gaps = [wick.sampler_moment(n, weight, degrees) - wick.gradient_moment(n) for n in orders]
    return vanishes(*[sp.simplify(gap) for gap in gaps])


@evidence("symbolic", "characteristic functions: the whole law")
@control("k = 1/V, in the whole law", 1 / wick.V)
def law_symbolic(weight=None):
    """Characteristic functions to the power -2/B, data less sampler: the whole law."""
    data, sampler = wick.characteristic_bases(weight)
    return vanishes(sp.simplify(data - sampler))


def spoiled(regression, parameters, *, batch_size, size, rng, part):
    """Return gradients by the formula of the claim with one part of it spoiled."""
    delta = parameters - regression.optimum
    mean = regression.covariance @ delta
    variance = delta @ mean + regression.noise_std**2
    if part == "law":  # mean and covariance right, but normal
        matrix = (variance * regression.covariance + np.outer(mean, mean)) / batch_size
        return mean + rng.standard_normal((size, len(mean))) @ np.linalg.cholesky(matrix).T
    degrees = batch_size - (part == "degrees")
    k = 1 / (variance + (part != "weight") * regression.noise_std * np.sqrt(variance))
    q = (variance * rng.chisquare(degrees, size))[:, None]
    z = rng.standard_normal((size, len(mean))) @ np.linalg.cholesky(regression.covariance).T
    noise = z - k * np.outer(z @ delta, mean)
    return q * mean / (batch_size * variance) + np.sqrt(q) / batch_size * noise


def two_samples(sampler, size, seed):
    """Return gradients of data and of a sampler: d = 3, B = 3, R = sigma^2, first axis the error's.

    Along the error rho^2 = R/(R + sigma^2) is largest, so there the parts of the formula show.
    """
    regression, parameters, _ = setting(3, 1.0, seed=13)
    error = parameters - regression.optimum
    parameters = regression.optimum + error / np.sqrt(regression.risk(parameters))
    axes, _ = np.linalg.qr(np.column_stack([error, np.eye(3)[:, :2]]))
    rng = np.random.default_rng(seed)
    data = gradients_of_data(regression, parameters, 3, size, rng)
    return data @ axes, sampler(regression, parameters, batch_size=3, size=size, rng=rng) @ axes


@evidence("statistical", "34 moments of sampler and data")
@control("k = 1/V, moments", partial(spoiled, part="weight"))
@control("q with B - 1 degrees, moments", partial(spoiled, part="degrees"))
@control("a normal law with the right covariance, moments", partial(spoiled, part="law"))
def moments_statistical(sampler=sample_gradients, size=200_000):
    """All 34 mixed moments up to order four of sampled gradients and of gradients of data."""
    samples, z, errors = two_samples(sampler, size, seed=14), [], []
    scale = samples[0].std(axis=0)
    for order in range(1, 5):
        for axes in itertools.combinations_with_replacement(range(3), order):
            products = [(s[:, axes] / scale[list(axes)]).prod(axis=1) for s in samples]
            error = np.sqrt(sum(p.var() for p in products) / size)
            z.append((products[0].mean() - products[1].mean()) / error)
            errors.append(error / products[0].std())
    return consistent(z, np.max(errors))


@evidence("statistical", "distributions of 11 functions")
@control("k = 1/V, distributions", partial(spoiled, part="weight"))
@control("q with B - 1 degrees, distributions", partial(spoiled, part="degrees"))
@control("a normal law with the right covariance, distributions", partial(spoiled, part="law"))
def distances_statistical(sampler=sample_gradients, size=150_000):
    """Kolmogorov-Smirnov distances from data's law: ten projections and the largest coordinate."""
    samples = two_samples(sampler, size, seed=15)
    directions = np.column_stack([np.eye(3), np.random.default_rng(16).standard_normal((3, 7))])
    values = [np.column_stack([s @ directions, np.abs(s).max(axis=1)]) for s in samples]
    largest = 0.0
    for one, other in zip(*[np.sort(v, axis=0).T for v in values], strict=True):
        points = np.concatenate([one, other])
        ranks = [np.searchsorted(v, points, side="right") for v in (one, other)]
        largest = max(largest, np.abs(ranks[0] - ranks[1]).max() / size)
    limit = kolmogi(FALSE_ALARM / 11) / np.sqrt(size / 2)
    shown = f"largest of 11 distances {largest:.3f}"
    return Outcome(largest < limit, shown, f"below {limit:.3f}")


@evidence("symbolic", "integral over the gamma density, p free")
@control("p + 1 in the gamma function", 1)
def integral_symbolic(excess=0):
    """The integral over the gamma density for free p and B_H, and in closed form at p = -1, -2."""
    n, p = student.SAMPLES, student.POWER
    formula = (n / 2) ** -p * sp.gamma(n / 2 + p + excess) / sp.gamma(n / 2)
    gaps = [student.estimated_power() - formula]
    gaps += [student.estimated_power(-1) - n / (n - 2)]
    gaps += [student.estimated_power(-2) - n**2 / ((n - 2) * (n - 4))]
    return vanishes(*[sp.gammasimp(gap) for gap in gaps])


@evidence("exact", "smallest sample sizes with finite integrals")
@control("means at p = -1 finite from 2 on", (2, 2, 5, 3))
def thresholds_exact(first=(3, 2, 5, 3)):
    """The smallest B_H at which the integrals are finite: means at p = -1, -1/2, then squares."""
    found = []
    for power, least in zip((-1, -HALF, -2, -1), first, strict=True):
        ends = [student.estimated_power(power, n).is_finite for n in (least - 1, least)]
        core = [bool(np.isfinite(estimated_power(float(power), n))) for n in (least - 1, least)]
        found.append(str(least) if ends == core == [False, True] else f"not {least}")
    return Outcome(not any("not" in f for f in found), ", ".join(found), ", ".join(map(str, first)))


@evidence("numerical", "the core with quadrature")
@control("one sample more", 1)
def quadrature_numerical(excess=0):
    """The core against quadrature over the chi-square density, 20 powers and sample sizes."""
    gap = 0.0
    for power, samples in itertools.product((-1.0, -0.5, -0.3, 0.5, -1.4), (3, 4, 10, 60)):
        constant, peak = samples / 2 * np.log(2) + gammaln(samples / 2), samples + 0.0

        def integrand(root, power=power, samples=samples, constant=constant):
            q = root**2  # in the root, as the density in q is singular at 0
            return 2 * q**power * root ** (samples - 1) * np.exp(-q / 2 - constant)

        parts = ((0, np.sqrt(peak)), (np.sqrt(peak), np.sqrt(peak) + 9))
        expected = sum(quad(integrand, *part)[0] for part in parts) / samples**power
        gap = max(gap, abs(estimated_power(power, samples + excess) / expected - 1))
    return below(gap, 1e-6, "largest relative error")


@evidence("statistical", "mean and mean square of drawn steps")
@control("the gradient's own examples", own=False)
@control("no factor", corrected=False)
def step_statistical(own=True, corrected=True):
    """Mean and mean square of GN^p's step, its curvature from 12 examples of their own."""
    regression, parameters, basis = setting(3, 0.5, seed=17)
    rng, z, errors = np.random.default_rng(18), [], []
    curvature = np.einsum("ik,ij,jk->k", basis, regression.covariance, basis)
    mean = basis.T @ regression.covariance @ (parameters - regression.optimum)
    square = second_moment(regression, parameters, batch_size=12, basis=basis)
    x, _, residuals = draw_data(regression, parameters, (100_000, 12), rng)
    gradients = np.einsum("nb,nbi->ni", residuals, x) @ basis / 12
    if own:
        x, _, _ = draw_data(regression, parameters, (100_000, 12), rng)
    estimates = ((x @ basis) ** 2).mean(axis=1)
    for power in (-1.0, -0.5):
        steps = estimates**power * gradients
        factors = [estimated_power(m * power, 12) if corrected else 1.0 for m in (1, 2)]
        expected = factors[0] * curvature**power * mean
        squares = factors[1] * curvature ** (2 * power) * square
        for samples, value in ((steps, expected), (steps**2, squares)):
            z_scores, standard_errors = scores(samples, value)
            z.append(z_scores)
            errors.append(standard_errors / samples.std(axis=0))
    return consistent(z, np.max(errors))


CHECKS = {
    "SXQ-10": checks_of(
        root_symbolic, moments_symbolic, law_symbolic, moments_statistical, distances_statistical
    ),
    "SXQ-11": checks_of(
        integral_symbolic, thresholds_exact, quadrature_numerical, step_statistical
    ),
}
