"""FIQ-1, FIQ-2a, FIQ-2b: full batch, identity basis, the block-wise quadratic under GN^p and GD."""

import itertools
from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.optimize import minimize_scalar

from ...derivations import linear
from ...full_batch.descent import descend
from ...methods import schedules
from ...methods.preconditioners import GaussNewton, GradientDescent
from ...problems.instances import Blockwise, blockwise_features
from ...problems.quadratic import BlockQuadratic, Quadratic
from ..outcomes import below, vanishes
from ..registry import Outcome, checks_of, control, evidence

POWERS = (-1.0, -0.5, -0.25, 0.5, 2.0)


def same_path(problem, starts):
    """Count the powers for which GN^p differs from gradient descent in any bit of any iterate."""
    rates = np.geomspace(0.01, 2.5, 12)
    runs = [
        descend(problem, rule, start=starts, learning_rate=rates, steps=60).coordinates
        for rule in (GradientDescent(), *map(GaussNewton, POWERS))
    ]
    differ = sum(not np.array_equal(runs[0], run) for run in runs[1:])
    return Outcome(differ == 0, f"{differ} of {len(POWERS)} powers differ", "0")


@evidence("exact", "GN^p with gradient descent bit by bit, blocks of 4")
@control("one block doubled, so its diagonal is 2", 2.0)
def identical_bits(scale=1.0):
    """GN^p against gradient descent on blocks of 4, from a random start, bit by bit."""
    rng = np.random.default_rng(5)
    instance = Blockwise([0.01, 0.3, 1.7, 3.9], rng.choice([-1, 1], (4, 4)))
    blocks = instance.problem.blocks.copy()
    blocks[1] *= scale
    return same_path(BlockQuadratic(blocks), rng.standard_normal(16))


@evidence("exact", "the same on regression data with features -1 and 1")
@control("one feature doubled", 2.0)
def identical_data(scale=1.0):
    """The same on data with features -1 or 1, where the covariance comes out block-wise."""
    features = blockwise_features([15, 3, 11, 6], copies=16)
    features[:, 2] *= scale
    rng = np.random.default_rng(6)
    targets = features @ rng.standard_normal(8) + rng.standard_normal(len(features))
    return same_path(Quadratic.from_data(features, targets), rng.standard_normal(8))


@evidence("symbolic", "diagonal and eigenvector of a block, coupling free")
@control("h = (1, 2) instead of signs", (1, 2))
def block_symbolic(signs=(1, -1, -1)):
    """A block with free coupling: unit diagonal, and h an eigenvector of 1 + (m-1) rho."""
    matrix, vector = linear.block(signs), sp.Matrix(signs)
    eigenvalue = 1 + (len(signs) - 1) * sp.Symbol("rho", real=True)
    image = (matrix * vector - eigenvalue * vector).applyfunc(sp.expand)
    return vanishes(*[matrix[i, i] - 1 for i in range(len(signs))], *image)


@evidence("symbolic", "two iterates of GN^p and of GD, free p, couplings and start")
@control("one diagonal entry 2", 2)
def iterates_symbolic(entry=1):
    """GN^p's iterates from its definition on a 3 x 3 matrix with unit diagonal, less GD's."""
    p, eta = sp.symbols("p eta", real=True)
    a, b, c = sp.symbols("a b c", real=True)
    hessian = sp.Matrix([[1, a, b], [a, 1, c], [b, c, entry]])
    weights = sp.diag(*[hessian[i, i] ** p for i in range(3)])
    mine = rival = sp.Matrix(sp.symbols("d1:4", real=True))
    for _ in range(2):
        mine = mine - eta * weights * hessian * mine
        rival = rival - eta * hessian * rival
    return vanishes(*(mine - rival).applyfunc(sp.expand))


def dense_blocks(curvatures):
    """Return blocks of two with these curvatures on (1, 1), as one dense matrix of fractions."""
    size = 2 * len(curvatures)
    rows = [[Fraction(0)] * size for _ in range(size)]
    for k, curvature in enumerate(curvatures):
        for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
            rows[2 * k + i][2 * k + j] = Fraction(1) if i == j else curvature - 1
    return rows


def dense_descent(matrix, rates):
    """Return what gradient descent leaves of a start of ones, in fractions."""
    error = [Fraction(1)] * len(matrix)
    for rate in rates:
        gradient = [sum(h * e for h, e in zip(row, error, strict=True)) for row in matrix]
        error = [e - rate * g for e, g in zip(error, gradient, strict=True)]
    return error


@evidence("symbolic", "a certificate for every rate, from two dense blocks")
@control("(kappa - 1)/(kappa + 2)", 2)
def certificate_symbolic(shift=1):
    """One step on dense blocks with free couplings: shares and a weighted mean, for every eta.

    That of 1 - eta l_min and eta l_max - 1, weights l_max and l_min, is (kappa - 1)/(kappa + 1).
    """
    low, high, eta = sp.symbols("l_min l_max eta", positive=True)
    hessian = sp.diag(*[sp.Matrix([[1, v - 1], [v - 1, 1]]) for v in (low, high)])
    ones = sp.Matrix([1, 1, 1, 1])
    shares = ones - eta * hessian * ones
    mean = (high * shares[0] - low * shares[2]) / (high + low)
    kappa = high / low
    return vanishes(
        sp.expand(shares[0] - shares[1]),
        sp.expand(shares[2] - shares[3]),
        sp.simplify(mean - (kappa - 1) / (kappa + shift)),
    )


@evidence("exact", "dense iterates in fractions at the best rate with the bound")
@control("bound's base raised by 1%", Fraction(101, 100))
@control("a rate 1% lower", rate_factor=Fraction(99, 100))
def constant_exact(factor=1, rate_factor=1):
    """The dense matrix in fractions at eta = 2/(l_max + l_min), T = 25: ((kappa-1)/(kappa+1))^T."""
    curvatures = [Fraction(n, 20) for n in (1, 3, 10, 18, 20)]
    rate = 2 / (max(curvatures) + min(curvatures)) * rate_factor
    ratio, steps = max(curvatures) / min(curvatures), 25
    worst = max(map(abs, dense_descent(dense_blocks(curvatures), [rate] * steps)))
    claimed = (factor * (ratio - 1) / (ratio + 1)) ** steps
    return Outcome(worst == claimed, f"largest ratio {float(worst):.6f}", f"{float(claimed):.6f}")


@evidence("numerical", "search over the rate in the core with the bound")
@control("a Chebyshev schedule instead of a constant rate", schedules.chebyshev(0.05, 1.0, 30))
def constant_numerical(rates=None, factor=1.0):
    """The core on 4 blocks of 2: smallest worst ratio over a search of the constant rate."""
    instance, steps = Blockwise([1.0, 0.7, 0.2, 0.05]), 30
    start = instance.start(np.ones(4))

    def worst(rate):
        run = descend(
            instance.problem, GaussNewton(-0.5), start=start, learning_rate=rate, steps=steps
        )
        return np.abs(instance.amplitudes(run.parameters[-1])).max()

    if rates is None:
        found = minimize_scalar(worst, bounds=(1.5, 2.2), method="bounded", options={"xatol": 1e-9})
        value = found.fun
    else:
        value = worst(rates)
    claimed = factor * (19 / 21) ** steps
    return below(abs(value / claimed - 1), 1e-6, f"relative distance from {claimed:.6f}")


@evidence("symbolic", "margin over 1 - 2/kappa, from a dense block")
@control("rates up to 2.2/l_max", sp.Rational(11, 5))
def margin_symbolic(cap=2):
    """The share a flat dense block keeps at eta = (cap - u)/l_max, less 1 - 2/kappa: u/kappa?"""
    low, kappa, u = sp.symbols("l_min kappa u", positive=True)
    hessian, ones = sp.Matrix([[1, low - 1], [low - 1, 1]]), sp.Matrix([1, 1])
    share = (ones - (cap - u) / (kappa * low) * hessian * ones)[0]
    return vanishes(sp.simplify(share - (1 - 2 / kappa) - u / kappa))


@evidence("exact", "dense iterates in fractions, all 495 lattice schedules")
@control("K = 3/2, where kappa >= 2 is dropped", Fraction(3, 2))
def capped_exact(kappa=Fraction(5), steps=4):
    """The least that stable schedules of a lattice leave of the flat dense block: (1 - 2/kappa)^T?

    Steps on a fixed matrix commute, so that only the rates count, not their order.
    """
    blocks = dense_blocks([1 / kappa, Fraction(1)])
    lattice = [Fraction(j, 4) for j in range(9)]
    least = min(
        abs(dense_descent(blocks, rates)[0])
        for rates in itertools.combinations_with_replacement(lattice, steps)
    )
    bound = (1 - 2 / kappa) ** steps
    return Outcome(least == bound, f"least share {float(least):.4g}", f"{float(bound):.4g}")


@evidence("numerical", "2000 schedules up to the cap in the core, the bound attained")
@control("rates up to 2.1/l_max", 2.1)
@control("bound raised by 1%", factor=1.01)
def capped_numerical(cap=2.0, factor=1.0):
    """2000 schedules up to cap/l_max in the core: the least of the flat block, (1-2/kappa)^T.

    The cap throughout and Chebyshev's rates are among them; the former attains the bound.
    """
    instance, steps, kappa = Blockwise([1.0, 0.5, 0.1]), 12, 10.0
    rates = np.random.default_rng(7).uniform(0, cap, (2000, steps))
    rates[0] = np.minimum(schedules.chebyshev(0.1, 1.0, steps).rates, cap)
    rates[1] = cap
    run = descend(
        instance.problem,
        GradientDescent(),
        start=instance.start(np.ones(3)),
        learning_rate=schedules.Schedule(rates),
        every=steps,
    )
    least = float(np.abs(instance.amplitudes(run.parameters[-1]))[:, 2].min())
    bound = factor * (1 - 2 / kappa) ** steps
    return below(abs(least / bound - 1), 1e-9, "distance of the least from the bound")


CHECKS = {
    "FIQ-1": checks_of(block_symbolic, iterates_symbolic, identical_bits, identical_data),
    "FIQ-2a": checks_of(certificate_symbolic, constant_exact, constant_numerical),
    "FIQ-2b": checks_of(margin_symbolic, capped_exact, capped_numerical),
}
