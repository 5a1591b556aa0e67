"""B-6 (d), (e): what Gauss-Newton's diagonal can lose beyond the plane, and how nearly d times."""

from fractions import Fraction

import numpy as np
import sympy as sp

from ...full_batch.conditioning import condition_number
from ...methods.preconditioners import GaussNewton, GradientDescent
from ...problems.quadratic import Quadratic
from ..registry import Outcome, control, evidence

# In the identity basis GN^-1 makes the condition number of this matrix 1.4 times as large.
REVERSED = ((400, 90, 396), (90, 25, 90), (396, 90, 400))
TAME = ((400, 45, 99), (45, 25, 45), (99, 45, 400))


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


def corners(d, k, *, copies=Fraction(199, 200), scale=Fraction(1, 20), gap=Fraction(1, 10**5)):
    """Return a d x d matrix of rationals with ``kappa_-1``/kappa near d + 2 - k - d/k.

    Correlations of k corners of a regular simplex and d - k near copies of one, which are scaled
    down; (1, ..., 1, 0, ..., 0) has the least eigenvalue, gap, before and after the scaling.

    Parameters
    ----------
    d, k : int
        2 <= k < d.
    copies, scale, gap : Fraction
        s, t and epsilon of the proof; s is each copy's correlation with its corner.
    """
    side = Fraction(1, k - 1)
    rows = []
    for i in range(d):
        row = []
        for j in range(d):
            low, high = min(i, j), max(i, j)
            if i == j:
                correlation = Fraction(1)
            elif high < k:
                correlation = -side * (1 - gap)
            elif low < k:
                correlation = copies * (1 if low == 0 else -side)
            else:
                correlation = copies**2
            row.append(correlation * (scale if i >= k else 1) * (scale if j >= k else 1))
        rows.append(row)
    return rows


@evidence("exact", "(e) an integer matrix with kappa_-1 > 1.4 kappa")
@control("(e) a tamer matrix", TAME)
def reversed_exact(matrix=REVERSED):
    """``kappa_-1`` > 1.4 kappa for an integer matrix, d = 3: minors and Rayleigh quotients"""
    upper, lower = bounds(matrix)
    told = f"kappa_-1 > {float(lower):.2f}, kappa < {float(upper):.2f}"
    return Outcome(lower > sp.Rational(14, 10) * upper, told, "ratio above 1.4")


@evidence("exact", "(e) two corners approach d/2, d = 3 to 6")
@control("(e) d instead of d/2", Fraction(1))
def half_exact(share=Fraction(1, 2)):
    """``kappa_-1``/kappa above 0.95 d/2 for two corners, d = 3 to 6"""
    short = []
    for d in range(3, 7):
        upper, lower = bounds(corners(d, 2))
        if lower / upper < sp.Rational(share * d * 95, 100):
            short.append(d)
    return Outcome(not short, f"short of it at d = {short or 'none'}", "short of it at d = none")


@evidence("exact", "(e) 7 features, 3 corners: kappa_-1 > 3.6 kappa, above d/2")
@control("(e) two corners, the family of d/2", 2)
def corners_exact(k=3):
    """``kappa_-1`` > 3.6 kappa for a rational matrix, d = 7: minors and Rayleigh quotients"""
    upper, lower = bounds(corners(7, k))
    told = f"kappa_-1 > {float(lower):.1f}, kappa < {float(upper):.1f}"
    return Outcome(lower > Fraction(18, 5) * upper, told, "ratio above 3.6")


@evidence("numerical", "(e) the core on corners, d = 9 to 100, with d - 2 sqrt d + 2")
@control("(e) d - sqrt d instead", root=1)
def limit_numerical(root=2):
    """The ratio of the core's condition numbers above 98 % of d - 2 sqrt d + 2, d a square"""
    short = []
    for k in (3, 4, 6, 10):
        d = k * k
        fine = {"copies": Fraction(999, 1000), "scale": Fraction(1, 100)}
        matrix = corners(d, k, **fine, gap=Fraction(1, 10**8))
        problem = Quadratic(np.array(matrix, dtype=float))
        found = condition_number(problem, GaussNewton(-1))
        found /= condition_number(problem, GradientDescent())
        if not 0.98 * (d - root * k + 2) < found < d:
            short.append(d)
    return Outcome(not short, f"short of it at d = {short or 'none'}", "short of it at d = none")


@evidence("numerical", "(d) kappa_-1 with d kappa_p, 200 matrices")
@control("(d) 0.45 d instead of d", 0.45)
def factor_numerical(share=1.0):
    """``kappa_-1`` below d times ``kappa_p``, every p: random matrices in random scales, d = 2 to 8

    In d = 2 the factor is 1. Half of the matrices are :func:`corners`.
    """
    rng, excess = np.random.default_rng(161), -np.inf
    for case in range(200):
        d = 2 + case % 7
        if case % 2 and d > 2:
            matrix = np.array(corners(d, 2), dtype=float)
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
