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
from ..registry import Outcome, checks_in, control, evidence
from .schedules import programme


def bound(kappa, degree, steps):
    """Return cos(pi T/(2 M))/T_T((kappa + 1)/(kappa - 1))."""
    return np.cos(np.pi * steps / (2 * degree)) / float(chebyshev.chebyshev_at(kappa, steps)[-1])


def riesz_weights(degree, theta):
    """Return the weights A_j(theta) of the values at j pi/T, j = 1, ..., 2T - 1.

    q(theta) = q(0) cos(T theta) + q'(0) sin(T theta)/T + sum_j A_j (q(j pi/T) - (-1)^j q(0)) for
    trigonometric polynomials q of degree T. The quotient sin(T theta)/sin((theta - j pi/T)/2) is
    written as a sum of cosines.
    """
    nodes = [sp.pi * j / degree for j in range(1, 2 * degree)]
    return [
        sp.sin(theta / 2)
        / (degree * sp.sin(node / 2))
        * sum(sp.cos((2 * n - 1) * (theta - node) / 2) for n in range(1, degree + 1))
        for node in nodes
    ]


@evidence("symbolic", "Riesz' lemma: q from its values at j pi/T and the signs, T = 1, 2, 3")
@control("up to 2 pi/T instead of pi/T", 2)
@control("nodes j pi/(T + 1)", apart=1)
def riesz_symbolic(reach=1, apart=0):
    """q(theta) - cos(T theta) is a sum of terms that are not negative, up to pi/T from a maximum.

    The formula of :func:`riesz_weights` has degree T on either side, so 2T values and the slope at
    0 decide: A_j is 1 at its node, 0 at the others, 0 with its slope at 0. For q(0) = 1, q'(0) = 0
    and ``|q| <= 1`` its terms are not negative where (-1)^j A_j < 0, and A_j changes its sign at
    multiples of pi/T only, so that a point between two of them decides.
    """
    theta, exact, kept = sp.Symbol("theta", real=True), True, True
    for degree in range(1, 4):
        nodes = [sp.pi * k / (degree + apart) for k in range(1, 2 * degree)]
        inside = sp.pi * (2 * reach - 1) / (2 * degree)
        for j, weight in enumerate(riesz_weights(degree, theta), 1):
            values = [sp.simplify(weight.subs(theta, node)) for node in nodes]
            ends = [form.subs(theta, 0) for form in (weight, weight.diff(theta))]
            exact &= values == [int(k == j) for k in range(1, 2 * degree)]
            exact &= [sp.simplify(end) for end in ends] == [0, 0]
            kept &= bool((-1) ** j * weight.subs(theta, inside).evalf() < 0)
    return Outcome(exact and kept, f"formula {exact}, signs {kept}", "formula True, signs True")


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
