"""FIQ-6: full batch, identity basis: one block-wise quadratic for all horizons."""

from fractions import Fraction

import numpy as np
import sympy as sp

from ...derivations import chebyshev
from ...full_batch.descent import descend
from ...methods import schedules
from ...methods.adaptive import Adam
from ...methods.preconditioners import GaussNewton
from ...problems.instances import Blockwise, chebyshev_curvatures
from ..outcomes import vanishes
from ..registry import Outcome, checks_in, control, evidence
from .schedules import programme


def bound(kappa, degree, steps):
    """Return cos(pi T/(2 M))/T_T((kappa + 1)/(kappa - 1))."""
    return np.cos(np.pi * steps / (2 * degree)) / float(chebyshev.chebyshev_at(kappa, steps)[-1])


@evidence("symbolic", "Riesz's comparison: the gap between q and its cosine, T = 1 to 4")
@control("cos(T theta/2) instead of cos(T theta)", sp.Rational(1, 2))
def riesz_symbolic(pace=1):
    """The extremal case q = T_T(cos theta): it is cos(T theta), and touches it at the maximum.

    So at the distance pi/(2M) from a maximum a polynomial of degree T still has the share
    cos(pi T/(2M)), and none has less than that one.
    """
    theta = sp.Symbol("theta", real=True)
    return vanishes(
        *[
            sp.simplify(
                sp.expand_trig(
                    sp.chebyshevt(n, sp.cos(theta)).rewrite(sp.exp)
                    - sp.cos(pace * n * theta).rewrite(sp.exp)
                )
            )
            for n in range(1, 5)
        ]
    )


@evidence("exact", "cos(pi/4) 2/(1 + 4^-T) > 1 for T up to 300, squared, in fractions")
@control("M = 3N/2 instead of 2N", Fraction(1, 4))
def win_exact(square=Fraction(1, 2)):
    """(1 + 4^-T)^2 < 4 cos^2(pi T/(2 M)) at kappa = 9, with T <= N and M = 2 N, so cos^2 >= 1/2."""
    lost = [t for t in range(1, 301) if (1 + Fraction(1, 4**t)) ** 2 >= 4 * square]
    return Outcome(not lost, f"lost at {len(lost)} of 300 T", "lost at 0 of 300 T")


@evidence("numerical", "linear programmes over all schedules, M = 6, 12, kappa = 9, 16, 100")
@control("the bound without its cosine", plain=True)
def programme_numerical(plain=False):
    """The least that any polynomial leaves of the M + 1 blocks, T < M, against the bound."""
    broken, count = 0, 0
    for kappa in (9, 16, 100):
        for degree in (6, 12):
            nodes = chebyshev_curvatures(float(kappa), degree)
            for steps in range(1, degree, 2):
                least = programme(nodes, steps)
                claimed = bound(kappa, degree, steps)
                if plain:
                    claimed = 1 / float(chebyshev.chebyshev_at(kappa, steps)[-1])
                broken += least < claimed * (1 - 1e-7)
                count += 1
    return Outcome(broken == 0, f"{broken} of {count} below the bound", f"0 of {count}")


@evidence("numerical", "Adam and the programmes on one instance, N = 8, in the core")
@control("kappa = 6 instead of 9", 6)
@control("seven blocks for all horizons, M = 6", degree=6)
def core_numerical(kappa=9, degree=16, horizon=8):
    """One instance of M + 1 = 17 blocks: Adam's 2^-T in the core below every schedule's, T <= 8.

    Chebyshev's schedule is run on it too, as a rival that the core knows.
    """
    instance = Blockwise(chebyshev_curvatures(float(kappa), degree))
    start = instance.start(np.ones(degree + 1))
    run = descend(
        instance.problem, Adam(), start=start, learning_rate=schedules.halving(1, horizon)
    )
    lost = 0
    for steps in range(1, horizon + 1):
        least = programme(instance.curvatures, steps)
        rival = descend(
            instance.problem,
            GaussNewton(-1),
            start=start,
            learning_rate=schedules.chebyshev(1 / kappa, 1.0, steps),
        )
        lost += not run.error[steps] < min(least * (1 + 1e-7), rival.error[-1])
        lost += run.error[steps] != 0.5**steps
    return Outcome(lost == 0, f"lost at {lost} of {horizon} T", f"lost at 0 of {horizon} T")


CHECKS = {"FIQ-6": checks_in(globals())}
