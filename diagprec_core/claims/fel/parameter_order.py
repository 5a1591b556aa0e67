"""FEL-9 (d) and (e): Newton's method with the Hessian, and an order that parameters decide."""

import math
from fractions import Fraction

import numpy as np
import sympy as sp
from flint import arb

from ...derivations import reparameterised as derivation
from ...full_batch.descent import descend
from ...full_batch.settling import settling_time
from ...methods.preconditioners import GaussNewton
from ...numerics.enclosures import ball
from ..outcomes import vanishes
from ..reference.exact import worst_cases
from ..registry import Outcome, checks_of, control, evidence
from . import reparameterised
from .reparameterised import FAR, NEAR, TOLERANCE, bound, power_logistic


@evidence("symbolic", "(d) the Hessian's step as a share of w, in x = sinh(z)/z; any m")
@control("(d) 1/(2m - 2) instead of 1/(2m - 1)", 2)
def hessian_symbolic(less=1):
    """1/(2m - 1) at x = 1 and 1/(m - 1) far out; its slope is m over a square, so it grows."""
    m, share = derivation.M, derivation.hessian_share()
    (x,) = share.free_symbols - {m}
    return vanishes(
        sp.simplify(share.subs(x, 1) - 1 / (2 * m - less)),
        sp.simplify(sp.limit(share, x, sp.oo) - 1 / (m - 1)),
        sp.simplify(sp.diff(share, x) * (m + (m - 1) * x) ** 2 - m),
    )


@evidence("numerical", "(d) 100 starts, 3 radii, m = 2, 3, 5, in the core")
@control("(d) G instead of the Hessian", hessian=False)
@control("(d) a bound 10% lower", 0.9)
def hessian_numerical(factor=1.0, hessian=True):
    """GN^-1 with the Hessian's diagonal at the rate 1: the whole box settles within the bound."""
    late = 0
    for degree in (2, 3, 5):
        for far in (0.1, 8.0, 300.0):
            steps = math.log(far / 1e-9) / (degree * math.log((2 * degree - 1) / (2 * degree - 2)))
            logits = np.linspace(-far, far, 100)
            run = descend(
                power_logistic(np.full(100, 0.01), degree, hessian),
                GaussNewton(-1),
                start=np.sign(logits) * np.abs(logits) ** (1 / degree),
                learning_rate=1.0,
                steps=math.ceil(steps) + 3,
            )
            late += settling_time(run, 1e-9 ** (1 / degree)) > math.ceil(factor * steps)
    return Outcome(late == 0, f"{late} of 9 late", "0 of 9 late")


@evidence("enclosure", "(e) A = 8, b = 1/sqrt 2, eps = 1/1000: both at z = w, GN^-1 ahead")
@control("(e) a rate ten times lower", Fraction(1, 10))
def plain_enclosed(share=1):
    """GN^-1 at A/sinh A in balls: within eps before Adam's least, (A - eps)/(2 eps), at any rate.

    A/b is irrational, so no rate divides both, and FEL-4 (c) has no exception. Logits keep their
    sign and shrink, so that they stay within.
    """
    rate, logits = ball(share, share) * 8 / arb(8).sinh(), [arb(8), arb("0.5").sqrt()]
    least, taken = (8 - Fraction(1, 1000)) * 500, 0
    while taken < least and not all(abs(z) < arb(1) / 1000 for z in logits):
        logits, taken = [z - rate * z.sinh() for z in logits], taken + 1
    shown = f"GN^-1 within after {taken} steps, Adam not before {float(least)}"
    return Outcome(taken <= 1670, shown, "GN^-1 within after at most 1670")


@evidence("exact", "(e) the same at z = w^3: Adam at 1/10 from the whole box, ahead of GN^-1")
@control("(e) z = w", 1)
@control("(e) the rate 1/5, beyond the tolerance", rate=Fraction(1, 5))
def cubes_exact(degree=3, rate=None):
    """Adam's worst case over ``|w|`` <= A^(1/m) at rate eps^(1/m), in fractions, and (c)'s bound.

    8 and 1/1000 are cubes, of 2 and 1/10.
    """
    radius, tolerance = {3: (2, Fraction(1, 10)), 1: (8, Fraction(1, 1000))}[degree]
    radius, steps = Fraction(radius), math.ceil(radius / tolerance) - 1
    reached = worst_cases(radius, [rate or tolerance] * steps)[-1] <= tolerance
    least = math.ceil(bound(-1.0, degree, FAR, NEAR, 1.0, TOLERANCE))
    shown = f"Adam within at {steps}: {reached}; GN^-1 needs {least}"
    return Outcome(reached and steps < least, shown, "Adam within at 19: True; GN^-1 needs 187")


@evidence("enclosure", "(e) at w = tanh(z/2): the least steps of halving, against one of GN^-1")
@control("(e) the tolerance eps instead of tanh(eps/2)", 1)
def mean_enclosed(halves=2):
    """The first T with tanh(A/2) 2^-T <= tanh(eps/2), FEQ-4's least for Adam, is 11, in balls."""
    far, tolerance = arb(4).tanh(), (arb(1) / 1000 / halves).tanh()
    first = next(t for t in range(40) if far / 2**t <= tolerance)
    certain = far / 2 ** (first - 1) > tolerance
    return Outcome(first == 11 and certain, f"{first}, certain {certain}", "11, certain True")


CHECKS = {
    "FEL-9": checks_of(
        reparameterised.step_symbolic,
        reparameterised.flow_symbolic,
        reparameterised.share_symbolic,
        hessian_symbolic,
        cubes_exact,
        reparameterised.growth_enclosed,
        reparameterised.rates_enclosed,
        plain_enclosed,
        mean_enclosed,
        reparameterised.limit_numerical,
        reparameterised.share_numerical,
        reparameterised.rates_numerical,
        hessian_numerical,
    )
}
