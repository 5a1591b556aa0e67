"""B-12 (c), (d): how large Q is in a random basis."""

import numpy as np
import sympy as sp

from ...derivations import chi_square as derived
from ...full_batch.conditioning import condition_number
from ...methods.bases import random_basis
from ...methods.preconditioners import GaussNewton
from ...problems.quadratic import Quadratic
from ..outcomes import vanishes
from ..registry import Outcome, control, evidence


@evidence("symbolic", "(c) Chernoff's bound for sums of weighted squares, weights free")
@control("(c) c t instead of 2 c t", 1)
def tails_symbolic(double=2):
    """The slopes that bound the moments, and the exponents at the claimed deviations with -t"""
    above, under = derived.log_moment_slopes()
    u = derived.u
    return vanishes(
        sp.simplify(above - 2 * u**2 / (1 - 2 * u) ** 2),
        sp.simplify(under - 4 * u**2 / (1 + 2 * u)),
        *derived.chernoff_gaps(double),
    )


def sure_bound(spectrum, t):
    """Return the bound of (c) on Q, infinite where a denominator is not positive."""
    d, one, two = len(spectrum), spectrum.sum(), (spectrum**2).sum()
    low = (one - 2 * np.sqrt(two * t)), (d - 2 * np.sqrt(d * t))
    if min(low) <= 0:
        return np.inf
    high = one + 2 * np.sqrt(two * t) + 2 * spectrum.max() * t, d + 2 * np.sqrt(d * t) + 2 * t
    return high[0] * high[1] / (low[0] * low[1])


def power_bound(spectrum, t):
    """Return the bound of (d) on Q; the spectrum falls, and there are at least 16 t + 1 of it."""
    m, top = int(np.ceil(16 * t)), spectrum[0]
    return 40 * top * max(spectrum.sum() / top, t) / (m * spectrum[m - 1])


@evidence("numerical", "(c), (d) Q of 12 bases a spectrum below the bounds at 4 d exp(-t) = 1/100")
@control("(c), (d) t/1000 in the place of t", 1e-3)
def range_numerical(share=1.0):
    """Q in bases from the core with both bounds, lambda_i = i^-alpha, d = 400 to 700"""
    rng, outside, count = np.random.default_rng(183), 0, 0
    for d, alpha in ((400, 0.0), (400, 0.3), (500, 0.5), (400, 1.0), (700, 2.0)):
        spectrum = np.arange(1.0, d + 1) ** -alpha
        t = np.log(400 * d) * share
        limit = min(sure_bound(spectrum, t), power_bound(spectrum, t))
        for _ in range(12 if d < 700 else 3):
            diagonal = spectrum @ random_basis(d, rng) ** 2
            outside += diagonal.max() / diagonal.min() > limit
            count += 1
    return Outcome(outside == 0, f"{outside} of {count} above", f"0 of {count} above")


@evidence("numerical", "(d) ln kappa_p/ln kappa in the core, alpha = 1/2, 1, 2")
@control("(d) the eigenbasis", drawn=False)
def logarithm_numerical(drawn=True):
    """Within 0.1 of 1 for p = -1, -1/2, 1/2 in random bases, d = 300"""
    rng, d, far = np.random.default_rng(184), 300, 0
    for alpha in (0.5, 1.0, 2.0):
        spectrum = np.arange(1.0, d + 1) ** -alpha
        basis = random_basis(d, rng) if drawn else np.eye(d)
        for power in (-1.0, -0.5, 0.5):
            found = condition_number(Quadratic(np.diag(spectrum)), GaussNewton(power), basis=basis)
            far += abs(np.log(found) / (alpha * np.log(d)) - 1) > 0.1
    return Outcome(far == 0, f"far from 1 in {far} of 9", "0 of 9")
