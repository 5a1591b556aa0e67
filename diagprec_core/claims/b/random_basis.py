"""B-12: what a basis with a level diagonal leaves of a power, and random bases."""

import numpy as np
import sympy as sp

from ...derivations import elliptical
from ...full_batch.conditioning import condition_number
from ...methods.bases import random_basis
from ...methods.preconditioners import GaussNewton
from ...problems.quadratic import Quadratic
from ..outcomes import consistent, vanishes
from ..registry import Outcome, checks_of, control, evidence
from . import concentration


@evidence("symbolic", "variance of u^T Sigma u on the sphere, free d and traces")
@control("2/d instead of 2/(d + 2)", 0)
def variance_symbolic(shift=2):
    """Var(u^T Sigma u)/(tr Sigma/d)^2 from the sphere's fourth moments, less the closed form."""
    d = elliptical.D
    four, pair = elliptical.sphere_moments()
    one, two = sp.symbols("tau tau2", positive=True)  # tr Sigma, tr Sigma^2
    second = two * four + (one**2 - two) * pair
    found = second / (one / d) ** 2 - 1
    return vanishes(sp.simplify(found - 2 / (d + shift) * (d * two / one**2 - 1)))


@evidence("exact", "Ostrowski's bounds as orders of matrices, in rationals")
@control("the mean of both bounds in the place of each", halved=True)
def order_exact(halved=False):
    """D^(p/2) M D^(p/2) between the ends of D^p times M's, p = -1, -2, 1, by inertia.

    For a lattice of levels x the number of eigenvalues of S above x D_max^p is at most that of M
    above x, and above x D_min^p at least.
    """
    wrong = 0
    matrix = sp.Matrix([[9, 2, -1], [2, 4, 1], [-1, 1, 1]])
    scale = sp.diag(*[matrix[i, i] for i in range(3)])
    for power in (-1, -2, 1):
        ends = sorted([scale[i, i] ** power for i in range(3)])
        if halved:
            ends = [(ends[0] + ends[2]) / 2] * 3
        product = scale**power * matrix  # with the eigenvalues of S
        for level in (sp.Rational(n, 8) for n in range(1, 96)):
            own = _above(matrix, level)
            wrong += not _above(product, level * ends[2]) <= own <= _above(product, level * ends[0])
    return Outcome(wrong == 0, f"{wrong} of 285 levels wrong", "0 of 285 levels wrong")


def _above(matrix, level):
    """Return how many eigenvalues of a matrix with real ones are above a level, exactly."""
    x = sp.Symbol("x")
    polynomial = sp.Poly(matrix.charpoly(x).as_expr().subs(x, x + level), x)
    return polynomial.count_roots(0, None) - (polynomial.eval(0) == 0)


@evidence("numerical", "300 bases and powers in the core, d = 2 to 9")
@control("Q^(|p|/2) instead of Q^|p|", 0.5)
def range_numerical(exponent=1.0):
    """``Q^-|p| <= kappa_p/kappa <= Q^|p|`` in random and near bases, p from -2 to 1."""
    rng, outside = np.random.default_rng(181), 0
    for case in range(300):
        d = 2 + case % 8
        basis, spectrum = random_basis(d, rng), 10 ** rng.uniform(-2, 2, d)
        if case % 3 == 0:  # near the eigenbasis, where Q is large
            skew = 0.02 * rng.standard_normal((d, d))
            basis = np.linalg.qr(np.eye(d) + skew - skew.T)[0]
        problem, power = Quadratic(np.diag(spectrum)), float(rng.uniform(-2, 1))
        diagonal = np.einsum("ji,j,ji->i", basis, spectrum, basis)
        kappa = spectrum.max() / spectrum.min()
        found = condition_number(problem, GaussNewton(power), basis=basis) / kappa
        room = exponent * abs(power) * np.log(diagonal.max() / diagonal.min())
        outside += not abs(np.log(found)) <= room + 1e-9
    return Outcome(outside == 0, f"{outside} of 300 outside", "0 of 300 outside")


@evidence("statistical", "the variance over 60,000 Haar columns, three spectra")
@control("2/d instead of 2/(d + 2)", 0)
def variance_statistical(shift=2, groups=60):
    """The sample variance of u^T Sigma u, u uniform on the sphere, in 60 groups, with the claim."""
    rng, scores, resolution, d = np.random.default_rng(182), [], 0.0, 6
    for exponent in (0.5, 1.0, 2.0):
        spectrum = np.arange(1.0, d + 1) ** -exponent
        z = rng.standard_normal((groups, 1000, d))
        u = z / np.linalg.norm(z, axis=-1, keepdims=True)
        values = (u**2 @ spectrum) / (spectrum.sum() / d)
        found = ((values - 1) ** 2).mean(axis=1)
        claimed = 2 / (d + shift) * (d * (spectrum**2).sum() / spectrum.sum() ** 2 - 1)
        error = found.std(ddof=1) / np.sqrt(groups)
        scores.append((found.mean() - claimed) / error)
        resolution = max(resolution, error / claimed)
    return consistent(scores, resolution, groups)


CHECKS = {
    "B-12": checks_of(
        variance_symbolic,
        concentration.tails_symbolic,
        order_exact,
        range_numerical,
        concentration.range_numerical,
        concentration.logarithm_numerical,
        variance_statistical,
    )
}
