"""SXQ-3 and SXQ-4: few coordinates or little signal, and Adam is GN^-1/2 on mini-batches."""

import itertools
from fractions import Fraction

import numpy as np
import sympy as sp

from ...derivations import flow as derivations
from ...methods.adaptive import IdealisedAdam
from ...methods.bases import eigenbasis
from ...methods.preconditioners import GaussNewton
from ...mini_batch.moments import correlation, second_moment
from ...mini_batch.risk import risk_curve
from ...mini_batch.simulation import simulate
from ...problems.gaussian import GaussianRegression
from ...problems.spectra import power_law_spectrum
from ..outcomes import below, consistent, vanishes
from ..reference import exact
from ..registry import Outcome, checks_of, control, evidence
from . import counts


@evidence("symbolic", "sum of rho^2 with R/V (eigenbasis), with both bounds (any basis of two)")
@control("9/10 of R/V", sp.Rational(9, 10))
def sums_symbolic(factor=1):
    """Sums of rho^2: exact in the eigenbasis, within the bounds by squares in a basis of two."""
    difference, above, below_it = derivations.correlation_sums(factor=factor)
    r, g1, g2 = sp.Symbol("r", nonnegative=True), *sp.symbols("g1 g2", real=True)
    squares = r * (1 - r) * (g1 - g2) ** 2, r * (1 + r) * (g1 + g2) ** 2
    return vanishes(difference, sp.expand(above - squares[0]), sp.expand(below_it - squares[1]))


@evidence("symbolic", "(1 + x)^(-1/2) with its tangent, as a square")
@control("slope 1/3 instead of 1/2", 3)
def share_symbolic(weight=2):
    """The tangent that gives Jensen's inequality for (1 + x)^(-1/2), as a square."""
    a, b = sp.symbols("a b", positive=True)
    square = (a - b) ** 2 * (a + 2 * b) / (2 * a * b**3)
    return vanishes(sp.factor(derivations.tangent_margin(weight) - square))


@evidence("exact", "sum of rho^2 in a correlated basis, 81 errors, d = 4")
@control("lambda_max(C) dropped", 1)
def sums_exact(top=2):
    """V sum rho^2 <= top R in rationals, for features with correlations 1/3, and its equality."""
    scale, rotation = sp.diag(1, 2, 3, 5), exact.rational_rotation(4)
    correlations = (2 * sp.eye(4) + sp.ones(4, 4)) / 3  # the largest eigenvalue is 2, at (1,1,1,1)
    covariance = rotation * scale * correlations * scale * rotation.T
    curvature = [(u.T * covariance * u)[0] for u in (rotation[:, i] for i in range(4))]
    worst = rotation * scale.inv() * sp.ones(4, 1)
    lattice = (sp.Matrix(e) for e in itertools.product((-1, 0, 2), repeat=4) if any(e))
    shares = []
    for errors in itertools.chain([worst], lattice):
        gradient = covariance * errors
        risk = (errors.T * gradient)[0]
        along = rotation.T * gradient
        # V cancels: both sides are divided by it.
        shares.append(sum(a**2 / c for a, c in zip(along, curvature, strict=True)) / risk)
    broken, attained = sum(bool(s > top) for s in shares), shares[0] == top
    shown = f"{broken} of 81 errors break it, equality at the worst one: {bool(attained)}"
    expected = "0 of 81 errors break it, equality at the worst one: True"
    return Outcome(shown == expected, shown, expected)


@evidence("numerical", "the core's correlations with a dense bound, d = 30")
@control("lambda_max(C) dropped", correlated=False)
def sums_numerical(correlated=True):
    """The core's rho in dense random bases, d = 30: random errors, both extremes, eigenbasis."""
    rng, gap = np.random.default_rng(31), 0.0
    for noise_std in (0.0, 0.3, 2.0):
        mixing = rng.standard_normal((30, 40)) * np.geomspace(1, 0.05, 30)[:, None]
        covariance = mixing @ mixing.T / 40
        regression = GaussianRegression(covariance, noise_std)
        basis, _ = np.linalg.qr(rng.standard_normal((30, 30)))
        seen = basis.T @ covariance @ basis
        scale = 1 / np.sqrt(np.diag(seen))
        values, vectors = np.linalg.eigh(scale[:, None] * seen * scale)
        low, high = values[[0, -1]] if correlated else (1.0, 1.0)
        ends = (basis * scale) @ vectors[:, [0, -1]]
        errors = np.vstack([rng.standard_normal((50, 30)), ends.T])
        risk = np.einsum("ni,ij,nj->n", errors, covariance, errors)
        share = risk / (risk + noise_std**2)
        ratio = (correlation(regression, errors, basis=basis) ** 2).sum(axis=-1) / share
        own = correlation(regression, errors, basis=eigenbasis(covariance)) ** 2
        off = [ratio[-1] / high - 1, ratio[-2] / low - 1, *(own.sum(axis=-1) / share - 1)]
        gap = max(gap, np.abs(off).max(), (ratio / high - 1).max(), (1 - ratio / low).max())
    return below(gap, 1e-8, "relative excess, and distance from equality where it is claimed,")


@evidence("numerical", "mean factor of the core's moments with its bound")
@control("d instead of the effective dimension", True)
def share_numerical(even=False):
    """The core's moments, eigenbasis and a random one: mean factor by rho^2, and its bound."""
    rng, broken, cases, d = np.random.default_rng(32), 0, 0, 60
    spectrum, rotation = power_law_spectrum(d, 1.0), np.linalg.qr(rng.standard_normal((d, d)))[0]
    covariance = (rotation * spectrum) @ rotation.T
    for batch, noise_std, basis in itertools.product(
        (1, 16, 256), (0.0, 1.0), (rotation, np.eye(d))
    ):
        regression = GaussianRegression(covariance, noise_std)
        errors = rng.standard_normal((20, d))
        squares = correlation(regression, errors, basis=basis) ** 2
        moment = second_moment(regression, errors, batch_size=batch, basis=basis)
        curvature = np.einsum("ji,jk,ki->i", basis, covariance, basis)
        variance = regression.risk(errors)[:, None] + noise_std**2
        factor = np.sqrt(curvature * variance / batch / moment)
        total = squares.sum(axis=-1)
        size = d if even else total**2 / (squares**2).sum(axis=-1)
        bound = 1 / np.sqrt(1 + (batch + 1) * total / size)
        broken += int(((squares * factor).sum(axis=-1) / total < bound * (1 - 1e-12)).sum())
        cases += len(errors)
    return Outcome(broken == 0, f"{broken} of {cases} errors break it", "0")


@evidence("symbolic", "Adam's weight at both ends, limit, and 1 - x/2")
@control("B + 1 instead of B + 2", 1)
def ends_symbolic(extra=2):
    """Both ends of Adam's weight near the optimum, the limit at the optimum, and 1 - x/2."""
    risk, batch, noise = sp.symbols("R B sigma", positive=True)
    low, high = derivations.near_optimum(1), derivations.near_optimum(0)
    a, b = sp.symbols("a b", positive=True)
    margin = derivations.tangent_margin().subs(b, 1) - (a - 1) ** 2 * (a + 2) / (2 * a)
    return vanishes(
        sp.simplify(low - 1 / (1 + (batch + extra) * risk / noise**2)),
        sp.simplify(high - 1 / (1 + risk / noise**2)),
        sp.limit(low, risk, 0) - 1,
        sp.simplify(margin),
    )


@evidence("exact", "weights from Isserlis' sums in rationals, d = 3")
@control("B + 1 instead of B + 2", 1)
def ends_exact(extra=2):
    """Adam's squared weights from Isserlis' sums in rationals: inside the ends, and at both."""
    covariance = [[Fraction(n) for n in row] for row in ((3, 1, -1), (1, 2, 0), (-1, 0, 1))]
    axes, noise = range(3), Fraction(1, 3)
    vectors = [v for v in itertools.product((-1, 0, 1), repeat=3) if any(v)]
    broken, at_low, at_high = 0, 0, 0

    def form(v, w):
        return sum(v[i] * covariance[i][j] * w[j] for i in axes for j in axes)

    for u, errors in itertools.product(vectors, ((1, -1, 0), (0, 1, 1))):
        risk, curvature = form(errors, errors), form(u, u)
        fourth = sum(
            u[i] * u[j] * errors[k] * errors[n] * pairing
            for i, j, k, n in itertools.product(axes, repeat=4)
            for pairing in (
                covariance[i][j] * covariance[k][n],
                covariance[i][k] * covariance[j][n],
                covariance[i][n] * covariance[j][k],
            )
        )
        example = fourth + noise * curvature
        for batch in (1, 2, 9):
            moment = example / batch + (1 - Fraction(1, batch)) * form(u, errors) ** 2
            squared = noise * curvature / (batch * moment)
            low, high = 1 / (1 + (batch + extra) * risk / noise), 1 / (1 + risk / noise)
            broken += not low <= squared <= high
            at_low += squared == low
            at_high += squared == high
    shown = f"{broken} of 156 outside, both ends attained: {at_low > 0 and at_high > 0}"
    expected = "0 of 156 outside, both ends attained: True"
    return Outcome(shown == expected, shown, expected)


@evidence("numerical", "the core's weights, d = 30, B up to 1e5")
@control("rate eta B/sigma instead", 1)
def weights_numerical(power=0.5):
    """The core's second moments near the optimum in random bases, every B: deviation <= x/2."""
    rng, largest = np.random.default_rng(41), 0.0
    noise_std, spectrum = 0.7, power_law_spectrum(30, 1.0)
    for batch, level in itertools.product((1, 10, 1000, 10**5), (1e-1, 1e-3, 1e-5)):
        basis, _ = np.linalg.qr(rng.standard_normal((30, 30)))
        regression = GaussianRegression((basis * spectrum) @ basis.T, noise_std)
        errors = rng.standard_normal(30)
        errors *= np.sqrt(level * noise_std**2 / (batch + 2) / regression.risk(errors))
        weights = second_moment(regression, errors, batch_size=batch) ** -0.5
        claimed = batch**power / noise_std * np.diag(regression.covariance) ** -0.5
        largest = max(largest, np.abs(weights / claimed - 1).max() / (level / 2))
    return Outcome(largest < 1, f"largest share of the bound {largest:.2g}", "below 1")


@evidence("statistical", "simulated Adam with the exact risk of GN^-1/2")
@control("rate eta B/sigma instead", 1)
@control("far from the optimum", level=100.0)
def rule_statistical(power=0.5, level=0.01):
    """Simulated idealised Adam against the exact risk of GN^-1/2, d = 20, in a random basis."""
    rng = np.random.default_rng(42)
    noise_std, batch, rate, d = 1.0, 16, 2e-4, 20
    regression = GaussianRegression(np.diag(power_law_spectrum(d, 1.0)), noise_std)
    basis, _ = np.linalg.qr(rng.standard_normal((d, d)))
    risk = level * noise_std**2 / (batch + 2)
    start = np.sqrt(risk / d / np.diag(regression.covariance))
    options = {"start": start, "batch_size": batch, "steps": 1500, "basis": basis}
    run = simulate(
        regression, IdealisedAdam(), learning_rate=rate, **options, runs=1000, rng=rng, every=500
    )
    curve = risk_curve(
        regression, GaussNewton(-0.5), learning_rate=rate * batch**power / noise_std, **options
    )[run.steps]
    z = (run.mean[1:] - curve[1:]) / run.standard_error[1:]
    return consistent(z, float((run.standard_error[1:] / curve[1:]).max()))


CHECKS = {
    "SXQ-3": checks_of(
        sums_symbolic,
        share_symbolic,
        sums_exact,
        counts.eigenbasis_exact,
        sums_numerical,
        counts.correlated_numerical,
        share_numerical,
    ),
    "SXQ-4": checks_of(ends_symbolic, ends_exact, weights_numerical, rule_statistical),
}
