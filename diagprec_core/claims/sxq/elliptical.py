"""SXQ-12: the second moment of the gradient for data that are not Gaussian."""

from fractions import Fraction

import numpy as np
from scipy import integrate, stats

from ...derivations import elliptical
from ...mini_batch.moments import second_moment
from ...problems.gaussian import GaussianRegression
from ..outcomes import below, consistent, vanishes
from ..reference import finite_laws as finite
from ..registry import Outcome, checks_of, control, evidence
from . import elliptical_runs, one_hot

THIRD = Fraction(1, 3)
# Radii with mean square 1, and the kurtosis that they give the cube with the cross at w = 1/3.
RADII = (Fraction(1, 5), Fraction(7, 5))
KURTOSIS = Fraction(2, 3) * sum(r**4 for r in RADII) / 2
FACTOR = ((1, 0, 2, 0), (0, 3, 0, 1), (-1, 1, 1, 0), (0, 0, 1, 2))


def gap_text(gaps, what):
    """Return the outcome that all of a list of fractions are 0."""
    gaps = [abs(float(g)) for g in gaps]
    return Outcome(max(gaps) == 0, f"largest of {len(gaps)} gaps {max(gaps):.3g}", f"0: {what}")


@evidence("symbolic", "(a) moments of the sphere, free d and k")
@control("(a) Gaussian formula, k = 1", 1)
def elliptical_symbolic(kurtosis=elliptical.K):
    """Moments of the sphere for free d put into one batch, less the closed form."""
    gap, factors = elliptical.elliptical_gap(kurtosis), elliptical.factor_gaps()
    return vanishes(gap, *factors, elliptical.polarisation())


@evidence("symbolic", "(c) free kurtoses and curvatures")
@control("(c) B + 3 k - 1 instead of - 2", 1)
def independent_symbolic(shift=0):
    """Independent features with free kurtoses and curvatures, less the closed form."""
    return vanishes(elliptical.independent_gap(shift))


@evidence("exact", "(a) sums over all batches of a finite law")
@control("(a) Gaussian formula, k = 1", Fraction(1))
@control("(a) Rademacher features", weight=Fraction(0))
def elliptical_exact(kurtosis=KURTOSIS, weight=THIRD):
    """All batches of 1 and 2 examples, a finite law with one kurtosis, with the closed form."""
    law = [
        (chance / 2, [r * finite.dot(row, s) for row in FACTOR])
        for chance, s in finite.cube_and_cross(weight)
        for r in RADII
    ]
    gaps, noise = [], Fraction(1, 2)
    for u, delta in (((1, 0, 0, 0), (1, 2, 0, -1)), ((1, -2, 1, 3), (0, 1, 1, 1))):
        curvature, gradient, risk = finite.moments(law, u, delta)
        for size in (1, 2):
            claimed = curvature * (kurtosis * risk + noise**2) / size
            claimed += (1 + (2 * kurtosis - 1) / size) * gradient**2
            gaps.append(finite.over_batches(law, u, delta, noise, size) / claimed - 1)
    return gap_text(gaps, "sums over batches are the closed form")


@evidence("exact", "(a) spread over directions at B = 1 with 3")
@control("(a) one-hot features at B = 1", Fraction(1))
def spread_exact(weight=THIRD):
    """B = 1, no noise: largest over smallest v_u/(u^T Sigma u) over 1600 pairs u, delta: 3?"""
    squares, _, fourths = finite.lattice_moments(weight)
    largest = Fraction(0)
    for column in fourths.T:
        ratios = [Fraction(int(f), int(s)) for f, s in zip(column, squares, strict=True)]
        if min(ratios) == 0:
            return Outcome(False, "a direction without any gradient", "largest ratio 3")
        largest = max(largest, max(ratios) / min(ratios))
    return Outcome(largest == 3, f"largest ratio {largest}", "largest ratio 3")


@evidence("exact", "(b) both bounds on four finite laws")
@control("(b) upper end of Gaussian data", 1)
@control("(b) k_min below, not 2 k_min - k_max", bottom=(1, 0))
def bounds_exact(top=None, bottom=(2, -1)):
    """Both bounds for any data on 1600 pairs u, delta of four laws, and whether they are met."""
    outside = upper = lower = 0
    for weight in (Fraction(1, 4), THIRD, Fraction(1, 2), Fraction(1)):
        least, most = finite.kurtosis_range(weight)
        high = most if top is None else Fraction(top)
        low = max(Fraction(0), bottom[0] * least + bottom[1] * most)
        squares, products, fourths = finite.lattice_moments(weight)
        for size in (1, 8):
            # B v_u less sigma^2 u^T Sigma u against multiples of u^T Sigma u R, in integers.
            value = finite.UNIT * fourths + (size - 1) * products**2
            scale, end = np.outer(squares, squares), 3 * high + size - 1
            below_end = end.numerator * scale - end.denominator * value
            above_low = low.denominator * value - low.numerator * scale
            outside += int((below_end < 0).sum() + (above_low < 0).sum())
            upper, lower = upper + (below_end == 0).any(), lower + (above_low == 0).any()
    shown = f"{outside} outside; met by {upper} and {lower} of 8"
    return Outcome(outside == 0 and upper == 8 and lower > 0, shown, "0 outside; met by 8 and some")


@evidence("exact", "(c) sums over all batches, three features")
@control("(c) B + 3 k - 1 instead of - 2", 1)
def independent_exact(shift=0):
    """All batches of 1 and 2: a sign, a sparse sign and a skewed feature, with the closed form."""
    features = [
        ((Fraction(1, 2), -1), (Fraction(1, 2), 1)),
        ((Fraction(1, 8), -2), (Fraction(3, 4), 0), (Fraction(1, 8), 2)),
        ((Fraction(1, 5), 2), (Fraction(4, 5), Fraction(-1, 2))),
    ]
    scales, delta, noise = (1, 3, 2), (2, -1, Fraction(1, 3)), Fraction(1, 2)
    law, gaps = finite.independent(features, scales), []
    for i, feature in enumerate(features):
        u = [int(i == j) for j in range(3)]
        curvature, gradient, risk = finite.moments(law, u, delta)
        fourth = sum(p * s**4 for p, s in feature)
        for size in (1, 2):
            claimed = curvature * (risk + noise**2) + (size + fourth - 2 + shift) * gradient**2
            gaps.append(size * finite.over_batches(law, u, delta, noise, size) / claimed - 1)
    return gap_text(gaps, "sums over batches are the closed form")


@evidence("numerical", "(a) quadrature, Student data, with the core")
@control("(a) Gaussian formula, k = 1", 1.0)
def student_numerical(kurtosis=None, freedom=9.0):
    """Student data in the plane: quadrature over density and angle with the core."""
    kurtosis = (freedom - 2) / (freedom - 4) if kurtosis is None else kurtosis
    factor = np.array([[2.0, 0.0], [0.7, 0.5]])
    regression = GaussianRegression(factor @ factor.T, 0.3)
    parameters, angles = np.array([0.4, -1.1]), np.pi * np.arange(8) / 4
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=-1) @ factor.T
    # |z|^2/2 has an F distribution; the factor makes the covariance that of z equal to I.
    law = stats.f(2, freedom)
    shrink = (freedom - 2) / freedom
    square, fourth = (
        integrate.quad(lambda f, n=n: (2 * shrink * f) ** n * law.pdf(f), 0, np.inf)[0]
        for n in (1, 2)
    )
    worst = 0.0
    for size in (1, 4, 64):
        residual = circle @ parameters
        single = fourth * ((circle * residual[:, None]) ** 2).mean(axis=0)
        single += regression.noise_std**2 * square * (circle**2).mean(axis=0)
        mean = square * (circle * residual[:, None]).mean(axis=0)
        dense = single / size + (1 - 1 / size) * mean**2
        core = second_moment(regression, parameters, batch_size=size, kurtosis=kurtosis)
        worst = max(worst, np.abs(core / dense - 1).max())
    return below(worst, 1e-6, "largest relative deviation")


@evidence("numerical", "(a) range of the factor in the core")
@control("(a) Gaussian range (B + 2)^(-1/2)", 1.0)
def range_numerical(kurtosis_of_end=None):
    """The core's factor in random bases, kurtosis and noise, within its range; the end attained."""
    rng = np.random.default_rng(5)
    outside, reached = 0, 0.0
    for _ in range(60):
        root, delta = rng.standard_normal((4, 4)), rng.standard_normal(4)
        kurtosis, size = rng.uniform(2 / 3, 4), int(rng.choice([1, 2, 16]))
        lowest = (3 + (size - 1) / (kurtosis_of_end or kurtosis)) ** -0.5
        basis = np.linalg.qr(np.column_stack([delta, rng.standard_normal((4, 3))]))[0]
        for noise in (0.0, rng.exponential()):
            regression = GaussianRegression(root @ root.T, noise)
            options = {"batch_size": size, "basis": basis, "kurtosis": kurtosis}
            moment = second_moment(regression, delta, **options)
            curvature = np.einsum("ji,jk,ki->i", basis, root @ root.T, basis)
            scale = kurtosis * regression.risk(delta) + noise**2
            factor = np.sqrt(curvature * scale / (size * moment))
            outside += int((factor > 1 + 1e-9).sum() + (factor < lowest * (1 - 1e-9)).sum())
            if noise == 0:
                reached = max(reached, abs(factor[0] / lowest - 1))
    holds = outside == 0 and reached < 1e-9
    return Outcome(holds, f"{outside} of 480 outside; end attained: {reached < 1e-9}", "0; True")


@evidence("statistical", "(a) 600 000 batches of three laws with the core")
@control("(a) Gaussian formula, k = 1", 1.0)
def drawn(kurtosis=None, size=200_000):
    """Student, Laplace-like and spherical data drawn, B = 2, with the core's moment."""
    rng = np.random.default_rng(12)
    factor = np.array([[1.0, 0.0, 0.0], [0.6, 0.5, 0.0], [-0.3, 0.2, 2.0]])
    regression = GaussianRegression(factor @ factor.T, 0.5)
    parameters, scores, errors = np.array([1.0, -0.5, 0.3]), [], []
    shape = (size, 2, 3)
    z = rng.standard_normal(shape)
    laws = {
        16 / 14: z * np.sqrt(16 / rng.chisquare(18, shape[:2]))[..., None],
        2.0: rng.standard_normal(shape) * np.sqrt(rng.exponential(size=shape[:2]))[..., None],
        3 / 5: z * np.sqrt(3 / (z**2).sum(axis=-1, keepdims=True)),
    }
    for own, standard in laws.items():
        x = standard @ factor.T
        residual = x @ parameters - regression.noise_std * rng.standard_normal(shape[:2])
        squares = (x * residual[..., None]).mean(axis=1) ** 2
        error = squares.std(axis=0, ddof=1) / np.sqrt(size)
        k = own if kurtosis is None else kurtosis
        claimed = second_moment(regression, parameters, batch_size=2, kurtosis=k)
        scores.append((squares.mean(axis=0) - claimed) / error)
        errors.append(error / claimed)
    return consistent(scores, np.max(errors))


CHECKS = {
    "SXQ-12": checks_of(
        elliptical_symbolic,
        independent_symbolic,
        elliptical_exact,
        spread_exact,
        bounds_exact,
        independent_exact,
        one_hot.sign_exact,
        one_hot.cancel_bits,
        student_numerical,
        range_numerical,
        one_hot.unbounded_numerical,
        drawn,
        one_hot.drawn,
        elliptical_runs.floor_symbolic,
        elliptical_runs.step_exact,
        elliptical_runs.dense_numerical,
    ),
}
