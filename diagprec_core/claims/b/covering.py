"""B-7 (a): what no schedule of sign descent can promise, in any basis."""

import itertools
from fractions import Fraction

import numpy as np

from ..registry import Outcome, control, evidence


def sign_path(hessian, start, rates):
    """Return the largest coordinates of sign descent's errors, in fractions."""
    error, sizes = list(start), []
    for rate in rates:
        gradient = [sum(h * e for h, e in zip(row, error, strict=True)) for row in hessian]
        error = [e - rate * ((g > 0) - (g < 0)) for e, g in zip(error, gradient, strict=True)]
        sizes.append(max(map(abs, error)))
    return sizes


@evidence("exact", "the start that 2^T displacements miss")
@control("1.9^-T instead of 2^-T", Fraction(19, 10))
def covering_exact(base=2, steps=8):
    """Sign descent with coupled coordinates, 12 schedules: starts whose error exceeds 2^-T

    The first coordinate moves by one of 2^T sums of signs times rates. It starts at the point of
    [-1, 1] that is farthest from all of these (and 10^-9 beside it, as sign(0) = 0 adds sums), the
    second coordinate at several points; all are run in rationals, and the least error counts.
    """
    rng, beaten = np.random.default_rng(171), 0
    hessian = [[Fraction(1), Fraction(1, 50)], [Fraction(1, 50), Fraction(1, 3)]]
    for case in range(12):
        if case == 0:
            rates = [Fraction(1, 2 ** (t + 1)) for t in range(steps)]
        else:
            rates = [Fraction(int(r), 64) for r in rng.integers(1, 64, steps)]
        sums = {Fraction(0)}
        for rate in rates:
            sums = {s + sign * rate for s in sums for sign in (-1, 1)}
        inside = sorted(s for s in sums if abs(s) <= 1)
        corners = [(a + b) / 2 for a, b in itertools.pairwise(inside)]
        corners += [Fraction(1), Fraction(-1)]
        first = max(corners, key=lambda x: min(abs(x - s) for s in sums))
        first -= Fraction(1 if first > 0 else -1, 10**9)
        errors = [
            sign_path(hessian, (first, Fraction(k, 97)), rates)[-1] for k in range(-96, 97, 8)
        ]
        beaten += min(errors) < (1 - Fraction(1, 10**6)) / Fraction(base) ** steps
    return Outcome(beaten == 0, f"{beaten} of 12 schedules do better", "0 of 12 schedules")


@evidence("numerical", "(a) rates that see all signs, two coupled coordinates")
@control("(a) a 1.8^-T instead of a 2^-T", 1.8)
def adaptive_numerical(base=2, steps=2, units=16):
    """The best that two adaptive rates of a lattice promise over the box, d = 2: a 2^-T or more?

    The first rate is any n/units, the second one any for each pattern of signs, chosen as the best
    for the starts that show it; starts are a lattice in the box, off every hyperplane, and a
    lattice of spacing h sees the supremum up to h.
    """
    side = (2 * np.arange(200) + 1) / 200 - 1 + 1e-4
    start = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    rates, best = np.arange(units + 1) / units, np.inf
    for coupling in (0.0, 0.3):
        hessian = np.array([[1.0, coupling], [coupling, 0.5]])
        first = np.sign(start @ hessian)
        for rate in rates:
            after = start - rate * first
            second = np.sign(after @ hessian)
            pattern = (first > 0) @ [1, 2] + (second > 0) @ [4, 8]
            worst = 0.0
            for shown in np.unique(pattern):
                rows = pattern == shown
                ends = np.abs(after[rows] - rates[:, None, None] * second[rows]).max(axis=(1, 2))
                worst = max(worst, ends.min())
            best = min(best, worst)
    least, spacing = float(base) ** -steps, side[1] - side[0]
    return Outcome(best >= least - spacing, f"least {best:.3f}", f"at least {least - spacing:.3f}")
