"""SXQ-6: the mean sign of a mini-batch gradient, by Student's law."""

import itertools

import numpy as np
import sympy as sp
from scipy.integrate import quad
from scipy.special import erf, gammaln

from ...derivations import student
from ...mini_batch.moments import correlation, expected_sign
from ...problems.gaussian import GaussianRegression
from ..outcomes import below, consistent, vanishes
from ..registry import checks_in, control, evidence
from .moments import gradients_of_data, scores, setting

BATCHES = (1, 2, 3, 10, 100)


@evidence("symbolic", "mixture over chi with the formula, B free")
@control("B + 1 degrees of freedom", student.B + 1)
def law_symbolic(degrees=student.B):
    """The mixture over chi, differentiated in rho, less a_B (1 - rho^2)^(B/2 - 1), B free."""
    claimed = student.slope() * (1 - student.RHO**2) ** (student.B / 2 - 1)
    return vanishes(sp.simplify(student.derivative(degrees) - claimed))


@evidence("symbolic", "B = 1, 2, 4 in closed form; B up to 6")
@control("linear at B = 3 instead of 2", 3)
def cases_symbolic(linear_at=2):
    """B = 1: (2/pi) arcsin rho; B = 2: rho; B = 4: (3 rho - rho^3)/2; and the mixture for each."""
    rho = student.RHO
    claimed = {1: 2 * sp.asin(rho) / sp.pi, linear_at: rho, 4: (3 * rho - rho**3) / 2}
    gaps = [student.mean_sign(n) - value for n, value in claimed.items()]
    gaps += [sp.diff(student.mean_sign(n), rho) - student.derivative(n) for n in range(1, 7)]
    return vanishes(*[sp.simplify(gap) for gap in gaps])


@evidence("symbolic", "slope and distance to the sign, B free")
@control("B/pi instead of 2 B/pi", 1)
def growth_symbolic(constant=2):
    """a_B a_(B+1) less 2 B/pi, and the bound on 1 - E[sign] in closed form, B free."""
    rho, n = sp.Symbol("rho", positive=True), student.B
    product = student.slope() * student.slope(n + 1)
    bound = student.slope() * (1 - rho**2) ** (n / 2) / (n * rho)
    return vanishes(
        sp.gammasimp(product - constant * n / sp.pi),
        sp.simplify(student.distance_to_sign() - bound),
    )


def instance(size):
    """Return a regression, and parameters, whose gradient coordinates have rho of several sizes."""
    error = size * np.array([0.02, -0.3, 1.0, 3.0])
    return GaussianRegression(np.array([1.0, 0.5, 2.0, 0.1]), noise_std=0.5), error


@evidence("numerical", "the core with a Fourier inversion")
@control("inversion at B + 1", 1)
def inversion_numerical(shift=0):
    """The core against an inversion of the characteristic function, for B from 1 to 100.

    By Gil-Pelaez E[sign S] is (2/pi) times the integral of Im phi(t)/t, and the sum S of a_k r_k,
    in units of sqrt(A V), has phi = (1 - 2 i t rho + t^2 (1 - rho^2))^(-B/2). With t = e^y the
    integrand falls exponentially on either side, where the trapezoidal rule is at its best.
    """
    step, gap = 1 / 64, 0.0
    t = np.exp(np.arange(-40, 45, step))
    for size in (0.1, 1.0, 10.0):
        regression, parameters = instance(size)
        rho = correlation(regression, parameters)[:, None]
        for batch_size in BATCHES:
            found = expected_sign(regression, parameters, batch_size=batch_size)
            base = 1 - 2j * t * rho + t**2 * (1 - rho**2)
            phi = np.exp(-(batch_size + shift) / 2 * np.log(base))
            gap = max(gap, np.abs(found - 2 / np.pi * step * phi.imag.sum(axis=1)).max())
    return below(gap, 1e-8, "largest error")


@evidence("numerical", "the core with a quadrature over chi")
@control("quadrature at B + 1", 1)
def mixture_numerical(shift=0):
    """The core against E[erf(s tau/sqrt 2)] by quadrature over the chi density of s."""
    gap = 0.0
    regression, parameters = instance(1.0)
    rho = correlation(regression, parameters)
    for batch_size in BATCHES:
        n = batch_size + shift
        constant, middle = (1 - n / 2) * np.log(2) - gammaln(n / 2), np.sqrt(n)

        def integrand(s, tau, n=n, constant=constant):
            return erf(s * tau / 2**0.5) * np.exp(constant - s**2 / 2) * s ** (n - 1)

        def average(tau, integrand=integrand, middle=middle):
            ends = (max(middle - 9, 0), middle, middle + 9)
            return sum(quad(integrand, *part, args=(tau,))[0] for part in itertools.pairwise(ends))

        expected = [average(tau) for tau in rho / np.sqrt(1 - rho**2)]
        found = expected_sign(regression, parameters, batch_size=batch_size)
        gap = max(gap, np.abs(found - expected).max())
    return below(gap, 1e-6, "largest error")


@evidence("statistical", "the core with batches of data")
@control("the law at B + 1", 1)
def drawn_statistical(shift=0):
    """The core against signs of gradients of data, a random basis, d = 4, B = 1, 2 and 5."""
    regression, parameters, basis = setting(4, 0.3, seed=7)
    rng, z, errors = np.random.default_rng(8), [], []
    for batch_size in (1, 2, 5):
        drawn = gradients_of_data(regression, parameters, batch_size, 300_000, rng) @ basis
        expected = expected_sign(regression, parameters, batch_size=batch_size + shift, basis=basis)
        z_scores, standard_errors = scores(np.sign(drawn), expected)
        z.append(z_scores)
        errors.append(standard_errors)
    return consistent(z, np.max(errors))


@evidence("statistical", "products of signs at B = 1 with data")
@control("products of signs at B = 2", 2)
def sheppard_statistical(batch_size=1):
    """E[sign(u^T g) sign(v^T g)] of data against (2/pi) arcsin corr(u^T x, v^T x), three errors."""
    regression, parameters, basis = setting(4, 0.3, seed=9)
    covariance = basis.T @ regression.covariance @ basis
    deviations = np.sqrt(np.diag(covariance))
    pairs = np.triu_indices(4, 1)
    expected = 2 / np.pi * np.arcsin((covariance / np.outer(deviations, deviations))[pairs])
    rng, z, errors = np.random.default_rng(10), [], []
    for size in (0.0, 0.3, 3.0):
        point = regression.optimum + size * (parameters - regression.optimum)
        signs = np.sign(gradients_of_data(regression, point, batch_size, 200_000, rng) @ basis)
        z_scores, standard_errors = scores(signs[:, pairs[0]] * signs[:, pairs[1]], expected)
        z.append(z_scores)
        errors.append(standard_errors)
    return consistent(z, np.max(errors))


CHECKS = {"SXQ-6": checks_in(globals())}
