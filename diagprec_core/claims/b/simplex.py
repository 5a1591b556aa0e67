"""B-6 (e): the spectrum of the corners with free symbols, and exact ratios above d/2."""

import math
from fractions import Fraction

import numpy as np
import sympy as sp

from ...derivations import scaled_gram as derived
from ..outcomes import vanishes
from ..registry import Outcome, control, evidence
from .beyond import corners


@evidence("symbolic", "(e) the eigenvalues of the corners, s, t, epsilon free, d = 3 to 5")
@control("(e) corners at -1/k instead of -1/(k - 1)", 0)
def spectrum_symbolic(less=1):
    """det(x - M) with the product of the claimed eigenvalues, 5 pairs of d and k"""
    pairs = ((3, 2), (4, 2), (4, 3), (5, 3), (5, 4))
    return vanishes(*[derived.spectrum_gap(d, k, sp.Rational(1, k - less)) for d, k in pairs])


@evidence("symbolic", "(e) the limit of the ratio and its largest value, d and k free")
@control("(e) d - 2 sqrt d instead of d - 2 sqrt d + 2", 0)
def limit_symbolic(two=2):
    """The ratio with d + 2 - k - d/k, its slope in k at sqrt d and value there; a determinant"""
    d, k, ratio = derived.d, derived.k, derived.limit_ratio()
    at = {k: sp.sqrt(d)}
    return vanishes(
        derived.plane_determinant_gap(),
        sp.simplify(ratio - (d + 2 - k - d / k)),
        sp.simplify(sp.diff(ratio, k).subs(at)),
        sp.simplify(ratio.subs(at) - (d - 2 * sp.sqrt(d) + two)),
    )


def semidefinite(rows):
    """Say whether a symmetric rational matrix is positive semidefinite, by elimination."""
    rows = [[Fraction(e) for e in row] for row in rows]
    while rows:
        (pivot, *rest), *below = rows
        if pivot < 0 or (pivot == 0 and any(rest)):
            return False
        if pivot > 0:
            below = [
                [row[0], *(e - row[0] * f / pivot for e, f in zip(row[1:], rest, strict=True))]
                for row in below
            ]
        rows = [row[1:] for row in below]
    return True


@evidence("exact", "(e) both least eigenvalues equal, the ratio above d/2, d = 7 to 25")
@control("(e) the corners' least eigenvalue above the copies'", gap=Fraction(1, 3))
@control("(e) two corners, the family of d/2", count=2)
def ratio_exact(count=None, gap=Fraction(1, 10**7)):
    """``kappa_-1``/kappa of corners from one vector and two orders of matrices, no floats

    (1_k, 0) is an eigenvector of C and of M with the value `gap`, which is M's least, as M - gap is
    semidefinite; M is below 1.02 k/(k - 1), and C's largest above a Rayleigh quotient.
    """
    short = []
    for d, best in ((7, 3), (9, 3), (16, 4), (25, 5)):
        k = count or best
        fine = {"copies": Fraction(999, 1000), "gap": gap}
        whole = corners(d, k, scale=Fraction(1), **fine)
        scaled = corners(d, k, scale=Fraction(1, 100), **fine)
        least = [[sum(row[:k]) for row in m] == [gap] * k + [0] * (d - k) for m in (whole, scaled)]
        top = Fraction(102 * k, 100 * (k - 1))
        shifted = [[e - gap * (i == j) for j, e in enumerate(r)] for i, r in enumerate(scaled)]
        capped = [[top * (i == j) - e for j, e in enumerate(r)] for i, r in enumerate(scaled)]
        v = [Fraction(1), *[Fraction(-1, k - 1)] * (k - 1), *[Fraction(1)] * (d - k)]
        proved = all(least) and semidefinite(shifted) and semidefinite(capped)
        if not (proved and _quotient(whole, v) / top > Fraction(d, 2)):
            short.append(d)
    return Outcome(not short, f"not above d/2: {short or 'none'}", "not above d/2: none")


def triangle(cosine, stretch, *, scale=Fraction(1, 100), gap=Fraction(1, 10**12)):
    """Return a 6 x 6 matrix: three directions of the plane, and three scaled near copies of one.

    The directions are at the angles 0 and +- theta with the cosine given; `stretch` scales two.
    """
    plane = {(0, 1): cosine, (0, 2): cosine, (1, 2): 2 * cosine**2 - 1}
    copies, scales = Fraction(9999, 10000), [1, stretch, stretch, *3 * [scale]]
    rows = []
    for i in range(6):
        row = []
        for j in range(6):
            low, high = min(i, j), max(i, j)
            ends = (low if low < 3 else 0, high if high < 3 else 0)
            entry = (copies ** ((i > 2) + (j > 2))) * plane.get(ends[::-1], plane.get(ends, 1))
            row.append((1 if i == j else entry * (1 - gap)) * scales[i] * scales[j])
        rows.append(row)
    return rows


@evidence("exact", "(e) d = 6: an unequal triangle above every k")
@control("(e) the regular triangle, k = 3", Fraction(-1, 2), Fraction(1))
def triangle_exact(cosine=Fraction(-527, 1000), stretch=Fraction(53, 50)):
    """``kappa_-1`` > 3.01 kappa for a rational matrix, d = 6; d + 2 - k - d/k is at most 3

    C's ends by Rayleigh quotients, M's by orders of matrices; M's are guessed, then proved.

    Raises
    ------
    ArithmeticError
        If a guess is not proved.
    """
    whole, scaled = triangle(cosine, Fraction(1), scale=Fraction(1)), triangle(cosine, stretch)
    side = -1 / (2 * cosine)  # (1, side, side) is the triangle's null vector.
    top = [Fraction(1), cosine, cosine, *3 * [Fraction(1)]]
    spread = _quotient(whole, top) / _quotient(whole, [1, side, side, 0, 0, 0])
    low = _quotient(scaled, [1, side / stretch, side / stretch, 0, 0, 0]) * Fraction(9999, 10000)
    guess = np.linalg.eigvalsh(np.array(scaled, dtype=float))[-1]
    high = Fraction(guess * 1.0001).limit_denominator(10**6)
    shifted = [[e - low * (i == j) for j, e in enumerate(r)] for i, r in enumerate(scaled)]
    capped = [[high * (i == j) - e for j, e in enumerate(r)] for i, r in enumerate(scaled)]
    if not (semidefinite(shifted) and semidefinite(capped)):
        raise ArithmeticError("the guessed bounds do not hold")
    ratio = spread / (high / low)
    told = math.floor(100 * ratio) / 100
    return Outcome(ratio > Fraction(301, 100), f"above {told:.2f}", "above 3.01")


def _quotient(rows, vector):
    """Return the Rayleigh quotient of a matrix at a vector."""
    image = [sum(e * f for e, f in zip(row, vector, strict=True)) for row in rows]
    return Fraction(sum(e * f for e, f in zip(image, vector, strict=True))) / sum(
        e * e for e in vector
    )
