"""B-2: the geodesic between two bases, when there is one, and what is smooth along it."""

import itertools
from fractions import Fraction

import numpy as np
import sympy as sp
from numpy.polynomial import chebyshev

from ...full_batch.descent import descend
from ...methods.adaptive import IdealisedAdam
from ...methods.bases import align, geodesic
from ...methods.preconditioners import GaussNewton
from ...mini_batch.risk import risk_curve
from ...problems.gaussian import GaussianRegression
from ...problems.quadratic import Quadratic
from ..outcomes import below
from ..reference import exact
from ..registry import Outcome, checks_in, control, evidence

# Two columns whose plane is turned by half a turn: no signed permutation is nearer to the identity.
PLANE = ((258, 0), (86, 120), (50, -141), (83, -127), (19, -150), (-78, -130))


@evidence("exact", "(1 - 2/d) sqrt(d) > d - 4 up to d = 5")
@control("up to d = 6", 6)
def trace_exact(most=5):
    """(1 - 2/d) sqrt(d) > d - 4 for d up to 5, squared where both sides are positive, in integers

    The left side bounds the trace of what `align` leaves from below, the right side is the largest
    trace of a rotation with an eigenvalue -1.
    """
    broken = [
        d
        for d in range(2, most + 1)
        if d >= 4 and (d - 4) ** 2 * d >= (d - 2) ** 2  # d < 4: right side negative
    ]
    return Outcome(not broken, f"fails at d = {broken or 'none'}", "fails at d = none")


@evidence("exact", "best sum of sizes with sqrt(d), rational")
@control("d instead of sqrt(d)", 2)
def assignment_exact(power=1):
    """The best sum of sizes over all orders, squared, with d: rational rotations, d = 2 to 5

    Hadamard's matrix attains it at d = 4; `power` 2 claims d^2 instead.
    """
    half = sp.Rational(1, 2)
    matrices = [exact.rational_rotation(d) ** k for d in range(2, 6) for k in (1, 2, 3)]
    matrices.append(half * sp.Matrix(4, 4, lambda i, j: (-1) ** bin(i & j).count("1")))
    least = []
    for matrix in matrices:
        d = len(matrix.col(0))
        sizes = [[Fraction(int(x.p), int(x.q)) for x in matrix.row(i)] for i in range(d)]
        best = max(
            sum(abs(sizes[i][j]) for i, j in enumerate(order))
            for order in itertools.permutations(range(d))
        )
        least.append(best**2 / Fraction(d) ** power)
    met = sum(ratio >= 1 for ratio in least)
    return Outcome(
        met == len(least) and least[-1] == 1,
        f"{met} of {len(least)}; {least[-1]} for Hadamard's matrix",
        f"{len(least)} of {len(least)}; 1 for Hadamard's matrix",
    )


def half_turn(size=6):
    """Return W = I - 2 P, P the projection on PLANE, with the sign that `align` would pay with."""
    plane = sp.Matrix(PLANE[:size])
    return sp.eye(size) - 2 * plane * (plane.T * plane).inv() * plane.T


@evidence("exact", "a half turn that align keeps, d = 6")
@control("the same plane in d = 5", 5)
def half_turn_exact(size=6):
    """A rational half turn, d = 6, on which `align` changes nothing: all 720 orders, exactly"""
    matrix = half_turn(size)
    entries = [[Fraction(int(x.p), int(x.q)) for x in matrix.row(i)] for i in range(size)]
    diagonal = [entries[i][i] for i in range(size)]
    sums = sorted(
        sum(abs(entries[i][j]) for i, j in enumerate(order))
        for order in itertools.permutations(range(size))
    )
    smallest = min(range(size), key=lambda i: abs(diagonal[i]))
    sound = (
        matrix * matrix.T == sp.eye(size)
        and matrix.det() == 1
        and (matrix + sp.eye(size)).rank() == size - 2
    )
    kept = sums[-1] == sum(map(abs, diagonal)) > sums[-2]
    signed = [i for i in range(size) if diagonal[i] < 0] in ([], [smallest])
    told = f"half turn {sound}, order kept {kept}, signs kept {signed}"
    return Outcome(
        sound and kept and signed, told, "half turn True, order kept True, signs kept True"
    )


@evidence("numerical", "the core with powers of one rotation")
@control("at 0.34 instead of 1/3", 0.34)
def cayley_numerical(share=1 / 3):
    """The core's geodesic to U0 M^3 at one third with U0 M, M rational with small angles, d = 4"""
    skew = np.array([[0, 1, -2, 1], [-1, 0, 1, 3], [2, -1, 0, -1], [-1, -3, 1, 0]]) / 40
    turn = np.linalg.solve(np.eye(4) + skew, np.eye(4) - skew)
    start = np.array(exact.rational_rotation(4), dtype=float)
    found = geodesic(start, start @ turn @ turn @ turn, share)
    return below(np.abs(found - start @ turn).max(), 1e-10, "largest difference")


@evidence("numerical", "60 pairs: trace, ends, constant speed")
@control("angle proportional to tau^1.01", 1.01)
def speed_numerical(bend=1.0):
    """60 random pairs of bases, d = 2 to 5: trace, ends, and the angle walked between tau's

    `bend` is the power of tau to which the angle is claimed to be proportional.
    """
    rng, gap, least = np.random.default_rng(121), 0.0, np.inf
    for case in range(60):
        d = 2 + case % 4
        start, end = (np.linalg.qr(m)[0] for m in rng.standard_normal((2, d, d)))
        aligned = align(start, end)
        least = min(least, np.trace(start.T @ aligned) - (1 - 2 / d) * np.sqrt(d))
        whole = walked(start, aligned)
        for tau in (0.2, 0.7):
            point = geodesic(start, end, tau)
            gap = max(
                gap,
                np.abs(point.T @ point - np.eye(d)).max(),
                abs(walked(start, point) - tau**bend * whole),
                abs(walked(point, aligned) - (1 - tau**bend) * whole),
            )
    if least < 0:
        return Outcome(False, f"trace below its bound by {-least:.2g}", "trace above its bound")
    return below(gap, 1e-7, "largest difference")


def walked(start, end):
    """Return the norm of the angles of start^T end."""
    return np.linalg.norm(np.angle(np.linalg.eigvals(start.T @ end)))


@evidence("numerical", "R_T along it with an interpolant")
@control("sign descent instead of GN", IdealisedAdam())
def smooth_numerical(rule=None):
    """R_T of GN^-1/2 and GN^-1 along a geodesic, full batch and B = 2, with an interpolant

    A function that is analytic on an interval is met to 1e-8 by a polynomial through 40 Chebyshev
    nodes; one that jumps is not.
    """
    rng, gap = np.random.default_rng(122), 0.0
    end = np.linalg.qr(rng.standard_normal((4, 4)))[0]
    covariance = (end * [2.0, 1.0, 0.5, 0.25]) @ end.T
    regression, start = GaussianRegression(covariance, 0.5), rng.standard_normal(4)
    nodes = (chebyshev.chebpts1(40) + 1) / 2
    between = np.linspace(0.013, 0.987, 30)
    for choice in (rule,) if rule else (GaussNewton(-0.5), GaussNewton(-1)):

        def values(taus, choice=choice):
            found = []
            for tau in taus:
                basis = geodesic(np.eye(4), end, tau)
                options = {"start": start, "learning_rate": 0.1, "basis": basis, "steps": 20}
                run = descend(Quadratic(covariance), choice, **options)
                found.append([run.loss[-1]])
                if isinstance(choice, GaussNewton):
                    found[-1].append(risk_curve(regression, choice, **options, batch_size=2)[-1])
            return np.array(found)

        fit = chebyshev.chebfit(2 * nodes - 1, values(nodes), 39)
        expected = chebyshev.chebval(2 * between - 1, fit).T
        gap = max(gap, np.abs(expected - values(between)).max())
    return below(gap, 1e-8, "largest difference")


CHECKS = {"B-2": checks_in(globals())}
