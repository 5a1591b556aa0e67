"""B-6: what the angle to the eigenbasis costs Gauss-Newton, in the plane and beyond."""

import itertools
from fractions import Fraction

import numpy as np
import sympy as sp

from ...derivations import bases as derived
from ...full_batch.conditioning import condition_at_angle, condition_number
from ...methods.bases import eigenbasis
from ...methods.preconditioners import GaussNewton, GradientDescent
from ...mini_batch.noise_floor import spectral_radius
from ...problems.gaussian import GaussianRegression
from ...problems.quadratic import Quadratic
from ..outcomes import below, vanishes
from ..registry import Outcome, checks_in, control, evidence
from ..sxq.best import rate_at_floor

# In the identity basis GN^-1 makes the condition number of this matrix 1.4 times as large.
REVERSED = ((400, 90, 396), (90, 25, 90), (396, 90, 400))
TAME = ((400, 45, 99), (45, 25, 45), (99, 45, 400))


@evidence("symbolic", "kappa_-1 from the matrix at the angle alpha")
@control("sin alpha instead of sin 2 alpha", 1)
def inverse_symbolic(angle_factor=2):
    """sinh^2((1/2) ln ``kappa_-1``) from the matrix at the angle alpha with the closed form"""
    return vanishes(derived.inverse_gap(angle_factor))


@evidence("symbolic", "kappa_p, p free")
@control("1 + 2p instead of 1 + p", 1 + 2 * derived.p)
def power_symbolic(exponent=1 + derived.p):
    """cosh^2((1/2) ln ``kappa_p``) with Y^2 cosh^2((1 + p) u), p and u free"""
    return vanishes(derived.power_gap(exponent))


@evidence("symbolic", "kappa_-1/2")
@control("a third instead of a half", 3)
def root_symbolic(share=2):
    """cosh^2((1/2) ln ``kappa_-1/2``) with Y (Y + K)/2"""
    return vanishes(derived.root_gap(share))


@evidence("numerical", "the core in the plane, 9 powers, 41 angles")
@control("power + 0.01", 0.01)
def plane_numerical(shift=0.0):
    """``kappa_p`` of the core in the plane with the closed form, and the order in p, 40 angles

    p runs from -1 to 1 in steps of 1/4; `shift` is added to the claimed power.
    """
    gap, powers, disorder = 0.0, np.arange(-4, 5) / 4, 0
    for kappa in (1.5, 30.0, 1e4):
        angles = np.linspace(0, np.pi / 2, 41)
        found = np.empty((len(powers), len(angles)))
        for j, angle in enumerate(angles):
            c, s = np.cos(angle), np.sin(angle)
            turn = np.array([[c, -s], [s, c]])
            problem = Quadratic(turn.T @ np.diag([kappa, 1.0]) @ turn)
            found[:, j] = [condition_number(problem, GaussNewton(p)) for p in powers]
        claimed = np.array([condition_at_angle(kappa, angles, p + shift) for p in powers])
        gap = max(gap, np.abs(found / claimed - 1).max())
        steps = np.diff(found, axis=0) / found[:-1]
        # Equal at 45 degrees, the middle of the angles, and growing in p at all others.
        disorder += (np.delete(steps, 20, axis=1) <= 0).sum()
        disorder += (np.abs(steps[:, 20]) > 1e-9).sum()
    if disorder:
        return Outcome(False, f"{disorder} out of order", "0 out of order")
    return below(gap, 1e-8, "largest relative difference")


def bounds(matrix):
    """Return an upper bound on kappa(H) and a lower bound on ``kappa_-1``, exact rationals.

    Both are guessed in floating point and proved in rationals: the first by the minors of
    H - low and high - H, the second by Rayleigh quotients of the correlation matrix.

    Raises
    ------
    ArithmeticError
        If a guess is not proved.
    """
    H = sp.Matrix(matrix)
    d = H.rows
    values = np.linalg.eigvalsh(np.array(matrix, dtype=float))
    low = sp.Rational(Fraction(values[0] * (1 - 1e-6)).limit_denominator(10**7))
    high = sp.Rational(Fraction(values[-1] * (1 + 1e-6)).limit_denominator(10**7))
    for difference in (H - low * sp.eye(d), high * sp.eye(d) - H):
        if not all(difference[:k, :k].det() > 0 for k in range(1, d + 1)):
            raise ArithmeticError("the guessed bounds do not hold")
    root = [sp.sqrt(H[i, i]) for i in range(d)]
    if not all(r.is_Rational for r in root):
        raise ArithmeticError("the diagonal is not made of squares")
    C = sp.Matrix(d, d, lambda i, j: H[i, j] / (root[i] * root[j]))
    _, vectors = np.linalg.eigh(np.array(C, dtype=float))
    quotients = []
    for column in (0, -1):
        guess = [Fraction(x).limit_denominator(10**5) for x in vectors[:, column]]
        x = sp.Matrix([sp.Rational(g) for g in guess])
        quotients.append((x.T * C * x)[0] / (x.T * x)[0])
    return high / low, quotients[1] / quotients[0]


@evidence("exact", "an integer matrix with kappa_-1 > 1.4 kappa")
@control("a tamer matrix", TAME)
def reversed_exact(matrix=REVERSED):
    """``kappa_-1`` > 1.4 kappa for an integer matrix, d = 3: minors and Rayleigh quotients"""
    upper, lower = bounds(matrix)
    told = f"kappa_-1 > {float(lower):.2f}, kappa < {float(upper):.2f}"
    return Outcome(lower > sp.Rational(14, 10) * upper, told, "ratio above 1.4")


def family(d, angle=Fraction(1, 50), scale=Fraction(1, 20)):
    """Return a d x d matrix of rationals whose ``kappa_-1`` is nearly d/2 times its kappa (B-6).

    All features correlate at 1 - angle, but the first two at 1 - angle scale^2/2; all but
    these two are scaled down.
    """
    gap = angle * scale**2 / 2
    scales = [1, 1] + [scale] * (d - 2)
    rows = []
    for i in range(d):
        correlations = [1 - (gap if {i, j} == {0, 1} else angle) for j in range(d)]
        correlations[i] = 1
        rows.append([sp.Rational(c * scales[i] * scales[j]) for j, c in enumerate(correlations)])
    return rows


@evidence("exact", "a family that approaches d/2, d = 3 to 6")
@control("d instead of d/2", Fraction(1))
def half_exact(share=Fraction(1, 2)):
    """``kappa_-1``/kappa above 0.95 d/2 for a family of rational matrices, d = 3 to 6"""
    short = []
    for d in range(3, 7):
        upper, lower = bounds(family(d))
        if lower / upper < sp.Rational(share * d * 95, 100):
            short.append(d)
    return Outcome(not short, f"short of it at d = {short or 'none'}", "short of it at d = none")


@evidence("numerical", "kappa_-1 with d kappa_p, 200 matrices")
@control("0.45 d instead of d", 0.45)
def factor_numerical(share=1.0):
    """``kappa_-1`` below d times ``kappa_p``, every p: random matrices in random scales, d = 2 to 8

    In d = 2 the factor is 1. Half of the matrices are of `family`'s kind.
    """
    rng, excess = np.random.default_rng(161), -np.inf
    for case in range(200):
        d = 2 + case % 7
        if case % 2 and d > 2:
            matrix = np.array(family(d), dtype=float)
        else:
            factor = rng.standard_normal((d, d)) * 10 ** rng.uniform(-1, 1, d)
            scales = 10 ** rng.uniform(-1, 1, d)
            matrix = factor @ factor.T * np.outer(scales, scales)
            matrix += 1e-9 * np.trace(matrix) * np.eye(d)
        problem = Quadratic(matrix)
        found = condition_number(problem, GaussNewton(-1))
        for power in (-2, -0.5, 0, 0.5):
            rival = condition_number(problem, GaussNewton(power))
            limit = 1 if d == 2 else share * d
            excess = max(excess, found / (limit * rival) - 1)
    told = f"{excess:.2g}" if excess > 1e-6 else "none"
    return Outcome(excess < 1e-6, f"largest relative excess {told}", "largest relative excess none")


@evidence("numerical", "kappa^(1 + p) in the eigenbasis, d = 6")
@control("a random basis", use_eigenbasis=False)
def eigenbasis_numerical(use_eigenbasis=True):
    """``kappa_p`` = kappa^(1 + p) in the eigenbasis, and kappa_0 = kappa in every basis, d = 6"""
    rng, gap = np.random.default_rng(162), 0.0
    for _ in range(10):
        basis, other = (np.linalg.qr(m)[0] for m in rng.standard_normal((2, 6, 6)))
        spectrum = np.cumsum(rng.uniform(0.2, 1, 6))
        problem = Quadratic((basis * spectrum) @ basis.T)
        kappa = spectrum[-1] / spectrum[0]
        frame = eigenbasis(problem.hessian) if use_eigenbasis else other
        plain = condition_number(problem, GradientDescent(), basis=other)
        gap = max(gap, abs(plain / kappa - 1))
        for power in (-1, -0.5, 0.5):
            found = condition_number(problem, GaussNewton(power), basis=frame)
            gap = max(gap, abs(found / kappa ** (1 + power) - 1))
    return below(gap, 1e-9, "largest relative difference")


@evidence("numerical", "(c) the slowest mode's time at a low floor, mini-batches")
@control("(c) kappa_p instead of 1 + kappa_p", 0)
def times_numerical(one=1):
    """At the floor r = 1e-7, three angles, four powers: the time of the slowest mode in the core.

    In units of sigma^2/(4 B r) it should be 1 + ``kappa_p``.
    """
    regression, floor, batch, gap = GaussianRegression(np.diag([30.0, 1.0]), 1.0), 1e-7, 3, 0.0
    for angle, power in itertools.product((0.1, 0.4, 0.75), (-1.0, -0.5, 0.0, 0.5)):
        c, s = np.cos(angle), np.sin(angle)
        rule, basis = GaussNewton(power), np.array([[c, -s], [s, c]])
        options = {"batch_size": batch, "basis": basis}
        rate = rate_at_floor(regression, rule, floor, **options)
        radius = spectral_radius(regression, rule, learning_rate=rate, **options)
        time = -4 * batch * floor / np.log(radius)
        kappa = condition_number(Quadratic(regression.covariance), rule, basis=basis)
        gap = max(gap, abs(time / (one + kappa) - 1))
    return below(gap, 1e-4, "largest relative difference")


CHECKS = {"B-6": checks_in(globals())}
