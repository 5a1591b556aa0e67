"""B-7: how far from the eigenbasis Gauss-Newton stays ahead of Adam."""

from fractions import Fraction

import numpy as np
import sympy as sp

from ...derivations import bases as derived
from ...full_batch.conditioning import condition_number, crossing_angle
from ...full_batch.descent import descend
from ...methods.bases import eigenbasis
from ...methods.preconditioners import GaussNewton
from ...problems.instances import Blockwise
from ...problems.quadratic import Quadratic
from ..outcomes import below, vanishes
from ..registry import Outcome, checks_of, control, evidence
from . import covering
from .covering import sign_path


@evidence("symbolic", "angle at which GN^-1 gains a bit a step")
@control("two thirds instead of a half", 2 / 3)
def crossing_symbolic(pace=0.5):
    """sin^2(2 alpha) at which GN^-1 contracts by 1/2, with 4 kappa/(3 (kappa - 1)^2)"""
    claimed = 4 * derived.kappa / (3 * (derived.kappa - 1) ** 2)
    return vanishes(sp.simplify(derived.crossing(pace) - claimed))


@evidence("symbolic", "dC/dtau at the eigenbasis, d = 2, 3")
@control("twice the derivative", 2)
def cone_symbolic(factor=1):
    """dC/dtau at the eigenbasis with 2 sinh((1/2) ln(lambda_i/lambda_j)) A_ij, d = 2 and 3"""
    gaps = []
    for size in (2, 3):
        found, claimed = derived.cone(size)
        gaps += [sp.simplify(entry) for entry in found - factor * claimed]
    return vanishes(*gaps)


def dominant(share=Fraction(1, 2)):
    """Return a rational 3 x 3 matrix whose rows have off-diagonal sums `share` of the diagonal."""
    rows = [[4, 1, 1], [1, 2, 0], [1, 0, 2]]
    return [
        [Fraction(x) if i == j else 2 * share * Fraction(x) for j, x in enumerate(row)]
        for i, row in enumerate(rows)
    ]


@evidence("exact", "Adam's guarantee off the eigenbasis, rationals")
@control("halving instead", use_margin=False)
def guarantee_exact(use_margin=True, steps=16):
    """Sign descent in rationals, 60 starts, theta = 1/2: within ((1 + theta)/2)^t at every t"""
    rng, broken = np.random.default_rng(172), 0
    theta = Fraction(1, 2)
    ratio = (1 + theta) / 2 if use_margin else Fraction(1, 2)
    rates = [(1 - ratio) * ratio**t for t in range(steps)]
    for _ in range(60):
        start = [Fraction(int(x), 97) for x in rng.integers(-97, 98, 3)]
        sizes = sign_path(dominant(), start, rates)
        broken += any(size > ratio ** (t + 1) for t, size in enumerate(sizes))
    return Outcome(broken == 0, f"{broken} of 60 starts break it", "0 of 60 starts")


@evidence("exact", "GN^-1 with rate 1, row sums in rationals")
@control("theta^(2 T) instead of theta^T", 2)
def newton_exact(power=1, steps=10):
    """GN^-1 with rate 1, in rationals: the largest row sum of its T-step map, with theta^T"""
    hessian = dominant()
    step = [
        [Fraction(i == j) - x / row[i] for j, x in enumerate(row)] for i, row in enumerate(hessian)
    ]
    matrix, broken = sp.eye(3), 0
    one = sp.Matrix(3, 3, lambda i, j: sp.Rational(step[i][j]))
    for t in range(1, steps + 1):
        matrix = matrix * one
        worst = max(sum(abs(x) for x in matrix.row(i)) for i in range(3))
        broken += bool(worst > sp.Rational(1, 2) ** (power * t))
    return Outcome(broken == 0, f"broken at {broken} of {steps} steps", f"0 of {steps} steps")


@evidence("exact", "block-wise instance at kappa = 3.01")
@control("kappa = 2.99", Fraction(-1, 100))
def threshold_exact(margin=Fraction(1, 100), steps=40):
    """Blocks [[1, +-rho], [+-rho, 1]] with kappa = 3 + margin: Adam's error below GN^-1's bound

    Sign descent is run on the dense matrix in rationals; ((kappa-1)/(kappa+1))^T is what FIQ-2a
    allows GN^-1 at any constant rate.
    """
    kappa = 3 + margin
    rho = (kappa - 1) / (kappa + 1)
    block = [[1, rho, 0, 0], [rho, 1, 0, 0], [0, 0, 1, -rho], [0, 0, -rho, 1]]
    rates = [Fraction(1, 2 ** (t + 1)) for t in range(steps)]
    sizes = sign_path(block, [Fraction(1)] * 4, rates)
    lost = [t + 1 for t, size in enumerate(sizes) if size >= rho ** (t + 1)]
    return Outcome(not lost, f"Adam is not ahead at {len(lost)} of {steps} T", f"0 of {steps}")


def random_nearby(rng, d, reach):
    """Return a matrix and a basis that is a random small turn away from its eigenbasis."""
    spectrum = 10 ** rng.uniform(0, 1.5, d)
    basis = np.linalg.qr(rng.standard_normal((d, d)))[0]
    skew = rng.standard_normal((d, d)) * reach
    turn = np.linalg.solve(np.eye(d) + skew - skew.T, np.eye(d) - skew + skew.T)
    return (basis * spectrum) @ basis.T, basis @ turn


def worst_case(hessian, basis, steps):
    """Return GN^-1's largest error after T steps over the box ``|u_i^T delta| <= 1``, best rate."""
    seen = basis.T @ hessian @ basis
    root = np.sqrt(np.diag(seen))
    values = np.linalg.eigvalsh(seen / np.outer(root, root))
    step = np.eye(len(seen)) - 2 / (values[0] + values[-1]) * seen / root[:, None] ** 2
    return np.abs(np.linalg.matrix_power(step, steps)).sum(axis=1).max()


@evidence("numerical", "GN^-1's worst case over the box with 2^-T")
@control("kappa_-1 up to 6", 6.0)
def ahead_numerical(limit=3.0):
    """``kappa_-1`` < 3: GN^-1's worst case over the box below 2^-T from the claimed T_0 on

    At `limit` above 3 bases are let in that are too far off.
    """
    rng, broken, count = np.random.default_rng(173), 0, 0
    for case in range(200):
        hessian, basis = random_nearby(rng, 2 + case % 6, 0.02)
        d = len(hessian)
        kappa = condition_number(Quadratic(hessian), GaussNewton(-1), basis=basis)
        if kappa >= limit * 0.97:
            continue
        count += 1
        pace = (kappa - 1) / (kappa + 1)
        diagonal = np.diag(basis.T @ hessian @ basis)
        room = np.sqrt(d * diagonal.max() / diagonal.min())
        first = int(np.ceil(np.log(room) / abs(np.log(2 * pace)))) + 1
        broken += worst_case(hessian, basis, first) >= 2.0**-first
        broken += worst_case(hessian, basis, 2 * first) >= 4.0**-first
    return Outcome(broken == 0 and count > 20, f"{broken} broken", "0 broken")


@evidence("numerical", "kappa_-1 at the crossing angle")
@control("1% beyond the angle", 1.01)
def angle_numerical(turn=1.0):
    """``kappa_-1`` in the core at the crossing angle, kappa from 3.5 to 10^6: 3"""
    gap = 0.0
    for kappa in (3.5, 10.0, 1e3, 1e6):
        c, s = (f(turn * crossing_angle(kappa)) for f in (np.cos, np.sin))
        problem = Quadratic(np.diag([kappa, 1.0]))
        found = condition_number(problem, GaussNewton(-1), basis=[[c, -s], [s, c]])
        gap = max(gap, abs(found / 3 - 1))
    return below(gap, 1e-8, "largest relative difference")


@evidence("numerical", "slope of kappa_-1 at the eigenbasis")
@control("a slope 1% higher", 1.01)
def slope_numerical(factor=1.0):
    """(``kappa_-1`` - 1)/tau near the eigenbasis, the spread of the claimed matrix, d = 3 to 8"""
    rng, gap = np.random.default_rng(174), 0.0
    for d in range(3, 9):
        spectrum = np.cumsum(rng.uniform(0.2, 1, d))
        skew = rng.standard_normal((d, d))
        skew = skew - skew.T
        hyperbolic = np.sinh(0.5 * np.log(spectrum[:, None] / spectrum))
        values = np.linalg.eigvalsh(2 * factor * hyperbolic * skew)
        tau = 1e-6
        turn = np.linalg.solve(np.eye(d) - tau / 2 * skew, np.eye(d) + tau / 2 * skew)
        problem = Quadratic(np.diag(spectrum))
        frame = eigenbasis(np.diag(spectrum)) @ turn
        found = (condition_number(problem, GaussNewton(-1), basis=frame) - 1) / tau
        gap = max(gap, abs(found / (values[-1] - values[0]) - 1))
    return below(gap, 1e-3, "largest relative difference")


@evidence("numerical", "(c) GN^-1's best constant rate in the core at the threshold")
@control("(c) kappa = 3.1", 3.1)
def blockwise_numerical(kappa=3.0):
    """GN^-1 on the block-wise instance in the core, equal starts: what its best rate leaves, 2^-12.

    The best of 801 rates around 1, of which 1 is the best at the threshold.
    """
    instance = Blockwise([2 / (1 + kappa), 2 * kappa / (1 + kappa)])
    run = descend(
        instance.problem,
        GaussNewton(-1),
        start=instance.start([1.0, 1.0]),
        learning_rate=np.linspace(0.6, 1.4, 801),
        steps=12,
    )
    return below(abs(run.error[-1].min() * 2**12 - 1), 1e-9, "relative distance")


CHECKS = {
    "B-7": checks_of(
        crossing_symbolic,
        cone_symbolic,
        covering.covering_exact,
        covering.adaptive_numerical,
        guarantee_exact,
        newton_exact,
        threshold_exact,
        ahead_numerical,
        angle_numerical,
        slope_numerical,
        blockwise_numerical,
    )
}
